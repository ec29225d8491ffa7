import type { Language } from '../program.ts';
import { normalise } from './normalise.ts';
import type { Vocabulary } from './reading.ts';
import type { RuleSource } from './rule-sets.ts';
import { spellOut } from './spelling.ts';
import type { LanguageRules, PhraseRule } from './word-files.ts';

/** What a list does with the words in it; the commands are whole texts. */
export const RULE_LISTS = [
  ...(['opt-out', 'opt-out-phrase', 'hold-phrase', 'harmless-phrase', 'join'] as const),
  ...(['help', 'start', 'yes', 'no', 'menu', 'why', 'preferences', 'resume'] as const),
] as const;
export type RuleList = (typeof RULE_LISTS)[number];
export type Phrases = Extract<RuleList, `${string}-phrase`>;

/** Words added to one list, and taken from it. Of the built-in phrases whole rules are taken, by their names. */
export type ListChange = {
  list: RuleList;
  /** Of `join`: whose keyword. */
  program: string | null;
  language: Language | null;
  add: readonly string[];
  take: readonly string[];
};

/** The same lists with the changes made, as a version of its own. */
export function changeRules(rules: RuleSource, changes: readonly ListChange[]): RuleSource {
  const changed = changes.reduce(changeOne, rules);
  return changes.length === 0 ? rules : { ...changed, version: `${rules.version} changed` };
}

function changeOne(rules: RuleSource, { list, language, add, take }: ListChange): RuleSource {
  if (list === 'join') return rules;
  if (isPhrases(list)) return changePhrases(rules, list, { language, add, take });
  const source = 'a change that is tried';
  const added = { source, language, words: add.map(normalise) };
  const gone = new Set(take.map(normalise));
  const without = <T extends { words: string[] }>(one: T): T => ({
    ...one,
    words: one.words.filter((word) => !gone.has(word)),
  });
  if (list === 'opt-out') {
    const unmistakable = rules.unmistakable.filter((word) => !gone.has(word));
    return { ...rules, unmistakable, optOut: [added, ...rules.optOut.map(without)] };
  }
  const commands = rules.commands.map((one) => (one.kind === list ? without(one) : one));
  return { ...rules, commands: [{ ...added, kind: list }, ...commands] };
}

type Words = Pick<ListChange, 'language' | 'add' | 'take'>;

function changePhrases(rules: RuleSource, list: Phrases, { language, add, take }: Words): RuleSource {
  const names = new Set(take.map(ruleName));
  const kept = rules.phrases.map((one) => ({
    ...one,
    rules: one.rules.filter(({ id, means }) => listOf(means) !== list || !names.has(id)),
  }));
  const phrases = add.map(asPhrase);
  const isHarmless = list === 'harmless-phrase';
  const own: LanguageRules = {
    language,
    wordGroups: {},
    harmless: isHarmless ? phrases : [],
    rules: isHarmless ? [] : phrases.map((phrase) => triedRule(phrase, list)),
    negations: { before: [], after: [], within: [], unless: [] },
    holdAtMost: { always: [], unlessAboutTexts: [], inQuestions: [], textWords: [], exceptWith: [] },
    ourOptOutLine: { alone: [], inQuotes: [], refusals: [] },
  };
  return { ...rules, phrases: [own, ...kept] };
}

const triedRule = (phrase: string, list: Phrases): PhraseRule => ({
  id: `tried-${phrase.replaceAll(' ', '-')}`,
  means: list === 'opt-out-phrase' ? 'opt-out' : 'perhaps-opt-out',
  wrongNumber: false,
  phrases: [phrase],
});

/** Words as a reading has them before it looks for phrases: slips of the thumb put right. */
const asPhrase = (words: string): string => spellOut(normalise(words)).join(' ');
/** As a reading names its rule, or without the front. */
export const ruleName = (name: string): string => name.trim().replace(/^phrase:/, '');
export const isPhrases = (list: RuleList): list is Phrases => list.endsWith('-phrase');
/** Which list a rule of phrases stands in; hints stand with what may be an opt-out. */
export const listOf = (means: PhraseRule['means']): Phrases =>
  means === 'opt-out' ? 'opt-out-phrase' : 'hold-phrase';

/** The programs' words with the changes of `join` made. */
export function changeWords(words: Vocabulary, changes: readonly ListChange[]): Vocabulary {
  const joins = changes.filter(({ list }) => list === 'join');
  if (joins.length === 0) return words;
  return {
    programs: words.programs.map((program) => ({
      ...program,
      keywords: joins
        .filter((one) => one.program === program.id)
        .reduce((keywords, { language, add, take }) => {
          const gone = new Set(take.map(normalise));
          const added = add.map((word) => ({ word, language: language ?? ('en' as const) }));
          return [...keywords.filter(({ word }) => !gone.has(normalise(word))), ...added];
        }, program.keywords),
    })),
  };
}
