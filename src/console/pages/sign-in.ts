import type { Request } from 'express';
import { recordAudit } from '../../consent/audit/audit.ts';
import { DEMO_STAFF } from '../../domain/access/demo-staff.ts';
import { ROLES, type Role } from '../../domain/access/permissions.ts';
import { definePage, type PageCall } from '../page.ts';
import { csrfToken, isTokenOf, ownPath } from '../protection.ts';
import { actorOf, readRole, type Viewer } from '../viewer.ts';

/** What each role looks after, as its button says. */
const DUTY: Readonly<Record<Role, string>> = {
  support: 'looks people up and answers them',
  marketer: 'plans campaigns and watches them',
  compliance: 'proves consent and decides doubtful texts',
  admin: 'may do everything',
  'read-only': 'sees lists and figures, no words and no numbers',
  integrator: 'makes keys to the API',
};

const ask = definePage({
  method: 'get',
  path: '/sign-in',
  permission: null,
  handle: ({ request, show, t }) =>
    show('sign-in', {
      title: t('Sign in'),
      next: ownPath(request.query.next),
      staff: ROLES.map((role) => ({ role, name: DEMO_STAFF[role], duty: DUTY[role] })),
    }),
});

const demoViewer = (role: Role, before: Viewer | null, zone: string): Viewer => ({
  id: role,
  name: DEMO_STAFF[role],
  role,
  language: before?.language ?? 'en',
  zone: before?.zone ?? zone,
  theme: before?.theme ?? 'system',
  shortcuts: before?.shortcuts ?? 'on',
});

const DISCARDED =
  'Somebody else had typed something on this browser before their sign-in ended. It was discarded, and nothing was sent.';

/** One press signs in to the demo as a role. A new session id, so that nobody can hand one out beforehand. */
const signInToDemo = definePage({
  method: 'post',
  path: '/sign-in/demo',
  permission: null,
  handle: async (call) => {
    const { request, go } = call;
    const { role, next } = request.body as Record<string, unknown>;
    const known = readRole(role);
    if (known === null) return go('/console/sign-in');
    const { viewer = null, waiting } = request.session;
    const signedIn = demoViewer(known, viewer, 'America/New_York');
    // Before the sign-in counts: nobody works here without a record of having come.
    await recordAudit(call.context, { actor: actorOf(signedIn), act: 'signed-in', subject: null });
    await renew(request);
    request.session.viewer = signedIn;
    csrfToken(request);
    if (waiting === undefined) return go(ownPath(next));
    // Words and decisions of one member of staff are neither shown to another nor sent in the name of another.
    if (!isTokenOf(waiting.token, signedIn.id))
      return go('/console', { kind: 'wait', text: call.t(DISCARDED) });
    request.session.waiting = waiting;
    go(ownPath(next));
  },
});

const renew = (request: Request): Promise<void> =>
  new Promise((resolve, reject) => {
    request.session.regenerate((error: unknown) => (error ? reject(error) : resolve()));
  });

const signOut = definePage({
  method: 'post',
  path: '/sign-out',
  permission: null,
  handle: async ({ context, request, go }) => {
    const { viewer } = request.session;
    await renew(request);
    if (viewer !== undefined)
      await recordAudit(context, { actor: actorOf(viewer), act: 'signed-out', subject: null });
    go('/console/sign-in');
  },
});

/** What the fields of forms are called. Fields without a name here go along unseen. */
const FIELD_NAMES: Readonly<Record<string, string>> = {
  text: 'Your answer',
  reason: 'Why',
  words: 'What should the next person know?',
  said: 'What did they say? (may stay empty)',
  call: 'On which call or visit did they ask?',
  phone: 'Phone number',
  title: 'Title',
  zone: 'Times are shown in',
  en: 'Words in English',
  es: 'Words in Spanish',
  fr: 'Words in French',
};

/** Decisions about a hold, as its page names them. */
const MEANT: Readonly<Record<string, string>> = {
  'opt-out': 'To get no more texts: opt out',
  release: 'Something else: release',
};

/** The page on which a form stood. */
const PAGE_OF_FORM = /^\/console\/(inbox|holds|people)\/[\w.-]+/;

/** Shows what a form held whose sign-in had ended, so that it can be sent now. It waits until it is sent or discarded. */
const sendAgain = definePage({
  method: 'get',
  path: '/again',
  permission: 'programs:read',
  handle: async ({ request, show, go, t }: PageCall) => {
    const { waiting } = request.session;
    if (waiting === undefined) return go('/console');
    const fields = Object.entries(waiting.fields).map(([name, value]) => {
      const label = FIELD_NAMES[name];
      return { name, value, label: label === undefined ? null : t(label) };
    });
    const meant = MEANT[waiting.fields.decision ?? ''];
    await show('again', {
      title: t('You were signed out while you wrote'),
      ...{ action: waiting.path, fields },
      meant: meant === undefined ? null : t(meant),
      isWrongNumber: waiting.fields.wrong_number !== undefined,
      page: PAGE_OF_FORM.exec(waiting.path)?.[0] ?? null,
    });
  },
});

const discard = definePage({
  method: 'post',
  path: '/again',
  permission: 'programs:read',
  handle: ({ request, go }) => {
    delete request.session.waiting;
    go('/console');
  },
});

export const SIGN_IN_PAGES = [ask, signInToDemo, signOut, sendAgain, discard];
