import type { Carrier } from './carrier.ts';
import { keepMessage, track } from './carrier.ts';
import { findEffect } from './control/behaviours.ts';
import type { Effect } from './control/effects.ts';
import type { LedgerEntry } from './ledger.ts';
import type { Message } from './message.ts';
import { newSid } from './message.ts';
import { live } from './message-life.ts';
import type { OwnNumber } from './options.ts';
import { countSegments } from './segments.ts';

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
  /** How long it may wait in its sender's queue, in milliseconds. */
  validMs: number;
};

/** Makes the message, says so in its ledger entry and starts its life on the next turn of the event loop. */
export function send(
  carrier: Carrier,
  draft: Draft,
  effects: readonly Effect[],
  entry: LedgerEntry,
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

function makeMessage(carrier: Carrier, draft: Draft, lagMs: number): Message {
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
