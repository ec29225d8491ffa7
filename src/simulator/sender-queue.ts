import type { Carrier } from './carrier.ts';
import type { OwnNumber } from './options.ts';

/**
 * Longest queue of a sender, in seconds of its own traffic, and at the same time the usual validity of a
 * message. Source: Twilio error pages 21611, 30001 and 30036; help article 115002943027.
 */
export const QUEUE_SECONDS = 36_000;

/** `segmentsPerSecond` null is no limit. */
export type Rate = { segmentsPerSecond: number | null; queueSeconds: number };

/** `full`: refused entry; `expired`: its validity ended while it waited. */
export type Turn = 'turn' | 'full' | 'expired';

type Waiting = { segments: number; expiresAt: number; settle: (turn: Turn) => void; settled: boolean };

/** Messages of one sender in the order of their coming. Times are `performance.now()`. */
export type SenderQueue = Rate & {
  waiting: Waiting[];
  /** Index of the first that has not been served. */
  head: number;
  /** Segments that wait. */
  segments: number;
  /** From when the next one may leave. */
  freeAt: number;
  stopWaiting: () => void;
};

/** Sets the rates of numbers and Messaging Services; a sender that is not named has no limit any more. */
export function setRates(carrier: Carrier, rates: ReadonlyMap<string, Rate>): void {
  for (const sender of new Set([...carrier.queues.keys(), ...rates.keys()])) {
    const queue = carrier.queues.get(sender) ?? emptyQueue();
    carrier.queues.set(sender, queue);
    Object.assign(queue, rates.get(sender) ?? { segmentsPerSecond: null }, { freeAt: performance.now() });
    queue.stopWaiting();
    serve(carrier, queue);
  }
}

function emptyQueue(): SenderQueue {
  return {
    segmentsPerSecond: null,
    queueSeconds: QUEUE_SECONDS,
    waiting: [],
    head: 0,
    segments: 0,
    freeAt: 0,
    stopWaiting: () => {},
  };
}

/** The queue of a Messaging Service where it has a rate of its own, else the number's; undefined: no limit. */
export function queueOf(carrier: Carrier, number: string, service: string | null): SenderQueue | undefined {
  const shared = service === null ? undefined : carrier.queues.get(service);
  return shared ?? carrier.queues.get(number);
}

/** The number of a pool with the shortest wait, the first among equals. */
export function leastBusy(carrier: Carrier, pool: readonly OwnNumber[]): OwnNumber | undefined {
  const waits = pool.map((own) => secondsToWait(carrier.queues.get(own.number)));
  return pool[waits.indexOf(Math.min(...waits))];
}

/** How long a message that comes now would wait, in seconds. */
export function secondsToWait(queue: SenderQueue | undefined): number {
  if (!queue?.segmentsPerSecond) return 0;
  const untilFree = Math.max(queue.freeAt - performance.now(), 0) / 1000;
  return untilFree + queue.segments / queue.segmentsPerSecond;
}

/** True when a message of so many segments may not join any more. */
export function isFull(queue: SenderQueue | undefined, segments: number): boolean {
  if (!queue?.segmentsPerSecond || secondsToWait(queue) === 0) return false;
  return (queue.segments + segments) / queue.segmentsPerSecond > queue.queueSeconds;
}

/** Waits in the queue, at most `validMs`; never resolves after a reset. */
export function waitForTurn(
  carrier: Carrier,
  queue: SenderQueue | undefined,
  segments: number,
  validMs: number,
): Promise<Turn> {
  if (!queue?.segmentsPerSecond) return Promise.resolve('turn');
  if (isFull(queue, segments)) return Promise.resolve('full');
  const now = performance.now();
  const needsTimer = secondsToWait(queue) * 1000 > validMs;
  if (queue.segments === 0) queue.freeAt = Math.max(queue.freeAt, now);
  return new Promise((settle) => {
    const own: Waiting = { segments, expiresAt: now + validMs, settle, settled: false };
    queue.waiting.push(own);
    queue.segments += segments;
    if (needsTimer) carrier.timers.at(validMs, () => leave(queue, own, 'expired'));
    // Behind others a timer runs already.
    if (queue.segments === segments) serve(carrier, queue);
  });
}

function leave(queue: SenderQueue, waiting: Waiting, turn: Turn): void {
  if (waiting.settled) return;
  waiting.settled = true;
  queue.segments -= waiting.segments;
  waiting.settle(turn);
}

/** Lets go what is due. A slot that was missed is made up for, so that the mean rate is exact. */
function serve(carrier: Carrier, queue: SenderQueue): void {
  const now = performance.now();
  while (queue.segments > 0 && (queue.segmentsPerSecond === null || queue.freeAt <= now)) {
    const next = queue.waiting[queue.head];
    queue.head += 1;
    if (!next || next.settled) continue;
    const isLate = next.expiresAt < now;
    if (!isLate && queue.segmentsPerSecond) queue.freeAt += (next.segments / queue.segmentsPerSecond) * 1000;
    leave(queue, next, isLate ? 'expired' : 'turn');
  }
  if (queue.segments === 0) queue.head = queue.waiting.length;
  // In large steps, for each one moves all that is left.
  if (queue.segments === 0 || queue.head > 10_000) {
    queue.waiting.splice(0, queue.head);
    queue.head = 0;
  }
  queue.stopWaiting();
  if (queue.segments > 0) {
    queue.stopWaiting = carrier.timers.at(Math.ceil(queue.freeAt - now), () => serve(carrier, queue));
  }
}
