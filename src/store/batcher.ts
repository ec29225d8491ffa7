/** Groups under way at once, how many must wait before a further one starts, and most acts in one. */
const COMMON = { groups: 4, furtherAt: 32, most: 250 };
const APART = { groups: 1, furtherAt: 1, most: 250 };

type Line<T> = typeof COMMON & { queue: T[]; running: number };

type Groups<T> = {
  add: (item: T) => void;
  /** Resolves when nothing waits or runs. */
  drain: () => Promise<void>;
};

/**
 * Forms groups of what waits and runs them: larger groups cost far less an item, several of them keep both this process
 * and the database at work. At most one item of a key is under way, first come first served. Items that stand
 * apart share groups among themselves alone: they start at once, or when the one group of theirs is done.
 */
export function createBatcher<T>(how: {
  keyOf: (item: T) => string;
  apart: (item: T) => boolean;
  /** Resolves when the next group may start, never rejects; `release` takes each item as it ends, then or later. */
  run: (group: T[], release: (item: T) => void) => Promise<void>;
}): Groups<T> {
  const common: Line<T> = { ...COMMON, queue: [], running: 0 };
  const apart: Line<T> = { ...APART, queue: [], running: 0 };
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
    await how.run(group, release);
    line.running -= 1;
    pump();
  };
  const pump = (): void => {
    pumping = false;
    while (mayStart(apart)) void start(apart);
    while (mayStart(common)) void start(common);
    if (behind.size === 0) for (const wake of idle.splice(0)) wake();
  };
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

function mayStart<T>({ queue, running, groups, furtherAt }: Line<T>): boolean {
  if (queue.length === 0) return false;
  return running === 0 || (running < groups && queue.length >= furtherAt);
}
