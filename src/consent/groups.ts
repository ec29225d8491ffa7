/** Groups under way at once, how many must wait before a further one starts, and most acts in one. */
const COMMON = { groups: 2, furtherAt: 16, most: 250 };
const APART = { groups: 1, furtherAt: 1, most: 250 };

/**
 * From the start of one group of opt-outs to the next, ms: those of the same few milliseconds share a transaction, which
 * costs as much as twenty other texts. One that comes alone never waits.
 */
const APART_SPACING_MS = 15;

type Line<T> = typeof COMMON & { queue: T[]; running: number; startedAt: number };

export type Groups<T> = {
  add: (item: T) => void;
  /** Resolves when nothing waits or runs. */
  drain: () => Promise<void>;
};

/**
 * Forms groups of what waits and runs them: larger groups cost far less an item, two of them keep both this process
 * and the database at work. At most one item of a key is under way, first come first served. Items that stand
 * apart share groups among themselves alone: they start at once, or when the one group of theirs is done.
 */
export function createGroups<T>(how: {
  keyOf: (item: T) => string;
  apart: (item: T) => boolean;
  /** Resolves when the next group may start, never rejects; `release` takes each item as it ends, then or later. */
  run: (group: T[], release: (item: T) => void) => Promise<void>;
  /** Ms that only go on. */
  monotonic: () => number;
}): Groups<T> {
  const [common, apart] = [lineOf<T>(COMMON), lineOf<T>(APART)];
  /** By key, what waits behind the one that is queued or under way. */
  const behind = new Map<string, T[]>();
  const idle: (() => void)[] = [];
  let pumping = false;

  const queue = (item: T): void => void (how.apart(item) ? apart : common).queue.push(item);
  const release = (item: T): void => {
    const key = how.keyOf(item);
    const next = behind.get(key)?.shift();
    if (next === undefined) behind.delete(key);
    else queue(next);
    pumpSoon();
  };
  const start = async (line: Line<T>): Promise<void> => {
    const group = line.queue.splice(0, line.most);
    line.running += 1;
    line.startedAt = how.monotonic();
    await how.run(group, release);
    line.running -= 1;
    pump();
  };
  const pump = (): void => {
    pumping = false;
    const early = apart.startedAt + APART_SPACING_MS - how.monotonic();
    if (early > 0 && mayStart(apart)) pumpIn(early);
    else if (mayStart(apart)) void start(apart);
    while (mayStart(common)) void start(common);
    if (behind.size === 0) for (const wake of idle.splice(0)) wake();
  };
  const pumpIn = createAlarm(pump);
  /** Once what this tick read from its sockets is all in the queue. */
  const pumpSoon = (): void => {
    if (!pumping) setImmediate(pump);
    pumping = true;
  };
  return {
    add: (item) => {
      const waiting = behind.get(how.keyOf(item));
      if (waiting !== undefined) return void waiting.push(item);
      behind.set(how.keyOf(item), []);
      queue(item);
      pumpSoon();
    },
    drain: () =>
      new Promise((resolve) => {
        idle.push(resolve);
        pump();
      }),
  };
}

const lineOf = <T>(limits: typeof COMMON): Line<T> => ({
  ...limits,
  queue: [],
  running: 0,
  startedAt: Number.NEGATIVE_INFINITY,
});

/** Rings once, at the first moment it was set for. */
function createAlarm(ring: () => void): (ms: number) => void {
  let set = false;
  return (ms) => {
    if (set) return;
    set = true;
    setTimeout(() => {
      set = false;
      ring();
    }, ms);
  };
}

function mayStart<T>({ queue, running, groups, furtherAt }: Line<T>): boolean {
  if (queue.length === 0) return false;
  return running === 0 || (running < groups && queue.length >= furtherAt);
}
