import type { Mark } from '../marks.ts';
import type { Store } from '../store.ts';

/** A text in the carrier's list that could not be taken in: enough to find it there again. */
export type Untaken = { sid: string; sentAt: Date };

/** Most kept of one number of ours. More cannot be a few bad texts: something is wrong with all. */
export const MOST_UNTAKEN = 100;

const idOf = (number: string): string => `untaken texts ${number}`;

export async function readUntaken(store: Store, number: string): Promise<Untaken[]> {
  const mark = await store.models.marks.findById(idOf(number)).lean<Mark>();
  return (mark?.value ?? []) as Untaken[];
}

/** Keeps texts to be tried again. False where there would be too many; none is kept then. */
export async function keepUntaken(
  store: Store,
  number: string,
  texts: readonly Untaken[],
  at: Date,
): Promise<boolean> {
  const known = new Set((await readUntaken(store, number)).map(({ sid }) => sid));
  const fresh = texts.filter(({ sid }) => !known.has(sid));
  if (fresh.length === 0) return true;
  if (known.size + fresh.length > MOST_UNTAKEN) return false;
  const update = { $set: { at }, $addToSet: { value: { $each: fresh } } };
  await store.models.marks.updateOne({ _id: idOf(number) }, update, { upsert: true });
  return true;
}

export async function forgetUntaken(store: Store, number: string, sid: string): Promise<void> {
  await store.models.marks.updateOne({ _id: idOf(number) }, { $pull: { value: { sid } } });
}
