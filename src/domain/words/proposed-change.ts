import type { Language } from '../program.ts';
import { normalise } from './normalise.ts';
import type { ProgramWords, WordMeaning } from './reading.ts';
import { correctSpelling } from './spelling.ts';
import { findWordConflicts, type WordConflict } from './word-conflicts.ts';
import type { LanguageRules, PhraseRule } from './word-files.ts';
import { compileWordRules, type WordRules } from './word-rules.ts';

/** The word lists that a change may edit. The lists named after commands contain whole texts. */
export const PROPOSAL_LISTS = [
  ...(['opt-out', 'opt-out-phrase', 'hold-phrase', 'harmless-phrase', 'join'] as const),
  ...(['help', 'start', 'yes', 'no', 'menu', 'why', 'preferences', 'resume'] as const),
] as const;
type ProposalList = (typeof PROPOSAL_LISTS)[number];
type Phrases = Extract<ProposalList, `${string}-phrase`>;

/** Words added to a list and removed from it. From the phrase lists whole rules are removed, by their ids. */
export type ProposedChange = {
  list: ProposalList;
  /** For `join`: the program whose keyword it is; null for other lists. */
  program: string | null;
  language: Language | null;
  add: readonly string[];
  take: readonly string[];
};

/** The rules with the changes applied, as a version of their own. */
export function applyProposedChanges(rules: WordRules, changes: readonly ProposedChange[]): WordRules {
  const changed = changes.reduce(changeOne, rules);
  return changes.length === 0 ? rules : { ...changed, version: `${rules.version} changed` };
}

function changeOne(rules: WordRules, { list, language, add, take }: ProposedChange): WordRules {
  if (list === 'join') return rules;
  if (isPhrases(list)) return changePhrases(rules, list, { language, add, take });
  const source = 'a change that is tried';
  const added = { source, language, words: add.map(normalise) };
  const gone = new Set(take.map(normalise));
  const without = <T extends { words: string[] }>(entry: T): T => ({
    ...entry,
    words: entry.words.filter((word) => !gone.has(word)),
  });
  if (list === 'opt-out') {
    const unmistakable = rules.unmistakable.filter((word) => !gone.has(word));
    return { ...rules, unmistakable, optOut: [added, ...rules.optOut.map(without)] };
  }
  const commands = rules.commands.map((command) => (command.kind === list ? without(command) : command));
  return { ...rules, commands: [{ ...added, kind: list }, ...commands] };
}

type Words = Pick<ProposedChange, 'language' | 'add' | 'take'>;

function changePhrases(rules: WordRules, list: Phrases, { language, add, take }: Words): WordRules {
  const names = new Set(take.map(ruleName));
  const kept = rules.phrases.map((phrase) => ({
    ...phrase,
    rules: phrase.rules.filter(({ id, means }) => listOf(means) !== list || !names.has(id)),
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

/** Normalises words and corrects their spelling, as a text is prepared before phrases are searched in it. */
const asPhrase = (words: string): string => correctSpelling(normalise(words)).join(' ');
/** The id of a rule from its name in a reading; the prefix `phrase:` is optional. */
const ruleName = (name: string): string => name.trim().replace(/^phrase:/, '');
const isPhrases = (list: ProposalList): list is Phrases => list.endsWith('-phrase');
/** The list to which a phrase rule belongs; hints belong to the list of possible opt-outs. */
const listOf = (means: PhraseRule['means']): Phrases =>
  means === 'opt-out' ? 'opt-out-phrase' : 'hold-phrase';

/** The programs' words with the changes of `join` applied. */
export function applyKeywordChanges(words: ProgramWords, changes: readonly ProposedChange[]): ProgramWords {
  const joins = changes.filter(({ list }) => list === 'join');
  if (joins.length === 0) return words;
  return {
    programs: words.programs.map((program) => ({
      ...program,
      keywords: joins
        .filter((proposedChange) => proposedChange.program === program.id)
        .reduce((keywords, { language, add, take }) => {
          const gone = new Set(take.map(normalise));
          const added = add.map((word) => ({ word, language: language ?? ('en' as const) }));
          return [...keywords.filter(({ word }) => !gone.has(normalise(word))), ...added];
        }, program.keywords),
    })),
  };
}

/** `change`: index in the list of changes, from 0. */
export type ProposalFault = { change: number; message: string };

/** Why changes cannot be tried: words without a letter or digit, and words to remove that are not in the list. */
export function proposalFaults(
  rules: WordRules,
  words: readonly ProgramWords[],
  changes: readonly ProposedChange[],
): ProposalFault[] {
  return changes.flatMap((proposedChange, change) => {
    const fault = (message: string): ProposalFault => ({ change, message });
    const programs = words.flatMap((each) => each.programs).filter(({ id }) => id === proposedChange.program);
    if (proposedChange.list === 'join' && programs.length === 0)
      return [fault('There is no program of this id.')];
    if (proposedChange.list !== 'join' && proposedChange.program !== null)
      return [fault('Only keywords belong to a program.')];
    if (proposedChange.add.length + proposedChange.take.length === 0)
      return [fault('The change adds nothing and removes nothing.')];
    const keywords = programs.flatMap((each) => each.keywords.map(({ word }) => normalise(word)));
    const standing =
      proposedChange.list === 'join' ? new Set(keywords) : standingIn(rules, proposedChange.list);
    const name = isPhrases(proposedChange.list) ? ruleName : normalise;
    // Messages do not repeat the words, which may be anything.
    return [
      ...proposedChange.add.flatMap((word, at) =>
        normalise(word) === '' ? fault(`No. ${at + 1} to add has no letter and no digit.`) : [],
      ),
      ...proposedChange.take.flatMap((word, at) =>
        standing.has(name(word)) ? [] : fault(`No. ${at + 1} to remove is not in this list.`),
      ),
    ];
  });
}

function standingIn(rules: WordRules, list: Exclude<ProposalList, 'join'>): ReadonlySet<string> {
  if (list === 'opt-out') return new Set(rules.optOut.flatMap(({ words }) => words));
  if (!isPhrases(list))
    return new Set(rules.commands.flatMap((command) => (command.kind === list ? command.words : [])));
  const all = rules.phrases.flatMap((phrase) => phrase.rules);
  return new Set(all.filter(({ means }) => listOf(means) === list).map(({ id }) => id));
}

/**
 * What to know before such rules are adopted, whatever past texts show: law, carrier rules, and clashes with
 * programs' words.
 */
export function proposalWarnings(
  rules: WordRules,
  words: readonly ProgramWords[],
  changes: readonly ProposedChange[],
): string[] {
  const listed = [...rules.optOut.map((list) => ({ ...list, kind: 'opt-out' })), ...rules.commands];
  const demanded = changes.flatMap(({ list, take }) =>
    take
      .map(normalise)
      .flatMap((word) =>
        listed
          .filter(
            (entry) => entry.kind === list && entry.words.includes(word) && !/^own choice/.test(entry.source),
          )
          .map(({ source }) => `"${word}" must stand in ${list}: ${source}.`),
      ),
  );
  const compiled = compileWordRules(applyProposedChanges(rules, changes));
  const clashing: WordConflict[] = words.flatMap((each) =>
    findWordConflicts(applyKeywordChanges(each, changes), compiled),
  );
  return [...new Set([...demanded, ...clashing.map(({ message }) => message)])];
}

/** The effects of a text, in the terms that compliance reads. */
export const EFFECTS = [
  ...(['opt-out', 'wrong-number', 'opt-out-of-some', 'hold', 'nothing'] as const),
  ...(['join', 'start', 'yes', 'no', 'help', 'menu', 'why', 'preferences'] as const),
  ...(['pause', 'resume', 'topics-on', 'birth-date'] as const),
] as const;
type Effect = (typeof EFFECTS)[number];

/** One text read by two versions of the rules. `lost`: the text no longer opts out of something. */
export type ReadingChange = { from: Effect; to: Effect; lost: boolean };

function effectOf(meaning: WordMeaning): Effect {
  switch (meaning.kind) {
    case 'stop-all':
      return meaning.wrongNumber ? 'wrong-number' : 'opt-out';
    case 'stop-some':
      return 'opt-out-of-some';
    case 'unsure':
      return 'hold';
    case 'unknown':
    case 'empty':
      return 'nothing';
    default:
      return meaning.kind;
  }
}

const OPT_OUTS: readonly Effect[] = ['opt-out', 'wrong-number', 'opt-out-of-some'];

/** Whether a text would newly opt out. */
export const isNewOptOut = ({ from, to }: ReadingChange): boolean =>
  OPT_OUTS.includes(to) && !OPT_OUTS.includes(from);

/** Sort order for review: lost opt-outs first, then lost holds, then new opt-outs. */
export const severityOf = (readingChange: ReadingChange): number =>
  readingChange.lost ? 0 : isLostHold(readingChange) ? 1 : isNewOptOut(readingChange) ? 2 : 3;

/** Whether a text that is held today would be ignored. */
export const isLostHold = ({ from, to }: ReadingChange): boolean =>
  from === 'hold' && to !== 'hold' && !OPT_OUTS.includes(to);

/** Null when both readings have the same effect, by whatever rules. */
export function compareReadings(before: WordMeaning, after: WordMeaning): ReadingChange | null {
  const [from, to] = [effectOf(before), effectOf(after)];
  if (from === to && detailOf(before) === detailOf(after)) return null;
  return { from, to, lost: losesOptOut(before, after) };
}

/** What two readings with the same effect must also share: program, topics, or day. */
function detailOf(meaning: WordMeaning): string {
  switch (meaning.kind) {
    case 'stop-some':
      return [...optedOut(meaning)].sort().join(' ');
    case 'topics-on':
      return meaning.topics.map(topicOf).sort().join(' ');
    case 'join':
      return meaning.program;
    case 'pause':
      return String(meaning.days);
    case 'birth-date':
      return meaning.date;
    case 'unsure':
      return String(meaning.wrongNumber);
    default:
      return '';
  }
}

const topicOf = ({ program, topic }: { program: string; topic: string }): string => `${program}/${topic}`;

function optedOut(meaning: WordMeaning): Set<string> {
  if (meaning.kind !== 'stop-some') return new Set();
  return new Set([...meaning.programs, ...meaning.topics.map(topicOf)]);
}

function losesOptOut(before: WordMeaning, after: WordMeaning): boolean {
  if (after.kind === 'stop-all') return false;
  if (before.kind === 'stop-all') return true;
  const [had, has] = [optedOut(before), optedOut(after)];
  // An opt-out of a program covers its topics.
  return [...had].some((label) => !has.has(label) && !has.has(label.split('/')[0] ?? ''));
}
