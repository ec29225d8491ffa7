import type { ErrorRequestHandler, Response } from 'express';
import type { AppContext, Log } from '../../consent/app-context.ts';
import { CommandRefused, ConcurrentChange } from '../../consent/command-refused.ts';
import type { Reason } from '../../domain/sending/send-rules.ts';
import { breakOff, classifyFailure, isOfLostKey, requestIdOf } from '../../running/http.ts';
import { InUse } from '../../segments/usage.ts';

/** Every way in which a request can fail, by the name at the end of its `type`. */
export const PROBLEMS = {
  'invalid-request': { status: 400, title: 'The request is not well formed.' },
  unauthorized: { status: 401, title: 'A valid API key is needed.' },
  'missing-scope': { status: 403, title: 'The API key may not do this.' },
  'not-found': { status: 404, title: 'There is nothing here.' },
  'method-not-allowed': { status: 405, title: 'This method is not possible here.' },
  'not-acceptable': { status: 406, title: 'The answer does not come in this form.' },
  refused: { status: 409, title: 'The rules of consent do not allow this.' },
  'not-possible': { status: 409, title: 'This is not possible as things stand.' },
  conflict: { status: 409, title: 'Another request changed it first.' },
  'key-reused': { status: 409, title: 'This Idempotency-Key was used for a different request.' },
  'in-progress': { status: 409, title: 'The same request is being worked on.' },
  'changed-meanwhile': { status: 412, title: 'It has changed since you read it.' },
  'too-large': { status: 413, title: 'The body is too large.' },
  'unsupported-media-type': { status: 415, title: 'The body is not of the type that this route reads.' },
  unprocessable: { status: 422, title: 'A value in the request cannot be used.' },
  'too-many-requests': { status: 429, title: 'Too many requests with this key.' },
  internal: { status: 500, title: 'Something failed here.' },
  unavailable: { status: 503, title: 'Temporarily unavailable.' },
} as const;
export type ProblemKind = keyof typeof PROBLEMS;

export type FieldError = { field: string; message: string };

/** Members besides the standard ones: what to do next, when a person can do something, and why the rules refuse. */
type Extras = {
  errors?: FieldError[];
  next_step?: string;
  suppressed?: boolean;
  /** When the rest of a list was refused: how many lines, from the first, were processed. */
  lines_done?: number;
  reasons?: { code: Reason; sentence: string }[];
  /** Who decided first, what and when. */
  decided?: { how: string; by: string; at: string };
  /** The last text of the person, which nobody has read. */
  newest_text?: string;
  /** The resources that use the one which the request asked to delete. */
  used_by?: { kind: string; id: string; name: string }[];
};

/** An answer by RFC 9457. It must never repeat a number or a text from the request. */
export class Problem extends Error {
  override name = 'Problem';
  readonly kind: ProblemKind;
  readonly detail: string;
  readonly extras: Extras;
  readonly headers: Record<string, string>;
  constructor(kind: ProblemKind, detail: string, extras: Extras = {}, headers: Record<string, string> = {}) {
    super(detail);
    this.kind = kind;
    this.detail = detail;
    this.extras = extras;
    this.headers = headers;
  }

  get status(): number {
    return PROBLEMS[this.kind].status;
  }

  body(): Record<string, unknown> {
    const { status, title } = PROBLEMS[this.kind];
    return { type: `/api/docs#${this.kind}`, title, status, detail: this.detail, ...this.extras };
  }
}

/** For a well-formed value that cannot be used. */
export function unusable(field: string, message: string): Problem {
  return new Problem('unprocessable', 'Nothing was changed.', { errors: [{ field, message }] });
}

/**
 * For a contact that the keys of this process cannot open. The request can succeed once the process has the key, or
 * the key is noted as lost.
 */
export const unreadable = (detail: string): Problem =>
  new Problem('unavailable', detail, { next_step: KEY_BACK }, { 'Retry-After': '60' });

const KEY_BACK =
  'Start every process with the missing key in KEYRING. When the key is lost for good, note that as docs/operations/keys.md says. Then ask again.';

/**
 * Turns any error of a route into a problem. Logs our own failures without their messages, and a missing key by its
 * name.
 */
export function answerProblems(log: Log): ErrorRequestHandler {
  // Express recognises error handlers by their four parameters.
  return (error: unknown, _request, response, _next) => {
    if (response.headersSent) return breakOff(log, error, response);
    const problem = problemOf(error);
    const id = requestIdOf(response);
    const failure = classifyFailure(error);
    if (failure?.kind === 'key-away') {
      log.error({ kind: problem.kind, key: failure.key, id }, 'an API request met what no key here opens');
    } else if (problem.status >= 500) {
      log.error({ error, kind: problem.kind, id }, 'an API request failed');
    }
    sendProblem(response, problem);
  };
}

function sendProblem(response: Response, problem: Problem): void {
  response.set(problem.headers);
  response.locals.problem = problem.kind;
  sendProblemBody(response, problem.status, JSON.stringify(problem.body()));
}

export function sendProblemBody(response: Response, status: number, json: string): void {
  // Sent as a Buffer, so that Express adds no charset, which this media type does not have.
  response.status(status).type('application/problem+json').send(Buffer.from(json));
}

const RETRY_AFTER_S = '5';

function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const failure = classifyFailure(error);
  if (failure === null) return ofTheFramework(error) ?? new Problem('internal', INTERNAL);
  if (failure.kind === 'key-away') return unreadable(CLOSED);
  const why = failure.kind === 'database-away' ? AWAY : BUSY;
  const detail = `${why} Nothing was answered from memory; whether a change took effect is not known. Ask again.`;
  return new Problem('unavailable', detail, {}, { 'Retry-After': RETRY_AFTER_S });
}

const BUSY = 'The database could not do it in time, or others wrote the same.';
const AWAY = 'The database cannot be reached.';
const CLOSED =
  'The request is about a person whose data was sealed by a key that is not here. The data cannot be read.';
const INTERNAL =
  'The error is in the log. Ask again; when it fails again, give the operator the X-Request-Id of this answer.';

const BY_STATUS: Record<number, { kind: ProblemKind; detail: string }> = {
  413: { kind: 'too-large', detail: 'A body may have at most 100 kB.' },
  415: { kind: 'unsupported-media-type', detail: 'Send application/json in UTF-8.' },
};

/** Errors of Express and its body parser. Their own messages quote the request, so they are not used. */
function ofTheFramework(error: unknown): Problem | null {
  const { status, type } = Object(error) as { status?: unknown; type?: unknown };
  if (typeof status !== 'number' || status < 400 || status > 499) return null;
  const { kind, detail } = BY_STATUS[status] ?? {
    kind: 'invalid-request' as const,
    detail: type === 'entity.parse.failed' ? 'The body is not JSON.' : 'The request could not be read.',
  };
  return new Problem(kind, detail, type === 'entity.parse.failed' ? { errors: [BODY] } : {});
}

const BODY = { field: 'body', message: 'It is not JSON.' };

/** Turns the refusal of a campaign or a journey into a problem; throws any other error unchanged. */
export function throwRefusal(error: unknown): never {
  if (!(error instanceof CommandRefused)) throw error;
  if (error.field !== null) throw unusable(error.field, error.message);
  if (error instanceof InUse) throw new Problem('not-possible', error.message, { used_by: [...error.uses] });
  throw new Problem(error instanceof ConcurrentChange ? 'conflict' : 'not-possible', error.message);
}

/** Answers with a problem when the database needed longer than it may; throws any other error unchanged. */
export const ifTooLong =
  (detail: string, next_step: string) =>
  (error: unknown): never => {
    if (classifyFailure(error)?.kind !== 'timed-out') throw error;
    throw new Problem('unavailable', detail, { next_step });
  };

/**
 * Returns the result of `ask`. Throws a final `Problem` when `ask` met data sealed by a key that is noted as lost.
 */
export async function refuseLostKey<T>(
  context: Pick<AppContext, 'store'>,
  ask: () => Promise<T>,
): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (await isOfLostKey(context, error)) throw new Problem('not-possible', LOST, { next_step: NEXT });
    throw error;
  }
}

const LOST =
  'The request is about a person whose data is encrypted with a key that is lost for good. The data can never be read again.';
const NEXT =
  'A person who texts, signs up or is opted out by their number (POST /opt-outs) becomes a new contact with new keys.';
