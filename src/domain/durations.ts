/** In ms. A day here has 24 hours; a calendar day of a place may have 23 or 25. */
export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

const UNIT_MS = { second: 1000, minute: MINUTE_MS, hour: HOUR_MS, day: DAY_MS } as const;

/** Parses an interval such as "30 seconds" to ms. Throws when it has another form. */
export function intervalMs(words: string): number {
  const [, count, unit] = /^(\d+) (second|minute|hour|day)s?$/.exec(words) ?? [];
  if (unit === undefined)
    throw new Error(`the interval "${words}" is not known; use one such as "5 minutes"`);
  return Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS];
}

/** The day in UTC, as YYYY-MM-DD. */
export const utcDay = (at: Date): string => at.toISOString().slice(0, 10);

/** The later of two moments. */
export const later = (first: Date, second: Date): Date => (first > second ? first : second);
