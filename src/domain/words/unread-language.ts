import { languageScores, loadLanguageScores } from './language-scores.ts';
import { normalise } from './normalise.ts';
import { LANGUAGE_FILES, type LanguageFile, type WordLanguage } from './word-files.ts';

/**
 * Recognises texts in a language that no rule reads. The answer only ever holds messages: a detector guesses wrongly
 * about short texts, so a guess must release and end nothing.
 */

let vocabularies: readonly ReadonlySet<string>[] | null = null;

/** Words of languages that the detector does not know, as `normalise` writes them. */
function loadVocabularies(): readonly ReadonlySet<string>[] {
  vocabularies ??= LANGUAGE_FILES.filter(({ language }) => UNKNOWN_TO_DETECTOR.includes(language)).map(
    vocabularyOf,
  );
  return vocabularies;
}

/** Loads the language detector, so that the first text that needs it does not wait. */
export function loadLanguageDetector(): void {
  loadLanguageScores();
  loadVocabularies();
}

/** Haitian Creole, and Hindi in Latin letters. The words of their files tell that a text is in one of them. */
const UNKNOWN_TO_DETECTOR: readonly WordLanguage[] = ['ht', 'hi'];

/** The signs of phrases that join words or stand beside them. */
const PHRASE_SIGNS = /[_/?!:$^,|~.*]/g;

function vocabularyOf({ around, harmless, rules, wordGroups }: LanguageFile): ReadonlySet<string> {
  const lines = [
    ...around,
    ...harmless,
    ...rules.flatMap(({ phrases }) => phrases),
    ...Object.values(wordGroups).flat(),
  ];
  const words = lines.flatMap((line) => normalise(line.replace(PHRASE_SIGNS, ' ')).split(' '));
  return new Set(words.filter((word) => /^[a-z]{2,}$/.test(word)));
}

/** Longest part of a text that is looked at, in UTF-16 units. */
const SEARCHED = 400;

/** Scripts of languages that no rule reads, by the code of the language that most people write in them. */
const SCRIPTS = Object.entries({
  am: 'Ethiopic',
  bn: 'Bengali',
  bo: 'Tibetan',
  dv: 'Thaana',
  el: 'Greek',
  gu: 'Gujarati',
  he: 'Hebrew',
  hy: 'Armenian',
  ka: 'Georgian',
  km: 'Khmer',
  kn: 'Kannada',
  lo: 'Lao',
  ml: 'Malayalam',
  my: 'Myanmar',
  or: 'Oriya',
  pa: 'Gurmukhi',
  si: 'Sinhala',
  ta: 'Tamil',
  te: 'Telugu',
  th: 'Thai',
}).map(([code, script]) => ({ code, letters: new RegExp(`\\p{Script=${script}}`, 'gu') }));

const OTHER_SCRIPT = /[^\p{Script=Latin}\p{Script=Common}\p{Script=Inherited}]/u;
const LETTER = /\p{L}/gu;
/** Fewest letters of such a script: faces such as ಠ_ಠ have one or two. */
const FEWEST_OF_SCRIPT = 4;

/**
 * The language of a text that no rule has read: an ISO 639-1 code, or `other` where it is like no language that the
 * detector knows. Null where the text may be in a language that rules read, or says too little.
 */
export function unreadLanguage(text: string): string | null {
  const start = text.slice(0, SEARCHED);
  return languageOfScript(start) ?? languageOfWords(start);
}

function languageOfScript(text: string): string | null {
  if (!OTHER_SCRIPT.test(text)) return null;
  const all = count(text, LETTER);
  const found = SCRIPTS.find(({ letters }) => {
    const own = count(text, letters);
    return own >= FEWEST_OF_SCRIPT && own * 2 > all;
  });
  return found?.code ?? null;
}

const count = (text: string, each: RegExp): number => text.match(each)?.length ?? 0;

/** What the detector thinks of a text: the best score of a language with rules, and of one without. */
type Guess = { words: number; letters: number; read: number; unread: number; language: string };

const CYRILLIC = /\p{Script=Cyrillic}/u;
const ARABIC = /\p{Script=Arabic}/u;
/** Letters of Ukrainian, Serbian, Kazakh and others that Russian does not have. */
const NOT_RUSSIAN = /[іїєґўјљњћђџќѓѕқғңөүұһәӣӯҷ]/iu;

/** Fewer words and letters than these say nothing. */
const FEWEST_WORDS = 2;
const FEWEST_LETTERS = 8;

function languageOfWords(text: string): string | null {
  const words = plainWords(text);
  const letters = words.join('').length;
  if (words.length < FEWEST_WORDS || letters < FEWEST_LETTERS) return null;
  const guess = guessOf(words, letters);
  if (CYRILLIC.test(text)) return isUnreadCyrillic(text, guess) ? guess.language : null;
  if (ARABIC.test(text)) return isUnreadArabic(guess) ? guess.language : null;
  if (OTHER_SCRIPT.test(words.join('')) || isInVocabulary(words)) return null;
  if (isUnreadLatin(guess)) return guess.language;
  return isLikeNoLanguage(guess) ? OTHER : null;
}

const OTHER = 'other';

/**
 * The distinct words of a text, without what says nothing of its language: addresses, codes, "soooo", and names. A
 * capital letter within a sentence marks a name, unless the text is in capitals altogether.
 */
function plainWords(text: string): string[] {
  const tokens = text.split(/\s+/).filter((token) => !NO_WORD.test(token));
  const hasSmall = tokens.some((token) => /\p{Ll}/u.test(token));
  const words = new Set<string>();
  let isFirst = true;
  for (const token of tokens) {
    for (const [word] of token.replaceAll('’', "'").matchAll(/\p{L}[\p{L}\p{M}']*/gu)) {
      const isName = hasSmall && !isFirst && /^\p{Lu}/u.test(word);
      if (!isName) words.add(word.toLowerCase());
      isFirst = false;
    }
    isFirst ||= /[.!?]$/.test(token);
  }
  return [...words];
}

/** A token with a digit or a sign of an address, or with a letter three times in a row. */
const NO_WORD = /[\d@#/\\_<>]|\.\p{L}|(\p{L})\1\1/u;

function guessOf(words: readonly string[], letters: number): Guess {
  const guess: Guess = { words: words.length, letters, read: 0, unread: 0, language: OTHER };
  for (const [language, score] of languageScores(words)) {
    if (READ.has(language)) guess.read = Math.max(guess.read, score);
    else if (score > guess.unread) Object.assign(guess, { unread: score, language });
  }
  return guess;
}

const READ: ReadonlySet<string> = new Set(LANGUAGE_FILES.map(({ language }) => language));

/** Russian shares letters and endings with its neighbours, so scores lie close together. */
const isUnreadCyrillic = (text: string, { letters, read, unread }: Guess): boolean =>
  NOT_RUSSIAN.test(text) || (letters >= 16 && unread - read >= 0.015);

const isUnreadArabic = ({ letters, read, unread }: Guess): boolean => letters >= 10 && unread - read >= 0.1;

/** The margins are measured: docs/understanding.md. A short text needs a wider one. */
const isUnreadLatin = ({ words, letters, read, unread }: Guess): boolean =>
  unread >= 0.65 && letters >= 12 && unread - read >= (words > 3 ? 0.12 : 0.22);

/** Somali, Swahili, Hmong and others: the detector knows them not, and thinks of every language that it is another. */
const isLikeNoLanguage = ({ words, letters, read }: Guess): boolean =>
  letters >= 18 && ((words >= 5 && read < 0.5) || (words === 4 && read < 0.4));

/** Whether a third of the words are of a language that has rules and that the detector does not know. */
function isInVocabulary(words: readonly string[]): boolean {
  const plain = words.map(normalise);
  return loadVocabularies().some(
    (vocabulary) => plain.filter((word) => vocabulary.has(word)).length * 3 >= plain.length,
  );
}
