/** One answer of the database: its clock at some moment between `asked` and `told` of the own wall clock, ms since the epoch. */
type ClockLook = {
  asked: number;
  told: number;
  database: number;
  /** The own monotonic clock, read together with `told`, ms. */
  monotonic: number;
};

/** What a look said of the own wall clock: ms by which it was behind the database's (below 0: ahead), and its lead over the monotonic one. */
export type ClockError = { behind: number; lead: number };

/** Of a clock that nobody has compared yet. */
export const NO_ERROR: ClockError = { behind: 0, lead: 0 };

/**
 * A clock that may be no further off, ms, counts as right: whatever is compared between processes bears that. Well below
 * the lease of a flag, after which a sweep by the database's clock waits for another lease.
 */
const RIGHT_MS = 1000;

/** An answer that took longer, ms, or less than no time, says too little: the process stood still, or its clock was set. */
const SLOWEST_MS = 2000;

/** What an answer of the database says of the own wall clock, as well as its round trip lets us know; null: too little. */
export function clockErrorBy({ asked, told, database, monotonic }: ClockLook): ClockError | null {
  if (told < asked || told - asked > SLOWEST_MS) return null;
  const lead = told - monotonic;
  // The database tells whole ms.
  const least = database - told;
  const most = database + 1 - asked;
  if (least <= RIGHT_MS && most >= -RIGHT_MS) return { behind: 0, lead };
  return { behind: Math.floor((least + most) / 2), lead };
}

/**
 * A moment of the own wall clock, as the database's would tell it; both in ms since the epoch. One that has since been set
 * by as much as it was off is right. Any other leap is left in: the monotonic clock of a machine that was suspended stood
 * still, and the wall's did not.
 */
export function rightTime(wall: number, monotonic: number, { behind, lead }: ClockError): number {
  const leapt = wall - monotonic - lead;
  return Math.abs(leapt - behind) <= RIGHT_MS ? wall : wall + behind;
}
