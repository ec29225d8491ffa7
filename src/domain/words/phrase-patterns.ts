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
import { normalise } from './normalise.ts';
import { correctSpelling } from './spelling.ts';
import { type LanguageFile, type LanguageRules, SHARED_WORDS } from './word-files.ts';

/** The choices of each group, separated by "/". */
export type WordGroups = Record<string, string>;

export type Phrase = {
  id: string;
  /** Words that may come first, for look-up. */
  first: string[];
  /** A sticky expression. It expects words followed by one space each, and sentences separated by "/ ". */
  match: RegExp;
};

const GAP = '(?:[^ /]{1,30} ){0,3}';
const QUIET_GAP = `(?:(?!${SHARED_WORDS.textWords.map((word) => `${word} `).join('|')})[^ /]{1,30} ){0,3}`;

/** Compiles a pattern. Throws when it names an unknown word group or does not begin with a word. */
export function compilePhrase(id: string, pattern: string, groups: WordGroups): Phrase {
  const places = pattern.split(' ');
  let source = '';
  let first: string[] | null = null;
  let pending: string[] = [];
  for (const place of places) {
    const optional = place.endsWith('?');
    const words = choicesOf(optional ? place.slice(0, -1) : place, groups);
    source += compilePlace(place, words, optional, source === '');
    if (first !== null || /^[!^$]/.test(place)) continue;
    pending = [...pending, ...words.map((word) => word.split('_')[0] ?? word)];
    if (!optional) first = pending;
  }
  if (first === null || first.some((word) => /^(?:\.\.|\*)/.test(word)))
    throw new Error('a phrase must begin with a word');
  return { id, first: [...new Set(first)], match: new RegExp(source, 'y') };
}

function choicesOf(place: string, groups: WordGroups): string[] {
  return place
    .replace(/^!/, '')
    .split('/')
    .flatMap((word) => {
      if (!word.startsWith(':')) return [word];
      const group = groups[word.slice(1)];
      if (group === undefined) throw new Error(`there is no word group ${word}`);
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

/** The source of an expression for a row of places that may match anywhere. `isFirst`: words may come before them. */
function compilePlaces(pattern: string, groups: WordGroups, isFirst: boolean): string {
  let source = '';
  for (const place of pattern.split(' ')) {
    const optional = place.endsWith('?');
    const words = choicesOf(optional ? place.slice(0, -1) : place, groups);
    source += compilePlace(place, words, optional, isFirst && source === '');
  }
  return source;
}

export type PhraseIndex<P extends Phrase> = ReadonlyMap<string, readonly P[]>;

export function indexPhrases<P extends Phrase>(phrases: P[]): PhraseIndex<P> {
  const index = new Map<string, P[]>();
  for (const phrase of phrases) {
    for (const word of phrase.first) {
      const same = index.get(word);
      if (same === undefined) index.set(word, [phrase]);
      else same.push(phrase);
    }
  }
  return index;
}

/**
 * Calls `found` for each phrase that begins at a word of the text. Goes on to the next word when `found` returns
 * true.
 */
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

/** Rules that ask for an end. A negation such as "don't" before their phrases reverses them. */
export const ENDING_RULES: ReadonlySet<string> = new Set([
  ...['stop-texting', 'please-stop', 'unsubscribe', 'off-the-list', 'consent-withdrawn', 'leave-me-alone'],
]);

/** Negations as in a language's file. `asked` holds the `unless` patterns that come before the phrase. */
export type Negation = { before: RegExp; after: RegExp; within: RegExp; unless: RegExp; asked: RegExp };

const NEVER = '(?!)';
/** Number of characters after a phrase that are searched for a negation within it. */
const BEHIND = 60;

export function compileNegation(
  { before, after, within, unless }: LanguageFile['negations'],
  groups: WordGroups,
): Negation {
  const following = (patterns: string[]) =>
    patterns.map((pattern) => `(?:${compilePlaces(pattern, groups, false)})`).join('|') || NEVER;
  const preceding = (patterns: string[]) =>
    patterns.map((pattern) => compileBefore(pattern, groups)).join('|') || NEVER;
  const isBefore = (pattern: string) => pattern.includes('|');
  return {
    before: new RegExp(preceding(before), 'y'),
    asked: new RegExp(preceding(unless.filter(isBefore)), 'y'),
    after: new RegExp(following(after), 'y'),
    within: new RegExp(`(?<![^ ])(?:${following(within)})`),
    unless: new RegExp(following(unless.filter((phrase) => !isBefore(phrase))), 'y'),
  };
}

function compileBefore(pattern: string, groups: WordGroups): string {
  const [words = '', cue = ''] = pattern.split('|').map((part) => part.trim());
  const first = cue === '' ? '' : `(?=${compilePlaces(cue, groups, false)})`;
  return `(?<=(?<![^ ])${compilePlaces(words, groups, true)})${first}`;
}

/** Whether the words around a phrase, or within it, negate it: "don't", "pas", "nicht". */
export function isNegated(text: string, start: number, end: number, negation: Negation): boolean {
  const isSo =
    isAt(negation.before, text, start) ||
    isAt(negation.after, text, end) ||
    isIn(negation.within, text, start, end);
  return isSo && !isAt(negation.unless, text, end) && !isAt(negation.asked, text, start);
}

function isAt(words: RegExp, text: string, at: number): boolean {
  words.lastIndex = at;
  return words.test(text);
}

function isIn(words: RegExp, text: string, start: number, end: number): boolean {
  const found = words.exec(text.slice(start, end + BEHIND));
  return found !== null && start + found.index < end;
}

/** Places of a pattern that are no words. */
const GRAMMAR = new Set(['..', '~~', '^', '^^', '$', '$$', ',', '|', '']);

/**
 * Converts a pattern, written in the spelling of its language, to the form in which texts are compared: without
 * accents, with misspellings corrected, each Chinese, Japanese or Korean character a word of its own. Throws when a
 * word has no letter and no digit.
 */
export const comparableForm = (pattern: string): string => pattern.split(' ').map(comparablePlace).join(' ');

function comparablePlace(written: string): string {
  if (GRAMMAR.has(written)) return written;
  const [, not = '', words = '', may = ''] = /^(!?)(.*?)(\??)$/.exec(written) ?? [];
  return `${not}${comparableChoices(words.split('/'))}${may}`;
}

const comparableChoices = (words: readonly string[]): string =>
  [...new Set(words.map(comparableChoice))].join('/');

const CHOICES = new Map<string, string>();

function comparableChoice(written: string): string {
  const known = CHOICES.get(written);
  if (known !== undefined) return known;
  const choice = toComparable(written);
  CHOICES.set(written, choice);
  return choice;
}

function toComparable(written: string): string {
  if (written.startsWith(':') || GRAMMAR.has(written)) return written;
  if (written.startsWith(',_')) return `,_${comparableChoice(written.slice(2))}`;
  if (written.endsWith('_,')) return `${comparableChoice(written.slice(0, -2))}_,`;
  if (written.startsWith('*')) return `*${comparableChoice(written.slice(1))}`;
  const read = correctSpelling(normalise(written.replaceAll('_', ' '))).join('_');
  if (read === '') throw new Error(`no letter in "${written}"`);
  return read;
}

/** The word groups of a language in comparable form, with the groups that they name inserted. */
export function compileGroups(written: LanguageRules['wordGroups']): WordGroups {
  const wordsOf = (name: string, within: readonly string[]): string[] => {
    const group = written[name];
    if (group === undefined) throw new Error(`there is no word group :${name}`);
    if (within.includes(name)) throw new Error(`the word group :${name} names itself`);
    const words = group.flatMap((line) => line.split(' '));
    return words.flatMap((word) => (word.includes(':') ? joined(word, [...within, name]) : [word]));
  };
  /** "whose_:order": "whose" joined with each word of the group. */
  const joined = (word: string, within: readonly string[]): string[] =>
    word
      .split('_')
      .map((part) => (part.startsWith(':') ? wordsOf(part.slice(1), within) : [part]))
      .reduce((starts, ends) => starts.flatMap((start) => ends.map((end) => `${start}_${end}`)));
  return Object.fromEntries(Object.keys(written).map((name) => [name, comparableChoices(wordsOf(name, []))]));
}
