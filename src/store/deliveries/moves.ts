import type { DeliveryDoc, DeliveryState } from './deliveries.ts';

/** Fields of a row that waits, or is looked up, and of none that has come to an end. */
export const OF_OPEN = ['open', 'lookUpAt'] as const;

const CLOSE = { open: '' } as const;

/** What the sweep notes on a row, and the look-ups after it. */
const SWEPT = { error: '', lookUpAt: '' } as const;

/** What a row waited for beside its turn. */
const WAITED = { heldBy: '', heldWhere: '', cappedBy: '', dailyCap: '' } as const;

/**
 * Condition of every move back to planned. Where an earlier attempt turned out to have left, the row is not sent again: its
 * receipts end it.
 */
export const NONE_LEFT = { extraSids: { $exists: false } };

/** A row of which nothing has left waits for its turn again, and for nothing else. */
export const toPlanned = (dueAt: Date) => ({
  $set: { state: 'planned' as const, open: true as const, owner: null, dueAt },
  $unset: { ...SWEPT, ...WAITED },
});

/** Nobody knows what became of it; the carrier's list is searched for it from `lookUpAt` on, where that is given. */
export const toUnknown = (error: string, lookUpAt?: Date) => ({
  $set: { state: 'unknown' as const, error, ...(lookUpAt === undefined ? {} : { lookUpAt }) },
  $unset: CLOSE,
});

/** States in which a row waits for nothing that this side does. */
type End = Exclude<DeliveryState, 'planned' | 'sending' | 'unknown'>;

/** It has come to an end here, with what is told of it. */
export function toEnd(
  state: End,
  told: Partial<Pick<DeliveryDoc, 'acceptedAt' | 'cappedBy' | 'decision' | 'error' | 'finalAt'>>,
) {
  const lookUp = { lookUpAt: '' as const };
  return {
    $set: { state, ...told },
    $unset: told.error === undefined ? { ...CLOSE, ...SWEPT } : { ...CLOSE, ...lookUp },
  };
}

/** A row that was flagged once more for nothing is what it was before. */
export const toWhatItWas = (state: DeliveryState) => ({ $set: { state }, $unset: CLOSE });
