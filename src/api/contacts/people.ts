import { z } from 'zod';
import type { Desk } from '../../consent/desk.ts';
import { mergeContacts } from '../../contacts/merging/merge.ts';
import { becameOf, splitPerson } from '../../contacts/merging/split.ts';
import { mask } from '../../domain/numbers.ts';
import { type ContactDoc, findNumbers } from '../../store/people/contacts.ts';
import { openHolder, unlessClosed } from '../../store/people/holder.ts';
import { type MergeDoc, mergesOf } from '../../store/people/merges.ts';
import { contactId, iso, plainLine, time } from '../fields.ts';
import { Problem, unusable } from '../problem.ts';
import type { Call } from '../route.ts';
import type { contactParams } from './status.ts';

export const personId = z
  .string()
  .regex(/^p_[\w-]{16}$/, 'It is not the id of a person.')
  .meta({ description: 'Id of a person with several numbers.', examples: ['p_6f1kQ0rBq0e2Yx9a'] });
const MERGE_ID = /^m_[\w-]{16}$/;
const mergeId = z.string().regex(MERGE_ID);

export const reason = plainLine(3, 300).meta({
  description: 'Why, for whoever asks later. Kept for good in the clear, so it holds no number.',
});

export const mergeBody = z.strictObject({
  with: contactId.meta({ description: 'The other contact of the same person.' }),
  reason,
});
export const mergeAnswer = z.strictObject({
  person: personId,
  contacts: z.array(contactId),
  merge: mergeId.nullable().meta({ description: 'Null where they were one person already.' }),
});

/** Says that two contacts are one person. Their consents stay apart; refusals, pauses and caps of one bind the other. */
export async function mergeContact({
  desk,
  key,
  params,
  body,
}: Call<{ params: typeof contactParams; body: typeof mergeBody }>) {
  return mergePair(desk, key.id, [params.id, body.with], body.reason);
}

export async function mergePair(desk: Desk, by: string, pair: readonly [string, string], why: string) {
  const merged = await mergeContacts(desk, pair, { by, reason: why });
  if (merged.kind === 'refused') throw new Problem('not-possible', merged.why);
  if (merged.kind === 'no-contact') {
    if (merged.contact === pair[0]) throw new Problem('not-found', 'There is no contact of this id.');
    throw unusable('with', 'There is no contact of this id.');
  }
  const { kind: _, ...answer } = merged;
  desk.log.info({ key: by, person: answer.person, merge: answer.merge }, 'contacts were merged');
  return answer;
}

export const personParams = z.strictObject({ personId });
const WHICH = 'Name the merge to take back: GET the person shows those that stand.';
export const splitBody = z.strictObject({
  merge: z
    .string(WHICH)
    .regex(MERGE_ID, WHICH)
    .meta({ description: 'The merge to take back. Asked again, it is refused as taken back.' }),
  reason,
});
export const splitAnswer = z.strictObject({
  merge: mergeId.meta({ description: 'The merge that was taken back.' }),
  people: z
    .array(z.strictObject({ person: personId.nullable(), contacts: z.array(contactId) }))
    .meta({ description: 'Who they are now; person null: a contact on its own.' }),
});

/** Takes a merge back; later merges stand. */
export async function split({
  desk,
  key,
  params,
  body,
}: Call<{ params: typeof personParams; body: typeof splitBody }>) {
  const asked = { person: params.personId, merge: body.merge };
  const done = await splitPerson(desk, asked, { by: key.id, reason: body.reason });
  if (done.kind === 'no-person') throw new Problem('not-found', done.why);
  if (done.kind === 'refused') throw new Problem('not-possible', done.why);
  const { kind: _, ...answer } = done;
  desk.log.info({ key: key.id, person: params.personId, merge: answer.merge }, 'a merge was taken back');
  return answer;
}

const record = { by: z.string(), reason: z.string(), at: time };

export const personAnswer = z.strictObject({
  id: personId,
  contacts: z.array(
    z.strictObject({
      id: contactId,
      masked: z.string().nullable().meta({ description: 'Null where it was erased, or cannot be opened.' }),
      current: z.boolean().meta({ description: 'False once the number has another holder.' }),
    }),
  ),
  merges: z
    .array(
      z.strictObject({
        id: mergeId,
        contacts: z.array(contactId),
        ...record,
        undone: z.strictObject(record).nullable(),
      }),
    )
    .meta({ description: 'Oldest first: who said so, when and why; those taken back too.' }),
});

export async function showPerson({ desk, params }: Call<{ params: typeof personParams }>) {
  const numbers = await findNumbers(desk.store, [params.personId]);
  if (numbers.length === 0) throw new Problem('not-found', await becameOf(desk, params.personId));
  const merges = await mergesOf(
    desk.store,
    numbers.map((one) => one._id),
  );
  return {
    id: params.personId,
    contacts: numbers.map((one) => ({ id: one._id, masked: maskedOf(desk, one), current: one.current })),
    merges: merges.map(({ _id: id, contacts, undone, ...one }) => ({
      id,
      contacts: [...contacts],
      ...recordOf(one),
      undone: undone === null ? null : recordOf(undone),
    })),
  };
}

const recordOf = ({ by, reason: why, at }: Pick<MergeDoc, 'by' | 'reason' | 'at'>) => ({
  by,
  reason: why,
  at: iso(at),
});

/** Null where the contact was erased, or cannot be opened. */
export const maskedOf = (desk: Desk, stored: ContactDoc): string | null =>
  stored.sealed === null ? null : unlessClosed(() => mask(openHolder(desk.ring, stored, []).number));
