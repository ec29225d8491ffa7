import { isbot } from 'isbot';

/** The part of a request for a short link that shows who sent it. Header names are in lower case. */
export type Visit = {
  method: string;
  headers: Readonly<Record<string, string | undefined>>;
  at: Date;
};

/** When the link's message was handed over: a time; `before`, not yet; or null, unknown. */
export type HandedOver = Date | 'before' | null;

export const BOT_SIGNS = ['no-get', 'prefetch', 'no-agent', 'bot-agent', 'too-soon'] as const;
export type BotSign = (typeof BOT_SIGNS)[number];

type Judged = { kind: 'person' } | { kind: 'bot'; sign: BotSign };

/**
 * No person opens a link sooner after the hand-over than this: the message must arrive, be read and be tapped.
 * Scanners of messages do not wait.
 */
const TOO_SOON_MS = 1000;

/** Headers in which browsers and apps declare that they prefetch or preview a page. */
const AHEAD = ['sec-purpose', 'purpose', 'x-purpose', 'x-moz'];
const AHEAD_WORDS = /prefetch|preview|prerender/i;

/**
 * Decides whether a person or a bot opened a link: the preview of a messaging app, a scanner of a carrier, a
 * crawler. Bots that look like a browser and wait count as people.
 */
export function judgeClick({ method, headers, at }: Visit, handedOver: HandedOver): Judged {
  const agent = headers['user-agent'] ?? '';
  if (method !== 'GET') return bot('no-get');
  if (AHEAD.some((name) => AHEAD_WORDS.test(headers[name] ?? ''))) return bot('prefetch');
  if (agent.trim() === '') return bot('no-agent');
  if (isbot(agent)) return bot('bot-agent');
  if (handedOver === 'before') return bot('too-soon');
  if (handedOver !== null && at.getTime() - handedOver.getTime() < TOO_SOON_MS) return bot('too-soon');
  return { kind: 'person' };
}

const bot = (sign: BotSign): Judged => ({ kind: 'bot', sign });

type Target = { ok: true; url: string } | { ok: false; problem: string };

const LONGEST = 2000;

/** A public host name: no IP address, and no name of a local network. */
const PUBLIC_HOST = /^[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z][a-z0-9-]*[a-z0-9]$/;

/** Validates and normalizes a link's target: https, a public host name, no user or password. */
export function readTarget(written: string): Target {
  const no = (problem: string): Target => ({ ok: false, problem });
  if (written.length > LONGEST) return no(`An address must have at most ${LONGEST} characters.`);
  if (/[\s\p{Cc}<>"\\^`]/u.test(written)) return no('An address must have no spaces, quotes or brackets.');
  const url = URL.canParse(written) ? new URL(written) : null;
  if (url === null || url.protocol !== 'https:') return no('An address must begin with https:// and a host.');
  if (url.username !== '' || url.password !== '') return no('An address must not hold a user or password.');
  if (url.port !== '') return no('An address must not name a port.');
  if (!PUBLIC_HOST.test(url.hostname)) return no('An address must name a host of the public internet.');
  return { ok: true, url: url.href };
}

/**
 * Digits and letters that are not mistaken for one another. No punctuation: some phones cut it off at the end of a
 * link.
 */
const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

/** 58^12 is 70 bits: with a billion live links, one guess in a million millions finds one. */
const CODE_LENGTH = 12;

/** A code with the punctuation that follows a link in a text and that some phones take for a part of the URL. */
const WITH_MARKS = new RegExp(`^([${ALPHABET}]{${CODE_LENGTH}})[.,:;!?)\\]*'"’”]*$`, 'u');

/** The requested code; null where the path is no code. */
export const readCode = (written: string): string | null => WITH_MARKS.exec(written)?.[1] ?? null;

/**
 * A sample code of the usual length, for previews and for counting parts. It leads nowhere, since real codes
 * contain no zero.
 */
export const SAMPLE_CODE = '0'.repeat(CODE_LENGTH);

/**
 * The code of one link in one delivery, from a keyed hash of the link, the delivery and the target. Planning a
 * delivery again gives the same code.
 */
export function shortCode(keyedHash: Buffer): string {
  let rest = BigInt(`0x${keyedHash.toString('hex')}`);
  const base = BigInt(ALPHABET.length);
  let code = '';
  while (code.length < CODE_LENGTH) {
    code += ALPHABET[Number(rest % base)];
    rest /= base;
  }
  return code;
}

export const shortUrl = (publicUrl: string, code: string): string => `${publicUrl}/l/${code}`;
