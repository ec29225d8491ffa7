import type { Database } from '../collection.ts';
import { type ContactDoc, contacts } from './contacts.ts';

/**
 * Notes that a prompt was sent: only a later YES counts. `by`: the `socket` write itself, or word of the `carrier`,
 * which comes after the send. `at` is by the clock of the process that saw it, which may be wrong. So the stored
 * time is limited: no later than now by the database's clock, which also dates a YES, and no earlier than the time
 * at which the prompt was issued.
 */
export async function markPromptHandedOver(
  database: Database,
  contact: string,
  prompt: string,
  at: Date,
  by: 'socket' | 'carrier',
): Promise<void> {
  // A delivery report may come before the answer of its create call. The socket write then gives the better time.
  const noted =
    by === 'carrier'
      ? { handedOverAt: null }
      : { $or: [{ handedOverAt: null }, { handedOverAt: { $gt: at } }] };
  const handedOverAt = { $min: [{ $max: [at, '$$one.issuedAt'] }, '$$NOW'] };
  const isIt = { $eq: ['$$one.id', { $literal: prompt }] };
  const changed = { $cond: [isIt, { $mergeObjects: ['$$one', { handedOverAt }] }, '$$one'] };
  await contacts(database).updateOne({ _id: contact, prompts: { $elemMatch: { id: prompt, ...noted } } }, [
    {
      $set: { prompts: { $map: { input: '$prompts', as: 'one', in: changed } }, rev: { $add: ['$rev', 1] } },
    },
  ]);
}

/** Where the next page of expired prompts begins: after the contact with this expiry and id. */
export type ExpiredPlace = { at: Date; id: string };

/** Contacts with a prompt whose time is over, open or answered, the longest expired first. */
export async function findExpiredPrompts(
  database: Database,
  now: Date,
  after: ExpiredPlace | null,
  limit: number,
): Promise<ContactDoc[]> {
  const rest =
    after === null
      ? { promptExpiresAt: { $lte: now } }
      : {
          promptExpiresAt: { $gte: after.at, $lte: now },
          $or: [{ promptExpiresAt: { $gt: after.at } }, { _id: { $gt: after.id } }],
        };
  return contacts(database).find(rest).sort({ promptExpiresAt: 1, _id: 1 }).limit(limit).toArray();
}

/** Removes a past expiry from contacts without an open prompt: its prompt was answered. */
export async function dropPastExpiries(
  database: Database,
  people: readonly Pick<ContactDoc, '_id'>[],
  now: Date,
): Promise<void> {
  if (people.length === 0) return;
  const ids = people.map(({ _id }) => _id);
  const past = { promptExpiresAt: { $lte: now }, 'prompts.state': { $ne: 'open' as const } };
  await contacts(database).updateMany(
    { _id: { $in: ids }, ...past },
    { $unset: { promptExpiresAt: '' } },
    { hint: { _id: 1 } },
  );
}
