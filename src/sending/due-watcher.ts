import type { ChangeStream, ChangeStreamDocument } from 'mongodb';
import { ANSWERS, laneOf, type ServedLanes } from '../domain/sending/lanes.ts';
import type { DeliveryDoc } from '../store/deliveries/delivery.ts';
import { dueSenders } from '../store/deliveries/queue.ts';
import type { Store } from '../store/store.ts';
import { withTimeLimit } from '../store/transaction.ts';

/** Lets the loop of an idle sender sleep until deliveries may be due. */
export type DueWatcher = {
  /**
   * Resolves soon after a delivery that the loop serves was planned or made due, when the periodic check finds one
   * due, or after `stop`.
   */
  next: (sender: string, serves: Loop['serves']) => Promise<void>;
  /** Wakes the loop that sends a sender's answers. */
  answers: (sender: string) => void;
  stop: () => Promise<void>;
};

const LOOPS = ['answers', 'rest'] as const satisfies ServedLanes[];

/** One loop of one sender. */
type Loop = { sender: string; serves: (typeof LOOPS)[number] };

type Deps = { store: Store; now: () => Date };

/**
 * How often due deliveries are checked for all sleeping loops, ms. Deliveries that were put back, and those of
 * campaigns, become due without a change event.
 */
const SLOW_LOOK_MS = 1000;

/**
 * Time limit of one check, ms. The driver may never end a command; without the limit no loop would then wake for a
 * campaign.
 */
const MOST_LOOK_MS = 5000;

/**
 * Lanes whose inserts wake a loop. A campaign plans thousands of deliveries a second, so the periodic check finds its
 * first in time.
 */
const ANNOUNCED = [ANSWERS, laneOf('transactional'), laneOf('marketing')];

const PLANNED = {
  operationType: 'insert',
  'fullDocument.state': 'planned',
  'fullDocument.lane': { $in: ANNOUNCED },
};

/** The wait of an opt-out is over: its confirmation is due (`makeDue`). */
const MADE_DUE = { operationType: 'update', 'updateDescription.removedFields': 'draining' };

/**
 * Creates the watcher. `onError` gets the error of a broken stream. The periodic check, every `lookMs`, continues and
 * opens a new stream. One check serves all sleeping loops. Where the check fails, or takes longer than `mostMs`, all
 * loops wake, query for themselves, and report errors.
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
    // The change event does not name the sender.
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

/** Runs one call at a time. Any number of calls during a run lead to one more run. */
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

/** Loops that sleep until a delivery of theirs is announced or found. */
function createSleepers() {
  const sleepers = new Map<string, Set<() => void>>();
  /** Loops whose delivery was announced while they were awake. They may have queried just before. */
  const missed = new Set<string>();
  const wake = (key: string): boolean => {
    const waiting = sleepers.get(key);
    sleepers.delete(key);
    for (const wake of waiting ?? []) wake();
    return waiting !== undefined;
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
    /** True once for all announcements since the last call. */
    wasMissed: (loop: Loop): boolean => missed.delete(keyOf(loop)),
    sleep: (loop: Loop): Promise<void> =>
      new Promise((resolve) => {
        const waiting = sleepers.get(keyOf(loop)) ?? new Set();
        sleepers.set(keyOf(loop), waiting.add(resolve));
      }),
  };
}

const keyOf = ({ sender, serves }: Loop): string => `${serves} ${sender}`;

/** Called when a delivery was planned, and when some delivery was made due. */
type Words = { planned: (loop: Loop) => void; madeDue: () => void };

type Announced = Pick<DeliveryDoc, 'sender' | 'lane'>;

/** One change stream of announced deliveries. After an error the next `begin` opens a new one. */
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
        // The driver sometimes reports an error when a waiting stream is closed.
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
