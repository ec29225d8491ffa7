import type { Store } from './store.ts';

/** Whether anybody is subscribed to a program now. By no index, for an act as rare as a change of the program. */
export async function hasSubscribers(store: Store, program: string): Promise<boolean> {
  const one = { program, state: 'subscribed' as const };
  const found = await store.contacts.findOne(
    { current: true, subscriptions: { $elemMatch: one } },
    { projection: { _id: 1 } },
  );
  return found !== null;
}
