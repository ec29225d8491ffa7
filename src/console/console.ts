import type { ErrorRequestHandler, RequestHandler, Router } from 'express';
import express from 'express';
import session from 'express-session';
import { type LimitedSubject, programsOf } from '../access/program-limit.ts';
import { createSessions, SESSION_SECONDS } from '../access/sessions.ts';
import { memberOfSignIn, readStaffNames } from '../access/staff.ts';
import { type AppContext, withRequestId } from '../consent/app-context.ts';
import { may } from '../domain/access/permissions.ts';
import { isWithinLimit, LIMITED_KINDS, limitRule } from '../domain/access/program-limits.ts';
import { breakOff, requestIdOf } from '../running/http.ts';
import { assets } from './assets.ts';
import { answering, type ConsoleOptions, type ConsolePage, type PageCall, refuse } from './page.ts';
import { PAGES } from './pages.ts';
import {
  cookieOf,
  isFromOwnOrigin,
  isFromOwnPage,
  isFromThisMachine,
  isOwnCookie,
  ownOrigin,
  securityHeaders,
} from './protection.ts';
import { cookieName, endSession } from './sign-in-session.ts';
import { isConfirmed, pageLanguage, type Viewer, viewerOf, type WaitingForm } from './viewer.ts';
import { loadViews, readCommonPasswords } from './views.ts';

const MOST_BYTES = '64kb';
const MOST_FIELDS = 200;

/** `root`: the project folder, which has the views. */
type ConsoleSettings = Omit<ConsoleOptions, 'views' | 'commonPasswords'> & { root: string };

/** The pages for staff. Mount it at the root: `/` leads to it, everything else lies under `/console`. */
export function createConsole(context: AppContext, { root: folder, ...given }: ConsoleSettings): Router {
  const commonPasswords = readCommonPasswords(folder);
  const options: ConsoleOptions = { ...given, views: loadViews(folder), commonPasswords };
  const root = express.Router({ caseSensitive: true, strict: true });
  const router = express.Router({ caseSensitive: true });
  const first = options.hasAccounts ? '/console' : '/console/phones';
  const mayAsk = options.hasAccounts ? throughProxy(context) : onlyThisMachine;
  root.get('/', mayAsk, (_request, response) => response.redirect(303, first));
  root.use('/console', mayAsk, securityHeaders, router);
  router.use(assets(folder));
  router.use(noStore, signIn(context, options), readForm());
  if (options.hasAccounts) router.use(readMember(context));
  for (const page of PAGES) {
    if (page.only === (options.hasAccounts ? 'demo' : 'accounts')) continue;
    router[page.method](page.path, open(page, context, options));
  }
  router.use(nothingHere(context, options), failed(context, options));
  return root;
}

/** A proxy ends TLS, so the connection itself is plain. PUBLIC_URL says what the browser sees, and headers do not. */
const throughProxy = ({ publicUrl }: Pick<AppContext, 'publicUrl'>): RequestHandler => {
  const scheme = new URL(publicUrl).protocol.replace(':', '');
  return (request, _response, next) => {
    request.headers['x-forwarded-proto'] = scheme;
    next();
  };
};

/**
 * Reads the member anew for every request: a role that was changed, and a member who left, count at once. A session
 * whose sign-in has ended is emptied.
 */
const readMember = (context: Pick<AppContext, 'monotonic' | 'now' | 'store'>): RequestHandler => {
  const names = readStaffNames(context);
  return async (request, _response, next) => {
    const { signIn, viewer } = request.session;
    if (viewer === undefined && signIn === undefined) return next();
    const member = signIn === undefined ? null : await memberOfSignIn(context, signIn);
    if (member === null) await endSession(request);
    else {
      const { id, name, role, programs, preferences } = member;
      request.session.viewer = { id, name, role, programs, ...preferences };
      request.member = member;
      request.staffNames = await names();
    }
    next();
  };
};

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
    name: cookieName(context.publicUrl),
    // `throughProxy` sets the header that this reads. In the demo there is no TLS.
    proxy: true,
    // Each answer moves the end of the cookie, as each request moves that of the session.
    rolling: true,
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
  const t = options.views.translator(pageLanguage(request));
  // Pages that need no sign-in do not read the viewer; the others are not called without one.
  return answering({ context: { ...context, log }, options, viewer: viewer as Viewer, request, response, t });
}

/** Each page passes here: the sign-in, the origin and token of forms, and the permission are checked nowhere else. */
function open(page: ConsolePage, context: AppContext, options: ConsoleOptions): RequestHandler {
  const own = options.hasAccounts ? ownOrigin(context.publicUrl) : null;
  return async (request, response) => {
    const call = callOf(context, options, request, response);
    const viewer = viewerOf(request);
    const isForm = page.method === 'post';
    // The token of a form ends with its sign-in. Such a form does nothing; what was typed waits for the next sign-in.
    const isSignedOut = page.permission !== null && viewer === null;
    if (isSignedOut && (!isForm || isFromOwnOrigin(request, own))) return askToSignIn(call);
    // Whoever is not signed in to an account has no session, so no token: the origin tells where a form comes from.
    const hasToken = viewer !== null || !options.hasAccounts;
    const isOwn = hasToken ? isFromOwnPage(request, own) : isFromOwnOrigin(request, own);
    if (isForm && !isOwn) return refuseForm(call);
    if (page.permission === null) return page.handle(call);
    if (viewer === null) return askToSignIn(call);
    if (!may(viewer.role, page.permission)) return refuse(call, page.permission);
    if (options.hasAccounts && isHeldBack(page, call)) return;
    const fault = await limitFault(page, call);
    if (fault !== null) return refuseProgram(call, fault === 'closed');
    forgetWaiting(call);
    await page.handle(call);
  };
}

/** Leads to what must be done first: adding a second factor, or typing the password again. */
function isHeldBack(page: ConsolePage, call: PageCall): boolean {
  const { request, context, go } = call;
  if (request.member?.mustAddSecondFactor && page.beforeSecondFactor !== true) {
    go('/console/account/second-factor');
    return true;
  }
  if (page.freshSignIn !== true || isConfirmed(request, context.now())) return false;
  const next = page.fileOf === undefined ? waitBehind(call) : listBehind(page.fileOf, call);
  go(`/console/confirm?next=${encodeURIComponent(next)}`);
  return true;
}

/** The list that a file is an export of. A browser that is led to a file would stay on the page of the password. */
const listBehind = (list: string, { request }: PageCall): string => {
  const { search } = new URL(request.originalUrl, 'http://list');
  return `/console${list}${search}`;
};

/** Ids that reach the database. Pages check the rest of their own. */
const ID = /^[\w.-]{1,100}$/;

/** Fields of an address that narrow a list to one thing. */
const NAMED_BY = { contact: 'person', campaign: 'campaign', journey: 'journey' } as const;

/** Why a member who is limited to programs may not open a page; null where the member may. */
async function limitFault(page: ConsolePage, call: PageCall): Promise<'closed' | 'other-program' | null> {
  const { viewer, request, context } = call;
  if (viewer.programs.length === 0) return null;
  const rule = limitRule(page.path);
  if (rule === 'closed') return 'closed';
  if (!areNamedWithin(call, rule === 'program')) return 'other-program';
  const kind = LIMITED_KINDS.find((known) => known === rule);
  const { id } = request.params;
  const subjects = namedInAddress(call);
  if (kind !== undefined && typeof id === 'string') subjects.push({ kind, id });
  for (const subject of subjects) {
    const programs = ID.test(subject.id) ? await programsOf(context, subject) : null;
    if (programs !== null && !isWithinLimit(viewer.programs, programs)) return 'other-program';
  }
  return null;
}

/** Whether every program that a request names is one of the member's. */
function areNamedWithin({ request, viewer }: PageCall, isInPath: boolean): boolean {
  const { body, query, params } = request;
  const fields = (body ?? {}) as Record<string, unknown>;
  const named = [fields.program, query.program, params.program, isInPath ? params.id : undefined].flat();
  return named
    .filter((program) => program !== undefined && program !== '')
    .every((program) => typeof program === 'string' && viewer.programs.includes(program));
}

/** A field that is given twice names nothing that a page reads. */
function namedInAddress({ request }: PageCall): LimitedSubject[] {
  return Object.entries(NAMED_BY).flatMap(([field, kind]) => {
    const id = request.query[field];
    return typeof id === 'string' && id !== '' ? [{ kind, id }] : [];
  });
}

const refuseProgram = ({ show, t, viewer }: PageCall, coversAll: boolean): Promise<void> =>
  show('refused-program', { title: t('You may not open this'), programs: viewer.programs, coversAll }, 403);

const refuseForm = ({ show, t }: PageCall): Promise<void> =>
  show('form-expired', { title: t('This form is no longer good') }, 403);

/** A form that waited behind the sign-in waits no more once it is sent. */
function forgetWaiting({ request }: PageCall): void {
  const { waiting } = request.session;
  if (request.method === 'POST' && waiting?.path === request.baseUrl + request.path)
    delete request.session.waiting;
}

/** Leads to the sign-in. What somebody sent with a form waits there. A part of a page makes the whole page go there. */
function askToSignIn(call: PageCall): void {
  const { request, response, go } = call;
  const next = waitBehind(call);
  const signInPath = `/console/sign-in?next=${encodeURIComponent(next)}`;
  if (request.headers['hx-request'] !== undefined) {
    response.status(401).set('HX-Redirect', signInPath).end();
    return;
  }
  go(signInPath);
}

/** Keeps a form for later, and says where to go then. Strangers may keep nothing: they could fill the database. */
function waitBehind({ request, context, options }: PageCall): string {
  if (request.method !== 'POST') return request.originalUrl;
  const cookie = cookieOf(request, cookieName(context.publicUrl));
  if (!options.hasAccounts || isOwnCookie(cookie, options.sessionSecret)) {
    const path = request.baseUrl + request.path;
    const { csrf = '', ...fields } = textsIn(request.body);
    const [token = ''] = [csrf].flat();
    request.session.waiting = { path, fields, token };
  }
  return '/console/again';
}

/** Fields that no session keeps. */
const SECRET_FIELDS = ['password', 'code', 'proof'];

type Field = [name: string, value: string | string[]];

/** A field that was ticked more than once is a list. */
const isTyped = (field: [string, unknown]): field is Field =>
  [field[1]].flat().every((value) => typeof value === 'string');

function textsIn(body: unknown): WaitingForm['fields'] {
  const fields = Object.entries((body ?? {}) as Record<string, unknown>);
  return Object.fromEntries(fields.filter(isTyped).filter(([name]) => !SECRET_FIELDS.includes(name)));
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
