import type { Effect } from './behaviours.ts';
import { effectsOn, findEffect } from './behaviours.ts';
import type { Carrier } from './carrier.ts';
import { keepMessage } from './carrier.ts';
import { losesItsPlace } from './faults.ts';
import type { Message, MessageStatus } from './message.ts';
import { newSid } from './message.ts';
import { standingBlock } from './opt-out.ts';
import { BLOCKS } from './opt-out-handling.ts';
import type { OwnNumber } from './options.ts';
import { countSegments } from './segments.ts';
import { statusPost } from './status-callback.ts';

/** A message to be sent; `service` is the Messaging Service it was given to, if any. */
export type Draft = {
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
};

/** Codes that a carrier reports after it took the message; all others stop it before. */
const UNDELIVERED_CODES = [30003, 30004, 30005, 30006, 30007, 30008];

/** Makes the message and starts its life on the next turn of the event loop. */
export function send(carrier: Carrier, draft: Draft, effects: readonly Effect[]): Message {
  const message = makeMessage(carrier, draft, findEffect(effects, 'listLag')?.ms ?? 0);
  keepMessage(carrier, message);
  const block = standingBlock(carrier, draft.sender, draft.to);
  const fault = findEffect(effects, 'errorCallback')?.code ?? null;
  void live(carrier, message, draft, block ? BLOCKS[block].code : fault);
  return message;
}

function makeMessage(carrier: Carrier, draft: Draft, lagMs: number): Message {
  const now = carrier.now();
  const first = draft.service === null ? 'queued' : 'accepted';
  return {
    sid: newSid(draft.media.length > 0 ? 'MM' : 'SM'),
    direction: draft.direction,
    from: draft.senderOpen ? null : draft.sender.number,
    to: draft.to,
    body: draft.body,
    media: draft.media,
    status: draft.inMs === null ? first : 'scheduled',
    messagingServiceSid: draft.service,
    segments: draft.media.length > 0 ? 1 : countSegments(draft.body),
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

async function live(carrier: Carrier, message: Message, draft: Draft, code: number | null): Promise<void> {
  if (!(await carrier.timers.wait(draft.inMs ?? 0))) return;
  if (message.status === 'canceled') return;
  let callbacks = Promise.resolve();
  for (const status of stepsOf(message.status, code)) {
    if (status === 'queued') message.from = draft.sender.number;
    message.errorCode = status === 'failed' || status === 'undelivered' ? code : null;
    moveTo(carrier, message, status);
    const effects = effectsOn(carrier, 'status', message.to, message.status);
    const post = statusPost(carrier, message, effects);
    if (losesItsPlace(effects)) void post();
    else callbacks = callbacks.then(post);
    if (!(await carrier.timers.wait(0))) return;
  }
}

function stepsOf(first: MessageStatus, code: number | null): MessageStatus[] {
  if (code !== null && !UNDELIVERED_CODES.includes(code)) return ['failed'];
  const queued: MessageStatus[] = first === 'queued' ? [] : ['queued'];
  return [...queued, 'sending', 'sent', code === null ? 'delivered' : 'undelivered'];
}

function moveTo(carrier: Carrier, message: Message, status: MessageStatus): void {
  message.status = status;
  message.updatedAt = carrier.now();
  if (status === 'sent') message.sentAt = message.updatedAt;
  if (status === 'delivered') message.handsetAt = message.updatedAt;
}

/** Takes a scheduled message back, and tells so. */
export function cancelScheduled(carrier: Carrier, message: Message): void {
  moveTo(carrier, message, 'canceled');
  void statusPost(carrier, message, effectsOn(carrier, 'status', message.to, message.status))();
}
