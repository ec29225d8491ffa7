import type { RequestHandler, Response } from 'express';
import { type RateLimitRequestHandler, rateLimit, type Store } from 'express-rate-limit';
import type { ApiKey } from '../../access/api-keys.ts';
import { type Tries, TriesSpent } from '../../contacts/number-tries.ts';
import { DAY_MS, utcDay } from '../../domain/durations.ts';
import { createRateLimitStore } from '../../running/rate-limit-store.ts';
import { takeUnknown } from '../../store/api-keys.ts';
import { Problem } from './problems.ts';
import type { ApiRoute, RequestContext } from './route.ts';

const WINDOW_MS = 60_000;

/** Requests of one key in a minute, in each web process. */
export const PER_MINUTE: Record<ApiRoute['rate'], number> = { usual: 1200, lookups: 60, messages: 1200 };

/**
 * One counter for each limit. A lookup tells whether a number is known here, so fewer of them are allowed; messages
 * take nothing from what a key may read.
 */
export function createLimits(monotonic: () => number): Record<ApiRoute['rate'], RateLimitRequestHandler> {
  const of = (rate: ApiRoute['rate']) => limiter(rate, createRateLimitStore(WINDOW_MS, monotonic));
  return { usual: of('usual'), lookups: of('lookups'), messages: of('messages') };
}

/** Counts those requests alone of whose body `fits` says so. */
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
    // Counted by key alone, so nothing about addresses and proxies matters.
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

/**
 * Numbers that nobody is held under, and that the keys of one maker may name in a day of UTC, in all web processes and over
 * all routes. Of a +1 number the last four digits are shown, and counts of segments tell its area code: that leaves some 800
 * numbers to try, so that a day of tries finds one number in eight days.
 */
export const UNKNOWN_A_DAY = 100;

type Asking = Pick<RequestContext, 'desk' | 'key'>;

/**
 * Of a question by number alone, once it was read who has it: throws a `Problem` instead of an answer where the key, and
 * those of the same maker, have named as many unknown numbers as they may in a day, also where this one is known.
 */
export async function countUnknownNumber(asking: Asking, known: boolean): Promise<void> {
  if ((await take(asking, known ? 0 : 1)) === 0) throw tooManyUnknown(asking.desk.now(), ASK_BY_CONTACT);
}

/** The count for what a key saves by number; null where its line may not look people up, so that it never reads what it saved. */
const triesOf = (asking: Asking): Tries | null =>
  asking.key.mayLookUp ? (unknown) => take(asking, unknown) : null;

/** Runs what takes tries; where they are spent it throws a `Problem` that says where to go on, and how. */
export async function withTries<T>(
  asking: Asking,
  run: (tries: Tries | null) => Promise<T>,
  isList = false,
): Promise<T> {
  try {
    return await run(triesOf(asking));
  } catch (error) {
    if (!(error instanceof TriesSpent)) throw error;
    throw tooManyUnknown(asking.desk.now(), SAVE_OTHERWISE, isList ? { lines_done: error.line } : {});
  }
}

function take({ desk, key }: Asking, wanted: number): Promise<number> {
  return takeUnknown(desk.store, key.root, { day: utcDay(desk.now()), wanted, most: UNKNOWN_A_DAY });
}

function tooManyUnknown(now: Date, next_step: string, extras: { lines_done?: number } = {}): Problem {
  const detail = `This key and those of the same maker named ${UNKNOWN_A_DAY} numbers today that nobody is held under, and may name no more numbers until tomorrow, UTC.`;
  const seconds = Math.ceil((DAY_MS - (now.getTime() % DAY_MS)) / 1000);
  const all = { next_step, ...extras };
  return new Problem('too-many-requests', detail, all, { 'Retry-After': `${seconds}` });
}

const ASK_BY_CONTACT = 'Ask by contact.';
const SAVE_OTHERWISE =
  'To save more people in a day use a key whose line has no contacts:read, which is not counted: npm run key -- --name import --scopes contacts:write.';

/** Leaves a trace where all that a request by number did was tell whether it is known here. `contact`: null where nobody is held. */
export function logLookUp({ desk, key }: Asking, contact: string | null): void {
  desk.log.info({ key: key.id, contact }, 'a number was looked up by a request that came to nothing');
}

/** The key of a request that passed `requireKey`. */
export const bearerOf = (response: Response): ApiKey => response.locals.apiKey as ApiKey;
