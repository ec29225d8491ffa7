import type { Waits } from '../../domain/sending/delivery-sentence.ts';
import { ANSWERS } from '../../domain/sending/lanes.ts';
import { ANSWER_SEARCHES, OTHER_SEARCHES } from '../../domain/sending/unknown-outcome.ts';
import type { DeliveryDoc, DeliveryState } from './delivery.ts';

/** What ended rows say of a campaign that was canceled; those that an opt-out canceled say something else. */
export const CAMPAIGN_CANCELED = 'the campaign was canceled';

/** Fields of a row that waits, or is looked up, and of none that has come to an end. */
export const OF_OPEN = ['open', 'lookUpAt'] as const;

const CLOSE = { open: '' } as const;

/** What the sweep notes on a row, and the look-ups after it. */
const SWEPT = { error: '', lookUpAt: '' } as const;

/** What a row waits for beside its turn, and where it stands once it waits for its turn alone. */
const WAITED = {
  heldBy: 'waited.heldBy',
  heldWhere: 'waited.heldWhere',
  cappedBy: 'waited.cappedBy',
  dailyCap: 'waited.dailyCap',
} as const satisfies Record<keyof Waits, string>;

/**
 * Condition of every move back to planned. Where an earlier attempt turned out to have left, the row is not sent again: its
 * receipts end it.
 */
export const NO_ATTEMPT_LEFT = { extraSids: { $exists: false } };

const planned = (dueAt: Date) => ({ state: 'planned' as const, open: true as const, owner: null, dueAt });

/** A row of which nothing has left waits for its turn again, and for nothing else. */
export const plannedAgainRow = (dueAt: Date, told: Pick<DeliveryDoc, 'triedAgain'> = {}) => ({
  $set: { ...planned(dueAt), ...told },
  $unset: SWEPT,
  $rename: WAITED,
});

/** A row of which nothing has left waits for more than its turn, and no longer for what it waited for before. */
export function deferredRow(until: Date, why: Waits) {
  const gone = Object.keys(WAITED).filter((field) => !(field in why));
  const $unset = { ...SWEPT, waited: '' as const, ...Object.fromEntries(gone.map((field) => [field, ''])) };
  return { $set: { ...planned(until), ...why }, $unset };
}

/** Nobody knows what became of it; the carrier's list is searched for it from `lookUpAt` on, where that is given. */
export const unknownRow = (error: string, lookUpAt?: Date) => ({
  $set: { state: 'unknown' as const, error, ...(lookUpAt === undefined ? {} : { lookUpAt }) },
  $unset: CLOSE,
});

/** When the carrier's list is first searched for what is unknown since `at`, by the lane that it was sent in. */
export const firstLookUps = (at: Date) => [
  { lane: ANSWERS, lookUpAt: new Date(at.getTime() + ANSWER_SEARCHES.first) },
  { lane: { $ne: ANSWERS }, lookUpAt: new Date(at.getTime() + OTHER_SEARCHES.first) },
];

/** States in which a row waits for nothing that this side does. */
type End = Exclude<DeliveryState, 'planned' | 'sending' | 'unknown'>;

/** It has come to an end here, with what is told of it. */
export function endedRow(
  state: End,
  told: Partial<Pick<DeliveryDoc, 'acceptedAt' | 'decision' | 'error' | 'finalAt'>> & Waits,
) {
  const lookUp = { lookUpAt: '' as const };
  return {
    $set: { state, ...told },
    $unset: told.error === undefined ? { ...CLOSE, ...SWEPT } : { ...CLOSE, ...lookUp },
  };
}
