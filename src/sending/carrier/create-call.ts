import type { Dispatcher } from 'undici';
import type { Connection } from './connection.ts';

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
export type Turn = 'begin' | 'slow' | 'untimely' | 'late';

const LATE: ReadonlySet<Turn> = new Set(['untimely', 'late']);

const WHY = {
  slow: 'to connect took too long',
  untimely: 'its slots had passed',
  late: 'its deadline had passed',
};

export type PostHooks = {
  /** Asked in the tick that writes to the socket; but for `begin`, nothing is written. */
  turn: () => Turn;
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
  connection: Connection,
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
  let turn: Turn = 'begin';
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
