import type { Store as SessionStore } from 'express-session';
import type { AppContext } from '../consent/app-context.ts';
import { createSessionStore } from '../store/sessions.ts';

export { SESSION_SECONDS } from '../store/sessions.ts';

/** Where the console keeps who is signed in. */
export const createSessions = ({ store, ring }: Pick<AppContext, 'store' | 'ring'>): SessionStore =>
  createSessionStore(store, ring);
