import { randomBytes, timingSafeEqual } from 'node:crypto';
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

/** The token of this sign-in, which each form carries. */
export function csrfToken({ session }: Pick<Request, 'session'>): string {
  session.csrf ??= randomBytes(TOKEN_BYTES).toString('base64url');
  return session.csrf;
}

/** Whether a form was sent by one of our own pages. */
export function isFromOwnPage({ headers, session, body }: Request): boolean {
  const { origin, host, 'sec-fetch-site': site } = headers;
  if (site === undefined && origin === undefined) return false;
  if (site !== undefined && site !== 'same-origin') return false;
  if (origin !== undefined && !isOwnOrigin(origin, host)) return false;
  return isSameText(session.csrf, (body as Record<string, unknown> | undefined)?.csrf);
}

const isOwnOrigin = (origin: string, host: string | undefined): boolean =>
  URL.canParse(origin) && new URL(origin).host === host;

function isSameText(known: string | undefined, shown: unknown): boolean {
  if (known === undefined || typeof shown !== 'string' || shown.length !== known.length) return false;
  return timingSafeEqual(Buffer.from(known), Buffer.from(shown));
}

/** A path of the console, for a redirect after sign-in; every other address leads to the first page. */
export const ownPath = (next: unknown): string =>
  typeof next === 'string' && /^\/console(\/[\w/-]*)?(\?[\w=&%.:+-]*)?$/.test(next) ? next : '/console';
