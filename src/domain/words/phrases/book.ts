import type { WordLanguage } from '../word-list.ts';
import type { WordGroups } from './pattern.ts';

/** Weights add up; a text is surely an opt-out from SURE on, and perhaps one from UNSURE on. */
export const SURE = 10;
export const UNSURE = 5;
/** Proves nothing alone: an oath, "annoying". */
export const HINT = 3;

export type Cue = {
  id: string;
  weight: number;
  /** Says that the person we meant is not the one who reads. */
  wrongNumber?: boolean;
  /** Patterns, see `pattern.ts`; the id counts once however many are met. */
  says: string[];
};

/**
 * What takes the sense out of a cue that asks for an end, within its sentence. `before`: words that end where the cue begins, then
 * "|", then what the cue must begin with; `after`: what follows the cue; `within`: what stands in it. `unless`: what follows, or
 * with "|" goes before, where they ask for it all the same ("don't make me ask again", "why don't you").
 */
export type NegatedPatterns = { before: string[]; after: string[]; within: string[]; unless: string[] };

/** One language's ordinary ways to say "leave me be", and its ways to say "stop" without meaning it. */
export type PhraseBook = {
  language: WordLanguage;
  groups: WordGroups;
  /** Taken out of the text before the cues are looked for. */
  innocent: string[];
  /**
   * Our own opt-out line: the wish where a text says nothing else, or an opt-out word after it; else perhaps a quote, so that
   * the text is held and the words of the line count for nothing else. `quoted`: alone it is no wish, since it is asked about or
   * stands in more of ours. `refused`: what beside it says that they stay; `:listed` is any opt-out word.
   */
  ownLine?: { said: string[]; quoted: string[]; refused: string[] };
  /**
   * Leaves the whole text at most held, whatever else it says but an opt-out word that is a sentence. `unnamed`: only where it
   * has none of the words `named`, which say that it is about texts. `asked`: only where it ends with a question mark. `unless`: what beside it leaves no doubt.
   */
  atMostHeld?: { always: string[]; unnamed: string[]; asked?: string[]; named: string[]; unless: string[] };
  negated?: NegatedPatterns;
  cues: Cue[];
};
