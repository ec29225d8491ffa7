import type { Carrier, InboundPost } from '../carrier.ts';
import type { Message } from '../message.ts';
import type { Answer } from './form-post.ts';
import { noteIgnored, sendReplies } from './replies.ts';
import type { Reading } from './twiml.ts';
import { readTwiml } from './twiml.ts';
import type { Event } from './webhook.ts';
import { complain, EVENT_BUDGET_MS, postEvent } from './webhook.ts';

/** How the webhook of one inbound text was answered, and the messages made of it. */
export type Exchange = { status: number | null; answer: Answer | null; messages: Message[] };

/**
 * Posts an inbound text to the number's URL and, when that gives nothing usable, to its fallback URL; acts
 * on the first usable answer. A text is acted on once: a repeated post of it changes nothing more.
 */
export async function exchange(carrier: Carrier, inbound: InboundPost): Promise<Exchange> {
  const { own, message, token } = inbound;
  const deadline = performance.now() + EVENT_BUDGET_MS;
  const result: Exchange = { status: null, answer: null, messages: [] };
  let form = inbound.form;
  for (const configured of [own.inboundUrl, own.fallbackUrl]) {
    if (configured === undefined) continue;
    const event: Event = { message, kind: 'inbound', form, token, deadline };
    const posted = await postEvent(carrier, event, configured);
    result.answer = posted.answer ?? result.answer;
    result.status = result.answer?.status ?? null;
    const reading =
      posted.answer && posted.code === null ? readAnswer(carrier, event, posted.url, posted.answer) : null;
    if (reading?.usable) {
      result.messages = actOnce(carrier, inbound, event, posted.url, reading);
      return result;
    }
    const code = posted.code ?? reading?.errors[0] ?? 11200;
    form = { ...inbound.form, ErrorCode: String(code), ErrorUrl: posted.url };
  }
  return result;
}

function readAnswer(carrier: Carrier, event: Event, url: string, answer: Answer): Reading {
  const reading = readTwiml(answer);
  for (const code of reading.errors) complain(carrier, event, url, code);
  return reading;
}

function actOnce(
  carrier: Carrier,
  { own, message }: InboundPost,
  event: Event,
  url: string,
  reading: Reading,
): Message[] {
  if (carrier.executed.has(message.sid)) {
    noteIgnored(carrier, own, event, url, reading.verbs);
    return [];
  }
  carrier.executed.add(message.sid);
  return sendReplies(carrier, own, event, url, reading.verbs);
}
