import type { IncomingMessage, ServerResponse } from 'node:http';
import { parse } from 'node:querystring';
import { BodyTooLarge, type Form, parseForm, readBody } from './form.ts';
import { looksSigned, type SignedBy, type SigningAccount, signerOf } from './signature.ts';

/** What the carrier may call. Everything else about it is decided behind these functions. */
export type CarrierDoors = {
  publicUrl: string;
  account: SigningAccount;
  inbound: (form: Form, raw: Buffer, response: ServerResponse, signedBy: SignedBy) => Promise<void>;
  status: (form: Form, delivery: string, response: ServerResponse) => Promise<void>;
  refused: (route: CarrierRoute) => void;
  failed: (error: unknown, response: ServerResponse) => void;
};

export type CarrierRoute = 'inbound' | 'status';

/** Answers a request to one of the carrier's two addresses; false, and nothing done, where it is to another. */
export type CarrierListener = (request: IncomingMessage, response: ServerResponse) => boolean;

/** A whole address counts too, so that it is refused as unsigned. */
const PATH = /^(?:https?:\/\/[^/?]*)?\/webhooks\/twilio\/(inbound|status)\/?(?:\?|$)/i;

/** Null where the request is not the carrier's. */
export function carrierRoute({ method, url = '' }: IncomingMessage): CarrierRoute | null {
  if (method !== 'POST') return null;
  return (PATH.exec(url)?.[1]?.toLowerCase() as CarrierRoute | undefined) ?? null;
}

/**
 * The two routes of the carrier, for an HTTP server itself: in front of a framework they cost a quarter of what
 * they cost inside it. Without a valid signature: a bare 403 and no effect.
 */
export function carrierListener(doors: CarrierDoors): CarrierListener {
  return (request, response) => {
    const route = carrierRoute(request);
    if (route === null) return false;
    admit(doors, route, request, response).catch((error: unknown) => doors.failed(error, response));
    return true;
  };
}

async function admit(
  doors: CarrierDoors,
  route: CarrierRoute,
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

function deliveryOf(path: string): string {
  const at = path.indexOf('?');
  const { d } = at < 0 ? {} : parse(path.slice(at + 1));
  return typeof d === 'string' ? d : '';
}

function end(response: ServerResponse, status: number): void {
  response.statusCode = status;
  response.end();
}
