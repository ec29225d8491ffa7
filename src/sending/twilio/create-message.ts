import type { Socket } from 'node:net';
import { buildConnector, Client, type Dispatcher } from 'undici';
import { type Cleared, FLAG_LEASE_MS } from '../gate.ts';

/** One connection to the carrier, opened when it is needed. It carries one call at a time. */
export type CarrierConnection = {
  client: Client;
  /**
   * Breaks it off. What the kernel has not delivered yet is thrown away; of a connection that is closed it would be
   * delivered all the same, seconds later where packets were lost.
   */
  reset: () => void;
};

type ConnectionOptions = {
  origin: string;
  /** Longest time to connect, ms. */
  connectMs: number;
  /** Longest answer, bytes. */
  longestAnswer: number;
  /** Certificate to trust instead of the usual authorities', PEM. */
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
  // TLS goes over a socket that was opened by itself: only the TCP socket can be reset.
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

/** What became of one call. `left: false`: not a byte of it was written; `late`: though the carrier is sound. */
export type Sent =
  | { left: false; why: string; late: boolean }
  | { left: true; answer: null; why: string }
  | { left: true; answer: { status: number; retryAfter: string | null; body: Buffer } };

export type Post = { path: string; headers: Record<string, string>; body: string };

/**
 * Whether a call begins. `slow`: to connect took the time that it may take; `untimely`: its slots had passed meanwhile, and
 * it needs others; `late`: its message may not go any more.
 */
export type StartDecision = 'begin' | 'slow' | 'untimely' | 'late';

const LATE: ReadonlySet<StartDecision> = new Set(['untimely', 'late']);

const WHY = {
  slow: 'to connect took too long',
  untimely: 'its slots had passed',
  late: 'its deadline had passed',
};

type PostHooks = {
  /** Asked in the tick that writes to the socket; but for `begin`, nothing is written. */
  turn: () => StartDecision;
  /** The connection is free for another. Once. */
  gone: () => void;
};

/**
 * One POST, never repeated. The proof that nothing left is that undici never began to write: it calls
 * `onRequestStart` first, and every failure to connect, resolve or agree on TLS comes before that call. Whatever
 * fails after it may have arrived. A call that does not begin throws there, after which undici writes nothing of it and
 * keeps the connection: the next call need not connect, which may be slow. Resolves within `timeoutMs` in any case;
 * undici's own timers are coarse. What was begun and has no answer by then is broken off, so that nothing more of it
 * leaves this machine. A process that stood still finds its timers due before it reads what came meanwhile: an answer
 * that lies there is read first.
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
      // Begun once, a call that undici wanted to write again stays one that may have left.
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

/** The code alone: a message may quote what was sent or received. */
function nameOf(error: Error): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && /^[A-Z_]{1,60}$/.test(code) ? code : error.name;
}

/** Longest validity the carrier takes, s. Source: Twilio Docs, `ValidityPeriod`. */
const LONGEST_VALIDITY_S = 36_000;

/**
 * Whole seconds, rounded down, and less the lease: the call may wait so long before it leaves, and the carrier counts from
 * when it comes. So it never holds a message longer than it is good; null where it always is.
 */
function secondsUntil(end: Date | null, now: Date): number | null {
  if (end === null) return null;
  const left = Math.floor((end.getTime() - now.getTime() - FLAG_LEASE_MS) / 1000);
  return Math.min(LONGEST_VALIDITY_S, Math.max(1, left));
}

/** What of a cleared message goes into the form. */
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
