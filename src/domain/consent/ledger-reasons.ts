import type { NumberRefusal } from '../hygiene/number-verification.ts';

/**
 * Ledger reasons that the code knows by a code. Entries are hashed with their reason, so a sentence here never
 * changes. Code decides by the codes; `ledger-origin.ts` reads them back from an entry.
 */

/** Why a person who was to be asked gets no prompt. */
export const PROMPT_REFUSALS = {
  'opted-out': 'the person opted out; only their own text can ask to join again',
  'on-hold': 'the number is on hold until a person decides about its last text',
  'carrier-block': 'the carrier still blocks this number',
  'no-texts': 'the number does not take texts',
  'question-open': 'another question is open',
  'already-in': 'subscribed already',
  'too-young': 'they told a birth date that is too young, less than 90 days before',
  'asked-just-now': 'asked a moment ago',
  'asked-today': 'one prompt per program in 24 hours',
  'asked-often': 'three prompts per number in 30 days',
} as const;
export type PromptRefusal = keyof typeof PROMPT_REFUSALS;

/** Why an answer does not count. */
export const ANSWER_FLAWS = {
  'no-prompt': 'no open prompt',
  'too-late': 'too late',
  'before-prompt': 'older than its prompt',
  'opted-out-since': 'an opt-out came after its prompt',
  'program-ended': 'the program has ended',
  'nothing-to-ask': 'nothing is left to ask',
  'other-word': 'the word of another program',
} as const;
export type AnswerFlaw = keyof typeof ANSWER_FLAWS;

/** The rule by which staff read an opt-out out of a person's words. */
export const REVIEWED = 'review:opt-out';

export const CARRIER_ERROR = 'carrier error ';

/** The ledger's reason for a report of the carrier with this error code. */
export const carrierRule = (code: string): string => CARRIER_ERROR + code;

/** What a job found against a number. */
export type BarrierRule =
  | { name: 'said-gone' | 'said-no-texts' | 'line-no-texts' }
  | { name: 'failures'; times: number; withinDays: number }
  | { name: 'failures-of-sender'; sender: string; times: number; withinDays: number }
  | { name: 'verification'; refusal: NumberRefusal };

/** Why a number is reachable again: its proof, or evidence against it that turned out not to count. */
export type ReturnRule = { name: 'texted' | 'delivered' | 'evidence-gone' };

/** A rule about a number, as the ledger and the suppression's `source` name it. */
export function numberRule(rule: BarrierRule | ReturnRule): string {
  switch (rule.name) {
    case 'failures':
      return `messages failed on ${rule.times} days of ${rule.withinDays}`;
    case 'failures-of-sender':
      return `messages from ${rule.sender} failed on ${rule.times} days of ${rule.withinDays}`;
    case 'verification':
      return `${VERIFICATION}${rule.refusal}`;
    default:
      return NUMBER_RULES[rule.name];
  }
}

export const NUMBER_RULES = {
  'said-gone': 'the carrier said that the number does not exist',
  'said-no-texts': 'the carrier said that the number takes no texts',
  'line-no-texts': 'a message failed, and its line takes no texts',
  texted: 'a text from it came in',
  delivered: 'a message to it was delivered',
  'evidence-gone': 'a failure that it rested on does not count',
} as const;

export const VERIFICATION = 'verification:';

/** Suffix of an opt-out's reason when it also marks the number as wrong. */
export const WRONG_NUMBER = ' (wrong number)';

/** A hold ended without an opt-out of everything: the person's own decision was newer. */
export const CONFIRMED_SINCE = 'the person confirmed since';

/** A hold ended because nobody decided about it in time. */
export const UNDECIDED = 'nobody decided about the hold in time';

/**
 * The same in the ledger of a person under new keys: the old keys were lost, so no entry could be written when the
 * timer ran.
 */
export const UNDECIDED_LOST = `${UNDECIDED} (lost-key)`;

/** The reason of a pause of so many days. */
export const pauseOf = (days: number): string => `${days} days`;
