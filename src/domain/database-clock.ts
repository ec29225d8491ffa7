/**
 * One answer of the database with its time; ms. `database`: its clock, whole ms since the epoch. `sent` and `received`:
 * this machine's monotonic clock around the answer. `wall`: its wall clock at `received`, since the epoch;
 * `wallSent` at `sent`.
 */
export type ClockReading = {
  sent: number;
  received: number;
  wallSent: number;
  wall: number;
  database: number;
};

/**
 * The error of the wall clock by one reading: ms that it is behind the database's clock (negative: ahead), and its
 * lead over the monotonic clock.
 */
export type ClockError = { behind: number; lead: number };

/** The assumed error of a clock that was not compared yet. */
export const NO_ERROR: ClockError = { behind: 0, lead: 0 };

/**
 * A clock that is off by at most this much, ms, counts as right: everything compared between processes tolerates it.
 * Well below the lease of a claim; the sweep, which uses the database's clock, waits for another lease after it.
 */
const RIGHT_MS = 1000;

/** A reading that took longer than this says too little, ms: the process was suspended. */
const SLOWEST_MS = 2000;

/**
 * The error of the wall clock by a reading, as precisely as its round trip allows; `known` where the reading agrees
 * with it. Null when the reading says too little: it took too long, or the wall clock was set meanwhile.
 */
export function clockErrorBy(reading: ClockReading, known: ClockError = NO_ERROR): ClockError | null {
  const { sent, received, wallSent, wall, database } = reading;
  const trip = Math.max(received - sent, wall - wallSent);
  const leapt = wall - wallSent - (received - sent);
  if (trip > SLOWEST_MS || Math.abs(leapt) > RIGHT_MS || wall < wallSent) return null;
  const lead = wall - received;
  // The database's time has whole milliseconds.
  const least = database - wall;
  const most = database + 1 - wallSent;
  if (least <= RIGHT_MS && most >= -RIGHT_MS) return { behind: 0, lead };
  if (known.behind !== 0 && least <= known.behind && known.behind <= most)
    return { behind: known.behind, lead };
  return { behind: Math.floor((least + most) / 2), lead };
}

/**
 * Corrects a time of the wall clock to the database's time; both in ms since the epoch. A clock that has since been
 * set by the amount of its error is right. Any other leap stays: the monotonic clock of a suspended machine stops,
 * and its wall clock does not.
 */
export function rightTime(wall: number, monotonic: number, { behind, lead }: ClockError): number {
  const leapt = wall - monotonic - lead;
  return Math.abs(leapt - behind) <= RIGHT_MS ? wall : wall + behind;
}

/** Drift of a quartz clock and its correction in a second, ms (NTP slews by at most 500 ppm). */
const DRIFT_MS = 0.5;

/**
 * The database's clock minus the process's own monotonic clock lies between `least` and `most`, ms, at the monotonic
 * time `at`.
 */
export type ClockBounds = { least: number; most: number; at: number };

/** The bounds before any answer. */
export const UNKNOWN_CLOCK: ClockBounds = {
  least: Number.NEGATIVE_INFINITY,
  most: Number.POSITIVE_INFINITY,
  at: 0,
};

/**
 * Combines an answer with the bounds by earlier answers, which widen by clock drift. Where the two contradict, the
 * clock was stepped or another node answered, and only the new answer counts.
 */
export function boundClock(
  known: ClockBounds,
  { sent, received, database }: Pick<ClockReading, 'sent' | 'received' | 'database'>,
): ClockBounds {
  const fresh = { least: database - received, most: database + 1 - sent, at: received };
  const drift = driftSince(known, received);
  const least = Math.max(fresh.least, known.least - drift);
  const most = Math.min(fresh.most, known.most + drift);
  return least <= most ? { least, most, at: received } : fresh;
}

const driftSince = ({ at }: ClockBounds, now: number): number => (Math.abs(now - at) / 1000) * DRIFT_MS;

/**
 * The least number of ms by which a wall clock is ahead of the database's; below 0 where it is behind; 0 where it may
 * be right, or nothing is known. `now`: our monotonic clock, read at the same moment.
 */
export function offBy(wall: number, now: number, known: ClockBounds): number {
  const drift = driftSince(known, now);
  const ahead = wall - now - known.most - drift;
  const behind = wall - now - known.least + drift;
  return ahead > 0 ? ahead : Math.min(0, behind);
}
