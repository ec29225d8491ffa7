import type { Store } from '../store.ts';

/** Notes that the carriers listed some numbers as disconnected, also where nobody's consent was open. */
export async function noteDeactivated(store: Store, indexes: readonly string[], day: Date): Promise<void> {
  await store.contacts.updateMany(
    {
      index: { $in: [...indexes] },
      current: true,
      sealed: { $ne: null },
      $nor: [{ deactivatedAt: { $gte: day } }],
    },
    { $set: { deactivatedAt: day }, $inc: { rev: 1 } },
  );
}
