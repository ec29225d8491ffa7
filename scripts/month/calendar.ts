import { DAY_MS, HOUR_MS } from '../../src/domain/durations.ts';

/** Days of a whole month. */
export const MONTH_DAYS = 30;

/**
 * What is done at which hour of a day, UTC: the jobs of the night; the morning's; the campaign and the texts that
 * answer it; the evening's jobs.
 */
export const HOURS = { night: 4, morning: 10, campaign: 16, evening: 22 } as const;

/** Begins at a midnight, UTC, and ends at the last one before `now`: what comes after the month is the real present. */
export const monthStart = (now: Date, days: number): Date =>
  new Date(Math.floor(now.getTime() / DAY_MS) * DAY_MS - days * DAY_MS);

export const momentOf = (start: Date, day: number, hour: number): Date =>
  new Date(start.getTime() + day * DAY_MS + hour * HOUR_MS);

/** "2026-11-03". */
export const dateOf = (start: Date, day: number): string =>
  momentOf(start, day, 0).toISOString().slice(0, 10);

/** The day a moment is in, from 0; below 0 or past the end where it is in none. */
export const dayOf = (start: Date, at: Date): number => Math.floor((at.getTime() - start.getTime()) / DAY_MS);

/** Days with a campaign: one every four or five. */
export const CAMPAIGN_DAYS: readonly number[] = [1, 5, 10, 14, 18, 23, 27];

/** Days on which the failing network is out: three campaigns meet it, as many as would make each of its phones unreachable. */
export const OUTAGE_DAYS: readonly number[] = [10, 14, 18];

/** The day on which the carriers filter what is sent. */
export const FILTERED_DAY = 23;

/**
 * Days on which a verification of numbers is begun, and the program whose people they are: a tenth of all and fewer, since
 * a large list otherwise has no budget left for the other jobs.
 */
export const VERIFIED: ReadonlyMap<number, string> = new Map([
  [2, 'stylist'],
  [9, 'orders'],
]);
