import type { IncomingMessage, ServerResponse } from 'node:http';
import { parseForm } from '../src/sending/twilio/webhook-forms.ts';
import {
  bodyHash,
  isGoodTicket,
  PROBE_HEADER,
  PROBE_PATH,
  type ProbeEcho,
} from '../src/sending/twilio/webhook-probe.ts';
import { type SigningAccount, signerOf } from './twilio-signature.ts';
import { readBody, type TwilioListener } from './twilio-webhooks.ts';

type ProbeOptions = { publicUrl: string; account: SigningAccount; now: () => Date };

/** Longest ticket that is read. */
const LONGEST_TICKET = 200;

const textOf = (header: string | string[] | undefined): string => String(header ?? '');

/**
 * The ticket stands in a header, by which a probe is known whatever a proxy made of its path, and in the query, for
 * proxies that drop headers.
 */
function ticketOf({ url = '', headers }: IncomingMessage): string {
  const header = textOf(headers[PROBE_HEADER]);
  if (header !== '') return header.slice(0, LONGEST_TICKET);
  return /[?&]t=([\w.-]{1,200})/.exec(url)?.[1] ?? '';
}

/**
 * Answers the probes of the doctor with what was received. Every other request is left to others, so that whoever
 * cannot make a ticket learns nothing and changes nothing.
 */
export function probeListener({ publicUrl, account, now }: ProbeOptions): TwilioListener {
  return (request, response) => {
    const { method, headers, url = '' } = request;
    if (method !== 'POST' || (headers[PROBE_HEADER] === undefined && !url.includes(PROBE_PATH))) return false;
    if (!isGoodTicket(ticketOf(request), account.signingTokens, now())) return false;
    answerProbe(request, response, { publicUrl, account }).catch(() => response.destroy());
    return true;
  };
}

async function answerProbe(
  request: IncomingMessage,
  response: ServerResponse,
  verifier: Parameters<typeof signerOf>[1],
): Promise<void> {
  const { url: path = '', headers } = request;
  const body = await readBody(request);
  const signature = textOf(headers['x-twilio-signature']);
  const signed = { signature, settings: '', form: parseForm(body), body, path };
  const probe: ProbeEcho = {
    path,
    contentType: textOf(headers['content-type']),
    bodyHash: bodyHash(body),
    signature: signature === '' ? 'missing' : signerOf(signed, verifier) === null ? 'wrong' : 'valid',
  };
  response.writeHead(200, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' });
  response.end(JSON.stringify({ probe }));
}
