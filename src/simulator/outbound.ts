import { type Effect, findEffect } from './behaviours.ts';
import { keepMessage, type SimulatedCarrier, track } from './carrier.ts';
import { effectsOn } from './faults.ts';
import type { CarrierLedgerEntry } from './ledger.ts';
import { countSegments, type Message, type MessageStatus, newSid } from './message.ts';
import { BLOCKS, standingBlock } from './opt-outs.ts';
import type { OwnNumber } from './options.ts';
import { queueOf, waitInQueue } from './sender-queue.ts';
import { canBeOvertaken, statusPost } from './webhooks.ts';

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
  track(carrier, runLifeCycle(carrier, message, draft, effects, entry));
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
async function runLifeCycle(
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
  const queue = queueOf(carrier.queues, draft.sender.number, draft.service);
  // The message joins the queue before its create call is answered, so that the next call sees it there.
  const leavesQueue = leaves ? waitInQueue(carrier.timers, queue, message.segments, draft.validMs) : null;
  if (draft.inMs === null && !(await timers.nextTurn())) return;
  const step = stepperOf(carrier, message, effects);
  if (failure?.status === 'failed') return void step('failed', failure.code);
  if (!(await enterQueue(message, draft, step)) || !leavesQueue) return;
  const result = await leavesQueue;
  if (result !== 'released') return void step('failed', FAILED_IN_QUEUE[result]);
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
function stepperOf(carrier: SimulatedCarrier, message: Message, effects: readonly Effect[]): Step {
  const stuckAt = findEffect(effects, 'stuck')?.at;
  let lastCallback = Promise.resolve();
  return async (status, code) => {
    message.errorCode = code ?? null;
    moveTo(carrier, message, status);
    if (message.statusCallback !== null) {
      const faults = effectsOn(carrier, 'status', message.to, status);
      const post = statusPost(carrier, message, faults);
      if (canBeOvertaken(faults)) track(carrier, post());
      else {
        lastCallback = lastCallback.then(post);
        track(carrier, lastCallback);
      }
    }
    if (status === stuckAt) return false;
    return message.statusCallback === null || carrier.timers.nextTurn();
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
