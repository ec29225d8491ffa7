/**
 * Phrases as data. A pattern is words with spaces between; each place may be
 *   a/b       either word ("_" joins words inside a choice: my_number)
 *   a?        may be missing
 *   ..        up to three words of any kind;  ~~  the same, none of them a word for a text message
 *   :name     a shared word group
 *   ,         the end of a sentence or clause, and the start of the next; in a choice too: ,_it_stopped
 *   ^  $      start and end of the sentence;  ^^  $$  of the whole text
 *   !a/b      not this word: before the phrase when it comes first, else at this place
 *   *ing      a word that ends so, of at most 30 letters before it; not the first of a phrase
 */
export type WordGroups = Record<string, string>;

export type Phrase = {
  id: string;
  /** Words that may come first, for look-up. */
  first: string[];
  /** Sticky; the text is words with one space after each, sentences parted by "/ ". */
  match: RegExp;
};

const GAP = '(?:[^ /]{1,30} ){0,3}';
const QUIET_GAP =
  '(?:(?!texts? |texting |messages? |messaging |sms |spam |this |these |sending |send |getting |receiving )[^ /]{1,30} ){0,3}';

/** Throws where it names no group of words, or does not begin with a word. */
export function compilePhrase(id: string, pattern: string, groups: WordGroups): Phrase {
  const places = pattern.split(' ');
  let source = '';
  let first: string[] | null = null;
  let pending: string[] = [];
  for (const place of places) {
    const optional = place.endsWith('?');
    const words = choices(optional ? place.slice(0, -1) : place, groups);
    source += compilePlace(place, words, optional, source === '');
    if (first !== null || /^[!^$]/.test(place)) continue;
    pending = [...pending, ...words.map((word) => word.split('_')[0] ?? word)];
    if (!optional) first = pending;
  }
  if (first === null || first.some((word) => /^(?:\.\.|\*)/.test(word)))
    throw new Error(`phrase ${id}: must begin with a word: ${pattern}`);
  return { id, first: [...new Set(first)], match: new RegExp(source, 'y') };
}

function choices(place: string, groups: WordGroups): string[] {
  return place
    .replace(/^!/, '')
    .split('/')
    .flatMap((word) => {
      if (!word.startsWith(':')) return [word];
      const group = groups[word.slice(1)];
      if (group === undefined) throw new Error(`phrase: no word group ${word}`);
      return group.split('/');
    });
}

function compilePlace(place: string, words: string[], optional: boolean, atStart: boolean): string {
  if (place === '..') return GAP;
  if (place === '~~') return QUIET_GAP;
  if (place === '^^') return '^';
  if (place === '$$') return '$';
  if (place === '^') return '(?<=^|/ )';
  if (place === ',') return '/ ';
  if (place === '$') return '(?=/|$)';
  const either = words
    .map((word) => word.replaceAll('_', ' ').replace(/^,/, '/').replace('*', '[^ /]{1,30}'))
    .join('|');
  if (place.startsWith('!')) return atStart ? `(?<!(?:^| )(?:${either}) )` : `(?!(?:${either}) )`;
  return `(?:(?:${either}) )${optional ? '?' : ''}`;
}

/** Places in a row that may stand anywhere, as the source of an expression; `isFirst` where words may come before them. */
export function compilePlaces(pattern: string, groups: WordGroups, isFirst: boolean): string {
  let source = '';
  for (const place of pattern.split(' ')) {
    const optional = place.endsWith('?');
    const words = choices(optional ? place.slice(0, -1) : place, groups);
    source += compilePlace(place, words, optional, isFirst && source === '');
  }
  return source;
}

export type PhraseIndex<P extends Phrase> = ReadonlyMap<string, readonly P[]>;

export function indexPhrases<P extends Phrase>(phrases: P[]): PhraseIndex<P> {
  const index = new Map<string, P[]>();
  for (const phrase of phrases) {
    for (const word of phrase.first) index.set(word, [...(index.get(word) ?? []), phrase]);
  }
  return index;
}

/** Calls `found` for each phrase that begins at a word of the text; stops looking at a word when it returns true. */
export function scan<P extends Phrase>(
  text: string,
  index: PhraseIndex<P>,
  found: (phrase: P, start: number, end: number) => boolean,
): void {
  for (let start = 0; start < text.length; ) {
    const space = text.indexOf(' ', start);
    const end = space === -1 ? text.length : space;
    for (const phrase of index.get(text.slice(start, end)) ?? []) {
      phrase.match.lastIndex = start;
      if (phrase.match.test(text) && found(phrase, start, phrase.match.lastIndex)) break;
    }
    start = end + 1;
  }
}
