/** Longest that one figure of a report may take in the database, ms. */
export const REPORT_MS = 20_000;

/**
 * Every time zone's midnight falls on a quarter of an hour, so we can assign quarters to days by our own zone
 * rules.
 */
export const QUARTER = { unit: 'minute', binSize: 15 } as const;

/** Time left for all parts of a request together, ms. */
export type TimeLeft = () => number;

/** Starts counting now. Never returns less than one: with 1 ms the database itself reports a time-out. */
export function timeLeft(monotonic: () => number): TimeLeft {
  const until = monotonic() + REPORT_MS;
  return () => Math.max(1, Math.ceil(until - monotonic()));
}

/** Gives each part the whole time. */
export const WHOLE_TIME: TimeLeft = () => REPORT_MS;
