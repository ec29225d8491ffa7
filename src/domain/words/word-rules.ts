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
  /** Null where the words belong to several languages. */
  language: WordLanguage | null;
};
export type CommandList = List<'commands'>;

/** The words as they are in force between two dates. */
export type RuleSource = {
  version: string;
  /** ISO dates, UTC midnight; `effectiveTo` is the first day it no longer holds, null while it does. */
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

/** Scores add up; a text is surely an opt-out from SURE on, and perhaps one from UNSURE on. */
export const SURE = 10;
export const UNSURE = 5;
const SCORES = { 'opt-out': SURE, 'perhaps-opt-out': UNSURE, hint: 3 } as const;

export type CompiledLine = Phrase & { language: WordLanguage | null; quoted: boolean };
export type CompiledCue = Phrase & {
  weight: number;
  wrongNumber: boolean;
  language: WordLanguage | null;
  negation: Negation | null;
};

/** `unnamed`: see `unlessAboutTexts` of a language's file; `asked`: see `inQuestions`. */
type Doubt = Phrase & { unnamed: boolean; asked: boolean };

/** A rule source made ready for reading. Immutable. */
export type RuleSet = {
  version: string;
  effectiveFrom: string;
  effectiveTo: string | null;
  source: string;
  optOut: ReadonlyMap<string, WordLanguage | null>;
  unmistakable: ReadonlySet<string>;
  aroundOptOut: ReadonlySet<string>;
  aroundUnmistakable: ReadonlySet<string>;
  /** Of both what is written without spaces. */
  unspaced: { listed: ReadonlySet<string>; around: readonly string[] };
  commands: ReadonlyMap<string, CommandList>;
  innocent: PhraseIndex<Phrase>;
  ownLine: PhraseIndex<CompiledLine>;
  /** Beside our line, it is no wish. */
  refused: PhraseIndex<Phrase>;
  cues: PhraseIndex<CompiledCue>;
  atMostHeld: PhraseIndex<Doubt>;
  /** What leaves no doubt beside those. */
  undoubted: PhraseIndex<Phrase>;
  /** Words that say that a text is about texts. */
  named: ReadonlySet<string>;
};

export function compileRules(rules: RuleSource): RuleSet {
  const listed = rules.optOut
    .flatMap(({ words }) => words.map((word) => word.replaceAll(' ', '_')))
    .join('/');
  const faults: string[] = [];
  const languages = rules.phrases.map((one) => compileLanguage(one, listed, faults));
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
    innocent: indexPhrases(languages.flatMap(({ innocent }) => innocent)),
    ownLine: indexPhrases(languages.flatMap(({ ownLine }) => ownLine)),
    refused: indexPhrases(languages.flatMap(({ refused }) => refused)),
    cues: indexPhrases(languages.flatMap(({ cues }) => cues)),
    atMostHeld: indexPhrases(languages.flatMap(({ doubts }) => doubts)),
    undoubted: indexPhrases(languages.flatMap(({ undoubted }) => undoubted)),
    named: new Set(languages.flatMap(({ named }) => named)),
  });
}

/** Compiles phrases one by one, and notes each that is none: its file, its place there, and what is wrong. */
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
  const line = (quoted: boolean, one: Phrase) => ({ ...one, language, quoted });
  const doubt = (unnamed: boolean, asked: boolean, one: Phrase) => ({ ...one, unnamed, asked });
  const held = (key: keyof LanguageFile['holdAtMost']) => phrases(`holdAtMost, ${key}`, key, holdAtMost[key]);
  const ours = (key: 'alone' | 'inQuotes') => phrases(`ourOptOutLine, ${key}`, key, ourOptOutLine[key]);
  return {
    innocent: phrases('harmless', 'harmless', harmless),
    ownLine: [
      ...ours('alone').map((one) => line(false, one)),
      ...ours('inQuotes').map((one) => line(true, one)),
    ],
    refused: phrases('ourOptOutLine, refusals', 'refusal', ourOptOutLine.refusals, { ...groups, listed }),
    cues: rules.flatMap(({ id, means, wrongNumber, phrases: patterns }) =>
      phrases(`rule "${id}", phrases`, id, patterns).map((one) => ({
        ...one,
        weight: SCORES[means],
        wrongNumber,
        language,
        negation: ENDING_RULES.has(id) ? negation : null,
      })),
    ),
    doubts: [
      ...held('always').map((one) => doubt(false, false, one)),
      ...held('unlessAboutTexts').map((one) => doubt(true, false, one)),
      ...held('inQuestions').map((one) => doubt(false, true, one)),
    ],
    undoubted: held('exceptWith'),
    named: attempt('holdAtMost, textWords', () => textWordsOf(file, groups)).flat(),
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

/** A word that stands in several lists belongs to the first. */
function firstOf<T>(entries: (readonly [string, T])[]): Map<string, T> {
  return new Map([...entries].reverse());
}

type Dated = { effectiveFrom?: string | undefined; effectiveTo?: string | undefined };

/** The words that hold on the first day of a version, those that belong to no language first. */
function sourceOf({
  version,
  effectiveFrom,
  effectiveTo,
  source,
}: (typeof WORD_VERSIONS)['versions'][number]): RuleSource {
  const isInForce = (one: Dated) =>
    (one.effectiveFrom ?? '') <= effectiveFrom &&
    (one.effectiveTo === undefined || effectiveFrom < one.effectiveTo);
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

/** A version stays in `versions.json` after its time: a back-test may name it. */
export const RULE_SOURCES: readonly RuleSource[] = WORD_VERSIONS.versions.map(sourceOf);

export const RULE_SETS: readonly RuleSet[] = RULE_SOURCES.map(compileRules);

/**
 * The rule set in force at a moment. Before the first set the first one holds: a wider list than the law then
 * asked for does no harm.
 * @throws when `sets` is empty
 */
export function ruleSetAt(now: Date, sets: readonly RuleSet[] = RULE_SETS): RuleSet {
  const day = utcDay(now);
  const found =
    sets.find((set) => set.effectiveFrom <= day && (set.effectiveTo === null || day < set.effectiveTo)) ??
    sets[0];
  if (found === undefined) throw new Error('no rule set');
  return found;
}
