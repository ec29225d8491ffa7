/** One submitted item. `done` and `failed` settle the promise of `submit` and free the item's key. */
export type BatchItem<T, R> = { item: T; done: (result: R) => void; failed: (error: unknown) => void };

/** How many batches of a lane may run at once, and how many items must wait before a further batch starts. */
export type BatchLane = { batches: number; furtherAt: number };

export type BatcherOptions<T, R> = {
  /** Most items of one batch. */
  most: number;
  /**
   * How long the first waiting item waits for others, ms. Without it a batch starts after the current tick, when
   * everything that the tick read from its sockets has been submitted.
   */
  waitMs?: number;
  /** The lanes by name. Each has a queue of its own, and no lane waits for another one. */
  lanes: Record<string, BatchLane>;
  /** Name of the item's lane. Without it the items are in the first lane. */
  laneOf?: (item: T) => string;
  /** Items with the same key run one after the other, in the order of their submission. */
  keyOf?: (item: T) => string;
  /** Items that share one of these values never run in the same batch. */
  apartBy?: (item: T) => readonly string[];
  /**
   * Settles the entries of a batch, now or later. When `run` throws, the entries that are not settled yet fail with
   * its error.
   */
  run: (batch: readonly BatchItem<T, R>[]) => Promise<void>;
};

export type Batcher<T, R> = {
  /** Resolves with the item's result, or rejects with its error. */
  submit: (item: T) => Promise<R>;
  /** Starts what waits, and resolves when no item waits or runs. */
  drain: () => Promise<void>;
};

type Queue<T, R> = BatchLane & { waiting: BatchItem<T, R>[]; running: number };

/**
 * Collects items that wait for the same read or write and runs them in batches. A large batch costs far less per
 * item; several batches at once keep both this process and the database busy.
 */
export function createBatcher<T, R>(options: BatcherOptions<T, R>): Batcher<T, R> {
  const idle: (() => void)[] = [];
  let open = 0;
  const runner = createRunner(options, () => {
    if (open === 0) for (const wake of idle.splice(0)) wake();
  });
  const order = createOrder<T, R>(options.keyOf);
  const settled = (entry: BatchItem<T, R>): void => {
    open -= 1;
    const next = order.next(entry);
    if (next !== undefined) runner.enqueue(next);
    else if (open === 0 && idle.length > 0) runner.startSoon();
  };
  return {
    submit: (item) =>
      new Promise((resolve, reject) => {
        const entry = newEntry(item, { resolve, reject, settled });
        open += 1;
        if (order.isNext(entry)) runner.enqueue(entry);
      }),
    drain: () =>
      new Promise((resolve) => {
        idle.push(resolve);
        runner.startNow();
      }),
  };
}

/** Queues entries by lane and starts their batches. Calls `afterStart` whenever it has started all that may start. */
function createRunner<T, R>(options: BatcherOptions<T, R>, afterStart: () => void) {
  const { lanes, laneOf, waitMs, run } = options;
  const queues = new Map(Object.entries(lanes).map(([name, lane]) => [name, newQueue<T, R>(lane)] as const));
  const [first] = queues.values();
  let cancelSoon: (() => void) | null = null;

  const startNow = (): void => {
    cancelSoon?.();
    cancelSoon = null;
    for (const queue of queues.values()) while (mayStart(queue)) void start(queue);
    afterStart();
  };
  const start = async (queue: Queue<T, R>): Promise<void> => {
    const batch = takeBatch(queue, options);
    queue.running += 1;
    await run(batch).catch((error: unknown) => {
      for (const entry of batch) entry.failed(error);
    });
    queue.running -= 1;
    if (cancelSoon === null) startNow();
  };
  const startSoon = (ms?: number): void => {
    cancelSoon ??= schedule(ms, startNow);
  };
  const enqueue = (entry: BatchItem<T, R>): void => {
    const queue = laneOf === undefined ? first : queues.get(laneOf(entry.item));
    if (queue === undefined) throw new Error('The batcher has no such lane.');
    queue.waiting.push(entry);
    startSoon(waitMs);
  };
  return { enqueue, startNow, startSoon: () => startSoon() };
}

const newQueue = <T, R>(lane: BatchLane): Queue<T, R> => ({ ...lane, waiting: [], running: 0 });

/** Calls `start` after `ms`, or after the current tick. Returns a function that prevents the call. */
function schedule(ms: number | undefined, start: () => void): () => void {
  if (ms === undefined) {
    const immediate = setImmediate(start);
    return () => clearImmediate(immediate);
  }
  const timer = setTimeout(start, ms);
  return () => clearTimeout(timer);
}

function mayStart<T, R>({ waiting, running, batches, furtherAt }: Queue<T, R>): boolean {
  if (waiting.length === 0) return false;
  return running === 0 || (running < batches && waiting.length >= furtherAt);
}

/** Takes the first waiting entries of a queue that may run together. */
function takeBatch<T, R>(
  { waiting }: Queue<T, R>,
  { most, apartBy }: BatcherOptions<T, R>,
): BatchItem<T, R>[] {
  if (apartBy === undefined) return waiting.splice(0, most);
  const taken = new Set<string>();
  const [batch, left]: [BatchItem<T, R>[], BatchItem<T, R>[]] = [[], []];
  for (const entry of waiting.splice(0)) {
    const values = apartBy(entry.item);
    const fits = batch.length < most && !values.some((value) => taken.has(value));
    (fits ? batch : left).push(entry);
    if (fits) for (const value of values) taken.add(value);
  }
  waiting.push(...left);
  return batch;
}

/** Keeps items of the same key in order: only one of them is queued or running. */
function createOrder<T, R>(keyOf: ((item: T) => string) | undefined) {
  /** For each key with an item queued or running, the entries that wait for that item. */
  const behind = new Map<string, BatchItem<T, R>[]>();
  return {
    /** Whether the entry may be queued now; otherwise `next` returns it later. */
    isNext: (entry: BatchItem<T, R>): boolean => {
      if (keyOf === undefined) return true;
      const waiting = behind.get(keyOf(entry.item));
      if (waiting === undefined) behind.set(keyOf(entry.item), []);
      else waiting.push(entry);
      return waiting === undefined;
    },
    /** The entry that may be queued because this one is settled. */
    next: ({ item }: BatchItem<T, R>): BatchItem<T, R> | undefined => {
      if (keyOf === undefined) return undefined;
      const next = behind.get(keyOf(item))?.shift();
      if (next === undefined) behind.delete(keyOf(item));
      return next;
    },
  };
}

function newEntry<T, R>(
  item: T,
  to: {
    resolve: (result: R) => void;
    reject: (error: unknown) => void;
    settled: (entry: BatchItem<T, R>) => void;
  },
): BatchItem<T, R> {
  let isSettled = false;
  const once =
    <V>(settle: (value: V) => void) =>
    (value: V): void => {
      if (isSettled) return;
      isSettled = true;
      to.settled(entry);
      settle(value);
    };
  const entry: BatchItem<T, R> = { item, done: once(to.resolve), failed: once(to.reject) };
  return entry;
}
