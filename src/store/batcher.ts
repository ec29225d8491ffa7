/**
 * `groups`: groups under way at once. `furtherAt`: how many items must wait before a further group starts. `most`:
 * items per group.
 */
const COMMON = { groups: 4, furtherAt: 32, most: 250 };
const APART = { groups: 1, furtherAt: 1, most: 250 };

type Line<T> = typeof COMMON & { queue: T[]; running: number };

type Groups<T> = {
  add: (item: T) => void;
  /** Resolves when no item waits or runs. */
  drain: () => Promise<void>;
};

/**
 * Collects waiting items into groups and runs them. Larger groups cost far less per item; several groups keep both
 * this process and the database busy. At most one item per key is under way, first come, first served. Items for
 * which `apart` is true form groups of their own, one at a time: such an item starts at once, or when the group
 * before it ends.
 */
export function createBatcher<T>(how: {
  keyOf: (item: T) => string;
  apart: (item: T) => boolean;
  /** Resolves when the next group may start; never rejects. Calls `release` as each item ends, then or later. */
  run: (group: T[], release: (item: T) => void) => Promise<void>;
}): Groups<T> {
  const common: Line<T> = { ...COMMON, queue: [], running: 0 };
  const apart: Line<T> = { ...APART, queue: [], running: 0 };
  /** For each key that has an item queued or under way, the items that wait for that item. */
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
  /** Runs after this tick, when everything that the tick read from its sockets is in the queue. */
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
