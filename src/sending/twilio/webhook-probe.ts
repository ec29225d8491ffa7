import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import * as http from 'node:http';
import * as https from 'node:https';

/** The address of the probe below PUBLIC_URL. It lies beside those that the carrier calls. */
export const PROBE_PATH = '/webhooks/twilio/probe';
export const PROBE_HEADER = 'x-assent-probe';

/** How long the gateway answers one probe, ms. */
const TICKET_MS = 60_000;

/**
 * A text that only holders of the auth token can make, and that tells a gateway to answer what it received. Without it
 * a forged request would learn how its signature fails.
 */
function newTicket(authToken: string, now: Date): string {
  const claim = `${now.getTime() + TICKET_MS}.${randomBytes(9).toString('base64url')}`;
  return `${claim}.${ticketMac(authToken, claim)}`;
}

const ticketMac = (authToken: string, claim: string): string =>
  createHmac('sha256', authToken).update(`doctor probe ${claim}`).digest('base64url');

/** Whether a ticket was made with one of the tokens, and is not older than a minute. */
export function isGoodTicket(ticket: string, tokens: readonly string[], now: Date): boolean {
  const [, claim = '', until = '', mac = ''] = /^((\d{13})\.[\w-]{12})\.([\w-]{43})$/.exec(ticket) ?? [];
  const given = Buffer.from(mac);
  const isOurs = tokens.some((token) => {
    const expected = Buffer.from(ticketMac(token, claim));
    return expected.length === given.length && timingSafeEqual(expected, given);
  });
  const left = Number(until) - now.getTime();
  return isOurs && left > 0 && left <= 2 * TICKET_MS;
}

export const bodyHash = (body: Buffer | string): string => createHash('sha256').update(body).digest('hex');

/** What reached the gateway of a probe. */
export type ProbeEcho = {
  /** Path and query as received. */
  path: string;
  contentType: string;
  bodyHash: string;
  signature: 'valid' | 'missing' | 'wrong';
};

/** `path`: as the gateway must receive it, below `prefix`, the path of PUBLIC_URL. */
export type SentProbe = {
  path: string;
  prefix: string;
  protocol: 'http:' | 'https:';
  host: string;
  contentType: string;
  bodyHash: string;
};

/** How a probe ended. */
export type ProbeResult = { ms: number; sent: SentProbe } & (
  | { kind: 'echo'; echo: ProbeEcho }
  /** Somebody answered who did not know the probe. `location`: where a redirect leads, without its query. */
  | { kind: 'answer'; status: number; location: string | null }
  /** No connection, or none that can be trusted. `code`: Node's code of the error. */
  | { kind: 'unreachable'; code: string }
  | { kind: 'slow' }
);

type ProbeOptions = {
  publicUrl: string;
  accountSid: string;
  authToken: string;
  now: () => Date;
  /** Twilio gives all tries of a webhook 15 s together. */
  limitMs: number;
};

/** Signs that a proxy most easily changes on their way: accents, an encoded slash, a plus, a percent sign. */
const WORDS = 'Prüfung ✓ 100% + a/b = ok';

const CONTENT_TYPE = 'application/x-www-form-urlencoded; charset=UTF-8';

/**
 * Posts a form to ourselves through PUBLIC_URL, signed as Twilio signs. The gateway answers what it received, and does
 * nothing else.
 */
export function sendProbe(options: ProbeOptions): Promise<ProbeResult> {
  const { publicUrl, accountSid, authToken, now, limitMs } = options;
  const ticket = newTicket(authToken, now());
  const path = `${PROBE_PATH}?d=a%2Fb.1&t=${ticket}`;
  const url = new URL(publicUrl + path);
  const form = { AccountSid: accountSid, Body: WORDS };
  const body = new URLSearchParams(form).toString();
  const began = performance.now();
  const sent = sentTo(url, path, body);
  const headers = {
    'Content-Type': CONTENT_TYPE,
    'Content-Length': Buffer.byteLength(body),
    'User-Agent': 'TwilioProxy/1.1',
    'X-Twilio-Signature': signatureOver(authToken, url.href, form),
    [PROBE_HEADER]: ticket,
  };
  return new Promise((resolve) => {
    const ends = (end: ProbeEnd): void => {
      clearTimeout(timer);
      resolve({ ms: Math.round(performance.now() - began), sent, ...end });
    };
    const { request } = url.protocol === 'https:' ? https : http;
    const post = request(url, { method: 'POST', headers, agent: false });
    const timer = setTimeout(() => {
      ends({ kind: 'slow' });
      post.destroy();
    }, limitMs);
    post.once('response', (response) => readEnd(response, ends));
    post.once('error', (error: NodeJS.ErrnoException) =>
      ends({ kind: 'unreachable', code: error.code ?? error.name }),
    );
    post.end(body);
  });
}

const sentTo = (url: URL, path: string, body: string): SentProbe => ({
  path,
  prefix: (url.pathname + url.search).slice(0, -path.length),
  protocol: url.protocol === 'https:' ? 'https:' : 'http:',
  host: url.host,
  contentType: CONTENT_TYPE,
  bodyHash: bodyHash(body),
});

type ProbeEnd =
  | { kind: 'echo'; echo: ProbeEcho }
  | { kind: 'answer'; status: number; location: string | null }
  | { kind: 'unreachable'; code: string }
  | { kind: 'slow' };

const LONGEST_ECHO = 16_384;

function readEnd(response: http.IncomingMessage, ends: (end: ProbeEnd) => void): void {
  const chunks: Buffer[] = [];
  let size = 0;
  response.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= LONGEST_ECHO) chunks.push(chunk);
  });
  response.once('error', (error: NodeJS.ErrnoException) =>
    ends({ kind: 'unreachable', code: error.code ?? error.name }),
  );
  response.once('end', () => {
    const echo = readEcho(Buffer.concat(chunks).toString('utf8'));
    const { statusCode: status = 0, headers } = response;
    ends(
      echo === null
        ? { kind: 'answer', status, location: placeOf(headers.location) }
        : { kind: 'echo', echo },
    );
  });
}

/** A redirect's address without its query, which has the ticket. */
function placeOf(location: string | undefined): string | null {
  if (location === undefined) return null;
  return location.split('?')[0]?.slice(0, 200) ?? null;
}

function readEcho(text: string): ProbeEcho | null {
  try {
    const { probe } = JSON.parse(text) as { probe?: Record<string, unknown> };
    if (probe === undefined || probe === null) return null;
    const field = (name: string): string => (typeof probe[name] === 'string' ? probe[name] : '');
    const signature = field('signature');
    if (signature !== 'valid' && signature !== 'missing' && signature !== 'wrong') return null;
    const [path, contentType] = [field('path'), field('contentType')];
    return { path, contentType, bodyHash: field('bodyHash'), signature };
  } catch {
    return null;
  }
}

/** HMAC-SHA1 over the address and the sorted fields. Source: Twilio Docs, "Webhooks security". */
function signatureOver(authToken: string, url: string, form: Record<string, string>): string {
  const fields = Object.keys(form)
    .sort()
    .map((name) => name + form[name])
    .join('');
  return createHmac('sha1', authToken)
    .update(url + fields, 'utf8')
    .digest('base64');
}
