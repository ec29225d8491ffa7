import { randomUUID } from 'node:crypto';
import type { Carrier, InboundPost } from './carrier.ts';
import { keepMessage, record } from './carrier.ts';
import { effectsOn, findEffect } from './control/behaviours.ts';
import type { Exchange } from './hooks/exchange.ts';
import { exchange } from './hooks/exchange.ts';
import { postWithFaults } from './hooks/faults.ts';
import { inboundForm } from './hooks/inbound-form.ts';
import { entryOf } from './hooks/webhook.ts';
import type { Message } from './message.ts';
import { newSid } from './message.ts';
import { obeyKeyword } from './opt-out.ts';
import { REPLIES } from './opt-out-handling.ts';
import type { OwnNumber } from './options.ts';
import { countSegments } from './segments.ts';

/** A text that a handset sends. `fields` are added to the form that is posted, or replace its own. */
export type HandsetText = { from: string; body: string; media: string[]; fields: Record<string, string> };

export type InboundOutcome = {
  sid: string;
  /** Who answered the person: the carrier by itself, the gateway's TwiML, or nobody. */
  answered: 'carrier' | 'twiml' | 'none';
  /** HTTP status of the webhook's last answer, null when there was none. */
  status: number | null;
  messages: Message[];
};

/** Takes a text from a handset: keywords first, then the webhook, then what its answer asks for. */
export async function receiveText(
  carrier: Carrier,
  own: OwnNumber,
  text: HandsetText,
): Promise<InboundOutcome> {
  const effects = effectsOn(carrier, 'inbound', text.from);
  const message = inboundMessage(carrier, own, text, findEffect(effects, 'listLag')?.ms ?? 0);
  keepMessage(carrier, message);
  const { replies, optOutType } = obeyKeyword(carrier, own, text.from, text.body);
  const carrierReplies = replies.map((reply) => carrierReply(carrier, own, text.from, reply));
  const form = { ...inboundForm(carrier, message, optOutType), ...text.fields };
  const inbound: InboundPost = { own, message, form, token: randomUUID() };
  carrier.inbound.set(message.sid, inbound);
  if (findEffect(effects, 'lose')) {
    const event = { message, kind: 'inbound' as const, form, token: inbound.token, deadline: 0 };
    record(carrier, { ...entryOf(event), url: own.inboundUrl, outcome: 'lost' });
  }
  const posted = await postWithFaults(carrier, `inbound ${text.from}`, effects, () =>
    exchange(carrier, inbound),
  );
  return outcomeOf(message.sid, carrierReplies, posted);
}

function outcomeOf(sid: string, carrierReplies: Message[], posted: Exchange | null): InboundOutcome {
  const replies = posted?.messages ?? [];
  const answered = carrierReplies.length > 0 ? 'carrier' : replies.length > 0 ? 'twiml' : 'none';
  return { sid, answered, status: posted?.status ?? null, messages: [...carrierReplies, ...replies] };
}

function inboundMessage(carrier: Carrier, own: OwnNumber, text: HandsetText, lagMs: number): Message {
  const now = carrier.now();
  return {
    sid: newSid(text.media.length > 0 ? 'MM' : 'SM'),
    position: 0,
    direction: 'inbound',
    from: text.from,
    to: own.number,
    body: text.body,
    media: text.media,
    status: 'received',
    messagingServiceSid: own.messagingServiceSid,
    segments: countSegments(text.body),
    errorCode: null,
    statusCallback: null,
    createdAt: now,
    updatedAt: now,
    sentAt: now,
    handsetAt: now,
    listed: true,
    listedFrom: performance.now() + lagMs,
  };
}

/** The carrier's own answer: on the handset at once, never billed to a callback, not bound by blocks. */
function carrierReply(
  carrier: Carrier,
  own: OwnNumber,
  person: string,
  reply: keyof typeof REPLIES,
): Message {
  const body = REPLIES[reply];
  const text = { from: own.number, body, media: [], fields: {} };
  const message: Message = {
    ...inboundMessage(carrier, own, text, 0),
    direction: 'outbound-reply',
    from: own.number,
    to: person,
    status: 'delivered',
    listed: !reply.startsWith('network'),
  };
  keepMessage(carrier, message);
  const { sid, from, to } = message;
  record(carrier, { kind: 'carrier-reply', sid, from, to, body });
  return message;
}
