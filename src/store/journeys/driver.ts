import { isDuplicateKey } from '../database-failure.ts';
import type { Store } from '../store.ts';

/** Which process drives the journeys, and up to when everything that begins or ends one was read. */
export type Driver = { owner: string; until: Date; readTo: Date | null };

const ID = 'journeys driver';

/** Who drives now; null where nobody ever did. */
export async function readDriver(store: Store): Promise<Driver | null> {
  const mark = await store.marks.findOne({ _id: ID });
  return mark === null ? null : (mark.value as Driver);
}

/** Takes the wheel, or keeps it. `readTo` moves with it, where it is given. False while another process has it. */
export async function takeWheel(
  store: Store,
  { owner, readTo }: { owner: string; readTo: Date | null },
  now: Date,
  leaseMs: number,
): Promise<boolean> {
  const until = new Date(now.getTime() + leaseMs);
  const moved = readTo === null ? {} : { 'value.readTo': readTo };
  const taken = await store.marks.updateOne(
    { _id: ID, $or: [{ 'value.owner': owner }, { 'value.until': { $lte: now } }] },
    { $set: { at: now, 'value.owner': owner, 'value.until': until, ...moved } },
  );
  if (taken.matchedCount === 1) return true;
  try {
    const value: Driver = { owner, until, readTo };
    const added = await store.marks.updateOne(
      { _id: ID },
      { $setOnInsert: { at: now, value } },
      { upsert: true },
    );
    return added.upsertedCount === 1;
  } catch (error) {
    if (isDuplicateKey(error)) return false;
    throw error;
  }
}

/** Lets another process drive at once. */
export async function leaveWheel(store: Store, owner: string, now: Date): Promise<void> {
  await store.marks.updateOne({ _id: ID, 'value.owner': owner }, { $set: { 'value.until': now } });
}
