import { utcDay } from '../durations.ts';
import { unspaced } from './normalise.ts';
import {
  comparableForm,
  compileGroups,
  compileNegation,
  compilePhrase,
  ENDING_RULES,
  indexPhrases,
  type Negation,
  type Phrase,
  type PhraseIndex,
  type WordGroups,
} from './phrase-patterns.ts';
import {
  LANGUAGE_FILES,
  type LanguageFile,
  type LanguageRules,
  SHARED_WORDS,
  WORD_VERSIONS,
  type WordLanguage,
} from './word-files.ts';

type List<K extends 'optOut' | 'commands'> = Pick<
  LanguageFile[K][number],
  Exclude<keyof LanguageFile[K][number], 'effectiveFrom' | 'effectiveTo'>
> & {
  /** Null when the words belong to several languages. */
  language: WordLanguage | null;
};
export type CommandList = List<'commands'>;

/** The words in force between two dates. */
export type WordRules = {
  version: string;
  /**
   * ISO dates, UTC midnight. `effectiveTo` is the first day on which this version is no longer in force; null while
   * it is.
   */
  effectiveFrom: string;
  effectiveTo: string | null;
  source: string;
  optOut: List<'optOut'>[];
  unmistakable: string[];
  aroundOptOut: string[];
  aroundUnmistakable: string[];
  commands: CommandList[];
  phrases: LanguageRules[];
};

/** Scores add up. A text is surely an opt-out from SURE_SCORE on, and possibly one from POSSIBLE_SCORE on. */
export const SURE_SCORE = 10;
export const POSSIBLE_SCORE = 5;
const SCORES = { 'opt-out': SURE_SCORE, 'perhaps-opt-out': POSSIBLE_SCORE, hint: 3 } as const;

export type CompiledOptOutLine = Phrase & { language: WordLanguage | null; quoted: boolean };
export type CompiledPhrase = Phrase & {
  score: number;
  wrongNumber: boolean;
  language: WordLanguage | null;
  negation: Negation | null;
};

/** A `holdAtMost` phrase, as in the language's file. */
type Doubt = Phrase & { unlessAboutTexts: boolean; inQuestions: boolean };

/** A version of the rules compiled for reading. Immutable. */
export type CompiledWordRules = {
  version: string;
  effectiveFrom: string;
  effectiveTo: string | null;
  source: string;
  optOut: ReadonlyMap<string, WordLanguage | null>;
  unmistakable: ReadonlySet<string>;
  aroundOptOut: ReadonlySet<string>;
  aroundUnmistakable: ReadonlySet<string>;
  /** The opt-out and surrounding words of scripts without spaces. */
  unspaced: { listed: ReadonlySet<string>; around: readonly string[] };
  commands: ReadonlyMap<string, CommandList>;
  harmless: PhraseIndex<Phrase>;
  ourOptOutLine: PhraseIndex<CompiledOptOutLine>;
  /** Phrases that, next to our opt-out line, show that the line is no wish. */
  refusals: PhraseIndex<Phrase>;
  rulePhrases: PhraseIndex<CompiledPhrase>;
  holdAtMost: PhraseIndex<Doubt>;
  /** Phrases that remove the doubt of `holdAtMost`. */
  noDoubt: PhraseIndex<Phrase>;
  /** Words that show that a text is about texts. */
  textWords: ReadonlySet<string>;
};

export function compileWordRules(rules: WordRules): CompiledWordRules {
  const listed = rules.optOut
    .flatMap(({ words }) => words.map((word) => word.replaceAll(' ', '_')))
    .join('/');
  const faults: string[] = [];
  const languages = rules.phrases.map((phrase) => compileLanguage(phrase, listed, faults));
  if (faults.length > 0) throw new Error(faults.join('\n'));
  return Object.freeze({
    version: rules.version,
    effectiveFrom: rules.effectiveFrom,
    effectiveTo: rules.effectiveTo,
    source: rules.source,
    optOut: firstOf(rules.optOut.flatMap((list) => list.words.map((word) => [word, list.language] as const))),
    unmistakable: new Set(rules.unmistakable),
    aroundOptOut: new Set(rules.aroundOptOut),
    aroundUnmistakable: new Set([...rules.aroundOptOut, ...rules.aroundUnmistakable]),
    unspaced: {
      listed: new Set(unspaced(rules.optOut.flatMap(({ words }) => words))),
      around: unspaced(rules.aroundOptOut),
    },
    commands: firstOf(rules.commands.flatMap((list) => list.words.map((word) => [word, list] as const))),
    harmless: indexPhrases(languages.flatMap(({ harmless }) => harmless)),
    ourOptOutLine: indexPhrases(languages.flatMap(({ ourOptOutLine }) => ourOptOutLine)),
    refusals: indexPhrases(languages.flatMap(({ refusals }) => refusals)),
    rulePhrases: indexPhrases(languages.flatMap(({ rulePhrases }) => rulePhrases)),
    holdAtMost: indexPhrases(languages.flatMap(({ doubts }) => doubts)),
    noDoubt: indexPhrases(languages.flatMap(({ noDoubt }) => noDoubt)),
    textWords: new Set(languages.flatMap(({ textWords }) => textWords)),
  });
}

/** Compiles phrases one by one, and records each invalid one with its file, its place there, and what is wrong. */
function compilerFor(language: WordLanguage | null, groups: WordGroups, faults: string[]) {
  const attempt = <T>(place: string, compile: () => T): T[] => {
    try {
      return [compile()];
    } catch (error) {
      faults.push(`templates/words/${language ?? 'tried'}.json: ${place}: ${(error as Error).message}`);
      return [];
    }
  };
  const phrases = (
    place: string,
    id: string,
    patterns: readonly string[],
    all: WordGroups = groups,
  ): Phrase[] =>
    patterns.flatMap((pattern, at) =>
      attempt(`${place} no. ${at + 1} ("${pattern}")`, () => compilePhrase(id, comparableForm(pattern), all)),
    );
  return { attempt, phrases };
}

function compileLanguage(file: LanguageRules, listed: string, faults: string[]) {
  const { language, rules, harmless, holdAtMost, ourOptOutLine } = file;
  const [groups = {}] = compilerFor(language, {}, faults).attempt('wordGroups', () =>
    compileGroups(file.wordGroups),
  );
  const { attempt, phrases } = compilerFor(language, groups, faults);
  const [negation = null] = attempt('negations', () => negationOf(file, groups));
  const line = (quoted: boolean, phrase: Phrase) => ({ ...phrase, language, quoted });
  const doubt = (unlessAboutTexts: boolean, inQuestions: boolean, phrase: Phrase) => ({
    ...phrase,
    unlessAboutTexts,
    inQuestions,
  });
  const held = (key: keyof LanguageFile['holdAtMost']) => phrases(`holdAtMost, ${key}`, key, holdAtMost[key]);
  const ours = (key: 'alone' | 'inQuotes') => phrases(`ourOptOutLine, ${key}`, key, ourOptOutLine[key]);
  return {
    harmless: phrases('harmless', 'harmless', harmless),
    ourOptOutLine: [
      ...ours('alone').map((phrase) => line(false, phrase)),
      ...ours('inQuotes').map((phrase) => line(true, phrase)),
    ],
    refusals: phrases('ourOptOutLine, refusals', 'refusal', ourOptOutLine.refusals, { ...groups, listed }),
    rulePhrases: rules.flatMap(({ id, means, wrongNumber, phrases: patterns }) =>
      phrases(`rule "${id}", phrases`, id, patterns).map((phrase) => ({
        ...phrase,
        score: SCORES[means],
        wrongNumber,
        language,
        negation: ENDING_RULES.has(id) ? negation : null,
      })),
    ),
    doubts: [
      ...held('always').map((phrase) => doubt(false, false, phrase)),
      ...held('unlessAboutTexts').map((phrase) => doubt(true, false, phrase)),
      ...held('inQuestions').map((phrase) => doubt(false, true, phrase)),
    ],
    noDoubt: held('exceptWith'),
    textWords: attempt('holdAtMost, textWords', () => textWordsOf(file, groups)).flat(),
  };
}

function negationOf({ negations }: LanguageRules, groups: WordGroups): Negation {
  const { before, after, within, unless } = negations;
  const comparable = (patterns: string[]) => patterns.map(comparableForm);
  return compileNegation(
    {
      before: comparable(before),
      after: comparable(after),
      within: comparable(within),
      unless: comparable(unless),
    },
    groups,
  );
}

function textWordsOf({ holdAtMost }: LanguageRules, groups: WordGroups): string[] {
  return holdAtMost.textWords.flatMap((word) => {
    const group = groups[word.slice(1)];
    if (!word.startsWith(':')) return [comparableForm(word)];
    if (group === undefined) throw new Error(`there is no word group ${word}`);
    return group.split('/');
  });
}

/** A word that is in several lists belongs to the first. */
function firstOf<T>(entries: (readonly [string, T])[]): Map<string, T> {
  return new Map([...entries].reverse());
}

type Dated = { effectiveFrom?: string | undefined; effectiveTo?: string | undefined };

/** The words in force on the first day of a version. Words of no language come first. */
function sourceOf({
  version,
  effectiveFrom,
  effectiveTo,
  source,
}: (typeof WORD_VERSIONS)['versions'][number]): WordRules {
  const isInForce = (entry: Dated) =>
    (entry.effectiveFrom ?? '') <= effectiveFrom &&
    (entry.effectiveTo === undefined || effectiveFrom < entry.effectiveTo);
  const parts = [{ language: null, ...SHARED_WORDS }, ...LANGUAGE_FILES];
  return {
    ...{ version, effectiveFrom, effectiveTo, source },
    optOut: parts.flatMap(({ language, optOut }) =>
      optOut.filter(isInForce).map((list) => ({ source: list.source, language, words: list.words })),
    ),
    unmistakable: LANGUAGE_FILES.flatMap(({ unmistakable }) => unmistakable),
    aroundOptOut: LANGUAGE_FILES.flatMap(({ around }) => around),
    aroundUnmistakable: LANGUAGE_FILES.flatMap(({ aroundUnmistakable }) => aroundUnmistakable),
    commands: parts.flatMap(({ language, commands }) =>
      commands
        .filter(isInForce)
        .map(({ kind, source: from, words }) => ({ kind, source: from, language, words })),
    ),
    phrases: LANGUAGE_FILES.map((file) => ({ ...file, rules: file.rules.filter(isInForce) })),
  };
}

/** A version stays in `versions.json` after its end, because past readings name it. */
export const WORD_RULES: readonly WordRules[] = WORD_VERSIONS.versions.map(sourceOf);

export const COMPILED_WORD_RULES: readonly CompiledWordRules[] = WORD_RULES.map(compileWordRules);

/**
 * The rules in force at a moment. Before the first version the first one applies: a wider list than the law then
 * required does no harm.
 * @throws when `sets` is empty
 */
export function wordRulesAt(
  now: Date,
  sets: readonly CompiledWordRules[] = COMPILED_WORD_RULES,
): CompiledWordRules {
  const day = utcDay(now);
  const found =
    sets.find((set) => set.effectiveFrom <= day && (set.effectiveTo === null || day < set.effectiveTo)) ??
    sets[0];
  if (found === undefined) throw new Error('no rule set');
  return found;
}
