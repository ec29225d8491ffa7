import { isbot } from 'isbot';

/** One request for a short link, as far as it tells who made it. Header names in lower case. */
export type Visit = {
  method: string;
  headers: Readonly<Record<string, string | undefined>>;
  at: Date;
};

/** When its text was handed over: a time, `before` where it has not been yet, null where nobody knows. */
export type HandedOver = Date | 'before' | null;

export const BOT_SIGNS = ['no-get', 'prefetch', 'no-agent', 'bot-agent', 'too-soon'] as const;
export type BotSign = (typeof BOT_SIGNS)[number];

type Judged = { kind: 'person' } | { kind: 'bot'; sign: BotSign };

/** A text takes longer to reach a phone, be seen and be tapped; what scans texts on their way does not wait. */
const TOO_SOON_MS = 1000;

/** What browsers and apps say where they fetch a page that nobody asked to see yet. */
const AHEAD = ['sec-purpose', 'purpose', 'x-purpose', 'x-moz'];
const AHEAD_WORDS = /prefetch|preview|prerender/i;

/**
 * Whether a person opened a link, or a machine: a previewer of a messaging app, a scanner of a carrier, a crawler.
 * Machines that pass as a browser and wait are counted as people.
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

/** A name of the public internet: no address in numbers, no name of a local network. */
const PUBLIC_HOST = /^[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z][a-z0-9-]*[a-z0-9]$/;

/** An address on the web that may stand in a text, as it is kept: https, a public name, nothing secret in it. */
export function readTarget(written: string): Target {
  const no = (problem: string): Target => ({ ok: false, problem });
  if (written.length > LONGEST) return no(`An address may have ${LONGEST} characters.`);
  if (/[\s\p{Cc}<>"\\^`]/u.test(written)) return no('An address has no spaces, quotes or brackets.');
  const url = URL.canParse(written) ? new URL(written) : null;
  if (url === null || url.protocol !== 'https:') return no('An address begins with https:// and a host.');
  if (url.username !== '' || url.password !== '') return no('An address must not hold a user or password.');
  if (url.port !== '') return no('An address must not name a port.');
  if (!PUBLIC_HOST.test(url.hostname)) return no('An address must name a host of the public internet.');
  return { ok: true, url: url.href };
}

/** Digits and letters that no one mistakes for another; a link that ends in a mark loses it on some phones. */
const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

/** 58^12 is 70 bits: with a billion links alive, one guess in a million millions finds one. */
const CODE_LENGTH = 12;

/** Marks that stand right behind a link in a text, and that some phones take for a part of it. */
const WITH_MARKS = new RegExp(`^([${ALPHABET}]{${CODE_LENGTH}})[.,:;!?)\\]*'"’”]*$`, 'u');

/** The code that was asked for; null where it is none. */
export const readCode = (written: string): string | null => WITH_MARKS.exec(written)?.[1] ?? null;

/** As long as every code: what a preview shows, and what parts are counted with. Leads nowhere: it has a zero. */
export const SAMPLE_CODE = '0'.repeat(CODE_LENGTH);

/** The code of one link in one delivery, from a keyed hash of both and where it leads: the same however often it is planned. */
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
