import { Pool } from 'undici';
import type { Cleared, HandOver, Transport } from './gate.ts';

export type CarrierOptions = {
  apiBase: string;
  accountSid: string;
  authToken: string;
  publicUrl: string;
};

/** An inbound message as the carrier lists it. */
export type ListedInbound = { sid: string; from: string; to: string; body: string; sentAt: Date };

export type Carrier = {
  transport: Transport;
  /** Inbound messages to one of our numbers since a moment, oldest page last. Rejects where the list cannot be read. */
  listInbound: (to: string, since: Date) => Promise<ListedInbound[]>;
  close: () => Promise<void>;
};

/** Longest wait for the answer of one create call, ms; below the lease. */
const CREATE_MS = 2500;

const LIST_PAGES = 20;

/** Speaks to Twilio's REST API over one pool; no queue, retry or library between deadline and socket. */
export function createCarrier(options: CarrierOptions): Carrier {
  const base = new URL(options.apiBase);
  const pool = new Pool(base.origin, {
    connections: 20,
    pipelining: 1,
    headersTimeout: CREATE_MS,
    bodyTimeout: CREATE_MS,
  });
  const account = `/2010-04-01/Accounts/${options.accountSid}`;
  const authorization = `Basic ${Buffer.from(`${options.accountSid}:${options.authToken}`).toString('base64')}`;
  const create = (one: Cleared): Promise<HandOver> =>
    createMessage(
      pool,
      { path: `${account}/Messages.json`, authorization, publicUrl: options.publicUrl },
      one,
    );
  return {
    transport: (cleared) => Promise.all(cleared.map(create)),
    listInbound: async (to, since) => {
      const found: ListedInbound[] = [];
      const query = new URLSearchParams({
        To: to,
        'DateSent>': since.toISOString().slice(0, 10),
        PageSize: '200',
      });
      let path: string | null = `${account}/Messages.json?${query}`;
      for (let page = 0; path !== null && page < LIST_PAGES; page += 1) {
        const answer: Page = await readPage(pool, path, authorization);
        found.push(...answer.messages.filter((one) => one.direction === 'inbound').map(listed));
        path = answer.next_page_uri;
      }
      return found.filter((one) => one.sentAt >= since);
    },
    close: () => pool.close(),
  };
}

type Message = {
  sid: string;
  from: string;
  to: string;
  body: string;
  direction: string;
  date_sent: string | null;
  date_created: string;
};
type Page = { messages: Message[]; next_page_uri: string | null };

const listed = (one: Message): ListedInbound => ({
  sid: one.sid,
  from: one.from,
  to: one.to,
  body: one.body,
  sentAt: new Date(one.date_sent ?? one.date_created),
});

async function readPage(pool: Pool, path: string, authorization: string): Promise<Page> {
  const { statusCode, body } = await pool.request({
    method: 'GET',
    path,
    headers: { authorization },
    headersTimeout: 10_000,
    bodyTimeout: 10_000,
  });
  const text = await body.text();
  if (statusCode !== 200) throw new Error(`the carrier's message list answered ${statusCode}`);
  return JSON.parse(text) as Page;
}

type Call = { path: string; authorization: string; publicUrl: string };

/** One create call. The deadline is checked in the tick that writes to the socket. */
function createMessage(pool: Pool, call: Call, one: Cleared): Promise<HandOver> {
  const form = new URLSearchParams({ To: one.to, From: one.from, Body: one.text });
  if (one.service !== null) form.set('MessagingServiceSid', one.service);
  form.set(
    'StatusCallback',
    `${call.publicUrl}/webhooks/twilio/status?d=${one.ref.delivery}.${one.ref.epoch}`,
  );
  const headers = { authorization: call.authorization, 'content-type': 'application/x-www-form-urlencoded' };
  return new Promise((resolve) => {
    let begun = false;
    let status = 0;
    const chunks: Buffer[] = [];
    pool.dispatch(
      { method: 'POST', path: call.path, headers, body: form.toString() },
      {
        onRequestStart: (controller) => {
          begun = one.takeTurn();
          if (!begun) controller.abort(new Error('late'));
        },
        onResponseStart: (_controller, code) => {
          status = code;
        },
        onResponseData: (_controller, chunk) => {
          chunks.push(chunk);
        },
        onResponseEnd: () => resolve(answered(one, status, Buffer.concat(chunks))),
        onResponseError: (_controller, error) => {
          if (!begun) resolve({ ...one.ref, result: 'put-back', why: 'it did not leave' });
          else resolve({ ...one.ref, result: 'unknown', why: error.name });
        },
      },
    );
  });
}

/** What an answer of the create call says about the message. Source: Twilio Docs, Messages resource; error 20429, 20503. */
function answered(one: Cleared, status: number, body: Buffer): HandOver {
  if (status === 429 || status === 503)
    return { ...one.ref, result: 'put-back', why: `the carrier answered ${status}` };
  const json = parse(body);
  if (status >= 200 && status < 300 && typeof json.sid === 'string') {
    return { ...one.ref, result: 'accepted', carrierSid: json.sid, at: new Date() };
  }
  if (status >= 400 && status < 500)
    return { ...one.ref, result: 'refused', code: String(json.code ?? status) };
  return { ...one.ref, result: 'unknown', why: `the carrier answered ${status}` };
}

function parse(body: Buffer): { sid?: unknown; code?: unknown } {
  try {
    return JSON.parse(body.toString('utf8')) as { sid?: unknown; code?: unknown };
  } catch {
    return {};
  }
}
