import type { Store } from '../store.ts';
import type { ContactDoc } from './contacts.ts';

/** A key that sealed contacts, and a few of them. */
export type SealedBy = { by: string; people: Pick<ContactDoc, '_id' | 'keys'>[] };

/**
 * Each key that sealed contacts whose numbers were not erased, with at most `limit` of them, drawn from all.
 * Reads every contact.
 */
export async function drawByKey(store: Store, limit: number): Promise<SealedBy[]> {
  const drawn = { n: limit, sortBy: { drawn: 1 }, output: { _id: '$_id', keys: '$keys' } };
  const stages = [
    { $match: { sealed: { $ne: null }, 'keys.profile': { $ne: null } } },
    { $project: { keys: 1, drawn: { $rand: {} } } },
    { $group: { _id: '$keys.profile.by', people: { $topN: drawn } } },
    { $project: { _id: 0, by: '$_id', people: 1 } },
    { $sort: { by: 1 } },
  ];
  return store.contacts.aggregate<SealedBy>(stages).toArray();
}
