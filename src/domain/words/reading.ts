import { LANGUAGES, type Language } from '../program.ts';
import type { WordLanguage } from './word-files.ts';

/**
 * What one inbound text means by its words alone. The consent state machine decides what a reading does; the reading
 * itself does not depend on the person.
 */
export type WordMeaning =
  /**
   * Opt-out of everything. `exact`: a listed word alone; `leading`: a listed word first in a short text; `scored`:
   * ordinary words, sure.
   */
  | { kind: 'stop-all'; by: 'exact' | 'leading' | 'scored'; wrongNumber: boolean }
  /** STOP DEALS, OFF 1, STOP <program keyword>. Ids; at least one of the two lists is not empty. */
  | { kind: 'stop-some'; programs: string[]; topics: TopicRef[] }
  /** Possible opt-out: leads to a hold and a review by staff. */
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
  /** Number of days requested; null when none was stated. */
  | { kind: 'pause'; days: number | null }
  | { kind: 'resume' }
  | { kind: 'topics-on'; topics: TopicRef[] }
  /** A calendar date alone, as an age gate asks for: ISO yyyy-mm-dd. */
  | { kind: 'birth-date'; date: string }
  | { kind: 'unknown' }
  | { kind: 'empty' };

export type TopicRef = { program: string; topic: string };

export type Reading = WordMeaning & {
  /** Language of the word that decided, if it is a language we write in. */
  language: Language | null;
  /**
   * Rule that decided: "exact:stop", "join:keyword:join", "phrase:take-me-off". Never contains the person's own text.
   */
  rule: string;
  /** Version of the word rules, stored with every decision. */
  rules: string;
};

/**
 * Whether a rule, by its name in the ledger, interpreted ordinary words or signs (`by: 'scored'` when sure). Listed
 * words, keywords and the carrier's OptOutType have other names.
 */
export const isInterpreted = (rule: string): boolean => /^(?:phrase|meant|sign):/.test(rule);

/** Words of the programs on the number that was texted, in upper case, and the programs' names. */
export type ProgramWords = {
  programs: {
    id: string;
    /** As our texts write it in brackets after the keyword. */
    name: string;
    keywords: { word: string; language: Language }[];
    confirmWords: string[];
    topics: { id: string; code: string; word: string }[];
  }[];
};

/** What the words of a text mean, before it becomes a reading. */
export type Interpretation = { meaning: WordMeaning; language: WordLanguage | null; rule: string };

/** The rule of a text that Twilio's OptOutType made an opt-out, a START or a HELP. */
export const OPT_OUT_TYPE = 'carrier:opt-out-type';

/** Prefix of the rule of a text in a language that no rule reads; after it the language that the detector guesses. */
export const UNREAD_LANGUAGE = 'language:';

/** The rule of a tapped reaction, which is answered neither by a rule nor by staff. */
export const REACTION_RULE = 'reaction';

/** The language of the reply, if it is one we write in. */
export const answerLanguage = (language: WordLanguage | null): Language | null =>
  LANGUAGES.find((candidate) => candidate === language) ?? null;

/**
 * Prefixes of rules that read a program's own words. The rule contains the word as `normalise` writes it, so that the
 * word texted is known later without the text. None of these words contains a sign.
 */
const KEYWORD = 'join:keyword:';
const CODES = 'topics-on:';
const CONFIRM_WORD = 'yes:confirm-word:';

export const ruleOfKeyword = (word: string): string => `${KEYWORD}${word}`;
export const ruleOfConfirmWord = (word: string): string => `${CONFIRM_WORD}${word}`;
export const ruleOfCodes = (words: readonly string[]): string => `${CODES}${[...new Set(words)].join('+')}`;

/** The words that a rule name contains; empty for other rules. */
export function wordsInRule(rule: string): string[] {
  if (rule.startsWith(KEYWORD)) return [rule.slice(KEYWORD.length)];
  return rule.startsWith(CODES) ? rule.slice(CODES.length).split('+') : [];
}

/**
 * The confirmation word that a rule name contains; null for other rules, YES included, which belongs to no program.
 */
export const confirmWordIn = (rule: string): string | null =>
  rule.startsWith(CONFIRM_WORD) ? rule.slice(CONFIRM_WORD.length) : null;
