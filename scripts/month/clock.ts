/** The month's clock: it runs as fast as the real one, and is set forward where nothing is left to do. */
export type Clock = {
  now: () => Date;
  /** Never back: a day that took longer than the time until the next thing goes on from where it is. */
  setTo: (at: Date) => void;
};

/** `monotonic`: ms that only grow. */
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
