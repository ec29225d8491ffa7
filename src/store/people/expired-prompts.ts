import type { Store } from '../store.ts';
import type { ContactDoc } from './contacts.ts';

/** Where a page of expired prompts goes on: behind the contact of this expiry and id. */
export type ExpiredPlace = { at: Date; id: string };

/** Contacts with an open prompt whose window is over, the longest over in front. */
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
