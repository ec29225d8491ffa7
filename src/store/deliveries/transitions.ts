import { CANCEL_CAUSES, type CancelCause, type Waits } from '../../domain/sending/delivery-sentence.ts';
import { ANSWERS } from '../../domain/sending/lanes.ts';
import { ANSWER_SEARCHES, OTHER_SEARCHES } from '../../domain/sending/unknown-outcome.ts';
import type { DeliveryDoc, DeliveryState } from './delivery.ts';

/** Fields of a delivery that waits or is being searched for. A final delivery has none of them. */
export const OF_OPEN = ['open', 'lookUpAt'] as const;

const CLOSE = { open: '' } as const;

/** Fields that the sweep and its searches set. */
const SWEPT = { error: '', lookUpAt: '' } as const;

/**
 * What a delivery waits for besides its turn, and the field that keeps it once the delivery waits only for its turn.
 */
const WAITED = {
  heldBy: 'waited.heldBy',
  heldWhere: 'waited.heldWhere',
  cappedBy: 'waited.cappedBy',
  dailyCap: 'waited.dailyCap',
} as const satisfies Record<keyof Waits, string>;

/**
 * Condition of every move back to planned. A delivery of which an earlier attempt was sent is not sent again; its
 * delivery reports end it.
 */
export const NO_ATTEMPT_LEFT = { extraSids: { $exists: false } };

const planned = (dueAt: Date) => ({ state: 'planned' as const, open: true as const, owner: null, dueAt });

/** An unsent delivery waits again, only for its turn. */
export const plannedAgainRow = (dueAt: Date, told: Pick<DeliveryDoc, 'triedAgain'> = {}) => ({
  $set: { ...planned(dueAt), ...told },
  $unset: SWEPT,
  $rename: WAITED,
});

/** An unsent delivery waits for a new reason, and no longer for the old one. */
export function deferredRow(until: Date, why: Waits) {
  const gone = Object.keys(WAITED).filter((field) => !(field in why));
  const $unset = { ...SWEPT, waited: '' as const, ...Object.fromEntries(gone.map((field) => [field, ''])) };
  return { $set: { ...planned(until), ...why }, $unset };
}

/** The outcome is unknown. The message list is searched from `lookUpAt` on, where given. */
export const unknownRow = (error: string, lookUpAt?: Date) => ({
  $set: { state: 'unknown' as const, error, ...(lookUpAt === undefined ? {} : { lookUpAt }) },
  $unset: CLOSE,
});

/** When the message list is first searched for deliveries unknown since `at`, by their lane. */
export const firstLookUps = (at: Date) => [
  { lane: ANSWERS, lookUpAt: new Date(at.getTime() + ANSWER_SEARCHES.first) },
  { lane: { $ne: ANSWERS }, lookUpAt: new Date(at.getTime() + OTHER_SEARCHES.first) },
];

/** States in which this side has nothing left to do for a delivery. */
type End = Exclude<DeliveryState, 'planned' | 'sending' | 'unknown'>;

/** The delivery has ended, with the given details. */
export function endedRow(
  state: End,
  told: Partial<Pick<DeliveryDoc, 'acceptedAt' | 'decision' | 'endedBy' | 'error' | 'finalAt'>> & Waits,
) {
  const lookUp = { lookUpAt: '' as const };
  return {
    $set: { state, ...told },
    $unset: told.error === undefined ? { ...CLOSE, ...SWEPT } : { ...CLOSE, ...lookUp },
  };
}

/** The delivery is canceled before it was sent. */
export const canceledRow = (endedBy: CancelCause) =>
  endedRow('canceled', { endedBy, error: CANCEL_CAUSES[endedBy] });
