import type { Carrier } from '../carrier.ts';
import { ownNumber, record } from '../carrier.ts';
import { effectsOn } from '../control/behaviours.ts';
import type { Message } from '../message.ts';
import type { OwnNumber } from '../options.ts';
import { send } from '../outbound.ts';
import { QUEUE_SECONDS } from '../sender-queue.ts';
import { callbackOf, type Verb } from './twiml.ts';
import type { Event } from './webhook.ts';
import { complain } from './webhook.ts';

export const BODY_LIMIT = 1600;

/** Sends the messages that an answer from `url` asks for. */
export function sendReplies(
  carrier: Carrier,
  own: OwnNumber,
  event: Event,
  url: string,
  verbs: readonly Verb[],
): Message[] {
  const messages: Message[] = [];
  for (const verb of verbs) {
    if (verb.body.length > BODY_LIMIT) complain(carrier, event, url, 21617);
    else messages.push(sendReply(carrier, own, event, url, verb));
  }
  return messages;
}

function sendReply(carrier: Carrier, own: OwnNumber, event: Event, url: string, verb: Verb): Message {
  const to = verb.to ?? event.message.from ?? '';
  const written = callbackOf(verb, event.message.media.length > 0);
  const callback = written === null ? null : resolve(written, url);
  if (written !== null && callback === null) complain(carrier, event, url, 14105);
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
export function noteIgnored(
  carrier: Carrier,
  own: OwnNumber,
  event: Event,
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

const senderOf = (carrier: Carrier, own: OwnNumber, from: string | null): OwnNumber =>
  (from !== null && ownNumber(carrier, from)) || own;

/** A callback may be written relative to the document that names it. */
function resolve(callback: string, base: string): string | null {
  const url = URL.canParse(callback, base) ? new URL(callback, base) : null;
  return url && /^https?:$/.test(url.protocol) ? url.href : null;
}
