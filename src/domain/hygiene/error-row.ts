/** What an error says, and of whom. `unreachable`: the phone was off or out of reach, or nobody says why. */
export const ERROR_CLASSES = [
  'gone',
  'not-mobile',
  'unreachable',
  'opted-out',
  'content',
  'our-fault',
  'network',
  'unknown',
] as const;
export type ErrorClass = (typeof ERROR_CLASSES)[number];

/** Where the carrier says it: in its answer to the create call, in a status callback, or in its debugger about a webhook of ours. */
export const STAGES = ['create', 'callback', 'webhook'] as const;
export type Stage = (typeof STAGES)[number];

/** What follows by itself. */
export const ACTIONS = {
  end: 'Consent ends and the number is suppressed. Only a new opt-in of the person opens it again.',
  count:
    'Counts as a soft failure; the number is suppressed after three on different days of a month. Consent stays.',
  verify:
    'Counts for this sender alone; where the line is known as one that takes no texts, consent ends at once.',
  'opt-out': 'Is taken as an opt-out from everything.',
  block:
    'Nothing more goes to the person from this sender; on a toll-free number it is taken as an opt-out. Elsewhere it counts as a soft failure too.',
  watch: 'A campaign pauses itself where the share of these passes its limit.',
  pause:
    'The sender stops until a person resumes it. Told in a callback, the message has failed, and its campaign pauses itself at the first one.',
  stop: 'The message waits and the sender stops until a person resumes it.',
  'try-again': 'The message waits and is tried again by itself.',
  'look-up': "The outcome is unknown; the carrier's list is searched twice for the message.",
  fail: 'The message fails; nothing is held against the number.',
  fetch: "Texts it may have cost are fetched from the carrier's list every five minutes.",
} as const;
export type Action = keyof typeof ACTIONS;

/** How often a number must meet an error, on different days within so many days, before it has its effect. */
export type Threshold = { times: number; withinDays: number };

/**
 * How far it stops sending, in an answer to the create call or, where `seen` has `callback`, by a receipt: `account` by a receipt
 * all our numbers; `sender-at-home` not where the recipient is abroad.
 */
export type Stops = 'account' | 'sender' | 'sender-at-home';

export type ErrorRow = {
  code: string;
  class: ErrorClass;
  action: Action;
  /** Null where it does not depend on the number's past. */
  threshold: Threshold | null;
  seen: readonly Stage[];
  /** Null: it fails its message alone. */
  stops: Stops | null;
  /** The message may have reached the person all the same. */
  mayHaveArrived: boolean;
  /** What happened, in a sentence anyone can read. */
  sentence: string;
  /** What a person may do. */
  todo: string;
  source: string;
};

/**
 * A code that speaks of the number itself ends it at once: writing on to a dead number gets the sender filtered and may
 * reach its next holder, while a number ended in error comes back with the person's next JOIN. A burst of such codes
 * is an incident and is not believed.
 */
const AT_ONCE: Threshold = { times: 1, withinDays: 1 };
/** A phone may be off for one evening, or for a journey; not each time for a month. A choice. */
const THREE_DAYS: Threshold = { times: 3, withinDays: 30 };

const THRESHOLDS: Partial<Record<Action, Threshold>> = {
  end: AT_ONCE,
  count: THREE_DAYS,
  block: THREE_DAYS,
  verify: THREE_DAYS,
};

type Common = Pick<ErrorRow, 'class' | 'action' | 'seen'> & { stops?: Stops; mayHaveArrived?: true };

/** Rows that differ in their words alone: code to what happened and what to do. */
export function rows(common: Common, words: Record<number, [sentence: string, todo: string]>): ErrorRow[] {
  return Object.entries(words).map(([code, [sentence, todo]]) => ({
    code,
    ...common,
    stops: common.stops ?? null,
    mayHaveArrived: common.mayHaveArrived ?? false,
    threshold: THRESHOLDS[common.action] ?? null,
    sentence,
    todo,
    source: `https://www.twilio.com/docs/api/errors/${code}`,
  }));
}
