import type { ChangeStream, ChangeStreamDocument } from 'mongodb';
import { ANSWERS, laneOf, type ServedLanes } from '../domain/sending/lanes.ts';
import type { DeliveryDoc } from '../store/deliveries/delivery.ts';
import { dueSenders } from '../store/deliveries/queue.ts';
import type { Store } from '../store/store.ts';
import { withTimeLimit } from '../store/transaction.ts';

/** Lets the loop of a sender without work sleep until there may be some. */
export type DueWatcher = {
  /**
   * Resolves soon after a row of the sender was planned, or made due, among those that the loop serves, once the slow look
   * finds one due, or after `stop`.
   */
  next: (sender: string, serves: Loop['serves']) => Promise<void>;
  /** Lets the loop of a sender's answers look again. */
  answers: (sender: string) => void;
  stop: () => Promise<void>;
};

const LOOPS = ['answers', 'rest'] as const satisfies ServedLanes[];

/** One loop of one sender. */
type Loop = { sender: string; serves: (typeof LOOPS)[number] };

type Deps = { store: Store; now: () => Date };

/** Between two looks for all that sleep, ms: rows put back, and those of campaigns, come by time alone, without any word. */
const SLOW_LOOK_MS = 1000;

/** Longest that a look may take, ms: after one that the driver never ended nobody would be woken for a campaign any more. */
const MOST_LOOK_MS = 5000;

/** Lanes whose rows are announced. A campaign plans thousands a second, and the slow look finds its first in time. */
const ANNOUNCED = [ANSWERS, laneOf('transactional'), laneOf('marketing')];

const PLANNED = {
  operationType: 'insert',
  'fullDocument.state': 'planned',
  'fullDocument.lane': { $in: ANNOUNCED },
};

/** What an opt-out has waited for is over: its confirmation is due (`makeDue`). */
const MADE_DUE = { operationType: 'update', 'updateDescription.removedFields': 'draining' };

/**
 * `onError` hears of a broken stream; the slow look, every `lookMs`, goes on, and opens another. It asks once for all who sleep;
 * where it fails, or takes longer than `mostMs`, all of them look for themselves, and tell.
 */
export function createDueWatcher(
  { store, now }: Deps,
  onError: (error: unknown) => void,
  lookMs: number = SLOW_LOOK_MS,
  mostMs: number = MOST_LOOK_MS,
): DueWatcher {
  const sleepers = createSleepers();
  let stopped = false;
  const due = (): Promise<string[]> => withTimeLimit(mostMs, dueSenders(store, now()));
  const madeDue = oneAfterAnother(async () => {
    // Whose sender it is the word does not tell.
    for (const sender of await due()) sleepers.wake({ sender, serves: 'answers' });
  }, sleepers.wakeAll);
  const watch = createWatch(store, onError, { planned: sleepers.wake, madeDue });
  const slowLook = oneAfterAnother(async () => {
    if (!sleepers.any()) return;
    watch.begin();
    for (const sender of await due()) {
      for (const serves of LOOPS) sleepers.wakeIfAsleep({ sender, serves });
    }
  }, sleepers.wakeAll);
  const timer = setInterval(slowLook, lookMs);
  return {
    next: async (sender, serves) => {
      if (stopped || sleepers.wasMissed({ sender, serves })) return;
      watch.begin();
      await sleepers.sleep({ sender, serves });
    },
    answers: (sender) => sleepers.wake({ sender, serves: 'answers' }),
    stop: async () => {
      stopped = true;
      clearInterval(timer);
      sleepers.wakeAll();
      await watch.stop();
    },
  };
}

/** What is asked for while it runs, however often, runs once more. */
function oneAfterAnother(run: () => Promise<void>, failed: () => void): () => void {
  let running = false;
  let asked = false;
  const all = async (): Promise<void> => {
    running = true;
    while (asked) {
      asked = false;
      await run().catch(failed);
    }
    running = false;
  };
  return () => {
    asked = true;
    if (!running) void all();
  };
}

/** Whoever sleeps until a row that their loop serves is announced, or found. */
function createSleepers() {
  const sleepers = new Map<string, Set<() => void>>();
  /** Loops whose row was announced while nobody slept: they may have looked just before. */
  const missed = new Set<string>();
  const wake = (key: string): boolean => {
    const mine = sleepers.get(key);
    sleepers.delete(key);
    for (const one of mine ?? []) one();
    return mine !== undefined;
  };
  return {
    wakeIfAsleep: (loop: Loop): void => void wake(keyOf(loop)),
    wake: (loop: Loop): void => {
      if (!wake(keyOf(loop))) missed.add(keyOf(loop));
    },
    wakeAll: (): void => {
      for (const key of [...sleepers.keys()]) wake(key);
    },
    any: (): boolean => sleepers.size > 0,
    /** Once for all that was announced since. */
    wasMissed: (loop: Loop): boolean => missed.delete(keyOf(loop)),
    sleep: (loop: Loop): Promise<void> =>
      new Promise((resolve) => {
        const mine = sleepers.get(keyOf(loop)) ?? new Set();
        sleepers.set(keyOf(loop), mine.add(resolve));
      }),
  };
}

const keyOf = ({ sender, serves }: Loop): string => `${serves} ${sender}`;

/** Told of a row that was planned, and that some row was made due. */
type Words = { planned: (loop: Loop) => void; madeDue: () => void };

type Announced = Pick<DeliveryDoc, 'sender' | 'lane'>;

/** One stream of announced rows, opened anew at the next `begin` once it broke. */
function createWatch(store: Store, onError: (error: unknown) => void, { planned, madeDue }: Words) {
  let stream: ChangeStream | null = null;
  let stopped = false;
  return {
    begin: (): void => {
      if (stream !== null) return;
      const opened = store.deliveries.watch([
        { $match: { $or: [PLANNED, MADE_DUE] } },
        { $project: { 'fullDocument.sender': 1, 'fullDocument.lane': 1, operationType: 1 } },
      ]);
      stream = opened;
      opened.on('change', (change: ChangeStreamDocument<Announced>) => {
        if (change.operationType !== 'insert') return madeDue();
        const { sender, lane } = change.fullDocument;
        planned({ sender, serves: lane === ANSWERS ? 'answers' : 'rest' });
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
