/** The clock of the month. It runs as fast as the real one, and is set forward when nothing is left to do. */
export type Clock = {
  now: () => Date;
  /** Sets the clock forward, never back: if a day took longer than planned, the clock continues from where it is. */
  setTo: (at: Date) => void;
};

/** `monotonic`: ms that never decrease. */
export function createClock(start: Date, monotonic: () => number): Clock {
  let set = { at: start.getTime(), since: monotonic() };
  const now = (): Date => new Date(set.at + monotonic() - set.since);
  return {
    now,
    setTo: (at) => {
      if (at > now()) set = { at: at.getTime(), since: monotonic() };
    },
  };
}
