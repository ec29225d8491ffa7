import type { Program } from '../program.ts';

/**
 * Hosts on which anybody can shorten links for nothing. A domain of one's own at the same services is none of them.
 * Sources: Twilio Help 1260804572090, "How can I send shortened links in my messages?", which names TinyURL and Bitly;
 * the others are our choice of the best known.
 */
const SHARED: ReadonlySet<string> = new Set(
  [
    'bit.ly bitly.com bitly.ws j.mp tinyurl.com tiny.cc t.co goo.gl ow.ly is.gd v.gd buff.ly cutt.ly rb.gy rebrand.ly',
    'shorturl.at t.ly s.id lnkd.in bit.do soo.gd clck.ru dub.sh short.gy bl.ink tr.im dlvr.it shrtco.de adf.ly bc.vc',
    'urlz.fr n9.cl acortar.link qr.ae vo.la tny.im x.gd da.gd kutt.it shorte.st ouo.io han.gl me2.do reurl.cc',
  ]
    .join(' ')
    .split(' '),
);

/**
 * The host of an address: with https:// before it, or a path behind it. A mailbox is none, nor is a part of a longer
 * host, nor "u.to" in words without a blank behind the full stop.
 */
const HOST =
  /(?<![\p{L}\p{N}@._/-])(https?:\/\/)?(?:www\.)?((?:[a-z0-9-]{1,63}\.)+[a-z]{2,24})(?![\p{L}\p{N}@_-]|\.[\p{L}\p{N}])(\/?)/giu;

/** Links of shared shorteners in a text. `at`: the position in characters, from 1. */
function sharedShortenersIn(text: string): { at: number; host: string }[] {
  return Array.from(text.matchAll(HOST)).flatMap(({ 1: scheme, 2: written = '', 3: path, index }) => {
    const host = written.toLowerCase();
    const isLink = scheme !== undefined || path === '/';
    return isLink && SHARED.has(host) ? [{ at: [...text.slice(0, index)].length + 1, host }] : [];
  });
}

type Allowing = Pick<Program, 'sharedShorteners'>;

/**
 * Why a text of a program may not have this link: carriers filter it. `instead`: what to write. Sources: CTIA Messaging
 * Principles and Best Practices, 5.3.2 (a URL shortener is dedicated to the sender); Twilio Help 1260804572090.
 */
const problemOf = (host: string, instead: string): string =>
  `Anybody can shorten links on ${host}, so US carriers filter texts that have them (CTIA Messaging Principles 5.3.2). ${instead} Where it must be, save the program with "shared_shorteners": "allow".`;

const IN_TEMPLATE =
  'Write the address of the page itself as {link:https://…}, which becomes a short link of your own.';
const IN_TEXT =
  'Write the address of the page itself, or send a template with {link:https://…}, which becomes a short link of your own.';
const IN_PROGRAM = 'Write the address of the page itself.';

/** Why each such link may not stand in a template, with its place; empty where the program allows them. */
export const shortenersInTemplate = (text: string, program: Allowing): string[] =>
  allowedBy(program)
    ? []
    : sharedShortenersIn(text).map(({ at, host }) => `Character ${at}: ${problemOf(host, IN_TEMPLATE)}`);

/** Why a text that is sent as it is may not have its first such link; null where it has none or may have it. */
export function shortenerInText(text: string, program: Allowing): string | null {
  const [first] = allowedBy(program) ? [] : sharedShortenersIn(text);
  return first === undefined ? null : problemOf(first.host, IN_TEXT);
}

/** Addresses of a program that are such links: its prompts and answers would have them. */
export function shortenersInProgram(
  program: Allowing & Pick<Program, 'termsUrl' | 'privacyUrl' | 'support'>,
): { field: string; message: string }[] {
  const { termsUrl: terms_url, privacyUrl: privacy_url, support } = program;
  if (allowedBy(program)) return [];
  return Object.entries({ terms_url, privacy_url, support }).flatMap(([field, text]) =>
    sharedShortenersIn(text)
      .slice(0, 1)
      .map(({ host }) => ({ field, message: problemOf(host, IN_PROGRAM) })),
  );
}

const allowedBy = ({ sharedShorteners }: Allowing): boolean => sharedShorteners === 'allow';
