import { slipsBetween } from './slips-between.ts';
import { MISSPELLINGS } from './word-files.ts';

/** Keys beside each letter of a word that is built on, as thumbs meet them. */
const BESIDE: Record<string, string> = { s: 'aqwedzx', t: 'rfgy56', o: 'ip0kl9', p: 'ol0' };
/** Other words by one key: a hold, a tool. */
const OTHER_WORDS = new Set(['atop', 'slop']);

/** The word with one letter taken for the key beside it. */
export function besideKeys(word: string): string[] {
  return [...word].flatMap((letter, at) =>
    [...(BESIDE[letter] ?? '')]
      .map((key) => word.slice(0, at) + key + word.slice(at + 1))
      .filter((slip) => !OTHER_WORDS.has(slip)),
  );
}

type Frame = {
  meant: string;
  /** Words that are one slip away and others. */
  not: Set<string>;
  before: RegExp;
  after: RegExp;
};

/** "me/us my_number?" as the source of an expression over words with one space after each. */
const sourceOf = (places: string): string =>
  places
    .split(' ')
    .map((place) => {
      const words = place.replace('?', '').replaceAll('_', ' ').replaceAll('/', '|');
      return `(?:(?:${words}) )${place.endsWith('?') ? '?' : ''}`;
    })
    .join('');

/** Short words that carry a refusal: one slip is forgiven only where the words around say what is meant. */
const FRAMES: Frame[] = MISSPELLINGS.inContext.map(({ word, not, before, after }) => ({
  meant: word,
  not: new Set(not),
  before: new RegExp(before === undefined ? '' : ` ${sourceOf(before)}$`),
  after: new RegExp(after === undefined ? '' : `^${sourceOf(after)}`),
}));

/** One slip leaves the first letter or the last. */
export const mayBe = (word: string, meant: string): boolean =>
  word[0] === meant[0] || word.at(-1) === meant.at(-1);

/** Words on each side that a frame may look at. */
const AROUND = 4;

export function meantInPlace(words: string[]): string[] {
  const read = [...words];
  for (let at = 0; at < read.length; at += 1) {
    const word = read[at] ?? '';
    if (word.length < 3 || word.length > 8) continue;
    const found = FRAMES.find(
      ({ meant, not, before, after }) =>
        word !== meant &&
        Math.abs(word.length - meant.length) <= 1 &&
        !not.has(word) &&
        mayBe(word, meant) &&
        slipsBetween(word, meant) === 1 &&
        before.test(` ${read.slice(Math.max(0, at - AROUND), at).join(' ')} `.replace('  ', ' ')) &&
        after.test(`${read.slice(at + 1, at + 1 + AROUND).join(' ')} `),
    );
    if (found !== undefined) read[at] = found.meant;
  }
  return read;
}
