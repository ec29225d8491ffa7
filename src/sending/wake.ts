import type { ChangeStream, ChangeStreamDocument } from 'mongodb';
import { laneOf } from '../domain/sending/lanes.ts';
import { dueSenders } from '../store/deliveries/due.ts';
import { inTime } from '../store/in-time.ts';
import type { Store } from '../store/store.ts';

/** Lets the loop of a sender without work sleep until there may be some. */
export type Wake = {
  /** Resolves soon after a row of the sender was planned, once the slow look finds one due, or after `stop`. */
  next: (sender: string) => Promise<void>;
  stop: () => Promise<void>;
};

type Deps = { store: Store; now: () => Date };

/** Between two looks for all that sleep, ms: rows put back, and those of campaigns, come by time alone, without any word. */
const SLOW_LOOK_MS = 1000;

/** Longest that a look may take, ms: after one that the driver never ended nobody would be woken for a campaign any more. */
const MOST_LOOK_MS = 5000;

/** Lanes whose rows are announced. A campaign plans thousands a second, and the slow look finds its first in time. */
const ANNOUNCED = [laneOf('reply'), laneOf('transactional'), laneOf('marketing')];

const PLANNED = {
  operationType: 'insert',
  'fullDocument.state': 'planned',
  'fullDocument.lane': { $in: ANNOUNCED },
};

/**
 * `onError` hears of a broken stream; the slow look, every `lookMs`, goes on, and opens another. It asks once for all who sleep;
 * where it fails, or takes longer than `mostMs`, all of them look for themselves, and tell.
 */
export function createWake(
  { store, now }: Deps,
  onError: (error: unknown) => void,
  lookMs: number = SLOW_LOOK_MS,
  mostMs: number = MOST_LOOK_MS,
): Wake {
  const sleepers = createSleepers();
  const watch = createWatch(store, onError, sleepers.wake);
  let looking = false;
  let stopped = false;
  const look = async (): Promise<void> => {
    if (looking || !sleepers.any()) return;
    looking = true;
    try {
      watch.begin();
      for (const sender of await inTime(mostMs, dueSenders(store, now()))) sleepers.wakeIfAsleep(sender);
    } catch {
      sleepers.wakeAll();
    } finally {
      looking = false;
    }
  };
  const timer = setInterval(() => void look(), lookMs);
  return {
    next: async (sender) => {
      if (stopped || sleepers.wasMissed(sender)) return;
      watch.begin();
      await sleepers.sleep(sender);
    },
    stop: async () => {
      stopped = true;
      clearInterval(timer);
      sleepers.wakeAll();
      await watch.stop();
    },
  };
}

/** Whoever sleeps until a row of their sender is announced, or found. */
function createSleepers() {
  const sleepers = new Map<string, Set<() => void>>();
  /** Senders whose row was announced while nobody slept: their loop may have looked just before. */
  const missed = new Set<string>();
  const wakeIfAsleep = (sender: string): boolean => {
    const mine = sleepers.get(sender);
    sleepers.delete(sender);
    for (const one of mine ?? []) one();
    return mine !== undefined;
  };
  return {
    wakeIfAsleep,
    wake: (sender: string): void => {
      if (!wakeIfAsleep(sender)) missed.add(sender);
    },
    wakeAll: (): void => {
      for (const sender of [...sleepers.keys()]) wakeIfAsleep(sender);
    },
    any: (): boolean => sleepers.size > 0,
    /** Once for all that was announced since. */
    wasMissed: (sender: string): boolean => missed.delete(sender),
    sleep: (sender: string): Promise<void> =>
      new Promise((resolve) => {
        const mine = sleepers.get(sender) ?? new Set();
        sleepers.set(sender, mine.add(resolve));
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
