import type { NegatedPatterns } from './book.ts';
import { compilePlaces, type WordGroups } from './pattern.ts';

/** Cues that ask for an end, so that "don't" before them turns them round. */
export const ENDING_CUES: ReadonlySet<string> = new Set([
  ...['stop-texting', 'please-stop', 'unsubscribe', 'off-the-list', 'consent-withdrawn', 'leave-me-alone'],
]);

/** As in a book; `asked` is what of `unless` stands before the cue. */
export type Negation = { before: RegExp; after: RegExp; within: RegExp; unless: RegExp; asked: RegExp };

const NEVER = '(?!)';
/** Letters behind a cue that are looked at for what follows the words in it. */
const BEHIND = 60;

export function compileNegation(
  { before, after, within, unless }: NegatedPatterns,
  groups: WordGroups,
): Negation {
  const following = (patterns: string[]) =>
    patterns.map((one) => `(?:${compilePlaces(one, groups, false)})`).join('|') || NEVER;
  const preceding = (patterns: string[]) =>
    patterns.map((one) => compileBefore(one, groups)).join('|') || NEVER;
  const isBefore = (pattern: string) => pattern.includes('|');
  return {
    before: new RegExp(preceding(before), 'y'),
    asked: new RegExp(preceding(unless.filter(isBefore)), 'y'),
    after: new RegExp(following(after), 'y'),
    within: new RegExp(`(?<![^ ])(?:${following(within)})`),
    unless: new RegExp(following(unless.filter((one) => !isBefore(one))), 'y'),
  };
}

function compileBefore(pattern: string, groups: WordGroups): string {
  const [words = '', cue = ''] = pattern.split('|').map((part) => part.trim());
  const first = cue === '' ? '' : `(?=${compilePlaces(cue, groups, false)})`;
  return `(?<=(?<![^ ])${compilePlaces(words, groups, true)})${first}`;
}

/** Whether the words around a cue, or in it, say the contrary: "don't", "pas", "nicht". */
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
