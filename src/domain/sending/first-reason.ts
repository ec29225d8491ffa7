import { codeOf } from '../hygiene/error-codes.ts';
import { CANCEL_CAUSES, type CancelCause, DELIVERY_STATES } from './delivery-sentence.ts';
import { REASONS, type Reason } from './send-rules.ts';

/** What a delivery says about why it did not arrive. */
export type ReasonFacts = {
  state: (typeof DELIVERY_STATES)[number];
  decision: { reasons: readonly Reason[] } | null;
  endedBy?: CancelCause;
  error?: string;
};

/** States of a message that did not arrive, or of which nobody knows. */
const WITH_REASON = ['undelivered', 'failed', 'skipped', 'canceled', 'expired', 'unknown'] as const;

/** The states in which nothing speaks against a message: it arrived, or still may. */
export const WITHOUT_REASON = DELIVERY_STATES.filter(
  (state) => !WITH_REASON.some((ended) => ended === state),
);

/** Stands for a message without a recorded reason. */
export const NO_REASON = 'none';

/**
 * The one reason under which a message is counted, so that counts by reason add up to the number of messages: what
 * canceled it, the first rule that stopped it, or the carrier's code. Null for a message that arrived or still may.
 */
export function firstReason({ state, decision, endedBy, error }: ReasonFacts): string | null {
  if (!WITH_REASON.some((ended) => ended === state)) return null;
  if (state === 'canceled') return endedBy ?? NO_REASON;
  if (state === 'skipped') return decision?.reasons[0] ?? NO_REASON;
  return error ?? NO_REASON;
}

/** The states of a message that can have this first reason. A canceled message has the cause that canceled it. */
export const statesWithReason = (reason: string): (typeof WITH_REASON)[number][] =>
  WITH_REASON.filter(
    (state) => state !== 'canceled' || reason === NO_REASON || Object.hasOwn(CANCEL_CAUSES, reason),
  );

/** A first reason in words. A carrier's code stands behind what it means. */
export function firstReasonWords(reason: string): string {
  if (reason === NO_REASON) return 'No reason was recorded.';
  if (Object.hasOwn(REASONS, reason)) return REASONS[reason as Reason];
  if (Object.hasOwn(CANCEL_CAUSES, reason)) return `Canceled: ${CANCEL_CAUSES[reason as CancelCause]}.`;
  const known = codeOf(reason);
  if (known !== null) return `${known.sentence.replace(/\.$/, '')} (error ${reason}).`;
  return /^\d{3,6}$/.test(reason)
    ? `The carrier answered with error ${reason}.`
    : `Recorded as its end: ${reason}.`;
}

/** What a reader can do about messages of one reason, by the rule or the cause that stopped them. */
const STEPS: Readonly<Record<Reason | CancelCause, string>> = {
  'no-inbound': 'Nothing: it was an answer, and there is no text to answer.',
  'too-old': 'Nothing: the text is too old to be answered. They may text again.',
  'opted-out': 'Nothing. Only they can: by their own JOIN or START.',
  held: 'Decide their hold. Until then nothing is sent to them.',
  'carrier-blocks': 'Nothing. Only they can: they must text START to this number.',
  'bad-number': 'Nothing: the number takes no texts. Ask them for another number.',
  'prompt-closed': 'Nothing: they answered it, or it was too old. Ask them to join again if they want to.',
  'not-subscribed': 'Nothing. Only they can: by answering YES to the question.',
  'consent-lapsed':
    'If they still want texts: on their record, ask them to renew. Or they text the keyword of the program.',
  'topic-gone': 'Choose a topic that the program has, and send again.',
  'topic-off': 'Nothing. Only they can: by choosing the topic.',
  'wrong-purpose': 'Nothing. Only they can: by agreeing to this kind of message.',
  paused: 'Wait until their pause ends, or until they text RESUME.',
  'other-number-stopped': 'Nothing. Only they can: by joining again.',
  'other-number-held': 'Decide the hold of their other number.',
  'other-number-paused': 'Wait until the pause of their other number ends.',
  'same-person': 'Nothing: their other number was chosen.',
  'number-changed': 'Nothing: the number has another holder, or the person another number.',
  'program-ended': 'Nothing: an ended program sends no more.',
  'too-late': 'Send again to those who missed it, if it still matters.',
  capped: 'Send again to those who missed it, once there is room under the cap.',
  'quiet-hours': 'Send again to those who missed it, at an hour that is permitted.',
  'hour-passed': 'Send again to those who missed it, at a later hour.',
  'no-text': 'Give the template a fallback for the field that is missing.',
  'no-coupon': 'Add codes to the pool, then send again to those who missed it.',
  'no-sender': 'Give the program a sender that reaches their country.',
  holdout: 'Nothing: they are left out so that the effect can be measured.',
  'opt-out': 'Nothing. Only they can: by their own JOIN or START.',
  hold: 'Decide their hold. What was canceled is not sent again.',
  'prompt-refused': 'Nothing: they said no.',
  'opt-out-elsewhere': 'Nothing. Only they can: by joining again.',
  'hold-elsewhere': 'Decide the hold of their other number.',
  'prompt-refused-elsewhere': 'Nothing: they said no on another number.',
  'new-holder': 'Nothing: the number belongs to somebody else now.',
  'campaign-canceled': 'Nothing: staff canceled the campaign. Duplicate it to send it again.',
  'journey-stopped': 'Nothing: staff stopped the journey.',
};

/** What a reader can do about messages of one first reason, as one sentence. */
export function nextStepWords(reason: string): string {
  if (Object.hasOwn(STEPS, reason)) return STEPS[reason as Reason | CancelCause];
  const known = codeOf(reason);
  if (known !== null) return known.todo;
  if (/^\d{3,6}$/.test(reason)) return 'Look the error up at the carrier: its code is not known here.';
  return 'Open one of them: its page says what is known and what is being looked up.';
}
