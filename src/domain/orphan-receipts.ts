import { DAY_MS, HOUR_MS } from './durations.ts';

/**
 * How long a receipt waits for its delivery, ms. A delivery is written before its message leaves, and the carrier tells the
 * end of a message within 72 hours: what has no home after a week was never ours.
 */
const WAITS_MOST_MS = 7 * DAY_MS;

/**
 * Tries for a receipt that names no delivery, about 21 minutes: a message of ours has its carrier's id by then, where its
 * hand-over was lost too, which is looked up after ten.
 */
const NAMELESS_TRIES = 8;

/**
 * How long a try of a receipt that names no delivery may be overdue, ms. Only a flood of others lets one wait so long, and
 * what comes in such numbers is none of ours.
 */
export const NAMELESS_OVERDUE_MS = HOUR_MS;

/** Whether a receipt that found no delivery at its last try was never ours. `tries`: how often it has been tried. */
export function isOrphan(receipt: { delivery: string | null; at: Date; tries: number }, now: Date): boolean {
  if (receipt.delivery === null && receipt.tries >= NAMELESS_TRIES) return true;
  return now.getTime() - receipt.at.getTime() >= WAITS_MOST_MS;
}
