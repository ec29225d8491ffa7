import { randomUUID } from 'node:crypto';
import { findEffect } from './behaviours.ts';
import { type InboundPost, keepMessage, ownNumber, record, type SimulatedCarrier } from './carrier.ts';
import { effectsOn } from './faults.ts';
import type { WebhookAnswer } from './form-post.ts';
import { countSegments, type Message, mediaTypeOf, newSid } from './message.ts';
import { type CarrierReply, obeyKeyword } from './opt-outs.ts';
import type { OwnNumber } from './options.ts';
import { send } from './outbound.ts';
import { QUEUE_SECONDS } from './sender-queue.ts';
import { callbackOf, readTwiml, type TwimlReading, type Verb } from './twiml.ts';
import {
  addToDebugger,
  EVENT_BUDGET_MS,
  entryOf,
  postEvent,
  postWithFaults,
  type WebhookEvent,
} from './webhooks.ts';

/** A text that a handset sends. `fields` are added to the form that is posted, or replace its own. */
type HandsetText = { from: string; body: string; media: string[]; fields: Record<string, string> };

type InboundOutcome = {
  sid: string;
  /** Who answered the person: the carrier by itself, the gateway's TwiML, or nobody. */
  answered: 'carrier' | 'twiml' | 'none';
  /** HTTP status of the webhook's last answer, null when there was none. */
  status: number | null;
  messages: Message[];
};

/** Takes a text from a handset: keywords first, then the webhook, then what its answer asks for. */
export async function receiveText(
  carrier: SimulatedCarrier,
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

function inboundMessage(
  carrier: SimulatedCarrier,
  own: OwnNumber,
  text: HandsetText,
  lagMs: number,
): Message {
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
  carrier: SimulatedCarrier,
  own: OwnNumber,
  person: string,
  { body, fromNetwork }: CarrierReply,
): Message {
  const text = { from: own.number, body, media: [], fields: {} };
  const message: Message = {
    ...inboundMessage(carrier, own, text, 0),
    direction: 'outbound-reply',
    from: own.number,
    to: person,
    status: 'delivered',
    listed: !fromNetwork,
  };
  keepMessage(carrier, message);
  const { sid, from, to } = message;
  record(carrier, { kind: 'carrier-reply', sid, from, to, body });
  return message;
}

/** How the webhook of one inbound text was answered, and the messages made of it. */
type Exchange = { status: number | null; answer: WebhookAnswer | null; messages: Message[] };

/**
 * Posts an inbound text to the number's URL and, when that gives nothing usable, to its fallback URL; acts
 * on the first usable answer. A text is acted on once: a repeated post of it changes nothing more.
 */
export async function exchange(carrier: SimulatedCarrier, inbound: InboundPost): Promise<Exchange> {
  const { own, message, token } = inbound;
  const deadline = performance.now() + EVENT_BUDGET_MS;
  const result: Exchange = { status: null, answer: null, messages: [] };
  let form = inbound.form;
  for (const configured of [own.inboundUrl, own.fallbackUrl]) {
    if (configured === undefined) continue;
    const event: WebhookEvent = { message, kind: 'inbound', form, token, deadline };
    const posted = await postEvent(carrier, event, configured);
    result.answer = posted.answer ?? result.answer;
    result.status = result.answer?.status ?? null;
    const reading =
      posted.answer && posted.code === null ? readAnswer(carrier, event, posted.url, posted.answer) : null;
    if (reading?.usable) {
      result.messages = actOnFirstAnswer(carrier, inbound, event, posted.url, reading);
      return result;
    }
    const code = posted.code ?? reading?.errors[0] ?? 11200;
    form = { ...inbound.form, ErrorCode: String(code), ErrorUrl: posted.url };
  }
  return result;
}

function readAnswer(
  carrier: SimulatedCarrier,
  event: WebhookEvent,
  url: string,
  answer: WebhookAnswer,
): TwimlReading {
  const reading = readTwiml(answer);
  for (const code of reading.errors) addToDebugger(carrier, event, url, code);
  return reading;
}

function actOnFirstAnswer(
  carrier: SimulatedCarrier,
  { own, message }: InboundPost,
  event: WebhookEvent,
  url: string,
  reading: TwimlReading,
): Message[] {
  if (carrier.actedOn.has(message.sid)) {
    noteIgnored(carrier, own, event, url, reading.verbs);
    return [];
  }
  carrier.actedOn.add(message.sid);
  return sendReplies(carrier, own, event, url, reading.verbs);
}

/**
 * The form posted for an inbound text.
 * Source: https://www.twilio.com/docs/messaging/guides/webhook-request
 */
function inboundForm(
  carrier: SimulatedCarrier,
  message: Message,
  optOutType: string | null,
): Record<string, string> {
  const from = message.from ?? '';
  const form: Record<string, string> = {
    ToCountry: 'US',
    ToState: '',
    SmsMessageSid: message.sid,
    NumMedia: String(message.media.length),
    ToCity: '',
    FromZip: '',
    SmsSid: message.sid,
    FromState: '',
    SmsStatus: 'received',
    FromCity: '',
    Body: message.body,
    FromCountry: from.startsWith('+1') ? 'US' : '',
    To: message.to,
    ToZip: '',
    NumSegments: String(message.segments),
    ReferralNumMedia: '0',
    MessageSid: message.sid,
    AccountSid: carrier.options.accountSid,
    From: from,
    ApiVersion: '2010-04-01',
  };
  if (message.messagingServiceSid !== null) form.MessagingServiceSid = message.messagingServiceSid;
  if (optOutType !== null) form.OptOutType = optOutType;
  message.media.forEach((url, index) => {
    form[`MediaUrl${index}`] = url;
    form[`MediaContentType${index}`] = mediaTypeOf(url);
  });
  return form;
}

export const BODY_LIMIT = 1600;

/** Sends the messages that an answer from `url` asks for. */
function sendReplies(
  carrier: SimulatedCarrier,
  own: OwnNumber,
  event: WebhookEvent,
  url: string,
  verbs: readonly Verb[],
): Message[] {
  const messages: Message[] = [];
  for (const verb of verbs) {
    if (verb.body.length > BODY_LIMIT) addToDebugger(carrier, event, url, 21617);
    else messages.push(sendReply(carrier, own, event, url, verb));
  }
  return messages;
}

function sendReply(
  carrier: SimulatedCarrier,
  own: OwnNumber,
  event: WebhookEvent,
  url: string,
  verb: Verb,
): Message {
  const to = verb.to ?? event.message.from ?? '';
  const callbackText = callbackOf(verb, event.message.media.length > 0);
  const callback = callbackText === null ? null : resolve(callbackText, url);
  if (callbackText !== null && callback === null) addToDebugger(carrier, event, url, 14105);
  const sender = senderOf(carrier, own, verb.from);
  const draft = {
    direction: 'outbound-reply' as const,
    sender,
    senderOpen: false,
    service: null,
    to,
    body: verb.body,
    media: verb.media,
    callback,
    inMs: null,
    validMs: QUEUE_SECONDS * 1000,
  };
  const entry = record(carrier, { kind: 'twiml', from: sender.number, to, body: verb.body });
  const message = send(carrier, draft, effectsOn(carrier, 'create', to), entry);
  entry.url = message.statusCallback;
  return message;
}

/** Notes the messages that an answer from `url` asked for in vain: its text had been acted on by another answer. */
function noteIgnored(
  carrier: SimulatedCarrier,
  own: OwnNumber,
  event: WebhookEvent,
  url: string,
  verbs: readonly Verb[],
): void {
  for (const verb of verbs) {
    const { to, from, body } = verb;
    const callback = callbackOf(verb, event.message.media.length > 0);
    record(carrier, {
      kind: 'ignored',
      sid: event.message.sid,
      from: senderOf(carrier, own, from).number,
      to: to ?? event.message.from,
      body,
      url: callback === null ? null : resolve(callback, url),
    });
  }
}

const senderOf = (carrier: SimulatedCarrier, own: OwnNumber, from: string | null): OwnNumber =>
  (from !== null && ownNumber(carrier, from)) || own;

/** A callback may be written relative to the document that names it. */
function resolve(callback: string, base: string): string | null {
  const url = URL.canParse(callback, base) ? new URL(callback, base) : null;
  return url && /^https?:$/.test(url.protocol) ? url.href : null;
}
