import type { Store } from '../store.ts';

/** Longest time that the question may take in the database, ms. */
export const SUBSCRIBERS_MS = 10_000;

/**
 * Whether anybody is subscribed to a program now. By no index, for an act as rare as a change of the program. Rejects
 * where it takes longer than `SUBSCRIBERS_MS`: where nobody is, every contact is read.
 */
export async function hasSubscribers(store: Store, program: string): Promise<boolean> {
  const one = { program, state: 'subscribed' as const };
  const found = await store.contacts.findOne(
    { current: true, subscriptions: { $elemMatch: one } },
    { projection: { _id: 1 }, maxTimeMS: SUBSCRIBERS_MS },
  );
  return found !== null;
}
