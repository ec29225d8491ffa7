/**
 * One reading of the database's clock, made between `asked` and `told` on this machine's wall clock; ms since the
 * epoch.
 */
type ClockLook = {
  asked: number;
  told: number;
  database: number;
  /** This machine's monotonic clock, read together with `told`, ms. */
  monotonic: number;
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

/**
 * A reading that took longer than this, ms, or less than no time, says too little: the process was suspended, or its
 * clock was set.
 */
const SLOWEST_MS = 2000;

/**
 * The error of the wall clock by a reading, as precisely as its round trip allows; null when the reading says too
 * little.
 */
export function clockErrorBy({ asked, told, database, monotonic }: ClockLook): ClockError | null {
  if (told < asked || told - asked > SLOWEST_MS) return null;
  const lead = told - monotonic;
  // The database's time has whole milliseconds.
  const least = database - told;
  const most = database + 1 - asked;
  if (least <= RIGHT_MS && most >= -RIGHT_MS) return { behind: 0, lead };
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
