import type { Store } from '../store.ts';

/** Ids of contacts that had a number before its holder of now, the newest in front. */
export async function findFormer(store: Store, index: string, limit: number): Promise<string[]> {
  const found = store.contacts.find({ index, current: false }, { projection: { _id: 1 } });
  const former = await found.sort({ createdAt: -1 }).limit(limit).toArray();
  return former.map(({ _id }) => _id);
}
