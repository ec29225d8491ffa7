import type { IncomingMessage, ServerResponse } from 'node:http';
import type { IncomingReceipt } from '../src/domain/receipt-order.ts';
import type { InboundSms } from '../src/sending/inbound-sms.ts';
import {
  deliveryOf,
  type Form,
  parseForm,
  readReceipt,
  smsFromForm,
} from '../src/sending/twilio/webhook-forms.ts';
import { looksSigned, type SignedBy, type SigningAccount, signerOf } from './twilio-signature.ts';

/** The functions that the Twilio routes call. Everything else about a request is decided behind them. */
type TwilioHandlers = {
  publicUrl: string;
  account: SigningAccount;
  inbound: (form: Form, raw: Buffer, response: ServerResponse, signedBy: SignedBy) => Promise<void>;
  status: (form: Form, delivery: string, response: ServerResponse) => Promise<void>;
  refused: (route: TwilioRoute) => void;
  failed: (error: unknown, response: ServerResponse) => void;
};

type TwilioRoute = 'inbound' | 'status';

/** Answers a request to one of Twilio's two addresses. Returns false, and does nothing, for any other request. */
export type TwilioListener = (request: IncomingMessage, response: ServerResponse) => boolean;

/** Matches an absolute URL in the request line too, so that such a request is refused as unsigned. */
const PATH = /^(?:https?:\/\/[^/?]*)?\/webhooks\/twilio\/(inbound|status)\/?(?:\?|$)/i;

/** Returns null when the request is not for a Twilio route. */
export function twilioRoute({ method, url = '' }: IncomingMessage): TwilioRoute | null {
  if (method !== 'POST') return null;
  return (PATH.exec(url)?.[1]?.toLowerCase() as TwilioRoute | undefined) ?? null;
}

/**
 * Serves the two Twilio routes on the HTTP server itself: in front of a framework they cost a quarter of what they
 * cost inside it. A request without a valid signature gets a bare 403 and has no effect.
 */
export function twilioListener(doors: TwilioHandlers): TwilioListener {
  return (request, response) => {
    const route = twilioRoute(request);
    if (route === null) return false;
    admit(doors, route, request, response).catch((error: unknown) => doors.failed(error, response));
    return true;
  };
}

async function admit(
  doors: TwilioHandlers,
  route: TwilioRoute,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  let body: Buffer;
  try {
    body = await readBody(request);
  } catch (error) {
    return end(response, error instanceof BodyTooLarge ? 413 : 400);
  }
  const { url: path = '', headers } = request;
  const signature = String(headers['x-twilio-signature'] ?? '');
  const settings = String(headers['x-twilio-webhooks-signature-settings'] ?? '');
  const form = looksSigned(signature) ? parseForm(body) : null;
  const signedBy = form && signerOf({ signature, settings, form, body, path }, doors);
  if (form === null || signedBy === null) {
    doors.refused(route);
    return end(response, 403);
  }
  if (route === 'inbound') return doors.inbound(form, body, response, signedBy);
  return doors.status(form, deliveryOf(path), response);
}

function end(response: ServerResponse, status: number): void {
  response.statusCode = status;
  response.end();
}

type InboundDeps = {
  now: () => Date;
  /** The account whose secret verified the form. */
  account: string;
  /**
   * Durable when it resolves. Rejects, after logging, when neither the database nor the spool could store the
   * message.
   */
  take: (message: InboundSms) => Promise<void>;
};

/** An empty TwiML answer: replies to a text are sent as messages of their own. */
const EMPTY_TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response/>';

/**
 * Answers one inbound text. Sends the empty answer only after the text is durable and its opt-out has been drained.
 */
export async function handleInboundPost(
  deps: InboundDeps,
  form: Form,
  raw: Buffer,
  response: ServerResponse,
): Promise<void> {
  const message = smsFromForm(form, raw, deps);
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

/**
 * Records one delivery report. Answers 204 once the report is durable; a 5xx asks Twilio to retry. A malformed report
 * is answered with 204 too, and is not stored.
 */
export async function handleReceiptPost(
  record: (receipt: IncomingReceipt) => Promise<void>,
  form: Form,
  request: { d: string; at: Date },
  response: ServerResponse,
): Promise<void> {
  const receipt = readReceipt(form, request);
  try {
    if (receipt !== null) await record(receipt);
    response.statusCode = 204;
  } catch {
    response.statusCode = 503;
  }
  response.end();
}

/**
 * Largest body read, in bytes. Twilio documents 64 KB for the whole body; the limit leaves room to escape every byte
 * of such a text.
 */
const LIMIT = 256 * 1024;

/**
 * Maximum number of "&" separators in a form. A text with ten pictures has about fifty. The limit exists because
 * every signature check sorts the names.
 */
const MOST_SEPARATORS = 1000;

/** "&" as a byte. As a string, each search would encode it again. */
const SEPARATOR = 0x26;

class BodyTooLarge extends Error {
  override name = 'BodyTooLarge';
}

/**
 * Reads the raw body of a form. Rejects with `BodyTooLarge` when the body is too large or has too many fields, and
 * with another error when the connection ends early.
 */
export function readBody(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > LIMIT) reject(new BodyTooLarge('the body is too large'));
      else chunks.push(chunk);
    });
    request.once('end', () => {
      const body = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
      if (hasTooManyFields(body)) reject(new BodyTooLarge('the form has too many fields'));
      else resolve(body);
    });
    request.once('error', reject);
    request.once('aborted', () => reject(new Error('the request ended early')));
  });
}

function hasTooManyFields(body: Buffer): boolean {
  let separators = 0;
  for (
    let at = body.indexOf(SEPARATOR);
    at >= 0 && separators <= MOST_SEPARATORS;
    at = body.indexOf(SEPARATOR, at + 1)
  ) {
    separators += 1;
  }
  return separators > MOST_SEPARATORS;
}
