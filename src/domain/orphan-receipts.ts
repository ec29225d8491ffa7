import { DAY_MS, HOUR_MS } from './durations.ts';

/**
 * How long a delivery report waits for its delivery, ms. A delivery is written before its message is sent, and the
 * carrier reports the end of a message within 72 hours, so a report without a delivery after a week was never ours.
 */
const WAITS_MOST_MS = 7 * DAY_MS;

/**
 * Tries for a report that names no delivery, over about 21 minutes. By then a message of ours has its carrier id: a
 * lost create call is looked up after ten minutes.
 */
const NAMELESS_TRIES = 8;

/**
 * How long a try of a report that names no delivery may be overdue, ms. Only a flood of such reports delays a try
 * this long, and reports in such numbers are not ours.
 */
export const NAMELESS_OVERDUE_MS = HOUR_MS;

/** Whether a report that found no delivery at its last try was never ours. `tries`: number of tries so far. */
export function isOrphan(receipt: { delivery: string | null; at: Date; tries: number }, now: Date): boolean {
  if (receipt.delivery === null && receipt.tries >= NAMELESS_TRIES) return true;
  return now.getTime() - receipt.at.getTime() >= WAITS_MOST_MS;
}
