import { utcDay } from '../durations.ts';
import { AROUND_OPT_OUT, AROUND_UNMISTAKABLE } from './around-opt-out.ts';
import { COMMAND_WORDS, type CommandList } from './command-words.ts';
import { OPT_OUT_WORDS, UNMISTAKABLE } from './opt-out-words.ts';
import type { PhraseBook } from './phrases/book.ts';
import { PHRASE_BOOKS } from './phrases/books.ts';
import { compileNegation, ENDING_CUES, type Negation } from './phrases/negation.ts';
import { compilePhrase, indexPhrases, type Phrase, type PhraseIndex } from './phrases/pattern.ts';
import { unspaced } from './unspaced.ts';
import type { WordLanguage, WordList } from './word-list.ts';

/** One state of the word lists, as in force between two dates. */
export type RuleSource = {
  version: string;
  /** ISO dates, UTC midnight; `effectiveTo` is the first day it no longer holds, null while it does. */
  effectiveFrom: string;
  effectiveTo: string | null;
  source: string;
  optOut: WordList[];
  unmistakable: string[];
  aroundOptOut: string[];
  aroundUnmistakable: string[];
  commands: CommandList[];
  phrases: PhraseBook[];
};

export type CompiledLine = Phrase & { language: WordLanguage; quoted: boolean };
export type CompiledCue = Phrase & {
  weight: number;
  wrongNumber: boolean;
  language: WordLanguage;
  negation: Negation | null;
};

/** `unnamed`, `asked`: see the books. */
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
  const cues = rules.phrases.flatMap(compileCues);
  const innocent = rules.phrases.flatMap(({ groups, innocent }) =>
    innocent.map((pattern) => compilePhrase('innocent', pattern, groups)),
  );
  const ownLine = rules.phrases.flatMap(({ language, groups, ownLine: { said, quoted } = NO_LINE }) => [
    ...said.map((one) => ({ ...compilePhrase('our-line', one, groups), language, quoted: false })),
    ...quoted.map((one) => ({ ...compilePhrase('our-line', one, groups), language, quoted: true })),
  ]);
  const listed = rules.optOut
    .flatMap(({ words }) => words.map((word) => word.replaceAll(' ', '_')))
    .join('/');
  const refused = rules.phrases.flatMap(({ groups, ownLine: { refused } = NO_LINE }) =>
    refused.map((pattern) => compilePhrase('refused', pattern, { ...groups, listed })),
  );
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
    innocent: indexPhrases(innocent),
    ownLine: indexPhrases(ownLine),
    refused: indexPhrases(refused),
    cues: indexPhrases(cues),
    atMostHeld: indexPhrases(rules.phrases.flatMap(doubts)),
    undoubted: indexPhrases(rules.phrases.flatMap(undoubted)),
    named: new Set(rules.phrases.flatMap(({ atMostHeld }) => atMostHeld?.named ?? [])),
  });
}

function compileCues({ language, groups, negated = NOT_NEGATED, cues }: PhraseBook): CompiledCue[] {
  const ofBook = compileNegation(negated, groups);
  return cues.flatMap(({ id, weight, wrongNumber = false, says }) => {
    const negation = ENDING_CUES.has(id) ? ofBook : null;
    return says.map((pattern) => ({
      ...compilePhrase(id, pattern, groups),
      ...{ weight, wrongNumber, language, negation },
    }));
  });
}

const undoubted = ({ groups, atMostHeld = NO_DOUBTS }: PhraseBook): Phrase[] =>
  atMostHeld.unless.map((pattern) => compilePhrase('undoubted', pattern, groups));

function doubts({ groups, atMostHeld = NO_DOUBTS }: PhraseBook): Doubt[] {
  const compiled = (patterns: string[], unnamed: boolean, asked: boolean) =>
    patterns.map((pattern) => ({ ...compilePhrase('at-most-held', pattern, groups), unnamed, asked }));
  return [
    ...compiled(atMostHeld.always, false, false),
    ...compiled(atMostHeld.unnamed, true, false),
    ...compiled(atMostHeld.asked ?? [], false, true),
  ];
}

const NO_DOUBTS: NonNullable<PhraseBook['atMostHeld']> = { always: [], unnamed: [], named: [], unless: [] };
const NOT_NEGATED = { before: [], after: [], within: [], unless: [] };
const NO_LINE = { said: [], quoted: [], refused: [] };

/** A word that stands in several lists belongs to the first. */
function firstOf<T>(entries: (readonly [string, T])[]): Map<string, T> {
  return new Map([...entries].reverse());
}

/** A set stays here after its time: past readings name it. */
export const RULE_SOURCES: readonly RuleSource[] = [
  {
    version: '2025-04-11.14',
    effectiveFrom: '2025-04-11',
    effectiveTo: null,
    source: '47 CFR 64.1200(a)(10) as amended by FCC 24-24, in force since 11 April 2025; CTIA 5.1.3',
    optOut: OPT_OUT_WORDS,
    unmistakable: UNMISTAKABLE,
    aroundOptOut: AROUND_OPT_OUT,
    aroundUnmistakable: AROUND_UNMISTAKABLE,
    commands: COMMAND_WORDS,
    phrases: PHRASE_BOOKS,
  },
];

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
