import twilio from 'twilio';
import type { MessageInstance, MessagePage } from 'twilio/lib/rest/api/v2010/account/message.js';
import { Pool } from 'undici';

/** An inbound message as Twilio's message list shows it. */
export type ListedInbound = { sid: string; from: string; to: string; body: string; sentAt: Date };

/**
 * An outbound message as Twilio's message list shows it. `from` is null until a Messaging Service has chosen a
 * number.
 */
export type ListedOutbound = {
  sid: string;
  from: string | null;
  to: string;
  body: string;
  /** Twilio's own status word. */
  status: string;
  errorCode: string | null;
  createdAt: Date;
  /** When the message reached its status; null where Twilio does not say. */
  updatedAt: Date | null;
};

/** A list could not be read to its end within its time limit. */
export class ListTooLong extends Error {
  constructor() {
    super("the carrier's message list is too long to be read in time; ask for a shorter period");
  }
}

/**
 * Fetches one inbound text by its id. `not-inbound`: the id belongs to another kind of message. Null: Twilio knows no
 * such id.
 */
export type InboundLookup = (sid: string) => Promise<ListedInbound | 'not-inbound' | null>;

/**
 * Twilio's record of messages. Each method rejects where the record cannot be read to its end; an error never
 * contains a number.
 */
export type MessageList = {
  /** All inbound messages to one of our numbers from `since` to `until`. May throw `ListTooLong`. */
  listInbound: (to: string, since: Date, until?: Date) => Promise<ListedInbound[]>;
  /** All outbound messages to a person since a moment. */
  listOutbound: (to: string, since: Date) => Promise<ListedOutbound[]>;
  /** One outbound message; null where Twilio knows no such id. */
  fetch: (sid: string) => Promise<ListedOutbound | null>;
  fetchInbound: InboundLookup;
  close: () => Promise<void>;
};

type MessageListOptions = {
  origin: string;
  accountSid: string;
  authToken: string;
  listMs?: number;
  /** Most connections to the carrier. */
  connections?: number;
};

/** Longest time for one list, ms: its job runs again in minutes. */
const LIST_MS = 30_000;

/** Longest wait for one page, ms. */
const PAGE_MS = 10_000;

const CONNECTIONS = 4;

/** Twilio's largest page. */
const PAGE_SIZE = 1000;

/** Reads through Twilio's SDK over a small pool of its own, so that no list takes a connection from messages. */
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
        .filter((listed) => listed.direction === 'inbound')
        .map(inbound)
        .filter((listedInbound) => listedInbound.sentAt >= wholeSeconds(since)),
    // Not filtered by date: a message that still waits at the carrier has no date for this filter, and one person's
    // list is short.
    listOutbound: async (to, since) =>
      (await all({ to }))
        .filter((message) => message.direction.startsWith('outbound'))
        .map(outbound)
        .filter((listedOutbound) => listedOutbound.createdAt >= wholeSeconds(since)),
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

/** Reads every page of a list. Throws `ListTooLong` where the time limit passes. */
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

/**
 * One second later, so that messages sent in the second of `date` are included whether Twilio's bound is inclusive or
 * not.
 */
const secondAfter = (date: Date): Date => new Date(wholeSeconds(date).getTime() + 1000);

const inbound = (listed: MessageInstance): ListedInbound => ({
  sid: listed.sid,
  from: listed.from,
  to: listed.to,
  body: listed.body,
  sentAt: listed.dateSent ?? listed.dateCreated,
});

const outbound = (listed: MessageInstance): ListedOutbound => ({
  sid: listed.sid,
  from: listed.from,
  to: listed.to,
  body: listed.body,
  status: listed.status,
  errorCode: listed.errorCode == null ? null : String(listed.errorCode),
  createdAt: listed.dateCreated,
  updatedAt: listed.dateUpdated ?? null,
});

/** The SDK's transport, for reads only: no request that makes or changes a message passes. */
function readsOver(pool: Pool): twilio.RequestClient {
  const request = async (asked: Parameters<twilio.RequestClient['request']>[0]) => {
    const { method, uri, params, username = '', password = '' } = asked;
    if (method !== 'get') throw new Error('this client only reads from the carrier');
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

/**
 * The answer, or null for the status `absent`. Errors are replaced: the SDK's errors quote the carrier, and undici's
 * contain the path.
 */
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
