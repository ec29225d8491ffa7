import type { ErrorRequestHandler, Response } from 'express';
import type { Log } from '../consent/desk.ts';
import { breakOff, requestIdOf } from '../running/broken-answers.ts';
import { StaleRead } from '../store/consent/commit.ts';
import { isDatabaseBusy, isDatabaseFailure } from '../store/database-failure.ts';
import { KeyMissing } from '../store/sealing/keys.ts';
import { Problem, type ProblemKind, unreadable } from './problem.ts';

/** Turns whatever a route threw into a problem. What is our own fault is logged, without its words; of a key that is missing, its name. */
export function answerProblems(log: Log): ErrorRequestHandler {
  // Express takes a function of four for one that handles errors.
  return (error: unknown, _request, response, _next) => {
    if (response.headersSent) return breakOff(log, error, response);
    const problem = problemOf(error);
    const id = requestIdOf(response);
    if (isKeyAway(error)) {
      log.error({ kind: problem.kind, key: error.by, id }, 'an API request met what no key here opens');
    } else if (problem.status >= 500) {
      log.error({ error, kind: problem.kind, id }, 'an API request failed');
    }
    sendProblem(response, problem);
  };
}

function sendProblem(response: Response, problem: Problem): void {
  response.set(problem.headers);
  sendProblemBody(response, problem.status, JSON.stringify(problem.body()));
}

export function sendProblemBody(response: Response, status: number, json: string): void {
  // As a Buffer, so that Express adds no charset, which this media type does not have.
  response.status(status).type('application/problem+json').send(Buffer.from(json));
}

const RETRY_AFTER_S = '5';

/** One that another process may have, or that comes back. */
const isKeyAway = (error: unknown): error is KeyMissing => error instanceof KeyMissing && error.by !== null;

function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (isDatabaseFailure(error) || error instanceof StaleRead) {
    const why = error instanceof StaleRead || isDatabaseBusy(error) ? BUSY : AWAY;
    const detail = `${why} Nothing was answered from memory; whether a change took effect is not known. Ask again.`;
    return new Problem('unavailable', detail, {}, { 'Retry-After': RETRY_AFTER_S });
  }
  if (isKeyAway(error)) return unreadable(CLOSED);
  return ofTheFramework(error) ?? new Problem('internal', INTERNAL);
}

const BUSY = 'The database could not do it in time, or others wrote the same.';
const AWAY = 'The database cannot be reached.';
const CLOSED =
  'Somebody whom this is about was sealed by a key that is not here: nothing of theirs can be read.';
const INTERNAL =
  'It is in the log. Ask again; if it stays so, give the operator the X-Request-Id of this answer.';

const BY_STATUS: Record<number, { kind: ProblemKind; detail: string }> = {
  413: { kind: 'too-large', detail: 'A body may have at most 100 kB.' },
  415: { kind: 'unsupported-media-type', detail: 'Send application/json in UTF-8.' },
};

/** What Express and its body parser refuse. Their own messages quote the request, so they are not used. */
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
