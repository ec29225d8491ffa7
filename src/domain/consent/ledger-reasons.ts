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
