import twilio from 'twilio';
import type { MessageInstance, MessagePage } from 'twilio/lib/rest/api/v2010/account/message.js';
import { Pool } from 'undici';

/** An inbound message as the carrier lists it. */
export type ListedInbound = { sid: string; from: string; to: string; body: string; sentAt: Date };

/** A message of ours as the carrier lists it. `from` is null while a Messaging Service has not chosen yet. */
export type ListedOutbound = {
  sid: string;
  from: string | null;
  to: string;
  body: string;
  /** Twilio's own word. */
  status: string;
  errorCode: string | null;
  createdAt: Date;
  /** When it came to be as it stands; null where that is not told. */
  updatedAt: Date | null;
};

/** A list was not read to its end in the time it has. */
export class ListTooLong extends Error {
  constructor() {
    super("the carrier's message list is too long to be read in time");
  }
}

/** Asks the carrier for one inbound text by its id. `not-inbound`: the id is that of another message; null: it knows none of that id. */
export type InboundLookup = (sid: string) => Promise<ListedInbound | 'not-inbound' | null>;

/** The carrier's own record. Each rejects where it cannot be read to its end; never with a number in the error. */
export type MessageList = {
  /** Inbound messages to one of our numbers since a moment, and until another: all of them. Throws ListTooLong too. */
  listInbound: (to: string, since: Date, until?: Date) => Promise<ListedInbound[]>;
  /** Messages of ours to a person since a moment, all of them. */
  listOutbound: (to: string, since: Date) => Promise<ListedOutbound[]>;
  /** One message of ours; null where the carrier knows none of that id. */
  fetch: (sid: string) => Promise<ListedOutbound | null>;
  fetchInbound: InboundLookup;
  close: () => Promise<void>;
};

type MessageListOptions = {
  origin: string;
  accountSid: string;
  authToken: string;
  listMs?: number;
  /** Connections to the carrier at most. */
  connections?: number;
};

/** Longest time for one list: its job runs again in minutes. */
const LIST_MS = 30_000;

/** Longest wait for one page, ms. */
const PAGE_MS = 10_000;

const CONNECTIONS = 4;

/** Twilio's largest page. */
const PAGE_SIZE = 1000;

/** Reads through Twilio's SDK over a small pool of their own, so that no list takes a connection from messages. */
export function createMessageList(options: MessageListOptions): MessageList {
  const pool = new Pool(options.origin, {
    connections: options.connections ?? CONNECTIONS,
    pipelining: 1,
    connectTimeout: PAGE_MS,
    headersTimeout: PAGE_MS,
    bodyTimeout: PAGE_MS,
  });
  const sdk = twilio(options.accountSid, options.authToken, { httpClient: readsOver(pool) });
  const all = (filter: ListFilter) => allOf(sdk, filter, options.listMs ?? LIST_MS);
  return {
    listInbound: async (to, since, until) =>
      (await all({ to, dateSentAfter: since, ...(until && { dateSentBefore: secondAfter(until) }) }))
        .filter((one) => one.direction === 'inbound')
        .map(inbound)
        .filter((one) => one.sentAt >= wholeSeconds(since)),
    // Not by date: what still waits at the carrier has none that this filter reads, and one person's list is short.
    listOutbound: async (to, since) =>
      (await all({ to }))
        .filter((one) => one.direction.startsWith('outbound'))
        .map(outbound)
        .filter((one) => one.createdAt >= wholeSeconds(since)),
    fetch: async (sid) => {
      const found = await fetchOf(sdk, sid);
      return found === null ? null : outbound(found);
    },
    fetchInbound: async (sid) => {
      const found = await fetchOf(sdk, sid);
      if (found === null) return null;
      return found.direction === 'inbound' ? inbound(found) : 'not-inbound';
    },
    close: () => pool.close(),
  };
}

const fetchOf = async (sdk: ReturnType<typeof twilio>, sid: string): Promise<MessageInstance | null> =>
  /^(SM|MM)[0-9a-f]{32}$/.test(sid) ? readable(sdk.messages(sid).fetch(), 404) : null;

type ListFilter = { to: string; dateSentAfter?: Date; dateSentBefore?: Date };

/** Every page of a list. Throws `ListTooLong` where that takes longer than it may. */
async function allOf(
  sdk: ReturnType<typeof twilio>,
  filter: ListFilter,
  listMs: number,
): Promise<MessageInstance[]> {
  const giveUp = performance.now() + listMs;
  const found: MessageInstance[] = [];
  let page: MessagePage | undefined = await readable(sdk.messages.page({ ...filter, pageSize: PAGE_SIZE }));
  while (page !== undefined) {
    found.push(...page.instances);
    if (performance.now() > giveUp && page.nextPageUrl !== undefined) throw new ListTooLong();
    page = (await readable(page.nextPage() ?? Promise.resolve(undefined))) as MessagePage | undefined;
  }
  return found;
}

/** Twilio's list keeps whole seconds. */
const wholeSeconds = (date: Date): Date => new Date(Math.floor(date.getTime() / 1000) * 1000);

/** Whether the carrier's bound is in the list or not, what was sent in the second of the moment is. */
const secondAfter = (date: Date): Date => new Date(wholeSeconds(date).getTime() + 1000);

const inbound = (one: MessageInstance): ListedInbound => ({
  sid: one.sid,
  from: one.from,
  to: one.to,
  body: one.body,
  sentAt: one.dateSent ?? one.dateCreated,
});

const outbound = (one: MessageInstance): ListedOutbound => ({
  sid: one.sid,
  from: one.from,
  to: one.to,
  body: one.body,
  status: one.status,
  errorCode: one.errorCode == null ? null : String(one.errorCode),
  createdAt: one.dateCreated,
  updatedAt: one.dateUpdated ?? null,
});

/** The SDK's transport, for reading alone: nothing that changes or makes a message passes here. */
function readsOver(pool: Pool): twilio.RequestClient {
  const request = async (asked: Parameters<twilio.RequestClient['request']>[0]) => {
    const { method, uri, params, username = '', password = '' } = asked;
    if (method !== 'get') throw new Error('this way the carrier is only read');
    const { pathname, searchParams } = new URL(uri);
    for (const [name, value] of Object.entries(params ?? {})) searchParams.set(name, String(value));
    const credentials = Buffer.from(`${username}:${password}`).toString('base64');
    const { statusCode, body } = await pool.request({
      method: 'GET',
      path: searchParams.size === 0 ? pathname : `${pathname}?${searchParams}`,
      headers: { accept: 'application/json', authorization: `Basic ${credentials}` },
    });
    return { statusCode, body: await body.text(), headers: {} };
  };
  return { request } as unknown as twilio.RequestClient;
}

/** The answer, or null for the status `absent`. Errors are made anew: the SDK's quote the carrier, and undici's the path. */
async function readable<T>(asked: Promise<T>, absent?: number): Promise<T>;
async function readable<T>(asked: Promise<T>, absent: number): Promise<T | null>;
async function readable<T>(asked: Promise<T>, absent?: number): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    const { status, code } = error as { status?: unknown; code?: unknown };
    if (status === absent && status !== undefined) return null;
    const how = typeof status === 'number' ? `answered ${status}` : `could not be read (${nameOf(code)})`;
    throw new Error(`the carrier's message list ${how}`);
  }
}

const nameOf = (code: unknown): string =>
  typeof code === 'string' && /^[A-Z_]{1,60}$/.test(code) ? code : 'no such answer as was expected';
