import type { Socket } from 'node:net';
import { buildConnector, Client, type Dispatcher } from 'undici';
import { CLAIM_LEASE_MS, type Cleared } from '../gate.ts';

/** One connection to the carrier, opened when needed. Carries one call at a time. */
export type CarrierConnection = {
  client: Client;
  /**
   * Resets the connection and drops what the kernel has not delivered yet. After a normal close the kernel would
   * still deliver it, seconds later where packets were lost.
   */
  reset: () => void;
};

type ConnectionOptions = {
  origin: string;
  /** Time limit for connecting, ms. */
  connectMs: number;
  /** Longest answer, bytes. */
  longestAnswer: number;
  /** PEM certificate to trust instead of the usual authorities' certificates. */
  ca?: string | undefined;
};

export function openConnection({
  origin,
  connectMs,
  longestAnswer,
  ca,
}: ConnectionOptions): CarrierConnection {
  let tcp: Socket | null = null;
  const open = buildConnector({ timeout: connectMs, ...(ca === undefined ? {} : { ca }) });
  // TLS runs over a socket that is opened separately: only the TCP socket can be reset.
  const connect: buildConnector.connector = (target, done) => {
    const secure = target.protocol === 'https:';
    const port = target.port || (secure ? '443' : '80');
    open({ ...target, protocol: 'http:', port }, (...opened) => {
      const [error, socket] = opened;
      if (error !== null) return done(...opened);
      tcp = socket;
      if (secure) open({ ...target, httpSocket: socket }, done);
      else done(...opened);
    });
  };
  const client = new Client(origin, { connect, pipelining: 1, maxResponseSize: longestAnswer });
  return { client, reset: () => void tcp?.resetAndDestroy() };
}

/**
 * The end of one call. `left: false`: not a byte was written. `late`: the call missed its time, which says nothing
 * against the carrier.
 */
export type Sent =
  | { left: false; why: string; late: boolean }
  | { left: true; answer: null; why: string }
  | { left: true; answer: { status: number; retryAfter: string | null; body: Buffer } };

export type Post = { path: string; headers: Record<string, string>; body: string };

/**
 * Whether a call may start. `slow`: connecting used up the call's time. `untimely`: its slots have passed, and it
 * needs new ones. `late`: its message may no longer be sent.
 */
export type StartDecision = 'begin' | 'slow' | 'untimely' | 'late';

const LATE: ReadonlySet<StartDecision> = new Set(['untimely', 'late']);

const WHY = {
  slow: 'to connect took too long',
  untimely: 'its slots had passed',
  late: 'its deadline had passed',
};

type PostHooks = {
  /** Called in the tick that writes to the socket. Nothing is written unless it returns `begin`. */
  turn: () => StartDecision;
  /** Called once, when another call may use the connection. */
  gone: () => void;
};

/**
 * One POST, never repeated. Resolves within `timeoutMs` in any case; undici's own timers are coarse.
 *
 * `left: false` proves that nothing was sent: undici calls `onRequestStart` before it writes, and every failure to
 * connect, resolve or agree on TLS comes before that call. After it, the request may have arrived. A call that may
 * not start throws in `onRequestStart`. Undici then writes nothing and keeps the connection, so the next call need
 * not connect.
 *
 * A call without an answer by the time limit is reset, so that no more of it is sent from this machine. A suspended
 * process finds its timers due before it reads what arrived meanwhile; an answer that has arrived is read first.
 */
export function postOnce(
  connection: CarrierConnection,
  post: Post,
  hooks: PostHooks,
  timeoutMs: number,
): Promise<Sent> {
  return new Promise((resolve) => {
    const call = newCall(resolve, hooks, connection.reset);
    let last: NodeJS.Immediate | undefined;
    const timer = setTimeout(() => {
      call.startNoMore();
      last = setImmediate(call.giveUp);
    }, timeoutMs);
    const over = (): void => {
      clearTimeout(timer);
      clearImmediate(last);
    };
    connection.client.dispatch(
      { method: 'POST', ...post },
      {
        onRequestStart: call.start,
        onResponseStart: call.head,
        onResponseData: call.data,
        onResponseEnd: () => {
          over();
          call.end();
        },
        onResponseError: (_controller, error) => {
          over();
          call.fail(error);
        },
      },
    );
  });
}

type Controller = Dispatcher.DispatchController;

function newCall(resolve: (sent: Sent) => void, hooks: PostHooks, reset: () => void) {
  let begun: Controller | null = null;
  let turn: StartDecision = 'begin';
  let givenUp = false;
  let status = 0;
  let retryAfter: string | null = null;
  const chunks: Buffer[] = [];
  const without = (why: string): Sent =>
    begun === null ? { left: false, why, late: LATE.has(turn) } : { left: true, answer: null, why };
  return {
    start: (controller: Controller): void => {
      // Undici may try to write a call again. The first try may have arrived, so the second is aborted.
      if (begun !== null) controller.abort(new Error('not again'));
      else {
        turn = givenUp ? 'slow' : hooks.turn();
        if (turn !== 'begin') throw new Error(WHY[turn]);
        begun = controller;
      }
    },
    head: (_controller: Controller, code: number, headers: Record<string, string | string[] | undefined>) => {
      status = code;
      retryAfter = [headers['retry-after']].flat()[0] ?? null;
    },
    data: (_controller: Controller, chunk: Buffer): void => {
      chunks.push(chunk);
    },
    end: (): void => {
      hooks.gone();
      resolve({ left: true, answer: { status, retryAfter, body: Buffer.concat(chunks) } });
    },
    fail: (error: Error): void => {
      hooks.gone();
      resolve(without(turn === 'begin' ? nameOf(error) : WHY[turn]));
    },
    startNoMore: (): void => {
      givenUp = true;
    },
    giveUp: (): void => {
      resolve(without('no answer in time'));
      if (begun === null) return;
      reset();
      begun.abort(new Error('no answer in time'));
    },
  };
}

/** Returns the code alone: an error's message may quote what was sent or received. */
function nameOf(error: Error): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && /^[A-Z_]{1,60}$/.test(code) ? code : error.name;
}

/** Longest validity that the carrier accepts, s. Source: Twilio Docs, `ValidityPeriod`. */
const LONGEST_VALIDITY_S = 36_000;

/**
 * Whole seconds, rounded down, less the lease: the call may wait that long before it is sent, and the carrier counts
 * from the arrival of the call. So the carrier never holds a message past its validity. Null where the message has no
 * end.
 */
function secondsUntil(end: Date | null, now: Date): number | null {
  if (end === null) return null;
  const left = Math.floor((end.getTime() - now.getTime() - CLAIM_LEASE_MS) / 1000);
  return Math.min(LONGEST_VALIDITY_S, Math.max(1, left));
}

/** The fields of a cleared message that the form contains. */
export const outgoing = ({ to, from, service, text, media, validUntil }: Cleared, now: Date): Outgoing => ({
  to,
  from,
  service,
  text,
  validitySeconds: secondsUntil(validUntil, now),
  media,
});

/** A message as the create call takes it. */
type Outgoing = {
  to: string;
  from: string;
  service: string | null;
  text: string;
  /** Seconds for which the message may wait in the carrier's queue, 1 to 36,000. */
  validitySeconds?: number | null;
  media?: readonly string[];
};

/**
 * The form of the create call, byte for byte as Twilio's own SDK writes it (a contract test compares them). With a
 * Messaging Service, From picks a number of the service. Source: Twilio Docs, "Create a Message".
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

/** RFC 3986. Half a surrogate pair becomes U+FFFD; `encodeURIComponent` would throw on it. */
const percentEncode = (text: string): string =>
  encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\uFFFD')).replace(
    /[!'()*]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  );
