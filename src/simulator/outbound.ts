import { type Effect, effectsOn, findEffect } from './behaviours.ts';
import { keepMessage, type SimulatedCarrier, track } from './carrier.ts';
import type { CarrierLedgerEntry } from './ledger.ts';
import { countSegments, type Message, type MessageStatus, newSid } from './message.ts';
import { BLOCKS, standingBlock } from './opt-outs.ts';
import type { OwnNumber } from './options.ts';
import { losesItsPlace, statusPost } from './webhooks.ts';

/** A message to be sent; `service` is the Messaging Service it was given to, if any. */
export type OutboundDraft = {
  direction: 'outbound-api' | 'outbound-reply';
  sender: OwnNumber;
  /** True when the service has still to choose the sender. */
  senderOpen: boolean;
  service: string | null;
  to: string;
  body: string;
  media: string[];
  callback: string | null;
  /** Milliseconds until a scheduled message is sent; null sends now. */
  inMs: number | null;
  /** How long it may wait in its sender's queue, in milliseconds. */
  validMs: number;
};

/** Makes the message, says so in its ledger entry and starts its life on the next turn of the event loop. */
export function send(
  carrier: SimulatedCarrier,
  draft: OutboundDraft,
  effects: readonly Effect[],
  entry: CarrierLedgerEntry,
): Message {
  const message = makeMessage(carrier, draft, findEffect(effects, 'listLag')?.ms ?? 0);
  keepMessage(carrier, message);
  entry.sid = message.sid;
  entry.segments = message.segments;
  track(carrier, live(carrier, message, draft, effects, entry));
  return message;
}

/** Segments that a message takes; one with media is a single MMS. */
export function segmentsOf(body: string, media: readonly string[]): number {
  return media.length > 0 ? 1 : countSegments(body);
}

function makeMessage(carrier: SimulatedCarrier, draft: OutboundDraft, lagMs: number): Message {
  const now = carrier.now();
  const first = draft.service === null ? 'queued' : 'accepted';
  return {
    sid: newSid(draft.media.length > 0 ? 'MM' : 'SM'),
    position: 0,
    direction: draft.direction,
    from: draft.senderOpen ? null : draft.sender.number,
    to: draft.to,
    body: draft.body,
    media: draft.media,
    status: draft.inMs === null ? first : 'scheduled',
    messagingServiceSid: draft.service,
    segments: segmentsOf(draft.body, draft.media),
    errorCode: null,
    statusCallback: draft.callback ?? draft.sender.statusCallback ?? null,
    createdAt: now,
    updatedAt: now,
    sentAt: null,
    handsetAt: null,
    listed: true,
    listedFrom: performance.now() + lagMs,
  };
}

/** Codes that a carrier reports after it took the message; all others stop it before. */
const UNDELIVERED_CODES = [30003, 30004, 30005, 30006, 30007, 30008, 30032, 30034];

const SUSPENDED = 30002;
const FAILED_IN_QUEUE = { full: 30001, expired: 30036 };

type Failure = { code: number; status: 'failed' | 'undelivered' };

/** Moves a message on, without a pause where nobody is told; false when nothing may follow: after a reset, or
 * because it is stuck here. */
type Step = (status: MessageStatus, code?: number) => Promise<boolean>;

/** Leads a message from its making to its end: schedule, queue of its sender, network. */
async function live(
  carrier: SimulatedCarrier,
  message: Message,
  draft: OutboundDraft,
  effects: readonly Effect[],
  entry: CarrierLedgerEntry,
): Promise<void> {
  const failure = failureOf(carrier, draft, effects);
  const { timers } = carrier;
  if (draft.inMs !== null && !(await timers.wait(draft.inMs))) return;
  if (message.status === 'canceled') return;
  const leaves = failure?.status !== 'failed' && findEffect(effects, 'stuck')?.at !== 'queued';
  const queue = queueOf(carrier, draft.sender.number, draft.service);
  // Takes its place before the create call is answered: the next call finds the queue as it is.
  const place = leaves ? waitForTurn(carrier, queue, message.segments, draft.validMs) : null;
  if (draft.inMs === null && !(await timers.turn())) return;
  const step = stepsOf(carrier, message, effects);
  if (failure?.status === 'failed') return void step('failed', failure.code);
  if (!(await enterQueue(message, draft, step)) || !place) return;
  const turn = await place;
  if (turn !== 'turn') return void step('failed', FAILED_IN_QUEUE[turn]);
  if (carrier.suspended) return void step('failed', SUSPENDED);
  entry.leftAt = process.hrtime.bigint();
  if (!(await step('sending')) || !(await step('sent'))) return;
  await step(failure ? 'undelivered' : 'delivered', failure?.code);
}

/** A message of a plain number is made `queued`, which is never told. */
async function enterQueue(message: Message, draft: OutboundDraft, step: Step): Promise<boolean> {
  if (message.status === 'queued') return true;
  message.from = draft.sender.number;
  return step('queued');
}

/** How the message ends when it does not arrive, decided when it is made. */
function failureOf(
  carrier: SimulatedCarrier,
  draft: OutboundDraft,
  effects: readonly Effect[],
): Failure | null {
  const block = standingBlock(carrier, draft.sender, draft.to);
  const fault = findEffect(effects, 'errorCallback');
  const code = block ? BLOCKS[block].code : fault?.code;
  if (code === undefined) return null;
  const usual = UNDELIVERED_CODES.includes(code) ? 'undelivered' : 'failed';
  return { code, status: (!block && fault?.status) || usual };
}

/** The steps of one message; each is told to its callback after the one before. */
function stepsOf(carrier: SimulatedCarrier, message: Message, effects: readonly Effect[]): Step {
  const stuckAt = findEffect(effects, 'stuck')?.at;
  let told = Promise.resolve();
  return async (status, code) => {
    message.errorCode = code ?? null;
    moveTo(carrier, message, status);
    if (message.statusCallback !== null) {
      const faults = effectsOn(carrier, 'status', message.to, status);
      const post = statusPost(carrier, message, faults);
      if (losesItsPlace(faults)) track(carrier, post());
      else {
        told = told.then(post);
        track(carrier, told);
      }
    }
    if (status === stuckAt) return false;
    return message.statusCallback === null || carrier.timers.turn();
  };
}

function moveTo(carrier: SimulatedCarrier, message: Message, status: MessageStatus): void {
  message.status = status;
  message.updatedAt = carrier.now();
  if (status === 'sent') message.sentAt = message.updatedAt;
  if (status === 'delivered') message.handsetAt = message.updatedAt;
}

/** Takes a scheduled message back, and tells so. */
export function cancelScheduled(carrier: SimulatedCarrier, message: Message): void {
  moveTo(carrier, message, 'canceled');
  track(carrier, statusPost(carrier, message, effectsOn(carrier, 'status', message.to, message.status))());
}

/**
 * Longest queue of a sender, in seconds of its own traffic, and at the same time the usual validity of a
 * message. Source: Twilio error pages 21611, 30001 and 30036; help article 115002943027.
 */
export const QUEUE_SECONDS = 36_000;

/** `segmentsPerSecond` null is no limit. */
type Rate = { segmentsPerSecond: number | null; queueSeconds: number };

/** `full`: refused entry; `expired`: its validity ended while it waited. */
type Turn = 'turn' | 'full' | 'expired';

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
export function setRates(carrier: SimulatedCarrier, rates: ReadonlyMap<string, Rate>): void {
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
export function queueOf(
  carrier: SimulatedCarrier,
  number: string,
  service: string | null,
): SenderQueue | undefined {
  const shared = service === null ? undefined : carrier.queues.get(service);
  return shared ?? carrier.queues.get(number);
}

/** The number of a pool with the shortest wait, the first among equals. */
export function leastBusy(carrier: SimulatedCarrier, pool: readonly OwnNumber[]): OwnNumber | undefined {
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
function waitForTurn(
  carrier: SimulatedCarrier,
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
function serve(carrier: SimulatedCarrier, queue: SenderQueue): void {
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
