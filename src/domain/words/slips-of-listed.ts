import { slipsBetween } from './slips-between.ts';
import { LANGUAGE_FILES, MISSPELLINGS, SHARED_WORDS } from './word-files.ts';

const LISTED = new Set(
  [SHARED_WORDS, ...LANGUAGE_FILES]
    .flatMap(({ optOut }) => optOut.flatMap(({ words }) => words))
    .filter((word) => !word.includes(' ')),
);
const AROUND = new Set(LANGUAGE_FILES.flatMap(({ around }) => around));

/** Shortest listed word that bears a doubled last letter or a nought for an o: "altoo", "alt0". */
const STRETCHED_FROM = 4;
/** Shortest listed word in which one slip still shows what is meant. */
const SLIPPED_FROM = 7;

/** Those, by their first two letters. */
const LONG = new Map<string, string[]>();
for (const word of LISTED) {
  const start = word.slice(0, 2);
  if (word.length >= SLIPPED_FROM && /^[a-z\u0400-\u04ff]+$/.test(word))
    LONG.set(start, [...(LONG.get(start) ?? []), word]);
}

const OTHERS = new Set(MISSPELLINGS.otherThanListed);
const SLIPS = new Map(
  Object.entries(MISSPELLINGS.listedSlips).flatMap(([word, slips]) =>
    slips.map((slip) => [slip, word] as const),
  ),
);

/** The listed opt-out word, or the one put around it, that is meant by a word that is neither; null where none is. */
export function listedMeant(word: string): string | null {
  if (LISTED.has(word) || OTHERS.has(word)) return null;
  return SLIPS.get(word) ?? unstretched(word) ?? slipped(word);
}

/** "bastaaa", "sispannn", "altoo", "alt0"; "bitteee" beside one. */
function unstretched(word: string): string | null {
  const lettered = word.replaceAll('0', 'o');
  const shrunk = ['$1', '$1$1'].map((left) => lettered.replace(/(.)\1{2,}/gu, left));
  const spelled = [lettered, ...shrunk, lettered.replace(/(.)\1$/u, '$1')].find((one) => LISTED.has(one));
  const polite = shrunk.find((one) => one !== word && AROUND.has(one));
  const found = spelled ?? polite ?? '';
  return found.length >= STRETCHED_FROM ? found : null;
}

const VOWELS = /[aeiouy\u0430\u0435\u0438\u043e\u0443\u044b\u044d\u044e\u044f]/gu;

/** One letter missing, doubled or swapped, or a vowel for another; the first two letters and the last one stay. */
function slipped(word: string): string | null {
  const found = LONG.get(word.slice(0, 2))?.find((listed) => {
    if (Math.abs(word.length - listed.length) > 1 || word.at(-1) !== listed.at(-1)) return false;
    if (slipsBetween(word, listed) !== 1) return false;
    const isChanged = word.length === listed.length && sorted(word) !== sorted(listed);
    return !isChanged || word.replace(VOWELS, '') === listed.replace(VOWELS, '');
  });
  return found ?? null;
}

const sorted = (word: string): string => [...word].toSorted().join('');
