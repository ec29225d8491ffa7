import { HOUR_MS, MINUTE_MS } from '../durations.ts';

/** Whether somebody was invited, works here, or has left. A member who left stays known by name to the audit trail. */
export type StaffState = 'invited' | 'active' | 'left';

/** Preferences of a member for the pages of the console. */
export type StaffPreferences = {
  language: 'en' | 'es';
  /** IANA time zone in which times are shown. */
  zone: string;
  theme: 'system' | 'light' | 'dark';
  /** Whether single keys do something. */
  shortcuts: 'on' | 'off';
};

export const FIRST_PREFERENCES: StaffPreferences = {
  language: 'en',
  zone: 'America/New_York',
  theme: 'system',
  shortcuts: 'on',
};

const EMAIL = /^[^\s@<>"'(),:;\\[\]]{1,64}@[^\s@<>"'(),:;\\[\]]+\.[^\s@<>"'(),:;\\[\]]{2,}$/u;
const LONGEST_EMAIL = 254;

/** An e-mail address in the one spelling in which addresses are compared. Null: the text is none. */
export function readEmail(text: string): string | null {
  const email = text.trim().normalize('NFKC').toLowerCase();
  return email.length <= LONGEST_EMAIL && EMAIL.test(email) ? email : null;
}

const LEAST_PASSWORD = 12;
/** Longer passwords are refused, because hashing them costs time. */
const LONGEST_PASSWORD = 200;

/** Passwords are compared in one Unicode form, so that two keyboards type the same one. */
export const passwordForm = (typed: string): string => typed.normalize('NFKC');

/** Why a new password is refused; null: it is accepted. `common`: the commonest passwords, in small letters. */
export function passwordFault(
  typed: string,
  common: ReadonlySet<string>,
): 'short' | 'long' | 'common' | null {
  const password = passwordForm(typed);
  const length = [...password].length;
  if (length < LEAST_PASSWORD) return 'short';
  if (length > LONGEST_PASSWORD) return 'long';
  return common.has(password.toLowerCase()) || new Set(password).size === 1 ? 'common' : null;
}

/** A sign-in ends this long after its last request, and at the latest this long after it began, ms. */
export const IDLE_MS = 8 * HOUR_MS;
export const LONGEST_SIGN_IN_MS = 7 * 24 * HOUR_MS;

/** A password or code stays good for dangerous acts this long, ms. */
export const FRESH_MS = 10 * MINUTE_MS;

/** How long links work, ms. */
export const FIRST_LINK_MS = 24 * HOUR_MS;
export const LINK_MS = 72 * HOUR_MS;

/** What failed sign-ins are counted by. */
export type TryScope = 'address' | 'account-at-address' | 'account' | 'code' | 'device';

/** How failed sign-ins of one scope delay the next. */
export type TryRule = {
  /** This many tries cost no wait. */
  free: number;
  /** Each further try doubles the wait, from a second to this, ms. */
  longestMs: number;
};

/**
 * The waits stay short, because somebody who guesses must not keep others out. A device that signed in to the account
 * before is counted by itself alone.
 */
export const TRY_RULES: Readonly<Record<TryScope, TryRule>> = {
  address: { free: 30, longestMs: MINUTE_MS },
  'account-at-address': { free: 5, longestMs: 15 * MINUTE_MS },
  account: { free: 20, longestMs: MINUTE_MS },
  // Only somebody who knows the password gets this far, and a code has six digits.
  code: { free: 10, longestMs: 15 * MINUTE_MS },
  device: { free: 10, longestMs: 5 * MINUTE_MS },
};

/** Tries older than this are forgotten, ms. */
export const TRY_MEMORY_MS = HOUR_MS;

/** The first wait, ms. */
export const FIRST_WAIT_MS = 1000;

/** Family of a browser for the list of devices, from its User-Agent header. Versions are left out. */
export function browserFamily(agent: string): string {
  const browser = BROWSERS.find(([, pattern]) => pattern.test(agent))?.[0] ?? 'Another browser';
  const system = SYSTEMS.find(([, pattern]) => pattern.test(agent))?.[0];
  return system === undefined ? browser : `${browser}, ${system}`;
}

/** The more particular first: Edge also names Chrome, and Chrome also names Safari. */
const BROWSERS: readonly [string, RegExp][] = [
  ['Edge', /\bEdg/],
  ['Opera', /\bOPR\//],
  ['Firefox', /\b(Firefox|FxiOS)\//],
  ['Chrome', /\b(Chrome|CriOS|HeadlessChrome)\//],
  ['Safari', /\bSafari\//],
];

const SYSTEMS: readonly [string, RegExp][] = [
  ['Android', /\bAndroid\b/],
  ['iPhone or iPad', /\b(iPhone|iPad)\b/],
  ['Windows', /\bWindows\b/],
  ['macOS', /\bMac OS X\b/],
  ['Linux', /\bLinux\b/],
];

/**
 * The address by which tries are counted. A whole /64 of IPv6 counts as one: a single visitor owns as many addresses.
 */
export function countedAddress(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').toLowerCase();
  if (!plain.includes(':')) return plain;
  const [head = '', tail] = plain.split('::');
  const groups = head === '' ? [] : head.split(':');
  const missing = tail === undefined ? 0 : 8 - groups.length - (tail === '' ? 0 : tail.split(':').length);
  const all = [
    ...groups,
    ...Array.from({ length: Math.max(0, missing) }, () => '0'),
    ...(tail ?? '').split(':'),
  ];
  return all
    .slice(0, 4)
    .map((group) => Number.parseInt(group || '0', 16).toString(16))
    .join(':');
}
