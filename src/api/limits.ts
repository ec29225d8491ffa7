import type { Request, RequestHandler, Response } from 'express';
import { type RateLimitRequestHandler, rateLimit, type Store } from 'express-rate-limit';
import { createWindowCounts } from '../running/window-counts.ts';
import { bearerOf } from './bearer.ts';
import { Problem } from './problem.ts';
import type { Route } from './route.ts';

const WINDOW_MS = 60_000;

/** Requests of one key in a minute, in each web process. */
export const PER_MINUTE: Record<Route['rate'], number> = { usual: 1200, lookups: 60, messages: 1200 };

/**
 * One counter for each limit. A lookup tells whether a number is known here, so fewer of them are allowed; messages
 * take nothing from what a key may read.
 */
export function createLimits(monotonic: () => number): Record<Route['rate'], RateLimitRequestHandler> {
  const of = (rate: Route['rate']) => limiter(rate, createWindowCounts(WINDOW_MS, monotonic));
  return { usual: of('usual'), lookups: of('lookups'), messages: of('messages') };
}

/** Counts those requests alone of whose body `fits` says so. */
export const limitWhere =
  (fits: (body: unknown) => boolean, limit: RequestHandler): RequestHandler =>
  (request, response, next) =>
    fits(request.body) ? limit(request, response, next) : next();

const HEADERS = ['RateLimit', 'RateLimit-Policy'];
const RETRY_AFTER = 'Retry-After';

/**
 * What counts a request after all, once for each line of it that asks for that; rejects with the `Problem` where that is
 * one too many. The answer's headers say what the last count left.
 */
export function counterAgainst(
  limit: RequestHandler,
  request: Request,
  response: Response,
): () => Promise<void> {
  const before = HEADERS.map((name) => [name, response.getHeader(name)] as const);
  return () =>
    new Promise((resolve, reject) => {
      for (const [name, value] of before) {
        if (value === undefined) response.removeHeader(name);
        else response.setHeader(name, value);
      }
      limit(request, response, (problem?: unknown) => (problem === undefined ? resolve() : reject(problem)));
    });
}

/** Whether one more request of a key would be let through. */
export async function hasAnother(
  rate: Route['rate'],
  limit: RateLimitRequestHandler,
  key: { id: string },
): Promise<boolean> {
  const counted = await limit.getKey(key.id);
  return (counted?.totalHits ?? 0) < PER_MINUTE[rate];
}

function limiter(rate: Route['rate'], store: Store): RateLimitRequestHandler {
  return rateLimit({
    windowMs: WINDOW_MS,
    store,
    limit: PER_MINUTE[rate],
    identifier: rate,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    keyGenerator: (_request, response) => bearerOf(response).id,
    // Counted by key alone, so nothing about addresses and proxies matters; a list may be as many look-ups as it has lines.
    validate: {
      singleCount: false,
      ip: false,
      trustProxy: false,
      xForwardedForHeader: false,
      forwardedHeader: false,
    },
    handler: (_request, response, next) => next(tooMany(rate, response)),
  });
}

const COUNTED: Record<Route['rate'], string> = {
  usual: 'Too many requests',
  lookups: 'This counted as a look-up, of a number or of words',
  messages: 'Too many messages',
};

/** It takes along when to ask again: an answer that is given in spite of it, to other lines, does not say so. */
function tooMany(rate: Route['rate'], response: Response): Problem {
  const after = response.getHeader(RETRY_AFTER);
  response.removeHeader(RETRY_AFTER);
  const detail = `${COUNTED[rate]}: at most ${PER_MINUTE[rate]} a minute with this key. Wait and ask again.`;
  return new Problem(
    'too-many-requests',
    detail,
    {},
    after === undefined ? {} : { [RETRY_AFTER]: `${after}` },
  );
}
