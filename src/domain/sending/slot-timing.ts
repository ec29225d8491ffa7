/**
 * Most that a hand-over may come after its slot, ms: what timers, and not knowing the database's clock better than
 * its round trip, need. Paid for with 0.7 % of the rate (see `spacingOf`).
 */
export const LATENESS_MS = 7;

/** Least of it that is left to timers, ms, also where the database is so far away that it is used up. */
const TIMERS_MS = 2;

/** Sums of slots are this exact, ms: a double of today's date in ms has steps of 0.0002. */
const ROUNDING_MS = 0.1;

/** What a quartz clock and its correction may drift in a second, ms (NTP slews by at most 500 ppm). */
const DRIFT_MS = 0.5;

/**
 * Ms between two slots at a rate of parts a second. Throws RangeError where the rate is no positive number.
 *
 * Why no second sees more than the rate, over all processes and whatever the jitter: every segment leaves within
 * LATENESS_MS after its slot, so those of a second have slots in an open interval of 1000 + LATENESS_MS = rate × spacing.
 * No process moves its slots closer together, nor out of its run, so of runs that lie one after the other such an
 * interval holds at most `rate`: what a shift brings in at one end it has pushed out at the other.
 */
export function spacingOf(rate: number): number {
  if (!(rate > 0 && Number.isFinite(rate))) throw new RangeError(`${rate} is no rate`);
  return (1000 + LATENESS_MS) / rate;
}

/**
 * Slots of one process, one after the other, in ms on the database's clock: the next one begins at `next`, the last
 * ends at `end`. No other process has any between.
 */
export type SlotRun = { next: number; end: number; spacing: number };

/** The database's clock minus the process's own monotonic one lies between these, ms, at `at` of the latter. */
export type ClockBounds = { least: number; most: number; at: number };

/** Before any answer. */
export const UNKNOWN_CLOCK: ClockBounds = {
  least: Number.NEGATIVE_INFINITY,
  most: Number.POSITIVE_INFINITY,
  at: 0,
};

/** One answer of the database, with its clock's whole ms at some moment between `sent` and `received` of our own. */
type ClockReading = { sent: number; received: number; database: number };

/**
 * What all answers so far say of the database's clock. Older ones widen by what clocks drift. Where one contradicts
 * them the clock was stepped, or another node answers: only the newest counts.
 */
export function boundClock(known: ClockBounds, { sent, received, database }: ClockReading): ClockBounds {
  const fresh = { least: database - received, most: database + 1 - sent, at: received };
  const drift = driftSince(known, received);
  const least = Math.max(fresh.least, known.least - drift);
  const most = Math.min(fresh.most, known.most + drift);
  return least <= most ? { least, most, at: received } : fresh;
}

const driftSince = ({ at }: ClockBounds, now: number): number => (Math.abs(now - at) / 1000) * DRIFT_MS;

/**
 * Ms by which a wall clock is ahead of the database's at least, below 0: behind; 0 where it may be right, or nothing is
 * known. `now`: of the own monotonic clock, read at the same moment.
 */
export function offBy(wall: number, now: number, known: ClockBounds): number {
  const drift = driftSince(known, now);
  const ahead = wall - now - known.most - drift;
  const behind = wall - now - known.least + drift;
  return ahead > 0 ? ahead : Math.min(0, behind);
}

/** `go`: it goes in this tick, and `next` is where the run stands then. `early`: ms to wait. `over`: no room is left. */
type Turn = { kind: 'go'; next: number } | { kind: 'early'; ms: number } | { kind: 'over' };

/**
 * The turn of a message of so many parts at `now`, ms of the own monotonic clock. Who comes too late for the next
 * slot shifts it, and all behind it, as little as must be; what no longer fits into the run does not go.
 */
export function turnOf(run: SlotRun, clock: ClockBounds, parts: number, now: number): Turn {
  const open = Math.max(LATENESS_MS - ROUNDING_MS, clock.most - clock.least + TIMERS_MS);
  const slot = Math.max(run.next, now + clock.most - open);
  const next = slot + parts * run.spacing;
  if (next > run.end + ROUNDING_MS) return { kind: 'over' };
  const ms = slot - clock.least - now;
  return ms > 0 ? { kind: 'early', ms } : { kind: 'go', next };
}
