import { passkeyPlace, secondFactorsOf } from '../../access/passkeys.ts';
import { PasswordsBusy } from '../../access/passwords.ts';
import { checkCode, checkPassword, confirmIdentity, endSignIn } from '../../access/sign-in.ts';
import { recordAudit } from '../../consent/audit/audit.ts';
import { DEMO_STAFF } from '../../domain/access/demo-staff.ts';
import { ROLES, type Role } from '../../domain/access/permissions.ts';
import { MINUTE_MS } from '../../domain/durations.ts';
import { definePage, type PageCall } from '../page.ts';
import { csrfToken, ownPath } from '../protection.ts';
import {
  dropFormOfAnother,
  endSession,
  memberOf,
  originOf,
  renewSession,
  signInHere,
} from '../sign-in-session.ts';
import { actorOf, readRole, type Viewer } from '../viewer.ts';

/** What each role looks after, as its button says. */
export const DUTY: Readonly<Record<Role, string>> = {
  support: 'looks people up and answers them',
  marketer: 'plans campaigns and watches them',
  compliance: 'proves consent and decides doubtful texts',
  admin: 'may do everything',
  'read-only': 'sees lists and figures, no words and no numbers',
  integrator: 'makes keys to the API',
};

const askInDemo = definePage({
  method: 'get',
  path: '/sign-in',
  permission: null,
  only: 'demo',
  handle: ({ request, show, t }) =>
    show('sign-in-demo', {
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
  programs: [],
});

/** One press signs in to the demo as a role. A new session id, so that nobody can hand one out beforehand. */
const signInToDemo = definePage({
  method: 'post',
  path: '/sign-in/demo',
  permission: null,
  only: 'demo',
  handle: async (call) => {
    const { request, go } = call;
    const { role, next } = request.body as Record<string, unknown>;
    const known = readRole(role);
    if (known === null) return go('/console/sign-in');
    const { viewer = null } = request.session;
    const signedIn = demoViewer(known, viewer, 'America/New_York');
    // Before the sign-in counts: nobody works here without a record of having come.
    await recordAudit(call.context, { actor: actorOf(signedIn), act: 'signed-in', subject: null });
    await endSession(request);
    request.session.viewer = signedIn;
    csrfToken(request);
    go(dropFormOfAnother(call, signedIn.id) ? '/console' : ownPath(next));
  },
});

const signOut = definePage({
  method: 'post',
  path: '/sign-out',
  permission: null,
  beforeSecondFactor: true,
  handle: async ({ context, request, go }) => {
    const { viewer, signIn } = request.session;
    await renewSession(request);
    if (viewer !== undefined && signIn !== undefined)
      await endSignIn(context, { staff: viewer.id, signIn, isOwn: true });
    else if (viewer !== undefined)
      await recordAudit(context, { actor: actorOf(viewer), act: 'signed-out', subject: null });
    go('/console/sign-in');
  },
});

type SignInFault = { fault: string; status: number };

/** What a try that failed is told. A wrong password and an unknown address read the same. */
function signInFault({ t, context }: PageCall, outcome: FailedSignIn): SignInFault {
  if (outcome.kind !== 'wait') return { fault: t(WRONG[outcome.kind]), status: 422 };
  const seconds = Math.ceil((outcome.until.getTime() - context.now().getTime()) / 1000);
  const minutes = Math.ceil(seconds / 60);
  const words =
    seconds <= 90
      ? t('Too many tries. Try again in 1 second. || Too many tries. Try again in {count} seconds.', {
          count: Math.max(1, seconds),
        })
      : t('Too many tries. Try again in {count} minutes.', { count: minutes });
  return { fault: words, status: 429 };
}

type FailedSignIn = { kind: 'wait'; until: Date } | { kind: 'wrong' | 'wrong-code' | 'wrong-proof' | 'busy' };

const WRONG = {
  wrong: 'E-mail address or password is wrong.',
  'wrong-code': 'This code is wrong, or it was used already.',
  'wrong-proof': 'This is not your password.',
  busy: 'Many people sign in at this moment. Try again in a few seconds.',
} as const;

const showSignIn = (
  { show, t, context, options }: PageCall,
  model: { next: string; email?: string },
  failed?: SignInFault,
) =>
  show(
    'sign-in',
    {
      title: t('Sign in'),
      email: '',
      fault: failed?.fault ?? null,
      hasPasskeys: passkeyPlace(context) !== null,
      hasProvider: options.oidc !== null,
      ...model,
    },
    failed?.status ?? 200,
  );

const ask = definePage({
  method: 'get',
  path: '/sign-in',
  permission: null,
  only: 'accounts',
  handle: (call) => showSignIn(call, { next: ownPath(call.request.query.next) }),
});

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Runs a check of a password. Null: too many run at this moment. */
async function unlessBusy<T>(check: () => Promise<T>): Promise<T | { kind: 'busy' }> {
  try {
    return await check();
  } catch (error) {
    if (error instanceof PasswordsBusy) return { kind: 'busy' };
    throw error;
  }
}

const sendPassword = definePage({
  method: 'post',
  path: '/sign-in',
  permission: null,
  only: 'accounts',
  handle: async (call) => {
    const { request, context, options, go } = call;
    const body = request.body as Record<string, unknown>;
    const [email, password] = [textOf(body.email), textOf(body.password)];
    const next = ownPath(body.next);
    const signing = { secret: options.sessionSecret };
    const outcome = await unlessBusy(() =>
      checkPassword(context, { email, password, ...originOf(call) }, signing),
    );
    if (outcome.kind === 'in' && (await signInHere(call, outcome))) return go(next);
    if (outcome.kind === 'code') {
      const { id, generation } = outcome;
      await endSession(request);
      request.session.entered = { id, generation, at: context.now().getTime() };
      return go(`/console/sign-in/code?next=${encodeURIComponent(next)}`);
    }
    const failed = outcome.kind === 'in' ? { kind: 'wrong' as const } : outcome;
    return showSignIn(call, { next, email }, signInFault(call, failed));
  },
});

/** Who gave the right password is asked for the code this long, ms. */
const ENTERED_MS = 5 * MINUTE_MS;

function enteredIn({ request, context }: PageCall) {
  const { entered } = request.session;
  return entered !== undefined && context.now().getTime() - entered.at < ENTERED_MS ? entered : null;
}

async function showCode({ show, t, context, request }: PageCall, next: string, failed?: SignInFault) {
  const factors = await secondFactorsOf(context, request.session.entered?.id ?? '');
  const model = { title: t('Sign in'), next, fault: failed?.fault ?? null, ...factors };
  await show('sign-in-code', model, failed?.status ?? 200);
}

const askCode = definePage({
  method: 'get',
  path: '/sign-in/code',
  permission: null,
  only: 'accounts',
  handle: (call) => {
    const next = ownPath(call.request.query.next);
    return enteredIn(call) === null ? call.go('/console/sign-in') : showCode(call, next);
  },
});

const sendCode = definePage({
  method: 'post',
  path: '/sign-in/code',
  permission: null,
  only: 'accounts',
  handle: async (call) => {
    const { request, context, options, go } = call;
    const body = request.body as Record<string, unknown>;
    const next = ownPath(body.next);
    const entered = enteredIn(call);
    if (entered === null) return go(`/console/sign-in?next=${encodeURIComponent(next)}`);
    const { id, generation } = entered;
    const tried = { id, generation, code: textOf(body.code), ...originOf(call) };
    const outcome = await checkCode(context, tried, { secret: options.sessionSecret });
    if (outcome.kind === 'in' && (await signInHere(call, outcome))) return go(next);
    const failed = outcome.kind === 'wait' ? outcome : { kind: 'wrong-code' as const };
    return showCode(call, next, signInFault(call, failed));
  },
});

const showConfirm = (call: PageCall, next: string, failed?: SignInFault) =>
  call.show(
    'confirm',
    {
      title: call.t('Confirm that it is you'),
      next,
      hasApp: memberOf(call.request).hasApp,
      hasProvider: call.options.oidc !== null,
      fault: failed?.fault ?? null,
    },
    failed?.status ?? 200,
  );

const askAgain = definePage({
  method: 'get',
  path: '/confirm',
  permission: 'programs:read',
  only: 'accounts',
  beforeSecondFactor: true,
  handle: (call) => showConfirm(call, ownPath(call.request.query.next)),
});

const confirm = definePage({
  method: 'post',
  path: '/confirm',
  permission: 'programs:read',
  only: 'accounts',
  beforeSecondFactor: true,
  handle: async (call) => {
    const { request, context, options, go } = call;
    const body = request.body as Record<string, unknown>;
    const next = ownPath(body.next);
    const tried = { member: memberOf(request), typed: textOf(body.proof), ...originOf(call) };
    const outcome = await unlessBusy(() =>
      confirmIdentity(context, tried, { secret: options.sessionSecret }),
    );
    if (outcome.kind === 'in') {
      request.session.confirmedAt = context.now().getTime();
      return go(next, { kind: 'good', text: call.t(CONFIRMED) });
    }
    const failed = outcome.kind === 'wrong' || outcome.kind === 'code' ? WRONG_PROOF : outcome;
    return showConfirm(call, next, signInFault(call, failed));
  },
});

const CONFIRMED = 'It is you. For 10 minutes you are not asked again: go on with what you began.';

const WRONG_PROOF = { kind: 'wrong-proof' } as const;

/** What the fields of forms are called. Fields without a name here go along unseen. */
const FIELD_NAMES: Readonly<Record<string, string>> = {
  text: 'Your answer',
  reason: 'Why',
  words: 'What should the next person know?',
  said: 'What did they say? (may stay empty)',
  call: 'On which call or visit did they ask?',
  phone: 'Phone number',
  name: 'Name',
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
    const fields = Object.entries(waiting.fields).flatMap(([name, values]) => {
      const label = FIELD_NAMES[name];
      return [values].flat().map((value) => ({ name, value, label: label === undefined ? null : t(label) }));
    });
    const meant = MEANT[String(waiting.fields.decision ?? '')];
    await show('again', {
      title: t('What you typed is still here'),
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

export const SIGN_IN_PAGES = [
  askInDemo,
  signInToDemo,
  ask,
  sendPassword,
  askCode,
  sendCode,
  askAgain,
  confirm,
  signOut,
  sendAgain,
  discard,
];
