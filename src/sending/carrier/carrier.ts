import type { Cleared, HandOver, MayWrite, Monotonic, Transport } from '../gate.ts';
import { createWindow, type Window } from '../pacing/window.ts';
import { conclude, type Listeners } from './answer.ts';
import { type Connection, openConnection } from './connection.ts';
import { type Post, postOnce, type Turn } from './create-call.ts';
import { createDeactivationFile, type DeactivationFile } from './deactivation-file.ts';
import { messageForm, outgoing } from './message-form.ts';
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

export const CREATE_MS = 2500;

/** What has less time than this for its answer is put back: begun, it would most likely end as unknown. */
export const ANSWER_MS = 500;

/** The same where a call may take less than usual in all: a fifth of it. */
const leastFor = (timeoutMs: number): number => Math.min(ANSWER_MS, timeoutMs / 5);

/** Twilio publishes no limit on calls at once; an account is said to get about a hundred, and workers share it. */
const CONNECTIONS = 50;
const FIRST_WINDOW = 20;

/** For looking up inbound texts: as many as are asked for at once. */
const TEXT_CONNECTIONS = 5;

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
  // People who joined wait for these: no list that is being read, and no other look-up, may keep them waiting.
  const texts = createMessageList({ ...options, origin, connections: TEXT_CONNECTIONS });
  const deactivations = createDeactivationFile(options);
  const credentials = Buffer.from(`${options.accountSid}:${options.authToken}`).toString('base64');
  const headers = {
    authorization: `Basic ${credentials}`,
    'content-type': 'application/x-www-form-urlencoded',
    accept: 'application/json',
  };
  const path = `/2010-04-01/Accounts/${options.accountSid}/Messages.json`;
  const calls = { options, window, idle, headers, path, timeoutMs, now };
  return {
    ...list,
    fetchInbound: texts.fetchInbound,
    deactivatedOn: deactivations.deactivatedOn,
    transport: (cleared, mayWrite) => Promise.all(cleared.map((one) => handOverOne(calls, one, mayWrite))),
    free: window.free,
    held: window.held,
    close: async () => {
      const clients = all.map(({ client }) => client.close());
      await Promise.all([...clients, list.close(), texts.close(), deactivations.close()]);
    },
  };
}

/** What the create calls of one carrier share. */
type Calls = {
  options: CarrierOptions;
  window: Window;
  /** Connections that carry no call. */
  idle: Connection[];
  headers: Record<string, string>;
  path: string;
  timeoutMs: number;
  now: () => Date;
};

/** The hand-over: one create call, over a connection that no other call has. */
async function handOverOne(calls: Calls, one: Cleared, mayWrite: MayWrite): Promise<HandOver> {
  const { options, window, idle, headers, path, timeoutMs, now } = calls;
  const place = window.enter();
  const connection = place === null ? undefined : idle.pop();
  if (place === null || connection === undefined) {
    return { ...one.ref, result: 'put-back', why: 'no connection was free' };
  }
  const body = messageForm(outgoing(one, now()), statusAddress(options.publicUrl, one.ref));
  const post: Post = { path, headers, body };
  const gone = (): void => {
    place.leave();
    idle.push(connection);
  };
  const end = performance.now() + timeoutMs;
  // To connect may have taken most of the call's own time, which is shorter than the lease.
  const inTime = (): boolean => end - performance.now() >= leastFor(timeoutMs);
  // A call ends with its lease: an opt-out that has waited for that long is answered.
  const ms = Math.min(timeoutMs, one.msLeft());
  let begunAt: Date | null = null;
  const turn = (): Turn => {
    if (!inTime()) return 'slow';
    if (!mayWrite()) return 'untimely';
    if (!one.takeTurn(ANSWER_MS)) return 'late';
    begunAt = now();
    return 'begin';
  };
  const hooks = { turn, gone };
  const sent = await postOnce(connection, post, hooks, ms);
  return conclude({ ...options, now }, one, { place, begunAt: begunAt ?? now() }, sent);
}
