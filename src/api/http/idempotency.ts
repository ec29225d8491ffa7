import type { Response } from 'express';
import type { ApiKey } from '../../access/api-keys.ts';
import {
  type IdempotentRequest,
  type RequestAnswer,
  runIdempotently,
} from '../../access/idempotent-requests.ts';
import type { AppContext } from '../../consent/app-context.ts';
import { canonical } from '../../domain/canonical-json.ts';
import { Problem, sendProblemBody } from './problems.ts';
import type { ApiRoute } from './route.ts';

/** The header's name in Node's spelling. Source: draft-ietf-httpapi-idempotency-key-header. */
export const IDEMPOTENCY_KEY = 'idempotency-key';

/** Opaque to us, so any visible ASCII. Node joins two headers of this name by ", ", whose space does not match. */
export const KEY_SHAPE = /^[!-~]{1,255}$/;

/**
 * Reads the Idempotency-Key. Null when the route takes none, or the header is optional and absent. Throws a
 * `Problem` that names the header.
 */
export function readOnce(
  route: ApiRoute,
  header: unknown,
  { params, body }: { params: unknown; body: unknown },
  key: ApiKey,
): IdempotentRequest | null {
  if (route.idempotency === 'none' || (header === undefined && route.idempotency === 'optional')) return null;
  if (typeof header !== 'string' || !KEY_SHAPE.test(header)) {
    const message =
      header === undefined
        ? 'This route needs the header: an id of your own for this request, the same whenever you send the request again.'
        : 'It must be 1 to 255 visible ASCII characters, once.';
    throw new Problem('invalid-request', 'Nothing was changed.', {
      errors: [{ field: 'Idempotency-Key', message }],
    });
  }
  return {
    _id: key.keyedHash(`idempotency-key ${header}`),
    key: key.id,
    asked: key.keyedHash(`asked ${route.method} ${addressOf(route, params)} ${canonical(body)}`),
  };
}

/** The route with the ids of this request filled in. */
const addressOf = ({ path }: ApiRoute, params: unknown): string =>
  Object.entries(Object(params)).reduce(
    (address, [name, value]) => address.replace(`{${name}}`, encodeURIComponent(String(value))),
    path,
  );

/**
 * Runs a request once and stores its answer for repetitions. A refusal by the rules counts as an answer; after any
 * other problem the request may be tried again. Throws a `Problem` when the key belongs to another request, or
 * another process works on this one.
 */
export async function runOnce(
  context: Pick<AppContext, 'now' | 'store'>,
  once: IdempotentRequest,
  status: number,
  handle: () => Promise<unknown>,
): Promise<RequestAnswer & { replayed: boolean }> {
  const run = (): Promise<RequestAnswer> =>
    handle().then((body) => ({ status, json: JSON.stringify(body) }), refusalAsAnswer);
  const outcome = await runIdempotently(context, once, { run, changedNothing });
  if (outcome.kind === 'other-request') {
    throw new Problem('key-reused', 'It was sent before with another body or to another address.');
  }
  if (outcome.kind === 'in-progress') {
    const wait = { 'Retry-After': String(outcome.seconds) };
    throw new Problem('in-progress', 'Ask again in a moment.', {}, wait);
  }
  return { ...outcome.answer, replayed: outcome.replayed };
}

function refusalAsAnswer(error: unknown): RequestAnswer {
  if (!(error instanceof Problem) || error.kind !== 'refused') throw error;
  return { status: error.status, json: JSON.stringify(error.body()) };
}

const changedNothing = (error: unknown): boolean => error instanceof Problem && error.status < 500;

export function sendAnswer(
  response: Response,
  { status, json, replayed }: RequestAnswer & { replayed: boolean },
): void {
  if (replayed) response.set('Idempotent-Replayed', 'true');
  if (status >= 400) sendProblemBody(response, status, json);
  else response.status(status).type('application/json').send(json);
}
