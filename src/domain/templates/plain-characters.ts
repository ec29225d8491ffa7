/**
 * Characters that keyboards and word processors insert where a plain one was meant, each with its replacement in
 * GSM-7. A single one turns the whole message into UCS-2: 70 characters a part instead of 160.
 * Source: Twilio Docs, "List of characters replaced by Smart Encoding".
 */
const PLAIN: readonly (readonly [from: string, to: string])[] = [
  ['“”„‟«»″ˮ', '"'],
  ['‘’‚‛′ʻˈʼ´`｀', "'"],
  ['‐‑‒–—―−•', '-'],
  ['…', '...'],
  ['‼', '!!'],
  ['¼', '1/4'],
  ['½', '1/2'],
  ['¾', '3/4'],
  ['\u00A0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200A\u202F\u205F\u3000\t', ' '],
  ['\u200B\u2060\uFEFF\u00AD', ''],
];

const REPLACEMENTS: ReadonlyMap<string, string> = new Map([
  // Full-width forms have a constant offset from their ASCII characters.
  ...Array.from(
    { length: 94 },
    (_, at) => [String.fromCharCode(0xff01 + at), String.fromCharCode(0x21 + at)] as const,
  ),
  ...PLAIN.flatMap(([from, to]) => [...from].map((character) => [character, to] as const)),
]);

export type Replacement = { from: string; to: string; times: number };

/**
 * Replaces look-alike characters, and lists the replacements. Letters stay the same ("á" does not become "a"), but
 * a letter typed as two characters becomes one.
 */
export function withoutLookAlikes(text: string): { text: string; replaced: Replacement[] } {
  return plainOf([{ text, isPath: false }]);
}

/** Matches an escaped brace, or a link: up to its host (group 1), and the rest of its URL (group 2). */
const TOKEN = /\{\{|\}\}|(\{\s*link:\s*https:\/\/[^{}/?#]*)([^{}]*)\}/g;

/**
 * Does the same for a template, but leaves the part of a URL after the host: URLs may contain such characters, and
 * would lead elsewhere without them. Invisible characters are removed there, too.
 */
export function withPlainCharacters(template: string): { text: string; replaced: Replacement[] } {
  const runs: Some[] = [];
  let from = 0;
  for (const { index, 1: head = '', 2: path = '' } of template.matchAll(TOKEN)) {
    const to = index + head.length;
    runs.push({ text: template.slice(from, to), isPath: false }, { text: path, isPath: true });
    from = to + path.length;
  }
  return plainOf([...runs, { text: template.slice(from), isPath: false }]);
}

/** A piece of a text. `isPath`: visible characters of the piece are not replaced. */
type Some = { text: string; isPath: boolean };

function plainOf(runs: readonly Some[]): { text: string; replaced: Replacement[] } {
  const times = new Map<string, number>();
  const plain = runs.map(({ text, isPath }) =>
    isPath ? replacedIn(text, times, isSeen) : composed(replacedIn(composed(text), times, () => false)),
  );
  const replaced = Array.from(times, ([from, count]) => ({
    from,
    to: REPLACEMENTS.get(from) ?? '',
    times: count,
  }));
  return { text: plain.join(''), replaced };
}

const isSeen = (character: string): boolean => REPLACEMENTS.get(character) !== '';

/** Joins letters typed as two characters into the one that GSM-7 may contain. The visible text stays the same. */
const composed = (text: string): string => text.normalize('NFC');

/** Replaces look-alikes, and counts each replaced character in `times`. */
function replacedIn(
  text: string,
  times: Map<string, number>,
  isKept: (character: string) => boolean,
): string {
  let plain = '';
  for (const character of text) {
    const to = REPLACEMENTS.get(character);
    const stays = to === undefined || isKept(character);
    if (!stays) times.set(character, (times.get(character) ?? 0) + 1);
    plain += stays ? character : to;
  }
  return plain;
}
