import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { RequestHandler, Router } from 'express';
import express from 'express';
import { type ApiScope, authenticate } from '../../access/api-keys.ts';
import type { RequestLog } from '../../access/request-log.ts';
import { type AppContext, withRequestId } from '../../consent/app-context.ts';
import { requestIdOf } from '../../running/http.ts';
import { ROUTES } from '../routes.ts';
import { etagOf, readIfMatch } from './conditional-requests.ts';
import { DOCS_POLICY, docsFiles, docsPage } from './docs-page.ts';
import { IDEMPOTENCY_KEY, readOnce, runOnce, sendAnswer } from './idempotency.ts';
import { openApi } from './openapi.ts';
import { answerProblems, Problem, refuseLostKey } from './problems.ts';
import { bearerOf, createLimits, limitWhere } from './rate-limits.ts';
import { type ApiRoute, readRequest } from './route.ts';
import { formOf, isStream, readLines, sendForm, sendLines } from './streaming.ts';

const BASE = '/api/v1';

/**
 * The JSON API, its description and its documentation page. Mount it at the root. `requests`: null keeps none.
 * `root`: the project folder.
 */
export function createApi(context: AppContext, requests: RequestLog | null, root: string): Router {
  // Each path has one spelling only: another spelling must not bypass a rule of the proxy in front of us.
  const router = express.Router({ caseSensitive: true, strict: true });
  const limits = createLimits(context.monotonic);
  const [key, body] = [requireKey(context), readBody()];
  router.use('/api', noStore);
  publish(router, root);
  for (const [path, routes] of byPath(ROUTES)) {
    const place = router.route(BASE + path.replace(/\{(\w+)\}/g, ':$1'));
    for (const route of routes) {
      const before = [
        key,
        ...(requests === null ? [] : [noteRequest(context, requests, route)]),
        limits[route.rate],
        requireScope(route.scope),
        ...(route.body === null ? [] : [body]),
        ...(route.looksUp === null ? [] : [limitWhere(route.looksUp, limits.lookups)]),
      ];
      place[route.method](...before, answer(route, context));
    }
    place.all(methodNotAllowed(routes.map(({ method }) => method)));
  }
  router.use('/api', () => {
    throw new Problem('not-found', 'There is no such address. GET /api/docs lists all addresses.');
  });
  router.use('/api', answerProblems(context.log));
  return router;
}

/**
 * A public document, ready to send. Anybody may ask for it without a key, so it is rendered and compressed only
 * once.
 */
type Published = {
  path: string;
  type: string;
  plain: Buffer;
  gzipped: Buffer;
  etag: string;
  headers: Record<string, string>;
};

let published: readonly Published[] | undefined;

/** Depends on the route table alone, and takes a tenth of a second to make. */
function description(root: string): readonly Published[] {
  published ??= [
    toPublish('/api/openapi.json', 'application/json', Buffer.from(JSON.stringify(openApi(ROUTES, BASE)))),
    toPublish('/api/docs', 'html', Buffer.from(docsPage(ROUTES, BASE)), {
      'Content-Security-Policy': DOCS_POLICY,
    }),
    ...docsFiles(root).map(({ path, type, file }) => toPublish(path, type, readFileSync(file), KEPT)),
  ];
  return published;
}

/** The files of the page change only with a release. */
const KEPT = { 'Cache-Control': 'public, max-age=86400' };

function toPublish(
  path: string,
  type: string,
  plain: Buffer,
  headers: Record<string, string> = {},
): Published {
  // Weak, because the plain and the compressed form share it.
  const etag = `W/"${createHash('sha256').update(plain).digest('base64url')}"`;
  return { path, type, plain, gzipped: gzipSync(plain), etag, headers };
}

function publish(router: Router, root: string): void {
  for (const { path, type, plain, gzipped, etag, headers } of description(root)) {
    const send: RequestHandler = (request, response) => {
      const packed = request.acceptsEncodings('gzip', 'identity') === 'gzip';
      // Contains nothing about a person: a cache may store it and revalidate.
      response.set({ 'Cache-Control': 'no-cache', ETag: etag, Vary: 'Accept-Encoding', ...headers });
      if (packed) response.set('Content-Encoding', 'gzip');
      response.type(type).send(packed ? gzipped : plain);
    };
    router
      .route(path)
      .get(send)
      .all(methodNotAllowed(['get']));
  }
}

/** Answers are about people: no cache between us and the client may store them. */
const noStore: RequestHandler = (_request, response, next) => {
  response.setHeader('Cache-Control', 'no-store');
  next();
};

function byPath(routes: readonly ApiRoute[]): Map<string, ApiRoute[]> {
  const paths = new Map<string, ApiRoute[]>();
  for (const route of routes) paths.set(route.path, [...(paths.get(route.path) ?? []), route]);
  return paths;
}

function answer(route: ApiRoute, context: AppContext): RequestHandler {
  return async (request, response) => {
    const { params, query, body, headers } = request;
    const key = bearerOf(response);
    const parts = readRequest(route, { params, query, body });
    const once = readOnce(route, headers[IDEMPOTENCY_KEY], parts, key);
    const lines = (ahead?: number) => readLines(request, ahead);
    const log = withRequestId(context.log, requestIdOf(response));
    const isExpected = readIfMatch(route, headers['if-match']);
    const call = { ...parts, context: { ...context, log }, key, once, isExpected, lines };
    const form = formOf(route.forms, request, Object(parts.query).format);
    if (form !== null) return refuseLostKey(context, () => sendForm(response, form, call));
    const run = (): Promise<unknown> => refuseLostKey(context, () => route.handle(call as never));
    if (once === null) {
      const given = await run();
      if (route.revision !== null) response.set('ETag', etagOf(route.revision(given as never)));
      if (isStream(given)) await sendLines(response, route.status, given);
      else response.status(route.status).json(given);
      return;
    }
    sendAnswer(response, await runOnce(context, once, route.status, run));
  };
}

function methodNotAllowed(methods: readonly ApiRoute['method'][]): RequestHandler {
  const possible = methods.flatMap((method) => (method === 'get' ? ['GET', 'HEAD'] : method.toUpperCase()));
  const allow = possible.join(', ');
  return () => {
    throw new Problem('method-not-allowed', `This address allows ${allow}.`, {}, { Allow: allow });
  };
}

/** Lets a request pass when its API key is valid. */
function requireKey({ store, now }: Pick<AppContext, 'now' | 'store'>): RequestHandler {
  return async (request, response, next) => {
    const { authorization } = request.headers;
    const key = await authenticate(store, authorization, now());
    if (key === null) throw unauthorized(authorization !== undefined);
    response.locals.apiKey = key;
    next();
  };
}

/** Keeps a request in the log when its answer has left. Its path, query and body are not kept: they may name people. */
function noteRequest(
  { now, monotonic }: Pick<AppContext, 'monotonic' | 'now'>,
  requests: RequestLog,
  { method, path: route }: ApiRoute,
): RequestHandler {
  return (_request, response, next) => {
    const began = monotonic();
    const { id: key } = bearerOf(response);
    response.once('close', () => {
      const { statusCode: status, locals } = response;
      const problem = typeof locals.problem === 'string' ? locals.problem : null;
      const ms = Math.round(monotonic() - began);
      requests.record({ at: now(), key, method: method.toUpperCase(), route, status, problem, ms });
    });
    next();
  };
}

function unauthorized(shown: boolean): Problem {
  const detail = shown
    ? 'The key is malformed, unknown or revoked.'
    : 'Send the key as "Authorization: Bearer <key>".';
  const challenge = `Bearer realm="api"${shown ? ', error="invalid_token"' : ''}`;
  return new Problem('unauthorized', detail, {}, { 'WWW-Authenticate': challenge });
}

/** Lets a request pass when its key has the scope. */
function requireScope(scope: ApiScope): RequestHandler {
  return (_request, response, next) => {
    if (bearerOf(response).scopes.has(scope)) return next();
    const challenge = `Bearer realm="api", error="insufficient_scope", scope="${scope}"`;
    const detail = `This route needs the scope ${scope}.`;
    throw new Problem('missing-scope', detail, {}, { 'WWW-Authenticate': challenge });
  };
}

const MOST_BYTES = '100kb';

/** Reads a JSON body. A missing body counts as `{}`, so that the answer names the missing fields. */
function readBody(): RequestHandler {
  const json = express.json({ limit: MOST_BYTES, type: 'application/json' });
  return (request, response, next) => {
    const { 'content-length': length, 'transfer-encoding': chunked } = request.headers;
    if ((length === undefined || length === '0') && chunked === undefined) {
      request.body = {};
      return next();
    }
    if (request.is('application/json') === false) {
      throw new Problem('unsupported-media-type', 'Send application/json in UTF-8.');
    }
    json(request, response, next);
  };
}
