import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import express, { type RequestHandler, type Router } from 'express';
import type { Desk } from '../consent/desk.ts';
import { logOfRequest } from '../consent/log-of-request.ts';
import type { TemplateSets } from '../domain/text/messages.ts';
import { requestIdOf } from '../running/broken-answers.ts';
import { answerProblems } from './answer-problems.ts';
import { bearerOf, requireKey, requireScope } from './bearer.ts';
import { docsPage } from './docs-page.ts';
import { formOf, sendForm } from './forms.ts';
import { answerOnce, IDEMPOTENCY_KEY, readOnce, sendAnswer } from './idempotent.ts';
import { etagOf, readIfMatch } from './if-match.ts';
import { createLimits, limitWhere } from './limits.ts';
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
      place[route.method](...before, answer(route, { desk, templates }));
    }
    place.all(methodNotAllowed(routes.map(({ method }) => method)));
  }
  router.use('/api', () => {
    throw new Problem('not-found', 'There is no such address. GET /api/docs lists them.');
  });
  router.use('/api', answerProblems(desk.log));
  return router;
}

/** What anybody may read, as it is sent: asked for without a key, so it is written and compressed once. */
type Published = { path: string; type: string; plain: Buffer; gzipped: Buffer; etag: string };

let published: readonly Published[] | undefined;

/** Follows from the table of routes alone, and takes a tenth of a second to make. */
function description(): readonly Published[] {
  published ??= [
    toPublish('/api/openapi.json', 'application/json', JSON.stringify(openApi(ROUTES, BASE))),
    toPublish('/api/docs', 'html', docsPage(ROUTES, BASE)),
  ];
  return published;
}

function toPublish(path: string, type: string, text: string): Published {
  const plain = Buffer.from(text);
  // Weak, since it stands for both forms.
  const etag = `W/"${createHash('sha256').update(plain).digest('base64url')}"`;
  return { path, type, plain, gzipped: gzipSync(plain), etag };
}

function publish(router: Router): void {
  for (const { path, type, plain, gzipped, etag } of description()) {
    const send: RequestHandler = (request, response) => {
      const packed = request.acceptsEncodings('gzip', 'identity') === 'gzip';
      // About nobody: a cache may keep it, and asks whether it still holds.
      response.set({ 'Cache-Control': 'no-cache', ETag: etag, Vary: 'Accept-Encoding' });
      if (packed) response.set('Content-Encoding', 'gzip');
      response.type(type).send(packed ? gzipped : plain);
    };
    router
      .route(path)
      .get(send)
      .all(methodNotAllowed(['get']));
  }
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

type Around = ApiConfig & { desk: Desk };

function answer(route: Route, { desk, templates }: Around): RequestHandler {
  return async (request, response) => {
    const { params, query, body, headers } = request;
    const key = bearerOf(response);
    const parts = readRequest(route, { params, query, body });
    const once = readOnce(route, headers[IDEMPOTENCY_KEY], parts, key);
    const lines = () => readLines(request);
    const log = logOfRequest(desk.log, requestIdOf(response));
    const isExpected = readIfMatch(route, headers['if-match']);
    const call = { ...parts, desk: { ...desk, log }, templates, key, once, isExpected, lines };
    const form = formOf(route.forms, request, Object(parts.query).format);
    if (form !== null) return unlessLost(desk.store, () => sendForm(response, form, call));
    const run = (): Promise<unknown> => unlessLost(desk.store, () => route.handle(call as never));
    if (once === null) {
      const given = await run();
      if (route.revision !== null) response.set('ETag', etagOf(route.revision(given as never)));
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
