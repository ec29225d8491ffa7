import type { Told } from '../../domain/journeys/entering.ts';
import { marksOf } from '../marks.ts';
import type { Store } from '../store.ts';

/** How the marks of triggers begin that wait for their person to be readable; journey and contact follow. */
const MARK = 'journeys kept ';

const idOf = (journey: string, contact: string): string => `${MARK}${journey} ${contact}`;

/** What would have begun a journey for someone, had they been readable. */
export type Kept = { journey: string; contact: string; told: Told[] };

/** Keeps triggers of someone; the same again changes nothing. True where none of theirs was kept before. */
export async function keepTriggers(
  store: Store,
  { journey, contact, told }: Kept,
  now: Date,
): Promise<boolean> {
  const { upsertedCount } = await store.marks.updateOne(
    { _id: idOf(journey, contact) },
    {
      $setOnInsert: { at: now, 'value.journey': journey, 'value.contact': contact },
      $addToSet: { 'value.told': { $each: told } } as never,
    },
    { upsert: true },
  );
  return upsertedCount === 1;
}

export async function keptTriggers(store: Store): Promise<Kept[]> {
  return (await marksOf(store, MARK)).map(({ value }) => value as Kept);
}

export async function dropKept(store: Store, { journey, contact }: Kept): Promise<void> {
  await store.marks.deleteOne({ _id: idOf(journey, contact) });
}
