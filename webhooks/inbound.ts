import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { InboundMessage } from '../src/consent/inbound/message.ts';
import { idOfForm } from '../src/consent/inbound/unnamed.ts';
import { optOutTypeOf } from '../src/consent/inbound/words.ts';
import { type Cleared, type HandOver, handOver } from '../src/sending/gate.ts';
import { EMPTY_TWIML, twimlTransport } from '../src/sending/twiml.ts';
import { all, type Form, first, parseFormBytes } from './form.ts';

export type InboundDeps = {
  publicUrl: string;
  now: () => Date;
  /** Durable when it resolves. Rejects where nothing, not even the spool, could take the message, and has logged it. */
  take: (message: InboundMessage) => Promise<Cleared[]>;
  settle: (outcomes: HandOver[]) => void;
};

/** One inbound text: durable first, then its answer in TwiML through the gate. */
export async function answerInbound(
  deps: InboundDeps,
  form: Form,
  raw: Buffer,
  response: ServerResponse,
): Promise<void> {
  const message = messageFrom(form, raw, deps.now());
  let cleared: Cleared[];
  try {
    cleared = await deps.take(message);
  } catch {
    // The carrier retries a 5xx or calls its fallback address; a 2xx would lose the text.
    response.statusCode = 503;
    response.end();
    return;
  }
  if (cleared.length === 0) {
    response.setHeader('Content-Type', 'text/xml; charset=utf-8');
    response.end(EMPTY_TWIML);
    return;
  }
  deps.settle(await handOver(cleared, twimlTransport(response, deps.publicUrl, deps.now)));
}

/**
 * "rcs:+15551230001": the same person by another channel of the carrier. Source: Twilio Help 223134027 of 2026 for RCS;
 * for any other, 47 CFR 64.1200(a)(10), any reasonable method.
 */
const CHANNEL = /^[a-z]{1,20}:(?=\+\d)/i;

/** Reads what is known of the form. Nothing validly signed is refused for its shape. */
function messageFrom(form: Form, raw: Buffer, receivedAt: Date): InboundMessage {
  const [body = '', ...others] = bodiesOf(form, raw);
  return {
    sid: idOfForm([first(form, 'MessageSid'), first(form, 'SmsSid')], raw),
    from: first(form, 'From').replace(CHANNEL, '').slice(0, 100),
    to: first(form, 'To').slice(0, 100),
    body,
    otherBodies: others,
    optOutType: optOutTypeOf(form),
    receivedAt,
    post: randomUUID(),
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
