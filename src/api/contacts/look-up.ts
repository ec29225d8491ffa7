import { z } from 'zod';
import type { Desk } from '../../consent/desk.ts';
import { type Contact, holderOf } from '../../contacts/find-contact.ts';
import { statusSentence } from '../../domain/consent/inquiries/status-sentence.ts';
import type { Person } from '../../domain/consent/person.ts';
import { stands } from '../../domain/consent/suppression.ts';
import { mask } from '../../domain/numbers.ts';
import { findFormer } from '../../store/people/former.ts';
import { contactId, heldPhone, iso, language, line, time } from '../fields.ts';
import { Problem } from '../problem.ts';
import type { Call } from '../route.ts';
import { countIfUnknown } from './lookup-quota.ts';

export const lookUpBody = z.strictObject({
  phone: heldPhone,
  reason: line(3, 200).meta({
    description: 'Why the number is looked up.',
    examples: ['The customer called.'],
  }),
});

export const lookUpAnswer = z.strictObject({
  id: contactId.nullable().meta({ description: 'Null where only `former` had the number.' }),
  masked: z.string(),
  sentence: z.string(),
  language: language.nullable(),
  created_at: time.nullable(),
  former: z.array(contactId).nullable().meta({
    description:
      'Contacts that had the number before, the newest in front, 20 at most: GET /consent-records has the ledger of each. Null without the scope evidence:read.',
  }),
});

/** Most former holders of one number that are told. */
const MOST_FORMER = 20;

/**
 * Finds the holder of a number, and for whoever may read evidence those before: a claim is about who had it then. The number
 * comes in the body alone, so that it stands in no URL and no log.
 */
export async function lookUp(call: Call<{ body: typeof lookUpBody }>) {
  const { desk, key, body } = call;
  const { phone, reason } = body;
  const { contact, person } = await holderOf(desk, phone);
  const former = key.scopes.has('evidence:read')
    ? await findFormer(desk.store, desk.indexOf(phone), MOST_FORMER)
    : null;
  const fields = { key: key.id, contact: contact?.id ?? null, former: former?.length ?? null };
  desk.log.info({ ...fields, reasonLength: reason.length }, 'a number was looked up');
  await countIfUnknown(call, contact !== null || (former ?? []).length > 0);
  if (contact === null) return { ...nobodyNow(person, former ?? []), masked: mask(phone), former };
  return { ...shownOf(desk, contact), former };
}

const shownOf = (desk: Desk, { id, number, person, stored }: Contact) => ({
  id,
  masked: mask(number),
  sentence: statusSentence(person, desk.catalog.current().book, desk.now()),
  language: person.language,
  created_at: iso(stored.createdAt),
});

/** What is told of a number that had holders. Throws a `Problem` where none is to be told of. */
function nobodyNow({ suppressions }: Person, former: readonly string[]) {
  const suppressed = suppressions.some((row) => stands(row, null));
  if (former.length === 0) {
    throw new Problem('not-found', suppressed ? SUPPRESSED : 'Nothing is held about this number.', {
      suppressed,
    });
  }
  return { id: null, sentence: suppressed ? SUPPRESSED : FORMER_ALONE, language: null, created_at: null };
}

const SUPPRESSED =
  'No person is held under this number, but it must not be texted: a suppression outlived its former holder.';
const FORMER_ALONE = 'No person is held under this number now; others had it before.';
