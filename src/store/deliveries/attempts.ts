import type { AnyBulkWriteOperation, Document } from 'mongodb';
import type { DecidedWhere } from '../../domain/hours/zones-of-person.ts';
import { CARRIER_STATES } from '../../domain/receipt-order.ts';
import type { Store } from '../store.ts';
import type { DeliveryDoc } from './delivery.ts';
import { ATTEMPT_OPEN } from './queue.ts';
import {
  endedRow,
  firstLookUps,
  NO_ATTEMPT_LEFT,
  OF_OPEN,
  plannedAgainRow,
  unknownRow,
} from './transitions.ts';

/** The carrier took one attempt of a delivery, and called it `sid`. */
type Accepted = {
  delivery: string;
  epoch: number;
  sid: string;
  at: Date;
  decidedAt: Date;
  where?: DecidedWhere;
};

/**
 * Records attempts that the carrier took, those of one epoch in one command. A receipt may have moved the row before,
 * or the sweep have called it unknown, and it may have been planned again since: the facts are noted whatever the state
 * is by then, and what the carrier has is not sent again.
 */
export async function recordAccepted(store: Store, accepted: readonly Accepted[]): Promise<void> {
  for (const epoch of new Set(accepted.map((one) => one.epoch))) {
    const group = accepted.filter((one) => one.epoch === epoch);
    const ids = group.map((one) => one.delivery);
    const { matchedCount } = await store.deliveries.updateMany(
      { _id: { $in: ids }, epoch },
      [{ $set: { told: toldBy(ids, group) } }, ...NOTE],
      { hint: { _id: 1 } },
    );
    if (matchedCount < ids.length) await noteDoubles(store, group);
  }
}

/** Messages of an attempt after which the row was flagged again. */
async function noteDoubles(store: Store, group: readonly Accepted[]): Promise<void> {
  const updates = group.map(({ delivery: _id, epoch, sid }) => ({
    updateOne: { filter: { _id, epoch: { $gt: epoch } }, update: { $addToSet: { extraSids: sid } } },
  }));
  await store.deliveries.bulkWrite(updates, { ordered: false });
}

function toldBy(ids: readonly string[], group: readonly Accepted[]): Document {
  const told = group.map(({ sid, at, decidedAt, where }) => ({
    sid,
    at,
    decidedAt,
    ...(where && { where }),
  }));
  return { $arrayElemAt: [{ $literal: told }, { $indexOfArray: [{ $literal: ids }, '$_id'] }] };
}

const known = (value: Document | string): Document => ({ $ifNull: [value, '$$REMOVE'] });

const byCarrier = { $in: ['$state', CARRIER_STATES] };

const NOTE: Document[] = [
  {
    $set: {
      state: { $cond: [byCarrier, '$state', 'accepted'] },
      error: known({ $cond: [byCarrier, '$error', null] }),
      acceptedAt: { $min: ['$acceptedAt', '$told.at'] },
      carrierSid: known({ $ifNull: ['$carrierSid', '$told.sid'] }),
      // A set of an object keeps what else it has.
      decision: {
        ...{ allowed: true, reasons: [], at: '$told.decidedAt', by: '$$REMOVE' },
        where: known('$told.where'),
      },
    },
  },
  { $unset: [...OF_OPEN, 'told'] },
];

/** What becomes of one attempt of a delivery of which the carrier did not say that it took it. */
export type Settlement = { delivery: string; epoch: number; where?: DecidedWhere } & (
  | { to: 'planned'; dueAt: Date; triedAgain?: true }
  /** Looked up from `at` on. */
  | { to: 'unknown'; error: string; decidedAt: Date; at: Date }
  | { to: 'failed'; error: string; decidedAt: Date }
);

const BY_ID = { _id: 1 as const };

/** Records them in one command. Each counts only where its attempt is the newest, and has not come to an end. */
export async function recordAttemptOutcomes(store: Store, settlements: readonly Settlement[]): Promise<void> {
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
    endedRow('failed', { decision, error, finalAt: decidedAt }),
  );
}

function movesTo(one: Settlement): AnyBulkWriteOperation<DeliveryDoc>[] {
  const filter = { _id: one.delivery, epoch: one.epoch, ...ATTEMPT_OPEN };
  if (one.to === 'planned') {
    const update = plannedAgainRow(one.dueAt, one.triedAgain && { triedAgain: true });
    return [{ updateOne: { filter: { ...filter, ...NO_ATTEMPT_LEFT }, hint: BY_ID, update } }];
  }
  const { error, decidedAt, where } = one;
  const decision = { allowed: true, reasons: [], at: decidedAt, ...(where && { where }) };
  if (one.to === 'unknown') {
    const flagged = { _id: one.delivery, epoch: one.epoch, state: 'sending' as const };
    return firstLookUps(one.at).map(({ lane, lookUpAt }) => {
      const { $set, $unset } = unknownRow(error, lookUpAt);
      return { updateOne: { filter: { ...flagged, lane }, update: { $set: { ...$set, decision }, $unset } } };
    });
  }
  const update = endedRow('failed', { decision, error, finalAt: decidedAt });
  return [{ updateOne: { filter, hint: BY_ID, update } }];
}
