import { DAY_MS } from '../durations.ts';
import type { ActivityDay } from './profile.ts';

/** How far back a profile remembers what a person did, days in UTC before today: who asks for so many asks for the first too. */
export const REMEMBERED_DAYS = 400;
/** Most rows of one person: beyond it the oldest go, so that a mistake with types cannot fill a document. */
const MOST_ROWS = 2000;
const CENTS = 100;

/** One thing a person did, with what it was worth, in the installation's currency to the cent. */
export type Activity = { type: string; at: Date; amount: number };

/** Whether something was given back: it takes off what was spent, and is not done once more. */
export const isReturn = (amount: number | null): boolean => amount !== null && amount < 0;

/**
 * The rows with one event more: one row a type and day in UTC, oldest first, those older than 400 days gone. The
 * order in which events come does not matter.
 */
export function withActivity(
  days: readonly ActivityDay[],
  { type, at, amount }: Activity,
  now: Date,
): ActivityDay[] {
  const day = dayOf(at.getTime());
  const isSame = (row: ActivityDay): boolean => row.type === type && row.day.getTime() === day;
  const before = days.find(isSame) ?? { type, day: new Date(day), count: 0, sum: 0 };
  const count = before.count + (isReturn(amount) ? 0 : 1);
  const row = { ...before, count, sum: plus(before.sum, amount) };
  const oldest = firstRemembered(now).getTime();
  return [...days.filter((one) => !isSame(one)), row]
    .filter((one) => one.day.getTime() >= oldest)
    .sort((a, b) => a.day.getTime() - b.day.getTime() || (a.type < b.type ? -1 : 1))
    .slice(-MOST_ROWS);
}

/** The first day in UTC that a profile remembers. */
export const firstRemembered = (now: Date): Date => new Date(dayOf(now.getTime()) - REMEMBERED_DAYS * DAY_MS);

const dayOf = (time: number): number => Math.floor(time / DAY_MS) * DAY_MS;

/** In whole cents, so that sums do not depend on their order. */
const plus = (a: number, b: number): number => (Math.round(a * CENTS) + Math.round(b * CENTS)) / CENTS;
