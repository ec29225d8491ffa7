import type { ChangeStream, ChangeStreamDocument } from 'mongodb';
import { laneOf } from '../domain/sending/lanes.ts';
import type { Store } from '../store/store.ts';

/** Lets the loop of a sender without work sleep until there may be some. */
export type Wake = {
  /** Resolves soon after a row of the sender was planned, after the slow look's time, or after `stop`. */
  next: (sender: string) => Promise<void>;
  stop: () => Promise<void>;
};

/** Without any word of new rows one looks after so long, ms: rows put back, and those of campaigns, come by time alone. */
const SLOW_LOOK_MS = 1000;

/** Lanes whose rows are announced. A campaign plans thousands a second, and the slow look finds its first in time. */
const ANNOUNCED = [laneOf('reply'), laneOf('transactional'), laneOf('marketing')];

const PLANNED = {
  operationType: 'insert',
  'fullDocument.state': 'planned',
  'fullDocument.lane': { $in: ANNOUNCED },
};

/**
 * `onError` hears of a broken stream; the slow look, every `lookMs`, goes on, and the next sleeper opens another.
 */
export function createWake(
  store: Store,
  onError: (error: unknown) => void,
  lookMs: number = SLOW_LOOK_MS,
): Wake {
  const sleepers = createSleepers(lookMs);
  const watch = createWatch(store, onError, sleepers.wake);
  let stopped = false;
  return {
    next: async (sender) => {
      if (stopped || sleepers.wasMissed(sender)) return;
      watch.begin();
      await sleepers.sleep(sender);
    },
    stop: async () => {
      stopped = true;
      sleepers.wakeAll();
      await watch.stop();
    },
  };
}

/** Whoever sleeps until a row of their sender is announced, or until `lookMs` are over. */
function createSleepers(lookMs: number) {
  const sleepers = new Map<string, Set<() => void>>();
  /** Senders whose row was announced while nobody slept: their loop may have looked just before. */
  const missed = new Set<string>();
  const wake = (sender: string): void => {
    const mine = [...(sleepers.get(sender) ?? [])];
    if (mine.length === 0) missed.add(sender);
    for (const one of mine) one();
  };
  return {
    wake,
    wakeAll: (): void => {
      for (const sender of sleepers.keys()) wake(sender);
    },
    /** Once for all that was announced since. */
    wasMissed: (sender: string): boolean => missed.delete(sender),
    sleep: (sender: string): Promise<void> =>
      new Promise((resolve) => {
        const mine = sleepers.get(sender) ?? new Set();
        sleepers.set(sender, mine);
        const done = (): void => {
          clearTimeout(timer);
          mine.delete(done);
          resolve();
        };
        const timer = setTimeout(done, lookMs);
        mine.add(done);
      }),
  };
}

/** One stream of announced rows, opened anew at the next `begin` once it broke. */
function createWatch(store: Store, onError: (error: unknown) => void, wake: (sender: string) => void) {
  let stream: ChangeStream | null = null;
  let stopped = false;
  return {
    begin: (): void => {
      if (stream !== null) return;
      const opened = store.deliveries.watch([
        { $match: PLANNED },
        { $project: { 'fullDocument.sender': 1, operationType: 1 } },
      ]);
      stream = opened;
      opened.on('change', (change: ChangeStreamDocument<{ sender: string }>) => {
        if (change.operationType === 'insert') wake(change.fullDocument.sender);
      });
      opened.on('error', (error) => {
        // The driver calls it an error, now and then, that a stream is closed while it waits.
        if (stopped) return;
        onError(error);
        stream = null;
        void opened.close().catch(() => undefined);
      });
    },
    stop: async (): Promise<void> => {
      stopped = true;
      await stream?.close();
    },
  };
}
