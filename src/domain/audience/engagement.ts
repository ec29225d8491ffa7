import { DAY_MS } from '../durations.ts';
import type { ActivityDay } from './profile.ts';

/** Time in which a score halves, ms. */
const HALF_LIFE_MS = 30 * DAY_MS;

/** Points of one event on its day; of a type that is not here, `OTHER`. */
const POINTS: Readonly<Record<string, number>> = { purchase: 20, click: 10 };
const OTHER = 5;

/** Most events of one type and day that count: a script that clicks all night makes no champion. */
const MOST_A_DAY = 3;

/** Best first, each with the least score that makes it. Who never did anything is dormant. */
export const LEVELS = { champion: 25, active: 5, 'at-risk': 1, dormant: 0 } as const;
export type Level = keyof typeof LEVELS;

/**
 * The moment at which the score of what a person did falls to one point; null where they did nothing. The score at any
 * moment follows from it alone, so that a level is a stretch of this moment and a segment a range query:
 * score(t) = 2^((fadesAt - t) / half-life). Points add up in whatever order the events come.
 */
export function fadesAt(days: readonly ActivityDay[]): Date | null {
  const newest = Math.max(...days.map(({ day }) => day.getTime()));
  const score = days.reduce(
    (sum, row) => sum + pointsOf(row) * 2 ** ((row.day.getTime() - newest) / HALF_LIFE_MS),
    0,
  );
  return score > 0 ? new Date(Math.round(newest + HALF_LIFE_MS * Math.log2(score))) : null;
}

function pointsOf({ type, count }: ActivityDay): number {
  const points = Object.hasOwn(POINTS, type) ? POINTS[type] : undefined;
  return (points ?? OTHER) * Math.max(0, Math.min(count, MOST_A_DAY));
}

/** The stretch of `fadesAt` that makes a level at a moment: from, and before; null where it has no such end. */
export function stretchOf(level: Level, now: Date): { from: Date | null; before: Date | null } {
  const least = (score: number): Date =>
    new Date(Math.round(now.getTime() + HALF_LIFE_MS * Math.log2(score)));
  const above = Object.values(LEVELS).filter((score) => score > LEVELS[level]);
  return {
    from: LEVELS[level] === 0 ? null : least(LEVELS[level]),
    before: above.length === 0 ? null : least(Math.min(...above)),
  };
}
