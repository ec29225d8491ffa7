import { type AnswerMeaning, meaningOf, type SenderStop } from '../../domain/carrier-trouble.ts';
import { numberOf, readNumber } from '../../domain/numbers.ts';
import { type CallPermit, type ConcurrencyWindow, createConcurrencyWindow } from '../connection-queue.ts';
import type { Cleared, HandOver, MayWrite, Monotonic, Transport } from '../gate.ts';
import {
  type CarrierConnection,
  messageForm,
  openConnection,
  outgoing,
  type Post,
  postOnce,
  type Sent,
  type StartDecision,
} from './create-message.ts';
import { createDeactivationFile, type DeactivationFile } from './deactivation-file.ts';
import { createMessageList, type MessageList } from './message-list.ts';
import { statusAddress } from './webhook-forms.ts';

export type CarrierOptions = Listeners & {
  apiBase: string;
  accountSid: string;
  authToken: string;
  publicUrl: string;
  /** Most create calls at once. */
  connections?: number;
  /** Longest wait for the answer of one create call, ms; below the lease. */
  createMs?: number;
  /** Longest time for one list with all its pages, ms. */
  listMs?: number;
  /** PEM certificate of a carrier that the usual authorities do not know. */
  ca?: string;
  monotonic?: Monotonic;
  now?: () => Date;
};

export type TwilioClient = MessageList & {
  deactivatedOn: DeactivationFile;
  /** Makes one create call per message, all at once. A message that finds no free connection is put back. */
  transport: Transport;
  /** Create calls that may start now. */
  free: () => number;
  /** True while the carrier has asked for a pause: no call starts. */
  held: () => boolean;
  close: () => Promise<void>;
};

export const CREATE_MS = 2500;

/** A message with less time than this for its answer is put back. Its call would most likely end as unknown. */
export const LEAST_ANSWER_MS = 500;

/** A call with a shorter time limit needs only a fifth of that limit. */
const leastFor = (timeoutMs: number): number => Math.min(LEAST_ANSWER_MS, timeoutMs / 5);

/** Twilio publishes no limit on concurrent calls. An account is said to get about a hundred, and workers share it. */
const CONNECTIONS = 50;
const FIRST_WINDOW = 20;

/** For fetching inbound texts: as many as are fetched at once. */
const TEXT_CONNECTIONS = 5;

/** An answer of the create call has about 1 kB. */
const LONGEST_ANSWER = 65_536;

/**
 * A client of Twilio's REST API. No queue, retry or library stands between the deadline of a message and its socket.
 */
export function createTwilioClient(options: CarrierOptions): TwilioClient {
  const { origin } = new URL(options.apiBase);
  const connections = options.connections ?? CONNECTIONS;
  const timeoutMs = options.createMs ?? CREATE_MS;
  const monotonic = options.monotonic ?? (() => performance.now());
  const now = options.now ?? (() => new Date());
  const open = { origin, connectMs: timeoutMs, longestAnswer: LONGEST_ANSWER, ca: options.ca };
  const all = Array.from({ length: connections }, () => openConnection(open));
  const idle = [...all];
  const window = createConcurrencyWindow({ connections, start: FIRST_WINDOW, monotonic });
  const list = createMessageList({ ...options, origin });
  // People who joined wait for these reads. No list and no other fetch may delay them.
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
    transport: (cleared, mayWrite) =>
      Promise.all(cleared.map((cleared) => handOverOne(calls, cleared, mayWrite))),
    free: window.free,
    held: window.held,
    close: async () => {
      const clients = all.map(({ client }) => client.close());
      await Promise.all([...clients, list.close(), texts.close(), deactivations.close()]);
    },
  };
}

/** The state that all create calls of one client share. */
type Calls = {
  options: CarrierOptions;
  window: ConcurrencyWindow;
  /** Connections that carry no call. */
  idle: CarrierConnection[];
  headers: Record<string, string>;
  path: string;
  timeoutMs: number;
  now: () => Date;
};

/** Hands one message over: one create call, on a connection that no other call uses. */
async function handOverOne(calls: Calls, cleared: Cleared, mayWrite: MayWrite): Promise<HandOver> {
  const { options, window, idle, headers, path, timeoutMs, now } = calls;
  const permit = window.enter();
  const connection = permit === null ? undefined : idle.pop();
  if (permit === null || connection === undefined) {
    return { ...cleared.ref, result: 'put-back', why: 'no connection was free' };
  }
  const body = messageForm(outgoing(cleared, now()), statusAddress(options.publicUrl, cleared.ref));
  const post: Post = { path, headers, body };
  const gone = (): void => {
    permit.leave();
    idle.push(connection);
  };
  const end = performance.now() + timeoutMs;
  // Connecting may have used most of the call's own time, which is shorter than the lease.
  const inTime = (): boolean => end - performance.now() >= leastFor(timeoutMs);
  // A call ends with its lease: an opt-out that waited as long is answered then.
  const ms = Math.min(timeoutMs, cleared.msLeft());
  let begunAt: Date | null = null;
  const turn = (): StartDecision => {
    if (!inTime()) return 'slow';
    if (!mayWrite()) return 'untimely';
    if (!cleared.takeTurn(LEAST_ANSWER_MS)) return 'late';
    begunAt = now();
    return 'begin';
  };
  const hooks = { turn, gone };
  const sent = await postOnce(connection, post, hooks, ms);
  return interpretAnswer({ ...options, now }, cleared, { permit, begunAt: begunAt ?? now() }, sent);
}

/**
 * What a call shows about its sender. `failed`: the carrier may be down. `full`: the carrier's queue for the sender
 * is full. `stopped`: see `SenderStop`.
 */
export type SenderSignal =
  | { is: 'sound' }
  | { is: 'failed' }
  | { is: 'full' }
  | { is: 'stopped'; stop: SenderStop };

type Listeners = {
  /** Country of one of our numbers, for numbers whose digits do not show it. */
  countryOf?: (sender: string) => string | null;
  /** Called after each call that shows something about its sender. */
  onNews?: (sender: string, news: SenderSignal) => void;
};

type AnswerReaders = Listeners & { now: () => Date };

type PutBack = HandOver & { result: 'put-back'; afterMs?: number; stop?: SenderStop };

/** `begunAt`: when the call wrote to its socket. */
type Call = { permit: CallPermit; begunAt: Date };

/**
 * Interprets the end of one call. Adjusts the concurrency window, signals the state of the sender, and returns the
 * outcome.
 */
function interpretAnswer(listeners: AnswerReaders, cleared: Cleared, call: Call, sent: Sent): HandOver {
  const tell = (news: SenderSignal): void => listeners.onNews?.(cleared.sender, news);
  if (!sent.left) {
    if (!sent.late) tell({ is: 'failed' });
    return { ...cleared.ref, result: 'put-back', why: `it did not leave: ${sent.why}` };
  }
  if (sent.answer === null) {
    tell({ is: 'failed' });
    return { ...cleared.ref, result: 'unknown', why: sent.why };
  }
  const { status, retryAfter } = sent.answer;
  const { sid, code } = read(sent.answer.body);
  const abroad = code !== null && isAbroad(listeners, cleared);
  const now = listeners.now();
  const meaning = meaningOf({ status, code, retryAfter, abroad }, now, Math.random);
  if (meaning.message === 'made') {
    if (sid === null) {
      tell({ is: 'failed' });
      return {
        ...cleared.ref,
        result: 'unknown',
        why: `the carrier answered ${status} and named no message`,
      };
    }
    call.permit.taken();
    tell({ is: 'sound' });
    return { ...cleared.ref, result: 'accepted', carrierSid: sid, begunAt: call.begunAt, at: now };
  }
  // A 429 with a time holds every call until then: the account, not the sender, is over its limit.
  if (meaning.message === 'put-back' && meaning.slower)
    call.permit.slowDown(retryAfter === null ? 0 : (meaning.afterMs ?? 0));
  if (meaning.message === 'put-back' && meaning.stop !== undefined && cleared.from !== cleared.sender) {
    // The error concerns an address that is no sender of ours, such as a number of a pool. Other messages need not
    // wait.
    return { ...cleared.ref, result: 'refused', code: meaning.code };
  }
  const news = newsOf(meaning);
  if (news !== null) tell(news);
  return handOverOf(cleared, meaning);
}

/** Every meaning of the carrier's answer except that a message was made. */
type NotMade = Exclude<AnswerMeaning, { message: 'made' }>;

function handOverOf(cleared: Cleared, meaning: NotMade): HandOver {
  switch (meaning.message) {
    case 'unknown':
      return { ...cleared.ref, result: 'unknown', why: `the carrier answered ${meaning.code}` };
    case 'refused':
      return { ...cleared.ref, result: 'refused', code: meaning.code };
    case 'put-back': {
      const { code, afterMs, stop } = meaning;
      const putBack: PutBack = {
        ...cleared.ref,
        result: 'put-back',
        why: `the carrier answered ${code}`,
        ...(afterMs === undefined ? {} : { afterMs }),
        ...(stop === undefined ? {} : { stop }),
      };
      return putBack;
    }
    default:
      return meaning satisfies never;
  }
}

/**
 * A rejection as one too many, by the account's limit or the sender's queue, neither counts as a failure nor ends a
 * series of failures: timeouts may continue between such answers.
 */
function newsOf(meaning: NotMade): SenderSignal | null {
  if (meaning.message === 'unknown') return { is: 'failed' };
  if (meaning.message !== 'put-back') return { is: 'sound' };
  if (meaning.stop !== undefined) return { is: 'stopped', stop: meaning.stop };
  if (meaning.full) return { is: 'full' };
  return meaning.failing ? { is: 'failed' } : null;
}

function isAbroad(listeners: Listeners, cleared: Cleared): boolean {
  const [from, to] = [cleared.sender, numberOf(cleared.to)].map((number) => {
    const reading = readNumber(number);
    return reading.kind === 'phone' ? reading.region : null;
  });
  const home = listeners.countryOf?.(cleared.sender) ?? from;
  return home != null && to != null && home !== to;
}

const SID = /^(SM|MM)[0-9a-f]{32}$/;

/** Reads only values with the shape of an id or a code: the rest of an answer may quote a number. */
function read(body: Buffer): { sid: string | null; code: number | null } {
  try {
    const { sid, code } = JSON.parse(body.toString('utf8')) as { sid?: unknown; code?: unknown };
    return {
      sid: typeof sid === 'string' && SID.test(sid) ? sid : null,
      code:
        typeof code === 'number' && Number.isInteger(code) && code >= 10_000 && code <= 99_999 ? code : null,
    };
  } catch {
    return { sid: null, code: null };
  }
}
