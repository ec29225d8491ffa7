import type { Request } from 'express';
import { beginSignIn, deviceCookie, type Entered, type SignInOrigin } from '../access/sign-in.ts';
import type { SignedInMember, StaffNames } from '../access/staff.ts';
import { DAY_MS } from '../domain/durations.ts';
import type { PageCall } from './page.ts';
import { cookieOf, isTokenOf, visitorAddress } from './protection.ts';

declare module 'express-serve-static-core' {
  interface Request {
    /** The member who is signed in with an account, as read for this request. */
    member?: SignedInMember;
    /** Names of members by id, where there are accounts. */
    staffNames?: StaffNames;
  }
}

const isSecure = (publicUrl: string): boolean => publicUrl.startsWith('https:');

/** With TLS a browser takes a cookie of this name from our host alone, and no neighbour of ours can set it. */
export const cookieName = (publicUrl: string): string => `${isSecure(publicUrl) ? '__Host-' : ''}assent`;

const deviceCookieName = (publicUrl: string): string => `${cookieName(publicUrl)}-device`;

const DEVICE_DAYS = 180;

/** Gives the browser a new session id, so that nobody can hand one out beforehand. */
export const renewSession = (request: Request): Promise<void> =>
  new Promise((resolve, reject) => {
    request.session.regenerate((error: unknown) => (error ? reject(error) : resolve()));
  });

/** Ends a session whose sign-in is over. A form that waits in it stays for the next sign-in. */
export async function endSession(request: Request): Promise<void> {
  const { waiting } = request.session;
  await renewSession(request);
  if (waiting !== undefined) request.session.waiting = waiting;
}

/** Where a try to sign in comes from. */
export const originOf = ({
  request,
  context,
  options,
}: Pick<PageCall, 'request' | 'context' | 'options'>): SignInOrigin => ({
  address: visitorAddress(request, options.proxies),
  device: cookieOf(request, deviceCookieName(context.publicUrl)),
});

const DISCARDED =
  'Somebody else had typed something on this browser before their sign-in ended. It was discarded, and nothing was sent.';

/** Words and decisions of one member of staff are neither shown to another nor sent in the name of another. */
export function dropFormOfAnother({ request, t }: PageCall, viewer: string): boolean {
  const { waiting } = request.session;
  if (waiting === undefined || isTokenOf(waiting.token, viewer)) return false;
  delete request.session.waiting;
  request.session.notice = { kind: 'wait', text: t(DISCARDED) };
  return true;
}

/** Signs somebody in on this device under a new session id. False: the member left or was reset in between. */
export async function signInHere(call: PageCall, entered: Entered): Promise<boolean> {
  const { request, response, context, options } = call;
  const signIn = await beginSignIn(context, entered, request.headers['user-agent'] ?? '');
  if (signIn === null) return false;
  await endSession(request);
  dropFormOfAnother(call, entered.id);
  request.session.signIn = signIn;
  request.session.confirmedAt = context.now().getTime();
  response.cookie(
    deviceCookieName(context.publicUrl),
    deviceCookie(entered, { secret: options.sessionSecret }),
    {
      httpOnly: true,
      sameSite: 'lax',
      secure: isSecure(context.publicUrl),
      path: '/',
      maxAge: DEVICE_DAYS * DAY_MS,
    },
  );
  return true;
}

/** The member behind a request. Pages of accounts are not called without one. */
export function memberOf({ member }: Request): SignedInMember {
  if (member === undefined) throw new Error('a page of accounts was opened without a member');
  return member;
}
