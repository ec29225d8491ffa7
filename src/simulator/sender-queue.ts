import type { OwnNumber } from './options.ts';
import type { Timers } from './timers.ts';

/**
 * Longest queue of a sender, in seconds of its own traffic, and at the same time the usual validity of a
 * message. Source: Twilio error pages 21611, 30001 and 30036; help article 115002943027.
 */
export const QUEUE_SECONDS = 36_000;

/** `segmentsPerSecond` null is no limit. */
type Rate = { segmentsPerSecond: number | null; queueSeconds: number };

/** How waiting ends. `full`: the queue refused the message; `expired`: its validity ended while it waited. */
type QueueResult = 'released' | 'full' | 'expired';

type Waiting = {
  segments: number;
  expiresAt: number;
  settle: (result: QueueResult) => void;
  settled: boolean;
};

/** Messages of one sender in the order of their arrival. Times are `performance.now()`. */
export type SenderQueue = Rate & {
  waiting: Waiting[];
  /** Index of the first that has not been served. */
  head: number;
  /** Segments that wait. */
  segments: number;
  /** When the next message may leave. */
  freeAt: number;
  stopWaiting: () => void;
};

/** Sets the rates of numbers and Messaging Services; a sender that is not named has no limit any more. */
export function setRates(
  queues: Map<string, SenderQueue>,
  timers: Timers,
  rates: ReadonlyMap<string, Rate>,
): void {
  for (const sender of new Set([...queues.keys(), ...rates.keys()])) {
    const queue = queues.get(sender) ?? emptyQueue();
    queues.set(sender, queue);
    Object.assign(queue, rates.get(sender) ?? { segmentsPerSecond: null }, { freeAt: performance.now() });
    queue.stopWaiting();
    releaseDue(timers, queue);
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
export function queueOf(
  queues: ReadonlyMap<string, SenderQueue>,
  number: string,
  service: string | null,
): SenderQueue | undefined {
  const shared = service === null ? undefined : queues.get(service);
  return shared ?? queues.get(number);
}

/** The number of a pool with the shortest wait, the first among equals. */
export function leastBusy(
  queues: ReadonlyMap<string, SenderQueue>,
  pool: readonly OwnNumber[],
): OwnNumber | undefined {
  const waits = pool.map((waitingMessage) => secondsToWait(queues.get(waitingMessage.number)));
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
export function waitInQueue(
  timers: Timers,
  queue: SenderQueue | undefined,
  segments: number,
  validMs: number,
): Promise<QueueResult> {
  if (!queue?.segmentsPerSecond) return Promise.resolve('released');
  if (isFull(queue, segments)) return Promise.resolve('full');
  const now = performance.now();
  const needsTimer = secondsToWait(queue) * 1000 > validMs;
  if (queue.segments === 0) queue.freeAt = Math.max(queue.freeAt, now);
  return new Promise((settle) => {
    const waitingMessage: Waiting = { segments, expiresAt: now + validMs, settle, settled: false };
    queue.waiting.push(waitingMessage);
    queue.segments += segments;
    if (needsTimer) timers.at(validMs, () => endWait(queue, waitingMessage, 'expired'));
    // A timer runs already where other messages wait.
    if (queue.segments === segments) releaseDue(timers, queue);
  });
}

function endWait(queue: SenderQueue, waiting: Waiting, result: QueueResult): void {
  if (waiting.settled) return;
  waiting.settled = true;
  queue.segments -= waiting.segments;
  waiting.settle(result);
}

/** Releases the messages that are due. A missed slot is made up for, so that the mean rate is exact. */
function releaseDue(timers: Timers, queue: SenderQueue): void {
  const now = performance.now();
  while (queue.segments > 0 && (queue.segmentsPerSecond === null || queue.freeAt <= now)) {
    const next = queue.waiting[queue.head];
    queue.head += 1;
    if (!next || next.settled) continue;
    const isLate = next.expiresAt < now;
    if (!isLate && queue.segmentsPerSecond) queue.freeAt += (next.segments / queue.segmentsPerSecond) * 1000;
    endWait(queue, next, isLate ? 'expired' : 'released');
  }
  if (queue.segments === 0) queue.head = queue.waiting.length;
  // Removing served messages moves all others, so it happens rarely.
  if (queue.segments === 0 || queue.head > 10_000) {
    queue.waiting.splice(0, queue.head);
    queue.head = 0;
  }
  queue.stopWaiting();
  if (queue.segments > 0) {
    queue.stopWaiting = timers.at(Math.ceil(queue.freeAt - now), () => releaseDue(timers, queue));
  }
}
