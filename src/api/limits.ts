import type { RequestHandler } from 'express';
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

function limiter(rate: Route['rate'], store: Store): RateLimitRequestHandler {
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

const COUNTED: Record<Route['rate'], string> = {
  usual: 'Too many requests',
  lookups: 'Too many look-ups, of numbers or of words',
  messages: 'Too many messages',
};

function tooMany(rate: Route['rate']): Problem {
  const detail = `${COUNTED[rate]}: at most ${PER_MINUTE[rate]} a minute with this key. Wait and ask again.`;
  return new Problem('too-many-requests', detail);
}
