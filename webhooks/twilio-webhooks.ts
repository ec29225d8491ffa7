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

/** What the carrier may call. Everything else about it is decided behind these functions. */
type TwilioHandlers = {
  publicUrl: string;
  account: SigningAccount;
  inbound: (form: Form, raw: Buffer, response: ServerResponse, signedBy: SignedBy) => Promise<void>;
  status: (form: Form, delivery: string, response: ServerResponse) => Promise<void>;
  refused: (route: TwilioRoute) => void;
  failed: (error: unknown, response: ServerResponse) => void;
};

type TwilioRoute = 'inbound' | 'status';

/** Answers a request to one of the carrier's two addresses; false, and nothing done, where it is to another. */
export type TwilioListener = (request: IncomingMessage, response: ServerResponse) => boolean;

/** A whole address counts too, so that it is refused as unsigned. */
const PATH = /^(?:https?:\/\/[^/?]*)?\/webhooks\/twilio\/(inbound|status)\/?(?:\?|$)/i;

/** Null where the request is not the carrier's. */
export function twilioRoute({ method, url = '' }: IncomingMessage): TwilioRoute | null {
  if (method !== 'POST') return null;
  return (PATH.exec(url)?.[1]?.toLowerCase() as TwilioRoute | undefined) ?? null;
}

/**
 * The two routes of the carrier, for an HTTP server itself: in front of a framework they cost a quarter of what
 * they cost inside it. Without a valid signature: a bare 403 and no effect.
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
  /** Durable when it resolves. Rejects where nothing, not even the spool, could take the message, and has logged it. */
  take: (message: InboundSms) => Promise<void>;
};

/** "Nothing to say" to Twilio: what answers a text leaves as a message of its own. */
const EMPTY_TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response/>';

/** One inbound text: durable, and what it ends is over, before its empty answer. */
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

/** One delivery receipt. 204 once it is durable; a 5xx asks the carrier to try again. Nothing odd is an error, or is kept. */
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

/** Largest body read, bytes: room for a text of 64 KB whose every byte is escaped. Twilio documents 64 KB for the whole. */
const LIMIT = 256 * 1024;

/** Most separators between the fields of a form; a text with ten pictures has some fifty. Names are sorted for each signature. */
const MOST_SEPARATORS = 1000;

/** "&" as a byte: as text it would be encoded for each look. */
const SEPARATOR = 0x26;

class BodyTooLarge extends Error {
  override name = 'BodyTooLarge';
}

/** The raw body of a form. Rejects with `BodyTooLarge`, of too many fields too, or where the connection ends early. */
function readBody(request: IncomingMessage): Promise<Buffer> {
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
