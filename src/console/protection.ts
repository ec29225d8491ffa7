import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import helmet from 'helmet';

/** Only our own files: no inline script or style, no other host, no frame. */
export const securityHeaders: RequestHandler = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      'default-src': ["'none'"],
      'script-src': ["'self'"],
      'style-src': ["'self'"],
      'img-src': ["'self'"],
      'font-src': ["'self'"],
      'connect-src': ["'self'"],
      'form-action': ["'self'"],
      'frame-ancestors': ["'none'"],
      'base-uri': ["'none'"],
    },
  },
  frameguard: { action: 'deny' },
  referrerPolicy: { policy: 'same-origin' },
});

const LOOPBACK_HOST = /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/;
const LOOPBACK_PEER = /^(127\.|::1$|::ffff:127\.)/;

/**
 * Whether a request comes from this machine and names this machine. A page of another site that points its own host
 * name at 127.0.0.1 (DNS rebinding) names that host.
 */
export const isFromThisMachine = ({ headers, socket }: Request): boolean =>
  LOOPBACK_HOST.test(headers.host ?? '') && LOOPBACK_PEER.test(socket.remoteAddress ?? '');

const TOKEN_BYTES = 24;

const RANDOM_LENGTH = 32;

/** The part of a token that says whose it is, to nobody but who has the rest of the token. */
const ownerMark = (random: string, viewer: string): string =>
  createHmac('sha256', random).update(viewer).digest('base64url').slice(0, 16);

/** The token of this sign-in, which each form carries: a random part, and whose sign-in it is. */
export function csrfToken({ session }: Pick<Request, 'session'>): string {
  if (session.csrf === undefined) {
    const random = randomBytes(TOKEN_BYTES).toString('base64url');
    session.csrf = random + ownerMark(random, session.viewer?.id ?? '');
  }
  return session.csrf;
}

/** Whether a form with this token was opened by this member of staff, in a sign-in that may have ended since. */
export const isTokenOf = (token: string, viewer: string): boolean =>
  isSameText(ownerMark(token.slice(0, RANDOM_LENGTH), viewer), token.slice(RANDOM_LENGTH));

/**
 * Whether a form was sent by one of our own pages: by its origin, and by the token of this sign-in. `own`: see
 * `isFromOwnOrigin`.
 */
export const isFromOwnPage = (request: Request, own: string | null): boolean =>
  isFromOwnOrigin(request, own) &&
  isSameText(request.session.csrf, (request.body as Record<string, unknown> | undefined)?.csrf);

/**
 * Whether the browser says that a page of ours sent a form. `own`: our origin, from PUBLIC_URL; null: the origin is the
 * host that the request names, because only this machine may ask.
 */
export function isFromOwnOrigin({ headers }: Pick<Request, 'headers'>, own: string | null): boolean {
  const { origin, host, 'sec-fetch-site': site } = headers;
  if (site === undefined && origin === undefined) return false;
  if (site !== undefined && site !== 'same-origin') return false;
  if (origin === undefined) return true;
  return own === null ? isOriginOf(origin, host) : origin === own;
}

const isOriginOf = (origin: string, host: string | undefined): boolean =>
  URL.canParse(origin) && new URL(origin).host === host;

/**
 * The origin that forms must come from, and null where it is the host that a request names. On this machine there are
 * several names for it, so there the host counts.
 */
export const ownOrigin = (publicUrl: string): string | null => {
  const { hostname, origin } = new URL(publicUrl);
  return LOOPBACK_HOST.test(hostname) ? null : origin;
};

/**
 * The address of whoever asks. `proxies`: how many proxies of ours stand before the gateway. Each adds the address that
 * it saw at the end of X-Forwarded-For; what stands before those could be anything.
 */
export function visitorAddress(
  { headers, socket }: Pick<Request, 'headers' | 'socket'>,
  proxies: number,
): string {
  const header = headers['x-forwarded-for'];
  const passed = (Array.isArray(header) ? header.join(',') : (header ?? '')).split(',');
  const told = proxies === 0 ? undefined : passed.at(-proxies)?.trim();
  return told === undefined || told === '' ? (socket.remoteAddress ?? 'unknown') : told.slice(0, 100);
}

/** The value of a cookie; null: there is none. */
export function cookieOf({ headers }: Pick<Request, 'headers'>, name: string): string | null {
  const pairs = (headers.cookie ?? '').split(';').map((pair) => pair.trim());
  const found = pairs.find((pair) => pair.startsWith(`${name}=`));
  if (found === undefined) return null;
  const value = found.slice(name.length + 1);
  return /%/.test(value) ? decodeCookie(value) : value;
}

function decodeCookie(value: string): string | null {
  try {
    return decodeURIComponent(value);
  } catch {
    return null;
  }
}

/** Whether a session cookie was made by us once, even where its session has ended. */
export function isOwnCookie(cookie: string | null, secret: string): boolean {
  const [, id = '', signature = ''] = /^s:([^.]+)\.(.+)$/.exec(cookie ?? '') ?? [];
  const own = createHmac('sha256', secret).update(id).digest('base64').replace(/=+$/, '');
  return id !== '' && isSameText(own, signature);
}

function isSameText(known: string | undefined, shown: unknown): boolean {
  if (known === undefined || typeof shown !== 'string' || shown.length !== known.length) return false;
  return timingSafeEqual(Buffer.from(known), Buffer.from(shown));
}

const OWN_PATH = /^\/console(\/[\w-]+(\.[\w-]+)*)*\/?(\?[\w=&%.:+-]*)?$/;

/** A path of the console, for a redirect after sign-in; every other address leads to the first page. */
export const ownPath = (next: unknown): string =>
  typeof next === 'string' && OWN_PATH.test(next) ? next : '/console';
