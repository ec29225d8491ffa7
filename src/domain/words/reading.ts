import { LANGUAGES, type Language } from '../program.ts';
import type { WordLanguage } from './word-files.ts';

/**
 * What one inbound text means, before anything is known of the person who sent it. The consent machine
 * decides what a reading does; the reading itself never changes with the person.
 */
export type WordMeaning =
  /** Opt-out of everything. `exact`: a listed word alone; `leading`: listed word first in a short text; `scored`: ordinary words, sure. */
  | { kind: 'stop-all'; by: 'exact' | 'leading' | 'scored'; wrongNumber: boolean }
  /** STOP DEALS, OFF 1, STOP <program keyword>. Ids, never empty together. */
  | { kind: 'stop-some'; programs: string[]; topics: TopicRef[] }
  /** May be an opt-out: a hold and a person's review. */
  | { kind: 'unsure'; wrongNumber: boolean }
  | { kind: 'join'; program: string }
  /** START, UNSTOP. */
  | { kind: 'start' }
  | { kind: 'yes' }
  | { kind: 'no' }
  | { kind: 'help' }
  | { kind: 'menu' }
  | { kind: 'why' }
  | { kind: 'preferences' }
  /** Days asked for; null when not said. */
  | { kind: 'pause'; days: number | null }
  | { kind: 'resume' }
  | { kind: 'topics-on'; topics: TopicRef[] }
  /** A calendar date alone, as an age gate asks for: ISO yyyy-mm-dd. */
  | { kind: 'birth-date'; date: string }
  | { kind: 'unknown' }
  | { kind: 'empty' };

export type TopicRef = { program: string; topic: string };

export type Reading = WordMeaning & {
  /** Language of the word that decided, where it belongs to one we write in. */
  language: Language | null;
  /** Rule that decided, "exact:stop", "join:keyword:join", "phrase:take-me-off"; never the person's own text. */
  rule: string;
  /** Version of the word lists used, kept with every decision. */
  rules: string;
};

/**
 * Whether a rule read words, or signs, for their sense (`by: 'scored'` where it was sure), by what it is called in the ledger. A
 * listed word, a keyword and the carrier's word have other names.
 */
export const isInterpreted = (rule: string): boolean => /^(?:phrase|meant|sign):/.test(rule);

/** Words of the programs on the number that was texted, upper case, and the programs' names. */
export type ProgramWords = {
  programs: {
    id: string;
    /** As our texts write it in brackets behind the keyword. */
    name: string;
    keywords: { word: string; language: Language }[];
    confirmWords: string[];
    topics: { id: string; code: string; word: string }[];
  }[];
};

/** What the words of a text were found to mean, before it becomes a reading. */
export type Interpretation = { meaning: WordMeaning; language: WordLanguage | null; rule: string };

/** The rule of a reaction that a phone sends: nothing in it is to be answered, by a rule or by staff. */
export const REACTION_RULE = 'reaction';

/** The language to answer in, where it is one we write in. */
export const answerLanguage = (language: WordLanguage | null): Language | null =>
  LANGUAGES.find((one) => one === language) ?? null;

/**
 * The rules under which words of a program are read. They name those words, as `normalise` leaves them: which of its words
 * somebody texted is known afterwards without the text. None of these words has a sign in it.
 */
const KEYWORD = 'join:keyword:';
const CODES = 'topics-on:';
const CONFIRM_WORD = 'yes:confirm-word:';

export const ruleOfKeyword = (word: string): string => `${KEYWORD}${word}`;
export const ruleOfConfirmWord = (word: string): string => `${CONFIRM_WORD}${word}`;
export const ruleOfCodes = (words: readonly string[]): string => `${CODES}${[...new Set(words)].join('+')}`;

/** The words that a rule names; none where it is another rule. */
export function wordsInRule(rule: string): string[] {
  if (rule.startsWith(KEYWORD)) return [rule.slice(KEYWORD.length)];
  return rule.startsWith(CODES) ? rule.slice(CODES.length).split('+') : [];
}

/** The confirm word that a rule names; null where it is another rule: YES is no program's own. */
export const confirmWordIn = (rule: string): string | null =>
  rule.startsWith(CONFIRM_WORD) ? rule.slice(CONFIRM_WORD.length) : null;
