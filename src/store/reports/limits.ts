/** Longest that one figure of a report may take in the database, ms. */
export const REPORT_MS = 20_000;

/** Every zone's midnight is one of these moments, so that days are told by our own rules on zones. */
export const QUARTER = { unit: 'minute', binSize: 15 } as const;

/** What is left of the time that all parts of a question have together, ms. */
export type TimeLeft = () => number;

/** From now on; never less than one, which the database finds too short by itself. */
export function timeLeft(monotonic: () => number): TimeLeft {
  const until = monotonic() + REPORT_MS;
  return () => Math.max(1, Math.ceil(until - monotonic()));
}

/** Each part has the whole time. */
export const WHOLE_TIME: TimeLeft = () => REPORT_MS;
