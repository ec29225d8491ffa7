import {
  addPasskey,
  CHALLENGE_MS,
  checkPasskey,
  type ListedPasskey,
  listPasskeys,
  passkeyPlace,
  passkeyToMake,
  passkeyToUse,
  removePasskey,
} from '../../access/passkeys.ts';
import { browserFamily } from '../../domain/access/staff.ts';
import { showTime } from '../../domain/console-time.ts';
import { definePage, type PageCall } from '../page.ts';
import { cookieOf, ownPath } from '../protection.ts';
import { cookieName, memberOf, signInHere } from '../sign-in-session.ts';

/** The passkeys of the viewer, as the account page lists them. */
export async function passkeyRows({ context, viewer, t }: PageCall, member: string) {
  const time = (at: Date): string => showTime(at, viewer.zone, viewer.language);
  const row = ({ id, name, createdAt, lastUsedAt }: ListedPasskey) => ({
    id,
    name,
    added: time(createdAt),
    lastUse: lastUsedAt === null ? t('not used yet') : time(lastUsedAt),
  });
  return { rows: (await listPasskeys(context, member)).map(row), isPossible: passkeyPlace(context) !== null };
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

const ADDING_FAULTS = {
  name: 'Give the passkey a name of at most 40 signs.',
  unfit: 'This passkey was not made for this page, or it took longer than five minutes. Try again.',
  known: 'This passkey is in use already.',
  many: 'You have ten passkeys. Remove one first.',
} as const;

/** Shows the page with a new challenge, which waits in the session until it is answered. */
async function showNew(call: PageCall, typed: string, fault: string | null): Promise<void> {
  const { request, context, show, go, t } = call;
  const place = passkeyPlace(context);
  if (place === null) return go('/console/account');
  const { options, challenge } = await passkeyToMake(context, memberOf(request), place);
  request.session.newPasskey = { challenge, at: context.now().getTime() };
  const model = { title: t('Add a passkey'), options, typed, fault };
  await show('account-passkey', model, fault === null ? 200 : 422);
}

const askNew = definePage({
  method: 'get',
  path: '/account/passkeys/new',
  permission: 'programs:read',
  only: 'accounts',
  freshSignIn: true,
  beforeSecondFactor: true,
  handle: (call) => showNew(call, browserFamily(call.request.headers['user-agent'] ?? ''), null),
});

/** Each challenge is taken out of the session before it is looked at, so that it is answered once. */
function takeChallenge({ request, context }: PageCall): string {
  const { newPasskey } = request.session;
  delete request.session.newPasskey;
  const isGood = newPasskey !== undefined && context.now().getTime() - newPasskey.at < CHALLENGE_MS;
  return isGood ? newPasskey.challenge : '';
}

const saveNew = definePage({
  method: 'post',
  path: '/account/passkeys/new',
  permission: 'programs:read',
  only: 'accounts',
  freshSignIn: true,
  beforeSecondFactor: true,
  handle: async (call) => {
    const { request, context, go, t } = call;
    const body = (request.body ?? {}) as Record<string, unknown>;
    const name = textOf(body.name);
    const made = { name, response: textOf(body.response), challenge: takeChallenge(call) };
    const outcome = await addPasskey(context, memberOf(request), made);
    if (outcome.kind === 'refused') return showNew(call, name, t(ADDING_FAULTS[outcome.fault]));
    const { codes } = outcome;
    if (codes !== null) request.session.shownOnce = { kind: 'codes', lines: [...codes], about: '' };
    go(codes === null ? '/console/account' : '/console/account/recovery-codes', {
      kind: 'good',
      text: t('Your passkey is added. It signs you in without password and code.'),
    });
  },
});

const remove = definePage({
  method: 'post',
  path: '/account/passkeys/:id/remove',
  permission: 'programs:read',
  only: 'accounts',
  freshSignIn: true,
  handle: async ({ request, context, go, t }) => {
    const isGone = await removePasskey(context, memberOf(request), String(request.params.id));
    const good = { kind: 'good', text: t('The passkey is removed. It signs nobody in any more.') } as const;
    const over = { kind: 'wait', text: t('That passkey was removed before.') } as const;
    go('/console/account', isGone ? good : over);
  },
});

const challengeCookie = ({ context }: PageCall): string => `${cookieName(context.publicUrl)}-passkey`;

/** The browser asks this when the button is pressed. The challenge waits in a cookie: strangers get no session. */
const askUse = definePage({
  method: 'post',
  path: '/sign-in/passkey/options',
  permission: null,
  only: 'accounts',
  handle: async (call) => {
    const { response, context, options } = call;
    const place = passkeyPlace(context);
    if (place === null) {
      response.status(404).json({});
      return;
    }
    const made = await passkeyToUse(context, place, { secret: options.sessionSecret });
    response.cookie(challengeCookie(call), made.challenge, {
      httpOnly: true,
      sameSite: 'strict',
      secure: context.publicUrl.startsWith('https:'),
      path: '/',
      maxAge: CHALLENGE_MS,
    });
    response.json(made.options);
  },
});

const SIGN_IN_FAULTS = {
  late: 'This took longer than five minutes, or was sent twice. Try again.',
  unknown: 'This passkey signs nobody in here. Use another one, or your password.',
  counter: 'This passkey may have been copied, so it was refused. Use your password, and remove the passkey.',
} as const;

const use = definePage({
  method: 'post',
  path: '/sign-in/passkey',
  permission: null,
  only: 'accounts',
  handle: async (call) => {
    const { request, response, context, options, show, go, t } = call;
    const body = (request.body ?? {}) as Record<string, unknown>;
    const next = ownPath(body.next);
    const challenge = cookieOf(request, challengeCookie(call));
    response.clearCookie(challengeCookie(call), { path: '/' });
    const answer = { response: textOf(body.response), challenge };
    const outcome = await checkPasskey(context, answer, { secret: options.sessionSecret });
    if (outcome.kind === 'in' && (await signInHere(call, outcome))) return go(next);
    const fault = t(SIGN_IN_FAULTS[outcome.kind === 'in' ? 'unknown' : outcome.fault]);
    const model = {
      title: t('Sign in'),
      email: '',
      next,
      fault,
      hasPasskeys: true,
      hasProvider: options.oidc !== null,
    };
    return show('sign-in', model, 422);
  },
});

export const PASSKEY_PAGES = [askNew, saveNew, remove, askUse, use];
