import type { RequestHandler, Response } from 'express';
import { type RateLimitRequestHandler, rateLimit, type Store } from 'express-rate-limit';
import { type ApiKey, takeUnknownNumbers, UNKNOWN_A_DAY } from '../../access/api-keys.ts';
import { type Tries, TriesSpent } from '../../contacts/number-tries.ts';
import { DAY_MS } from '../../domain/durations.ts';
import { createRateLimitStore } from '../../running/rate-limit-store.ts';
import { Problem } from './problems.ts';
import type { ApiRoute, RequestContext } from './route.ts';

const WINDOW_MS = 60_000;

/** Requests per key and minute, in each web process. */
export const PER_MINUTE: Record<ApiRoute['rate'], number> = { usual: 1200, lookups: 60, messages: 1200 };

/**
 * One counter per limit. A look-up tells whether a number is known here, so fewer are allowed. Messages do not use
 * up a key's reads.
 */
export function createLimits(monotonic: () => number): Record<ApiRoute['rate'], RateLimitRequestHandler> {
  const of = (rate: ApiRoute['rate']) => limiter(rate, createRateLimitStore(WINDOW_MS, monotonic));
  return { usual: of('usual'), lookups: of('lookups'), messages: of('messages') };
}

/** Applies a limit only to requests whose body `fits` accepts. */
export const limitWhere =
  (fits: (body: unknown) => boolean, limit: RequestHandler): RequestHandler =>
  (request, response, next) =>
    fits(request.body) ? limit(request, response, next) : next();

function limiter(rate: ApiRoute['rate'], store: Store): RateLimitRequestHandler {
  return rateLimit({
    windowMs: WINDOW_MS,
    store,
    limit: PER_MINUTE[rate],
    identifier: rate,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    keyGenerator: (_request, response) => bearerOf(response).id,
    // Requests are counted by key alone, so IP addresses and proxies do not matter.
    validate: {
      ip: false,
      trustProxy: false,
      xForwardedForHeader: false,
      forwardedHeader: false,
    },
    handler: (_request, _response, next) => next(tooMany(rate)),
  });
}

const COUNTED: Record<ApiRoute['rate'], string> = {
  usual: 'Too many requests',
  lookups: 'Too many look-ups, of numbers or of words',
  messages: 'Too many messages',
};

function tooMany(rate: ApiRoute['rate']): Problem {
  const detail = `${COUNTED[rate]}: at most ${PER_MINUTE[rate]} a minute with this key. Wait and ask again.`;
  return new Problem('too-many-requests', detail);
}

type Asking = Pick<RequestContext, 'context' | 'key'>;

/**
 * Counts a question by number, after the number was looked up. Throws a `Problem` instead of an answer when the
 * keys of one root key have named all the unknown numbers that they may name in a day, even when this number is
 * known.
 */
export async function countUnknownNumber(asking: Asking, known: boolean): Promise<void> {
  if ((await takeUnknownNumbers(asking.context, asking.key, known ? 0 : 1)) === 0)
    throw tooManyUnknown(asking.context.now(), ASK_BY_CONTACT);
}

/**
 * The counter for what a key saves by number. Null when its root key may not look people up: then the key can never
 * read what it saved.
 */
const triesOf = (asking: Asking): Tries | null =>
  asking.key.mayLookUp ? (unknown) => takeUnknownNumbers(asking.context, asking.key, unknown) : null;

/** Runs work that takes tries. When the tries are spent, throws a `Problem` that says where and how to continue. */
export async function withTries<T>(
  asking: Asking,
  run: (tries: Tries | null) => Promise<T>,
  isList = false,
): Promise<T> {
  try {
    return await run(triesOf(asking));
  } catch (error) {
    if (!(error instanceof TriesSpent)) throw error;
    throw tooManyUnknown(asking.context.now(), SAVE_OTHERWISE, isList ? { lines_done: error.line } : {});
  }
}

function tooManyUnknown(now: Date, next_step: string, extras: { lines_done?: number } = {}): Problem {
  const detail = `This key and those of the same maker named ${UNKNOWN_A_DAY} numbers today that nobody is held under, and may name no more numbers until tomorrow, UTC.`;
  const seconds = Math.ceil((DAY_MS - (now.getTime() % DAY_MS)) / 1000);
  const all = { next_step, ...extras };
  return new Problem('too-many-requests', detail, all, { 'Retry-After': `${seconds}` });
}

const ASK_BY_CONTACT = 'Ask by contact.';
const SAVE_OTHERWISE =
  'To save more people in a day, use a key whose root key has no contacts:read. Such keys have no limit: npm run key -- --name import --scopes contacts:write.';

/** The API key of a request that passed `requireKey`. */
export const bearerOf = (response: Response): ApiKey => response.locals.apiKey as ApiKey;
