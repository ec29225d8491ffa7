import type { AnyBulkWriteOperation } from 'mongodb';
import type { DecidedWhere } from '../../domain/hours/zones-of-person.ts';
import type { Store } from '../store.ts';
import type { DeliveryDoc } from './deliveries.ts';
import { UNSETTLED } from './due.ts';
import { firstLookUps, NONE_LEFT, toEnd, toPlanned, toUnknown } from './moves.ts';

/** What becomes of one attempt of a delivery of which the carrier did not say that it took it. */
export type Settlement = { delivery: string; epoch: number; where?: DecidedWhere } & (
  | { to: 'planned'; dueAt: Date; triedAgain?: true }
  /** Looked up from `at` on. */
  | { to: 'unknown'; error: string; decidedAt: Date; at: Date }
  | { to: 'failed'; error: string; decidedAt: Date }
);

const BY_ID = { _id: 1 as const };

/** Records them in one command. Each counts only where its attempt is the newest, and has not come to an end. */
export async function recordSettlements(store: Store, settlements: readonly Settlement[]): Promise<void> {
  if (settlements.length === 0) return;
  await store.deliveries.bulkWrite(settlements.flatMap(movesTo), { ordered: false });
}

/**
 * Ends an attempt of which it was written down that the carrier refused it: no message was made. However long its process is
 * dead, it is then not unknown what became of it.
 */
export async function recordRefused(
  store: Store,
  { delivery, epoch, error, decidedAt }: { delivery: string; epoch: number; error: string; decidedAt: Date },
): Promise<void> {
  const decision = { allowed: true, reasons: [], at: decidedAt };
  await store.deliveries.updateOne(
    { _id: delivery, epoch, state: { $in: ['sending', 'unknown'] } },
    toEnd('failed', { decision, error, finalAt: decidedAt }),
  );
}

function movesTo(one: Settlement): AnyBulkWriteOperation<DeliveryDoc>[] {
  const filter = { _id: one.delivery, epoch: one.epoch, ...UNSETTLED };
  if (one.to === 'planned') {
    const update = toPlanned(one.dueAt, one.triedAgain && { triedAgain: true });
    return [{ updateOne: { filter: { ...filter, ...NONE_LEFT }, hint: BY_ID, update } }];
  }
  const { error, decidedAt, where } = one;
  const decision = { allowed: true, reasons: [], at: decidedAt, ...(where && { where }) };
  if (one.to === 'unknown') {
    const flagged = { _id: one.delivery, epoch: one.epoch, state: 'sending' as const };
    return firstLookUps(one.at).map(({ lane, lookUpAt }) => {
      const { $set, $unset } = toUnknown(error, lookUpAt);
      return { updateOne: { filter: { ...flagged, lane }, update: { $set: { ...$set, decision }, $unset } } };
    });
  }
  const update = toEnd('failed', { decision, error, finalAt: decidedAt });
  return [{ updateOne: { filter, hint: BY_ID, update } }];
}
