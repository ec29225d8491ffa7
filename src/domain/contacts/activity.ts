import { DAY_MS } from '../durations.ts';
import type { ActivityDay } from './profile.ts';

/**
 * How far back a profile remembers activity, in UTC days before today. A question about this many days includes the
 * first of them.
 */
export const REMEMBERED_DAYS = 400;
/**
 * Most entries per person. Beyond that the oldest are dropped, so that a mistake with event types cannot fill a
 * document.
 */
const MOST_ROWS = 2000;
const CENTS = 100;

/** One thing that a person did, and its worth in the installation's currency, to the cent. */
export type RecordedActivity = { type: string; at: Date; amount: number };

/** Whether something was returned: a return reduces what was spent and does not count as an event. */
export const isReturn = (amount: number | null): boolean => amount !== null && amount < 0;

/**
 * Adds one event to the entries: one entry per type and UTC day, oldest first, none older than 400 days. Events may
 * come in any order.
 */
export function withActivity(
  days: readonly ActivityDay[],
  { type, at, amount }: RecordedActivity,
  now: Date,
): ActivityDay[] {
  const day = dayOf(at.getTime());
  const isSame = (row: ActivityDay): boolean => row.type === type && row.day.getTime() === day;
  const before = days.find(isSame) ?? { type, day: new Date(day), count: 0, sum: 0 };
  const count = before.count + (isReturn(amount) ? 0 : 1);
  const row = { ...before, count, sum: plus(before.sum, amount) };
  const oldest = firstRemembered(now).getTime();
  return [...days.filter((day) => !isSame(day)), row]
    .filter((activityDay) => activityDay.day.getTime() >= oldest)
    .sort((a, b) => a.day.getTime() - b.day.getTime() || (a.type < b.type ? -1 : 1))
    .slice(-MOST_ROWS);
}

/** The first UTC day that a profile remembers. */
export const firstRemembered = (now: Date): Date => new Date(dayOf(now.getTime()) - REMEMBERED_DAYS * DAY_MS);

const dayOf = (time: number): number => Math.floor(time / DAY_MS) * DAY_MS;

/** In whole cents, so that sums do not depend on their order. */
const plus = (a: number, b: number): number => (Math.round(a * CENTS) + Math.round(b * CENTS)) / CENTS;

/** Time in which a score halves, ms. */
const HALF_LIFE_MS = 30 * DAY_MS;

/** Points of one event on its day. Other types get `OTHER`. */
const POINTS: Readonly<Record<string, number>> = { purchase: 20, click: 10 };
const OTHER = 5;

/** Most events per type and day that count: a script that clicks all night makes no champion. */
const MOST_A_DAY = 3;

/** Best first, each with its lowest score. A person without activity is dormant. */
export const LEVELS = { champion: 25, active: 5, 'at-risk': 1, dormant: 0 } as const;
export type EngagementLevel = keyof typeof LEVELS;

/**
 * The time at which the person's score falls to one point; null without activity. The score at any time follows
 * from it: score(t) = 2^((fadesAt - t) / half-life). So a level is a range of this value, and a segment by level is
 * a range query. Events may come in any order.
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

/** The range of `fadesAt` that makes a level at a time: from, and before; null for an open end. */
export function stretchOf(level: EngagementLevel, now: Date): { from: Date | null; before: Date | null } {
  const least = (score: number): Date =>
    new Date(Math.round(now.getTime() + HALF_LIFE_MS * Math.log2(score)));
  const above = Object.values(LEVELS).filter((score) => score > LEVELS[level]);
  return {
    from: LEVELS[level] === 0 ? null : least(LEVELS[level]),
    before: above.length === 0 ? null : least(Math.min(...above)),
  };
}
