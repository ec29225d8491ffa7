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
