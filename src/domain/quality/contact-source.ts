import type { Channel } from '../consent/person.ts';

const PREFIX: Record<Channel, string> = {
  VIA_TEXT: 'text',
  WEB_FORM: 'form',
  MOBILE_QR_CODE: 'qr',
  PAPER_FORM: 'sheet',
  VERBAL: 'call',
  IMPORT: 'import',
};

const LONGEST = 80;

/**
 * What brought a number first, in the clear for reports: the door, and which form, sheet or store of it. Nothing that
 * may name a person: of an address no query, and no part that holds many digits. `origin`: the door's evidence, JSON.
 */
export function sourceByDoor(channel: Channel, origin: string | undefined): string {
  const place = channel === 'VIA_TEXT' || origin === undefined ? '' : placeIn(readOrigin(origin));
  return `${PREFIX[channel]}${place === '' ? '' : ` ${place}`}`.slice(0, LONGEST);
}

/** Evidence as a door wrote it; one that cannot be read tells no place, and keeps nobody from anything. */
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
    const path = pathname.replace(/\/$/, '').split('/').map(plainPart).join('/');
    parts.push(`${hostname}${path}`);
  }
  if (typeof location === 'string') parts.push(withoutDigits(location));
  return parts.join(' ');
}

/** A part of an address that a form would have; a token, or what a person typed, is none. */
const plainPart = (part: string): string => (/^[\w.-]{0,30}$/.test(part) ? withoutDigits(part) : '…');

/** An address, a ZIP or a number of a person is five digits and more. */
const withoutDigits = (text: string): string => (/\d(?:[^a-z]*\d){4}/i.test(text) ? '…' : text);

export const sourceByKey = (key: string): string => `key ${key}`;
