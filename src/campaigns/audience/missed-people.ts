import type { Desk } from '../../consent/desk.ts';
import { countEnds, countMissed, type Missed } from '../../store/campaigns/missed.ts';
import { isTimeLimit } from '../../store/database-failure.ts';

type Clocked = Pick<Desk, 'store' | 'monotonic'>;

/** Longest that somebody waits for a preview, ms. */
const PREVIEW_MS = 5000;

function timer({ monotonic }: Clocked, budgetMs: number): () => number {
  const until = monotonic() + budgetMs;
  return () => until - monotonic();
}

/**
 * How many missed a campaign that `self` makes up for, counted up to `most`; null where they are too many to be counted
 * in `budgetMs`.
 */
export async function missedPeople(
  desk: Clocked,
  missed: Missed,
  self: string,
  { most, budgetMs }: { most: number | null; budgetMs: number },
): Promise<number | null> {
  const asked = { leftMs: timer(desk, budgetMs), most: most ?? Number.POSITIVE_INFINITY };
  const { people, whole } = await countMissed(desk.store, missed, self, asked);
  return whole ? people : null;
}

/**
 * How many missed it, by those who were counted in five seconds, `step` rows at once, where there are more; null where
 * that is nobody.
 */
export async function missedAbout(
  desk: Clocked,
  missed: Missed,
  self: string,
  step?: number,
): Promise<number | null> {
  const asked = { leftMs: timer(desk, PREVIEW_MS), ...(step === undefined ? {} : { step }) };
  const { people, rows, whole } = await countMissed(desk.store, missed, self, asked);
  if (whole) return people;
  if (rows === 0) return null;
  const all = await countEnds(desk.store, missed.of, PREVIEW_MS).catch((error: unknown) => {
    if (isTimeLimit(error)) return null;
    throw error;
  });
  return all === null ? null : Math.round((people / rows) * Math.max(all, rows));
}
