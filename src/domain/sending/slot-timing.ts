import type { ClockBounds } from '../database-clock.ts';

/**
 * Most ms that a hand-over may come after its slot. Timers need them, and the database's clock is known only to
 * within its round trip. Costs 0.7 % of the rate (see `spacingOf`).
 */
export const LATENESS_MS = 7;

/** Least of these ms left for timers, even where a distant database uses up the rest. */
const TIMERS_MS = 2;

/** Precision of sums of slots, ms: a double of a current date in ms has steps of 0.0002. */
export const ROUNDING_MS = 0.1;

/**
 * Ms between two slots at a rate of parts a second. Throws RangeError where the rate is no positive number.
 *
 * Why no second exceeds the rate, over all processes and with any jitter: every part is sent within LATENESS_MS after
 * its slot, so the parts of a second have slots in an open interval of 1000 + LATENESS_MS = rate × spacing. No
 * process moves its slots closer together, nor out of its run. So such an interval holds at most `rate` slots of
 * consecutive runs: a shift pushes out at one end what it brings in at the other.
 */
export function spacingOf(rate: number): number {
  if (!(rate > 0 && Number.isFinite(rate))) throw new RangeError(`${rate} is no rate`);
  return (1000 + LATENESS_MS) / rate;
}

/**
 * Consecutive slots of one process, in ms on the database's clock. The next begins at `next`, the last ends at `end`.
 * No other process has slots between.
 */
export type SlotRun = { next: number; end: number; spacing: number };

/**
 * `go`: the message is sent in this tick; `next` is the run's new position. `early`: ms to wait. `over`: no room is
 * left.
 */
type SlotDecision = { kind: 'go'; next: number } | { kind: 'early'; ms: number } | { kind: 'over' };

/**
 * The turn of a message with `parts` parts at `now`, ms of our monotonic clock. A message that is late for the next
 * slot shifts that slot, and all behind it, as little as possible. A message that no longer fits into the run is not
 * sent.
 */
export function decideSlot(run: SlotRun, clock: ClockBounds, parts: number, now: number): SlotDecision {
  const open = Math.max(LATENESS_MS - ROUNDING_MS, clock.most - clock.least + TIMERS_MS);
  const slot = Math.max(run.next, now + clock.most - open);
  const next = slot + parts * run.spacing;
  if (next > run.end + ROUNDING_MS) return { kind: 'over' };
  const ms = slot - clock.least - now;
  return ms > 0 ? { kind: 'early', ms } : { kind: 'go', next };
}
