import { DAY_MS, HOUR_MS } from '../../src/domain/durations.ts';

/** The number of days in a whole month. */
export const MONTH_DAYS = 30;

/**
 * The hours of a day, UTC, for the jobs of the night, the texts of the morning, the campaign and the texts that answer it, and
 * the jobs of the evening.
 */
export const HOURS = { night: 4, morning: 10, campaign: 16, evening: 22 } as const;

/**
 * Returns the start of the month. It begins at a midnight, UTC, and ends at the last midnight before `now`; what comes after the
 * month is the real present.
 */
export const monthStart = (now: Date, days: number): Date =>
  new Date(Math.floor(now.getTime() / DAY_MS) * DAY_MS - days * DAY_MS);

export const momentOf = (start: Date, day: number, hour: number): Date =>
  new Date(start.getTime() + day * DAY_MS + hour * HOUR_MS);

/** "2026-11-03". */
export const dateOf = (start: Date, day: number): string =>
  momentOf(start, day, 0).toISOString().slice(0, 10);

/** The day of a time, counted from 0. It is below 0 before the month and past the end after it. */
export const dayOf = (start: Date, at: Date): number => Math.floor((at.getTime() - start.getTime()) / DAY_MS);

/** Days with a campaign, one every four or five days. */
export const CAMPAIGN_DAYS: readonly number[] = [1, 5, 10, 14, 18, 23, 27];

/**
 * Days on which the failing network is down. Three campaigns fall on them, as many as would make each of its phones unreachable.
 */
export const OUTAGE_DAYS: readonly number[] = [10, 14, 18];

/** The day on which the carriers filter messages. */
export const FILTERED_DAY = 23;

/**
 * Days on which a verification of numbers begins, and the program whose people it checks. These are at most a tenth of all
 * people, because a large list would leave no budget for the other jobs.
 */
export const VERIFIED: ReadonlyMap<number, string> = new Map([
  [2, 'stylist'],
  [9, 'orders'],
]);
