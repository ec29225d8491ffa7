import { DAY_MS, utcDay } from '../../domain/durations.ts';
import { isDuplicateKey } from '../database-failure.ts';
import { readMark } from '../marks.ts';
import type { Store } from '../store.ts';

/** The newest day (UTC) of which it was looked for incidents, and behind it the codes that it knew for an outage's by people's word. */
const LOOKED_AT_DAY = 'incident look';

/** Carriers try a message for 72 h at most: days before the last one looked at that the next look begins with. */
export const LATE_DAYS = 3;

/** Null before the first look. */
export async function readLook(store: Store): Promise<string | null> {
  const mark = await readMark(store, LOOKED_AT_DAY);
  return mark === null ? null : String(mark.value);
}

/** False where it is no longer as it was read: another look moved it, or it was set back. */
export async function moveLook(
  store: Store,
  { from, to, at }: { from: string | null; to: string; at: Date },
): Promise<boolean> {
  const as = { _id: LOOKED_AT_DAY, value: from };
  try {
    const moved = await store.marks.updateOne(as, { $set: { at, value: to } }, { upsert: from === null });
    return moved.matchedCount + moved.upsertedCount === 1;
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    return false;
  }
}

/** Lets the next look begin with the day of a moment, or before it. */
export async function lookAgainFrom(store: Store, at: Date): Promise<void> {
  const last = at.getTime() + LATE_DAYS * DAY_MS;
  const value = { $concat: [utcDay(new Date(last)), { $substrCP: ['$value', 10, { $strLenCP: '$value' }] }] };
  const later = { _id: LOOKED_AT_DAY, value: { $gte: utcDay(new Date(last + DAY_MS)) } };
  await store.marks.updateOne(later, [{ $set: { value } }]);
}
