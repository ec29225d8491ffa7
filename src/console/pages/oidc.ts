import { leaveForProvider, ROUND_TRIP_MS, returnFromProvider } from '../../access/oidc.ts';
import { passkeyPlace } from '../../access/passkeys.ts';
import { definePage, type PageCall } from '../page.ts';
import { cookieOf, ownPath } from '../protection.ts';
import { cookieName, endSession, signInHere } from '../sign-in-session.ts';

const FAULTS = {
  silent: 'Your company’s sign-in does not answer. Try again, or use your password.',
  late: 'This took longer than ten minutes, or was sent twice. Try again.',
  unfit: 'What your company’s sign-in answered does not fit. Try again.',
  unknown: 'Nobody of the team has your e-mail address. An admin can invite you.',
  unverified: 'Your company’s sign-in has not verified your e-mail address, so it signs you in nowhere.',
  left: 'This account has left the team. An admin can say why.',
  another: 'Somebody else of your company signed in with this address before. An admin can make a new link.',
} as const;

const tripCookie = ({ context }: PageCall): string => `${cookieName(context.publicUrl)}-oidc`;

function refuse({ show, t, context }: PageCall, next: string, fault: keyof typeof FAULTS): Promise<void> {
  const hasPasskeys = passkeyPlace(context) !== null;
  const model = {
    title: t('Sign in'),
    email: '',
    next,
    fault: t(FAULTS[fault]),
    hasPasskeys,
    hasProvider: true,
  };
  return show('sign-in', model, 422);
}

/** A link and no form: the policy lets no form lead to another host. */
const leave = definePage({
  method: 'get',
  path: '/sign-in/oidc',
  permission: null,
  only: 'accounts',
  beforeSecondFactor: true,
  handle: async (call) => {
    const { request, response, context, options, go } = call;
    const { oidc: provider } = options;
    if (provider === null) return go('/console/sign-in');
    const next = ownPath(request.query.next);
    const isFresh = request.query.fresh === 'yes';
    const left = await leaveForProvider(
      context,
      { provider, next, isFresh },
      { secret: options.sessionSecret },
    );
    if (left === null) return refuse(call, next, 'silent');
    response.cookie(tripCookie(call), left.cookie, {
      httpOnly: true,
      // The way back begins at the provider, so a strict cookie would stay at home.
      sameSite: 'lax',
      secure: context.publicUrl.startsWith('https:'),
      path: '/',
      maxAge: ROUND_TRIP_MS,
    });
    go(left.address);
  },
});

const comeBack = definePage({
  method: 'get',
  path: '/sign-in/oidc/callback',
  permission: null,
  only: 'accounts',
  beforeSecondFactor: true,
  handle: async (call) => {
    const { request, response, context, options, go } = call;
    const { oidc: provider } = options;
    if (provider === null) return go('/console/sign-in');
    const cookie = cookieOf(request, tripCookie(call));
    response.clearCookie(tripCookie(call), { path: '/' });
    const [, query = ''] = request.originalUrl.split('?');
    const back = { provider, query: `?${query}`, cookie };
    const { outcome, next } = await returnFromProvider(context, back, { secret: options.sessionSecret });
    if (outcome.kind === 'refused') return refuse(call, next, outcome.fault);
    if (outcome.kind === 'in') {
      if (await signInHere(call, outcome)) return go(next);
      return refuse(call, next, 'unknown');
    }
    const { id, generation } = outcome;
    await endSession(request);
    request.session.entered = { id, generation, at: context.now().getTime() };
    go(`/console/sign-in/code?next=${encodeURIComponent(next)}`);
  },
});

export const OIDC_PAGES = [leave, comeBack];
