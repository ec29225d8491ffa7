import type { AppContext } from '../consent/app-context.ts';
import { beginRequest, forget, keepAnswer, releaseKey } from '../store/idempotency-keys.ts';

/** A request that may be sent again: hashes under the API key's own secret, from which nothing can be guessed. */
export type IdempotentRequest = {
  /** Hash of the header. Only this API key can produce it. */
  _id: string;
  /** Id of the API key. */
  key: string;
  /** Hash of the route, the ids in the path and the body: the same header with another request is a mistake. */
  asked: string;
};

/** An answer as it is stored: its body is JSON. */
export type RequestAnswer = { status: number; json: string };

type Outcome =
  /** `replayed`: an earlier request got this answer, and nothing was done now. */
  | { kind: 'answered'; answer: RequestAnswer; replayed: boolean }
  /** The idempotency key belongs to a request with another body or to another address. */
  | { kind: 'other-request' }
  /** Another process works on the request. It ends, or gives up, at the latest after so many seconds. */
  | { kind: 'in-progress'; seconds: number };

/** The work of a request, which is done once however often the request is sent. */
type Work = {
  /** Does the work and returns its answer, or the answer of a refusal that repetitions must get too. */
  run: () => Promise<RequestAnswer>;
  /** Whether an error of `run` means that nothing was changed. The idempotency key is then free again. */
  changedNothing: (error: unknown) => boolean;
};

/**
 * Runs a request once and stores its answer for repetitions. When `run` fails, the request may be sent again, and
 * the error is thrown.
 */
export async function runIdempotently(
  { store, now }: Pick<AppContext, 'store' | 'now'>,
  request: IdempotentRequest,
  { run, changedNothing }: Work,
): Promise<Outcome> {
  const at = now();
  const begun = await beginRequest(store, request, at);
  if (begun.kind === 'answered') return { kind: 'answered', answer: begun.answer, replayed: true };
  if (begun.kind === 'other-request') return { kind: 'other-request' };
  if (begun.kind === 'busy') {
    const seconds = Math.max(1, Math.ceil((begun.until.getTime() - at.getTime()) / 1000));
    return { kind: 'in-progress', seconds };
  }
  const held = { _id: request._id, epoch: begun.epoch };
  const answer = await run().catch(async (error: unknown) => {
    // When the database is away, the lock expires by itself.
    await (changedNothing(error) ? forget : releaseKey)(store, held).catch(() => undefined);
    throw error;
  });
  await keepAnswer(store, held, answer);
  return { kind: 'answered', answer, replayed: false };
}
