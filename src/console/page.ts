import type { Request, Response } from 'express';
import type { Logger } from 'pino';
import type { OidcProvider } from '../access/oidc.ts';
import type { AppContext } from '../consent/app-context.ts';
import { waitingForStaff } from '../contacts/waiting-for-staff.ts';
import { may, type Permission, rolesWith } from '../domain/access/permissions.ts';
import { railOf } from './navigation.ts';
import { csrfToken } from './protection.ts';
import { LOOK_UP_REASONS, pageLanguage, reasonOf, type Viewer, viewerOf } from './viewer.ts';
import type { Translate, Views } from './views.ts';

/** Settings of the console that the application context does not have. */
export type ConsoleOptions = {
  /** The simulator's address; the phones of the demo text through it. */
  simulator: string;
  sessionSecret: string;
  /** Whether members sign in with accounts of their own. False in the demo, where one press signs in. */
  hasAccounts: boolean;
  /** The provider by which members may sign in besides; null: there is none. */
  oidc: OidcProvider | null;
  /** How many proxies of ours stand before the gateway. */
  proxies: number;
  /** The commonest passwords, in small letters. */
  commonPasswords: ReadonlySet<string>;
  views: Views;
  log: Logger | AppContext['log'];
};

/** One request for a page. */
export type PageCall = {
  context: AppContext;
  options: ConsoleOptions;
  /** Null only on pages that need no sign-in. */
  viewer: Viewer;
  request: Request;
  response: Response;
  /** Renders a view with status 200, or the one given, inside the shell. */
  show: (view: string, model: PageModel, status?: number) => Promise<void>;
  /** Renders a view alone, as part of a page that the browser already shows. */
  part: (view: string, model: object, status?: number) => void;
  /** Answers a form: leads to a page, which shows the notice once. */
  go: (path: string, notice?: { kind: 'good' | 'wait' | 'stop'; text: string }) => void;
  t: Translate;
};

/** The values that a page passes to its view; every page has a title. */
export type PageModel = { title: string } & Record<string, unknown>;

/** A page or a form of the console. */
export type ConsolePage = {
  method: 'get' | 'post';
  /** The path below /console, in Express's spelling. */
  path: string;
  /** Who may open it; null: the page needs no sign-in. */
  permission: Permission | null;
  /** Where the page exists alone; absent: in both. */
  only?: 'demo' | 'accounts';
  /** Whether password or code must have been typed in the last ten minutes. */
  freshSignIn?: boolean;
  /** The path of the list that this file holds. Whoever is asked for the password first returns there. */
  fileOf?: string;
  /** Whether somebody may open it who has yet to add the second factor that everybody needs. */
  beforeSecondFactor?: boolean;
  handle: (call: PageCall) => Promise<void> | void;
};

export const definePage = (page: ConsolePage): ConsolePage => page;

/** The values that every view can use, besides those of its own page. */
function shellModel(call: Omit<PageCall, 'show' | 'part' | 'go'>): object {
  const { request, t, context, viewer, options } = call;
  const known = viewerOf(request);
  return {
    t,
    viewer: known,
    language: pageLanguage(request),
    hasAccounts: options.hasAccounts,
    theme: known?.theme ?? 'system',
    // Whoever is not signed in gets no session: strangers could fill the database with them.
    csrf: known === null && options.hasAccounts ? '' : csrfToken(request),
    sign: (name: string) => options.views.signs[name] ?? '',
    path: request.baseUrl + request.path,
    reason: known === null ? null : reasonOf(request, context.now()),
    reasons: LOOK_UP_REASONS,
    may: (permission: Permission) => known !== null && may(viewer.role, permission),
  };
}

/** The parts of a call that render and answer. */
export function answering(base: Omit<PageCall, 'show' | 'part' | 'go'>): PageCall {
  const { request, response, context, options } = base;
  const show: PageCall['show'] = async (view, model, status = 200) => {
    const known = viewerOf(request);
    const waiting = known === null ? {} : await waitingCounts(context, known);
    const { notice } = request.session;
    delete request.session.notice;
    const shell = shellModel(base);
    const rail =
      known === null
        ? []
        : railOf(known.role, request.baseUrl + request.path, {
            waiting,
            hasAccounts: options.hasAccounts,
            isLimited: known.programs.length > 0,
          });
    const body = options.views.render(view, { ...shell, ...model });
    // The page of look-ups has the field itself; two of them would be one too many.
    const hasLookUp =
      known !== null && may(known.role, 'contacts:read') && !body.includes('id="look-number"');
    const frame = { rail, notice: notice ?? null, body, hasLookUp };
    response.status(status).type('html');
    // A page that refuses a form says so first: a screen reader reads the title before anything else.
    const title = status === 422 ? base.t('Error: {title}', { title: model.title }) : model.title;
    response.send(options.views.render('layout', { ...shell, ...model, ...frame, title }));
  };
  const part: PageCall['part'] = (view, model, status = 200) => {
    response
      .status(status)
      .type('html')
      .send(options.views.render(view, { ...shellModel(base), ...model }));
  };
  const go: PageCall['go'] = (path, notice) => {
    if (notice !== undefined) request.session.notice = notice;
    leadAway(request, response, path);
  };
  return { ...base, show, part, go };
}

/**
 * Saves the session before the redirect. express-session sends the headers first and saves then, so a browser could ask
 * for the next page before what this one noted is stored: a sign-in would be lost.
 */
function leadAway(request: Request, response: Response, path: string): void {
  const { session } = request;
  const isEmpty = Object.keys(session).every((key) => key === 'cookie');
  const lead = (error?: unknown): void => {
    if (error) request.next?.(error);
    else response.redirect(303, path);
  };
  if (isEmpty) lead();
  else session.save(lead);
}

/** The counts are of all programs, so whoever is limited to some does not see them in the rail. */
async function waitingCounts(context: AppContext, { role, programs }: Viewer) {
  if (!may(role, 'reviews:read') || programs.length > 0) return {};
  const { inbox, holds } = await waitingForStaff(context);
  return { inbox: inbox.count, holds: holds.count };
}

/** Says which roles may do what this role may not, and ends the request. */
export async function refuse(call: PageCall, permission: Permission): Promise<void> {
  await call.show('refused', { title: call.t('You may not open this'), roles: rolesWith(permission) }, 403);
}

/** What was read, or `without` where it could not be read: one slow count must not close a page that has more to say. */
export const orWithout = <T>(
  { context }: Pick<PageCall, 'context'>,
  read: Promise<T>,
  without: T,
): Promise<T> =>
  read.catch((error: unknown) => {
    context.log.warn({ error }, 'a part of a page of the console could not be read');
    return without;
  });
