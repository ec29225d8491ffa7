import type { Store } from '../store.ts';
import type { ContactDoc } from './contacts.ts';

/**
 * Notes that a prompt's message left: only a YES from after it counts. `by` its own `socket`, or word of the `carrier`, which
 * comes later than it left. `at` is of the clock of whoever saw it leave, which
 * may be wrong: it left no later than now by the database's, which a YES is told by, and no sooner than it was issued.
 */
export async function markPromptHandedOver(
  store: Store,
  contact: string,
  prompt: string,
  at: Date,
  by: 'socket' | 'carrier',
): Promise<void> {
  // A receipt may be here before the answer of the call that it is about: when that was written is known better then.
  const noted =
    by === 'carrier'
      ? { handedOverAt: null }
      : { $or: [{ handedOverAt: null }, { handedOverAt: { $gt: at } }] };
  const handedOverAt = { $min: [{ $max: [at, '$$one.issuedAt'] }, '$$NOW'] };
  const isIt = { $eq: ['$$one.id', { $literal: prompt }] };
  const changed = { $cond: [isIt, { $mergeObjects: ['$$one', { handedOverAt }] }, '$$one'] };
  await store.contacts.updateOne({ _id: contact, prompts: { $elemMatch: { id: prompt, ...noted } } }, [
    {
      $set: { prompts: { $map: { input: '$prompts', as: 'one', in: changed } }, rev: { $add: ['$rev', 1] } },
    },
  ]);
}

/** Where a page of expired prompts goes on: behind the contact of this expiry and id. */
export type ExpiredPlace = { at: Date; id: string };

/** Contacts with a prompt whose window is over, open or answered, the longest over in front. */
export async function findExpiredPrompts(
  store: Store,
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
  return store.contacts.find(rest).sort({ promptExpiresAt: 1, _id: 1 }).limit(limit).toArray();
}

/** Takes an expiry that is over away from contacts without an open prompt: it was of one that was answered. */
export async function dropPastExpiries(
  store: Store,
  contacts: readonly Pick<ContactDoc, '_id'>[],
  now: Date,
): Promise<void> {
  if (contacts.length === 0) return;
  const ids = contacts.map(({ _id }) => _id);
  const past = { promptExpiresAt: { $lte: now }, 'prompts.state': { $ne: 'open' as const } };
  await store.contacts.updateMany(
    { _id: { $in: ids }, ...past },
    { $unset: { promptExpiresAt: '' } },
    { hint: { _id: 1 } },
  );
}
