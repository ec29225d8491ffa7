import type { Request } from 'express';
import type { Actor } from '../domain/access/actor.ts';
import { ROLES, type Role } from '../domain/access/permissions.ts';
import { FRESH_MS } from '../domain/access/staff.ts';

/** Why somebody looks people up. Chosen once, and kept beside the look-up field. */
export const LOOK_UP_REASONS = ['call', 'message', 'complaint', 'check'] as const;
export type LookUpReason = (typeof LOOK_UP_REASONS)[number];

export type PageLanguage = 'en' | 'es';
export type Theme = 'system' | 'light' | 'dark';

/** The member of staff who asks for a page. */
export type Viewer = {
  id: string;
  name: string;
  role: Role;
  language: PageLanguage;
  /** IANA time zone in which times are shown. */
  zone: string;
  theme: Theme;
  /** Whether single keys do something. Off for whoever speaks to the machine, or presses keys by accident. */
  shortcuts: 'on' | 'off';
  /** Programs that the member is limited to; empty: all. */
  programs: readonly string[];
};

/** A form that arrived after its sign-in had ended. It waits behind the sign-in, so that nothing typed is lost. */
export type WaitingForm = {
  path: string;
  fields: Record<string, string | string[]>;
  /** The token that the form carried, which says who had opened it. */
  token: string;
};

declare module 'express-session' {
  interface SessionData {
    viewer: Viewer;
    /** The sign-in of a real account; the demo has none. */
    signIn: string;
    /** When this device proved last who uses it, by password or code. */
    confirmedAt: number;
    /** Somebody whose password was right and whose code is asked for. */
    entered: { id: string; generation: number; at: number };
    /** The secret of an authenticator that no code has proved yet. */
    newTotp: string;
    /** What the passkey that is being made must sign, base64url. */
    newPasskey: { challenge: string; at: number };
    /** Shown once: recovery codes, or a link for somebody else. */
    shownOnce: { kind: 'codes' | 'link'; lines: string[]; about: string };
    /** Token that every form of this sign-in carries. */
    csrf: string;
    /** Shown once, on the next page. */
    notice: { kind: 'good' | 'wait' | 'stop'; text: string };
    reason: { reason: LookUpReason; at: number };
    waiting: WaitingForm;
    /** What was typed in look-ups that found nobody, by token. */
    misses: Record<string, { typed: string; at: number }>;
    /** The secret of a key that was made just now; its page shows it once. */
    newKey: { id: string; secret: string };
    /** The number that was shown last, on record; it is hidden again after a while. */
    revealed: { contact: string; number: string; at: number };
  }
}

export const readRole = (text: unknown): Role | null => ROLES.find((role) => role === text) ?? null;

/** Null: nobody is signed in. */
export const viewerOf = (request: Pick<Request, 'session'>): Viewer | null => request.session.viewer ?? null;

/** The language of a page: that of the account, else the one that a link of the page or the browser names. */
export function pageLanguage(request: Pick<Request, 'acceptsLanguages' | 'query' | 'session'>): PageLanguage {
  const { lang } = request.query;
  const asked = lang === 'en' || lang === 'es' ? lang : request.acceptsLanguages('en', 'es');
  return viewerOf(request)?.language ?? (asked === 'es' ? 'es' : 'en');
}

export const actorOf = ({ id }: Pick<Viewer, 'id'>): Actor => ({ kind: 'staff', id });

/** Whether password or code were typed so recently that dangerous acts need neither again. */
export const isConfirmed = ({ session }: Pick<Request, 'session'>, now: Date): boolean =>
  session.confirmedAt !== undefined && now.getTime() - session.confirmedAt < FRESH_MS;

/** A reason is asked for anew after this time without a look-up, ms. */
const REASON_MS = 30 * 60_000;

/** The reason in force; null: it must be chosen. */
export function reasonOf({ session }: Pick<Request, 'session'>, now: Date): LookUpReason | null {
  const { reason } = session;
  return reason !== undefined && now.getTime() - reason.at < REASON_MS ? reason.reason : null;
}
