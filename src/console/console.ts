import type { ErrorRequestHandler, RequestHandler, Router } from 'express';
import express from 'express';
import session from 'express-session';
import { createSessions, SESSION_SECONDS } from '../access/sessions.ts';
import { type AppContext, withRequestId } from '../consent/app-context.ts';
import { may } from '../domain/access/permissions.ts';
import { breakOff, requestIdOf } from '../running/http.ts';
import { assets } from './assets.ts';
import { answering, type ConsoleOptions, type ConsolePage, type PageCall, refuse } from './page.ts';
import { PAGES } from './pages.ts';
import { isFromOwnOrigin, isFromOwnPage, isFromThisMachine, securityHeaders } from './protection.ts';
import { type Viewer, viewerOf, type WaitingForm } from './viewer.ts';
import { loadViews } from './views.ts';

const COOKIE = 'assent';
const MOST_BYTES = '64kb';
const MOST_FIELDS = 200;

/** `root`: the project folder, which has the views. */
type ConsoleSettings = Omit<ConsoleOptions, 'views'> & { root: string };

/** The pages for staff. Mount it at the root: `/` leads to it, everything else lies under `/console`. */
export function createConsole(context: AppContext, { root: folder, ...given }: ConsoleSettings): Router {
  const options: ConsoleOptions = { ...given, views: loadViews(folder) };
  const root = express.Router({ caseSensitive: true, strict: true });
  const router = express.Router({ caseSensitive: true });
  root.get('/', onlyThisMachine, (_request, response) => response.redirect(303, '/console/phones'));
  root.use('/console', onlyThisMachine, securityHeaders, router);
  router.use(assets(folder));
  router.use(noStore, signIn(context, options), readForm());
  for (const page of PAGES) router[page.method](page.path, open(page, context, options));
  router.use(nothingHere(context, options), failed(context, options));
  return root;
}

/** Pages show people: no cache between us and the browser may keep them. */
const noStore: RequestHandler = (_request, response, next) => {
  response.set({ 'Cache-Control': 'no-store', Vary: 'HX-Request-Type' });
  next();
};

const onlyThisMachine: RequestHandler = (request, response, next) => {
  if (isFromThisMachine(request)) return next();
  response.status(403).type('text').send('This demo answers only its own machine, at http://localhost.');
};

function signIn(context: AppContext, { sessionSecret }: ConsoleOptions): RequestHandler {
  return session({
    name: COOKIE,
    secret: sessionSecret,
    store: createSessions(context),
    resave: false,
    saveUninitialized: false,
    cookie: {
      httpOnly: true,
      sameSite: 'lax',
      secure: context.publicUrl.startsWith('https:'),
      maxAge: SESSION_SECONDS * 1000,
    },
  });
}

const readForm = (): RequestHandler =>
  express.urlencoded({ extended: false, limit: MOST_BYTES, parameterLimit: MOST_FIELDS });

type Parts = [request: PageCall['request'], response: PageCall['response']];

function callOf(context: AppContext, options: ConsoleOptions, ...[request, response]: Parts): PageCall {
  const viewer = viewerOf(request);
  const log = withRequestId(context.log, requestIdOf(response));
  const t = options.views.translator(viewer?.language ?? 'en');
  // Pages that need no sign-in do not read the viewer; the others are not called without one.
  return answering({ context: { ...context, log }, options, viewer: viewer as Viewer, request, response, t });
}

/** Each page passes here: the sign-in, the origin and token of forms, and the permission are checked nowhere else. */
function open(page: ConsolePage, context: AppContext, options: ConsoleOptions): RequestHandler {
  return async (request, response) => {
    const call = callOf(context, options, request, response);
    const viewer = viewerOf(request);
    const isForm = page.method === 'post';
    // The token of a form ends with its sign-in. Such a form does nothing; what was typed waits for the next sign-in.
    const isSignedOut = page.permission !== null && viewer === null;
    if (isSignedOut && (!isForm || isFromOwnOrigin(request))) return askToSignIn(call);
    if (isForm && !isFromOwnPage(request)) return refuseForm(call);
    if (page.permission === null) return page.handle(call);
    if (viewer === null) return askToSignIn(call);
    if (!may(viewer.role, page.permission)) return refuse(call, page.permission);
    forgetWaiting(call);
    await page.handle(call);
  };
}

const refuseForm = ({ show, t }: PageCall): Promise<void> =>
  show('form-expired', { title: t('This form is no longer good') }, 403);

/** A form that waited behind the sign-in waits no more once it is sent. */
function forgetWaiting({ request }: PageCall): void {
  const { waiting } = request.session;
  if (request.method === 'POST' && waiting?.path === request.baseUrl + request.path)
    delete request.session.waiting;
}

/** Leads to the sign-in. What somebody sent with a form waits there. A part of a page makes the whole page go there. */
function askToSignIn({ request, response, go }: PageCall): void {
  const path = request.baseUrl + request.path;
  if (request.method === 'POST') {
    const { csrf: token = '', ...fields } = textsIn(request.body);
    request.session.waiting = { path, fields, token };
  }
  const next = request.method === 'GET' ? request.originalUrl : '/console/again';
  const signInPath = `/console/sign-in?next=${encodeURIComponent(next)}`;
  if (request.headers['hx-request'] !== undefined) {
    response.status(401).set('HX-Redirect', signInPath).end();
    return;
  }
  go(signInPath);
}

function textsIn(body: unknown): WaitingForm['fields'] {
  const fields = Object.entries((body ?? {}) as Record<string, unknown>);
  return Object.fromEntries(
    fields.filter((field): field is [string, string] => typeof field[1] === 'string'),
  );
}

function nothingHere(context: AppContext, options: ConsoleOptions): RequestHandler {
  return async (request, response) => {
    const call = callOf(context, options, request, response);
    await call.show('not-found', { title: call.t('Nothing is here') }, 404);
  };
}

function failed(context: AppContext, options: ConsoleOptions): ErrorRequestHandler {
  return (error, request, response, _next) => {
    if (response.headersSent) return breakOff(context.log, error, response);
    const id = requestIdOf(response);
    const { status } = error as { status?: unknown };
    const isTheirs = typeof status === 'number' && status >= 400 && status < 500;
    if (!isTheirs) context.log.error({ error, id }, 'a page of the console failed');
    // The session may be what failed, so this page needs none.
    if (request.session === undefined) request.session = {} as typeof request.session;
    const call = callOf(context, options, request, response);
    call.part('failed', { title: call.t('This did not work'), id, isTheirs }, isTheirs ? 400 : 503);
  };
}
