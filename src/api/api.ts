import express, { type RequestHandler, type Router } from 'express';
import type { RateLimitRequestHandler } from 'express-rate-limit';
import type { Desk } from '../consent/desk.ts';
import { logOfRequest } from '../consent/log-of-request.ts';
import type { TemplateSets } from '../domain/text/messages.ts';
import { requestIdOf } from '../running/broken-answers.ts';
import { answerProblems } from './answer-problems.ts';
import { bearerOf, requireKey, requireScope } from './bearer.ts';
import { docsPage } from './docs-page.ts';
import { formOf, sendForm } from './forms.ts';
import { answerOnce, IDEMPOTENCY_KEY, readOnce, sendAnswer } from './idempotent.ts';
import { checkUnchanged, shownBy } from './if-match.ts';
import { counterAgainst, createLimits, hasAnother, limitWhere } from './limits.ts';
import { openApi } from './openapi.ts';
import { Problem } from './problem.ts';
import { readBody } from './read-body.ts';
import { readLines } from './read-lines.ts';
import { readRequest } from './read-request.ts';
import type { Route } from './route.ts';
import { ROUTES } from './routes.ts';
import { isStream, sendLines } from './send-lines.ts';
import { unlessLost } from './unless-lost.ts';

const BASE = '/api/v1';

/** What the API needs beside the desk: the words that a saved program is judged by and publishes. */
export type ApiConfig = { templates: TemplateSets };

/** The JSON API, its description and the page about it, to be mounted at the root. */
export function createApi(desk: Desk, { templates }: ApiConfig): Router {
  // One spelling of an address: a rule of the proxy before us must not be got round by another.
  const router = express.Router({ caseSensitive: true, strict: true });
  const limits = createLimits(desk.monotonic);
  const [key, body] = [requireKey(desk), readBody()];
  router.use('/api', noStore);
  publish(router);
  for (const [path, routes] of byPath(ROUTES)) {
    const place = router.route(BASE + path.replace(/\{(\w+)\}/g, ':$1'));
    for (const route of routes) {
      const before = [
        key,
        limits[route.rate],
        requireScope(route.scope),
        ...(route.body === null ? [] : [body]),
        ...(route.looksUp === null ? [] : [limitWhere(route.looksUp, limits.lookups)]),
      ];
      place[route.method](...before, answer(route, { desk, templates, lookups: limits.lookups }));
    }
    place.all(methodNotAllowed(routes.map(({ method }) => method)));
  }
  router.use('/api', () => {
    throw new Problem('not-found', 'There is no such address. GET /api/docs lists them.');
  });
  router.use('/api', answerProblems(desk.log));
  return router;
}

let described: { document: object; html: string } | undefined;

/** Follows from the table of routes alone, and takes a tenth of a second to make. */
const description = (): { document: object; html: string } => {
  described ??= { document: openApi(ROUTES, BASE), html: docsPage(ROUTES, BASE) };
  return described;
};

function publish(router: Router): void {
  const { document, html } = description();
  const describe: RequestHandler = (_request, response) => {
    response.json(document);
  };
  const explain: RequestHandler = (_request, response) => {
    response.type('html').send(html);
  };
  router
    .route('/api/openapi.json')
    .get(describe)
    .all(methodNotAllowed(['get']));
  router
    .route('/api/docs')
    .get(explain)
    .all(methodNotAllowed(['get']));
}

/** Answers are about people: no cache between us and the client keeps one. */
const noStore: RequestHandler = (_request, response, next) => {
  response.setHeader('Cache-Control', 'no-store');
  next();
};

function byPath(routes: readonly Route[]): Map<string, Route[]> {
  const paths = new Map<string, Route[]>();
  for (const route of routes) paths.set(route.path, [...(paths.get(route.path) ?? []), route]);
  return paths;
}

type Around = ApiConfig & { desk: Desk; lookups: RateLimitRequestHandler };

function answer(route: Route, { desk, templates, lookups }: Around): RequestHandler {
  const shown = shownBy(route, ROUTES);
  return async (request, response) => {
    const { params, query, body, headers } = request;
    const key = bearerOf(response);
    const parts = readRequest(route, { params, query, body });
    const once = readOnce(route, headers[IDEMPOTENCY_KEY], parts, key);
    const lines = () => readLines(request);
    const countLookUp = counterAgainst(lookups, request, response);
    const hasLookUps = () => hasAnother('lookups', lookups, key);
    const log = logOfRequest(desk.log, requestIdOf(response));
    const call = { ...parts, desk: { ...desk, log }, templates, key, once, countLookUp, hasLookUps, lines };
    await checkUnchanged(request, shown, call);
    const form = formOf(route.forms, request, Object(parts.query).format);
    if (form !== null) return unlessLost(desk.store, () => sendForm(response, form, call));
    const run = (): Promise<unknown> => unlessLost(desk.store, () => route.handle(call as never));
    if (once === null) {
      const given = await run();
      if (isStream(given)) await sendLines(response, route.status, given);
      else response.status(route.status).json(given);
      return;
    }
    sendAnswer(response, await answerOnce(desk, once, route.status, run));
  };
}

function methodNotAllowed(methods: readonly Route['method'][]): RequestHandler {
  const possible = methods.flatMap((method) => (method === 'get' ? ['GET', 'HEAD'] : method.toUpperCase()));
  const allow = possible.join(', ');
  return () => {
    throw new Problem('method-not-allowed', `Possible here: ${allow}.`, {}, { Allow: allow });
  };
}
