import { z } from 'zod';
import { holderOf } from '../../contacts/find-contact.ts';
import { statusSentence } from '../../domain/consent/status-sentence.ts';
import { stands } from '../../domain/consent/suppression.ts';
import { mask } from '../../domain/numbers.ts';
import { contactId, heldPhone, iso, language, line, time } from '../fields.ts';
import { Problem } from '../problem.ts';
import type { Call } from '../route.ts';

export const lookUpBody = z.strictObject({
  phone: heldPhone,
  reason: line(3, 200).meta({
    description: 'Why the number is looked up.',
    examples: ['The customer called.'],
  }),
});

export const lookUpAnswer = z.strictObject({
  id: contactId,
  masked: z.string(),
  sentence: z.string(),
  language: language.nullable(),
  created_at: time,
});

/** Finds the holder of a number. The number comes in the body alone, so that it stands in no URL and no log. */
export async function lookUp({ desk, key, body }: Call<{ body: typeof lookUpBody }>) {
  const { contact, person } = await holderOf(desk, body.phone);
  const fields = { key: key.id, contact: contact?.id ?? null, reasonLength: body.reason.length };
  desk.log.info(fields, 'a number was looked up');
  if (contact === null) {
    const suppressed = person.suppressions.some((row) => stands(row, null));
    throw new Problem('not-found', suppressed ? SUPPRESSED : 'Nothing is held about this number.', {
      suppressed,
    });
  }
  return {
    id: contact.id,
    masked: mask(contact.number),
    sentence: statusSentence(person, desk.catalog.current().book, desk.now()),
    language: person.language,
    created_at: iso(contact.stored.createdAt),
  };
}

const SUPPRESSED =
  'No person is held under this number, but it must not be texted: a suppression outlived its former holder.';
