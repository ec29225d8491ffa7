import type { ActChannel } from '../consent/channels.ts';

const PREFIX: Record<ActChannel, string> = {
  VIA_TEXT: 'text',
  WEB_FORM: 'form',
  MOBILE_QR_CODE: 'qr',
  PAPER_FORM: 'sheet',
  VERBAL: 'call',
  IMPORT: 'import',
  NOT_STATED: 'not stated',
  NO_ACT: 'not by the person',
};

const LONGEST = 80;

/**
 * The first source of a number, in the clear for reports: the channel, and its form, sheet or store. Drops
 * everything that might name a person. Of a URL it keeps no query and at most two parts of the path, and no part
 * that has many digits or looks typed or issued. A name or token that looks like a page name cannot be recognised.
 * `origin`: the channel's evidence, JSON.
 */
export function sourceByDoor(channel: ActChannel, origin: string | undefined): string {
  const place = channel === 'VIA_TEXT' || origin === undefined ? '' : placeIn(readOrigin(origin));
  return `${PREFIX[channel]}${place === '' ? '' : ` ${place}`}`.slice(0, LONGEST);
}

/** Evidence as a channel wrote it. Unreadable evidence names no place, and must not make the act fail. */
function readOrigin(origin: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(origin));
  } catch {
    return {};
  }
}

function placeIn({ page_url, location }: Readonly<Record<string, unknown>>): string {
  const parts: string[] = [];
  if (typeof page_url === 'string' && URL.canParse(page_url)) {
    const { hostname, pathname } = new URL(page_url);
    parts.push(`${hostname}${plainPath(pathname)}`);
  }
  if (typeof location === 'string') parts.push(location.includes('@') ? '…' : withoutDigits(location));
  return parts.join(' ');
}

/** Deeper path parts belong to one person, such as a basket or an account. */
const MOST_PARTS = 2;

function plainPath(path: string): string {
  const parts = path.split('/').filter((part) => part !== '');
  const shown = parts.slice(0, MOST_PARTS).map(plainPart);
  if (parts.length > MOST_PARTS) shown.push('…');
  return shown.map((part) => `/${part}`).join('');
}

/** A path part as forms have. Any other dot may separate the names of a person. */
const PAGE = /^[\w-]{1,30}(?:\.(?:html?|php|aspx?|jsp))?$/;

const plainPart = (part: string): string => (PAGE.test(part) && !isIssued(part) ? withoutDigits(part) : '…');

const LONGEST_WORD = 16;
const LONGEST_MIXED = 7;

/**
 * Whether a part looks like a token: letters and digits mixed in two of its words or in a long one, or a word that
 * is no word.
 */
function isIssued(part: string): boolean {
  const words = part.split(/[-_.]/);
  const mixed = words.filter((word) => /\d/.test(word) && /[a-z]/i.test(word));
  const longest = (some: readonly string[]): number => Math.max(0, ...some.map(({ length }) => length));
  return mixed.length > 1 || longest(mixed) > LONGEST_MIXED || longest(words) > LONGEST_WORD;
}

/** A person's address, ZIP or number has five digits or more. */
const withoutDigits = (text: string): string => (/\d(?:[^a-z]*\d){4}/i.test(text) ? '…' : text);

export const sourceByKey = (key: string): string => `key ${key}`;
