import type { ErrorRequestHandler, Request, RequestHandler, Response, Router } from 'express';
import express from 'express';
import { rateLimit } from 'express-rate-limit';
import { type AppContext, withRequestId } from '../consent/app-context.ts';
import { readCode } from '../domain/templates/short-links.ts';
import { breakOff, requestIdOf } from '../running/http.ts';
import { createRateLimitStore } from '../running/rate-limit-store.ts';
import { followLink } from '../templates/clicks.ts';

/** The most unknown codes that one IP address may request per minute, in each web process. */
const MISSES_PER_MINUTE = 60;
const WINDOW_MS = 60_000;

/**
 * `GET /l/<code>`: redirects to the target of a short link, and counts the click. An unknown code gets a page
 * without information. Only unknown codes are limited: behind a proxy many people share an IP address, and their
 * own links must always work.
 */
export function shortLinks(context: AppContext): Router {
  const router = express.Router();
  router.route('/l/:code').get(follow(context), limitMisses(context), nothing).all(nothing);
  router.use('/l', failed(context));
  return router;
}

function follow(context: AppContext): RequestHandler<{ code: string }> {
  return async (request, response, next) => {
    noTrace(response);
    const code = readCode(request.params.code);
    if (code === null) return next();
    const log = withRequestId(context.log, requestIdOf(response));
    const target = await followLink({ ...context, log }, code, visitOf(request, context.now()));
    if (target === null) return next();
    response.redirect(302, target);
  };
}

function visitOf({ method, headers }: Request<{ code: string }>, at: Date) {
  const single = Object.entries(headers).map(([name, value]) => [name, [value].flat().join(', ')]);
  return { method, headers: Object.fromEntries(single) as Record<string, string>, at };
}

function limitMisses({ monotonic }: Pick<AppContext, 'monotonic'>): RequestHandler<{ code: string }> {
  return rateLimit({
    windowMs: WINDOW_MS,
    store: createRateLimitStore(WINDOW_MS, monotonic),
    limit: MISSES_PER_MINUTE,
    standardHeaders: false,
    legacyHeaders: false,
    // IP addresses come from the socket, because a header may claim anything.
    validate: { trustProxy: false, xForwardedForHeader: false, forwardedHeader: false },
    handler: (_request, response) => page(response, 429, 'Too many requests. Try again later.'),
  }) as unknown as RequestHandler<{ code: string }>;
}

const NOTHING = 'Nothing is here.';

const nothing: RequestHandler<{ code: string }> = (_request, response) => {
  noTrace(response);
  page(response, 404, NOTHING);
};

function failed({ log }: Pick<AppContext, 'log'>): ErrorRequestHandler {
  return (error, _request, response, _next) => {
    if (response.headersSent) return breakOff(log, error, response);
    noTrace(response);
    // A URL that cannot be decoded leads nowhere.
    if ((error as { status?: unknown }).status === 400) return page(response, 404, NOTHING);
    log.error({ error, id: requestIdOf(response) }, 'a short link could not be looked up');
    page(response, 503, 'This does not work right now. Try again in a minute.');
  };
}

function page(response: Response, status: number, words: string): void {
  response.status(status).type('text/plain').send(`${words}\n`);
}

/** Keeps proxies and search engines from storing redirects. */
function noTrace(response: Response): void {
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('X-Robots-Tag', 'noindex, nofollow');
}
