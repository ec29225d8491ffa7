import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { addressed, type InboundMessage, uncertainId } from '../src/consent/inbound/message.ts';
import { optOutTypeOf } from '../src/consent/inbound/words.ts';
import { doubtAbout } from '../src/domain/certain-form.ts';
import { HOUR_MS } from '../src/domain/durations.ts';
import { all, type Form, first, parseFormBytes } from './form.ts';

export type InboundDeps = {
  now: () => Date;
  /** The account whose secret verified the form. */
  account: string;
  /** Durable when it resolves. Rejects where nothing, not even the spool, could take the message, and has logged it. */
  take: (message: InboundMessage) => Promise<void>;
};

/** "Nothing to say" to Twilio: what answers a text leaves as a message of its own. */
const EMPTY_TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response/>';

/** One inbound text: durable, and what it ends is over, before its empty answer. */
export async function answerInbound(
  deps: InboundDeps,
  form: Form,
  raw: Buffer,
  response: ServerResponse,
): Promise<void> {
  const message = messageFrom(form, raw, deps);
  try {
    await deps.take(message);
  } catch {
    // The carrier retries a 5xx or calls its fallback address; a 2xx would lose the text.
    response.statusCode = 503;
    response.end();
    return;
  }
  response.setHeader('Content-Type', 'text/xml; charset=utf-8');
  response.end(EMPTY_TWIML);
}

/** Reads what is known of the form. Nothing validly signed is refused for its shape. */
function messageFrom(form: Form, raw: Buffer, { now, account }: InboundDeps): InboundMessage {
  const receivedAt = now();
  const [body = '', ...others] = bodiesOf(form, raw);
  const doubt = doubtAbout(form, account);
  const claimed = [first(form, 'MessageSid'), first(form, 'SmsSid')].find((one) => SID.test(one)) ?? null;
  const own = claimed === null ? unnamedId(raw, receivedAt) : uncertainId(form);
  return {
    sid: doubt === null && claimed !== null ? claimed : own,
    ...(doubt === null ? {} : { uncertain: { claimed, doubt } }),
    ...addressed(first(form, 'From'), first(form, 'To')),
    body,
    otherBodies: others,
    optOutType: optOutTypeOf(form),
    receivedAt,
    door: 'webhook',
    form,
  };
}

/** Every body, as UTF-8; where bytes were lost that way, read as Latin-1 too. */
function bodiesOf(form: Form, raw: Buffer): string[] {
  const bodies = all(form, 'Body');
  const lost = bodies.some((body) => body.includes('\uFFFD'));
  return lost ? [...bodies, ...all(parseFormBytes(raw), 'Body')] : bodies;
}

/** The carrier's name of a text. Source: Twilio Docs, SID. */
const SID = /^[A-Z]{2}[0-9a-fA-F]{32}$/;

/**
 * The id of a form without one of the carrier's kind: its bytes and the hour. The carrier's second try, within the hour, is then a
 * repeat; the same words later are a new text. A second try beyond the hour is taken twice, which harms nobody.
 */
function unnamedId(form: Buffer, at: Date): string {
  const hour = Math.floor(at.getTime() / HOUR_MS);
  return `unnamed.${createHash('sha256').update(`${hour} `).update(form).digest('hex')}`;
}
