import { type Cleared, type HandOver, LEASE_MS, type Monotonic, type Transport } from '../gate.ts';
import { createWindow } from '../pacing/window.ts';
import { conclude, type Listeners } from './answer.ts';
import { openConnection } from './connection.ts';
import { type Post, postOnce } from './create-call.ts';
import { createDeactivationFile, type DeactivationFile } from './deactivation-file.ts';
import { createMessageList, type MessageList } from './message-list.ts';
import { statusAddress } from './status-address.ts';

export type CarrierOptions = Listeners & {
  apiBase: string;
  accountSid: string;
  authToken: string;
  publicUrl: string;
  /** Create calls at once at most. */
  connections?: number;
  /** Longest wait for the answer of one create call, ms; below the lease. */
  createMs?: number;
  /** Longest time for one list, all its pages, ms. */
  listMs?: number;
  /** Certificate of a carrier that the usual authorities do not know, PEM. */
  ca?: string;
  monotonic?: Monotonic;
  now?: () => Date;
};

export type Carrier = MessageList & {
  deactivatedOn: DeactivationFile;
  /** One create call for each, at once; one that finds no free connection is put back. */
  transport: Transport;
  /** Create calls that may begin now. */
  free: () => number;
  /** The carrier asked for a pause: nothing begins. */
  held: () => boolean;
  close: () => Promise<void>;
};

const CREATE_MS = 2500;

/** What has less time than this for its answer is put back: begun, it would most likely end as unknown. */
export const ANSWER_MS = 500;

/** Twilio publishes no limit on calls at once; an account is said to get about a hundred, and workers share it. */
const CONNECTIONS = 50;
const FIRST_WINDOW = 20;

/** An answer of the create call is 1 kB. */
const LONGEST_ANSWER = 65_536;

/** Speaks to Twilio's REST API; no queue, retry or library between the deadline of a message and its socket. */
export function createCarrier(options: CarrierOptions): Carrier {
  const { origin } = new URL(options.apiBase);
  const connections = options.connections ?? CONNECTIONS;
  const timeoutMs = options.createMs ?? CREATE_MS;
  const monotonic = options.monotonic ?? (() => performance.now());
  const now = options.now ?? (() => new Date());
  const open = { origin, connectMs: timeoutMs, longestAnswer: LONGEST_ANSWER, ca: options.ca };
  const all = Array.from({ length: connections }, () => openConnection(open));
  const idle = [...all];
  const window = createWindow({ connections, start: FIRST_WINDOW, monotonic });
  const list = createMessageList({ ...options, origin });
  const deactivations = createDeactivationFile(options);
  const credentials = Buffer.from(`${options.accountSid}:${options.authToken}`).toString('base64');
  const headers = {
    authorization: `Basic ${credentials}`,
    'content-type': 'application/x-www-form-urlencoded',
    accept: 'application/json',
  };
  const path = `/2010-04-01/Accounts/${options.accountSid}/Messages.json`;
  const createMessage = async (one: Cleared): Promise<HandOver> => {
    const place = window.enter();
    const connection = place === null ? undefined : idle.pop();
    if (place === null || connection === undefined) {
      return { ...one.ref, result: 'put-back', why: 'no connection was free' };
    }
    const statusUrl = statusAddress(options.publicUrl, one.ref);
    const validitySeconds = secondsUntil(one.validUntil, now());
    const post: Post = { path, headers, body: messageForm({ ...outgoing(one), validitySeconds }, statusUrl) };
    const gone = (): void => {
      place.leave();
      idle.push(connection);
    };
    const hooks = { turn: () => one.takeTurn(ANSWER_MS), gone };
    // A call ends with its lease: an opt-out that has waited for that long is answered.
    const ms = Math.min(timeoutMs, one.msLeft());
    return conclude({ ...options, now }, one, place, await postOnce(connection, post, hooks, ms));
  };
  return {
    ...list,
    deactivatedOn: deactivations.deactivatedOn,
    transport: (cleared) => Promise.all(cleared.map(createMessage)),
    free: window.free,
    held: window.held,
    close: async () => {
      await Promise.all([...all.map(({ client }) => client.close()), list.close(), deactivations.close()]);
    },
  };
}

/** Longest validity the carrier takes, s. Source: Twilio Docs, `ValidityPeriod`. */
const LONGEST_VALIDITY_S = 36_000;

/**
 * Whole seconds, rounded down, and less the lease: the call may wait so long before it leaves, and the carrier counts from
 * when it comes. So it never holds a message longer than it is good; null where it always is.
 */
function secondsUntil(end: Date | null, now: Date): number | null {
  if (end === null) return null;
  const left = Math.floor((end.getTime() - now.getTime() - LEASE_MS) / 1000);
  return Math.min(LONGEST_VALIDITY_S, Math.max(1, left));
}

const outgoing = ({ to, from, service, text, media }: Cleared): Outgoing => ({
  to,
  from,
  service,
  text,
  media,
});

/** A message as the create call takes it. */
export type Outgoing = {
  to: string;
  from: string;
  service: string | null;
  text: string;
  /** Seconds it may wait in the carrier's queue, 1 to 36,000. */
  validitySeconds?: number | null;
  media?: readonly string[];
};

/**
 * The form of the create call, byte for byte as Twilio's own SDK writes it (a contract test holds them together).
 * With a Messaging Service, From picks the number of it. Source: Twilio Docs, "Create a Message".
 */
export function messageForm(message: Outgoing, statusCallback: string): string {
  const fields: [string, string][] = [
    ['To', message.to],
    ['StatusCallback', statusCallback],
  ];
  if (message.validitySeconds != null) fields.push(['ValidityPeriod', String(message.validitySeconds)]);
  fields.push(['From', message.from]);
  if (message.service !== null) fields.push(['MessagingServiceSid', message.service]);
  fields.push(['Body', message.text]);
  for (const url of message.media ?? []) fields.push(['MediaUrl', url]);
  return fields.map(([name, value]) => `${name}=${percentEncode(value)}`).join('&');
}

/** RFC 3986; a half of a surrogate pair becomes U+FFFD, which `encodeURIComponent` would refuse. */
const percentEncode = (text: string): string =>
  encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\uFFFD')).replace(
    /[!'()*]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  );
