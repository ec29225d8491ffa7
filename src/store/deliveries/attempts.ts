import type { AnyBulkWriteOperation, Document } from 'mongodb';
import type { DecidedWhere } from '../../domain/hours/zones-of-person.ts';
import { CARRIER_STATES } from '../../domain/receipt-order.ts';
import type { Database } from '../collection.ts';
import { type DeliveryDoc, deliveries } from './delivery.ts';
import { ATTEMPT_OPEN } from './queue.ts';
import {
  endedRow,
  firstLookUps,
  NO_ATTEMPT_LEFT,
  OF_OPEN,
  plannedAgainRow,
  unknownRow,
} from './transitions.ts';

/** The carrier accepted one attempt of a delivery under the id `sid`. */
type Accepted = {
  delivery: string;
  epoch: number;
  sid: string;
  at: Date;
  decidedAt: Date;
  where?: DecidedWhere;
};

/**
 * Records attempts that the carrier accepted, with one command per epoch. Meanwhile a delivery report may have
 * changed the delivery, or the sweep may have made it unknown, or it may have been planned again. So the facts are
 * recorded in any state, and a message that the carrier has is not sent again.
 */
export async function recordAccepted(database: Database, accepted: readonly Accepted[]): Promise<void> {
  for (const epoch of new Set(accepted.map((attempt) => attempt.epoch))) {
    const group = accepted.filter((attempt) => attempt.epoch === epoch);
    const ids = group.map((attempt) => attempt.delivery);
    const { matchedCount } = await deliveries(database).updateMany(
      { _id: { $in: ids }, epoch },
      [{ $set: { told: toldBy(ids, group) } }, ...NOTE],
      { hint: { _id: 1 } },
    );
    if (matchedCount < ids.length) await noteDoubles(database, group);
  }
}

/** Records extra messages: those of an attempt after which the delivery was claimed again. */
async function noteDoubles(database: Database, group: readonly Accepted[]): Promise<void> {
  const updates = group.map(({ delivery: _id, epoch, sid }) => ({
    updateOne: { filter: { _id, epoch: { $gt: epoch } }, update: { $addToSet: { extraSids: sid } } },
  }));
  await deliveries(database).bulkWrite(updates, { ordered: false });
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
      // `$set` with an object merges it into the existing one.
      decision: {
        ...{ allowed: true, reasons: [], at: '$told.decidedAt', by: '$$REMOVE' },
        where: known('$told.where'),
      },
    },
  },
  { $unset: [...OF_OPEN, 'told'] },
];

/** The outcome of an attempt that the carrier did not confirm. */
export type Settlement = { delivery: string; epoch: number; where?: DecidedWhere } & (
  | { to: 'planned'; dueAt: Date; triedAgain?: true }
  /** `at`: the outcome is unknown since then. */
  | { to: 'unknown'; error: string; decidedAt: Date; at: Date }
  | { to: 'failed'; error: string; decidedAt: Date }
);

const BY_ID = { _id: 1 as const };

/** Records outcomes in one command. Each applies only where its attempt is the newest and has not ended. */
export async function recordAttemptOutcomes(
  database: Database,
  settlements: readonly Settlement[],
): Promise<void> {
  if (settlements.length === 0) return;
  await deliveries(database).bulkWrite(settlements.flatMap(movesTo), { ordered: false });
}

/**
 * Ends an attempt that the carrier refused, as a kept refusal says: no message was made. The outcome is then known,
 * even if the process that made the call died long ago.
 */
export async function recordRefused(
  database: Database,
  { delivery, epoch, error, decidedAt }: { delivery: string; epoch: number; error: string; decidedAt: Date },
): Promise<void> {
  const decision = { allowed: true, reasons: [], at: decidedAt };
  await deliveries(database).updateOne(
    { _id: delivery, epoch, state: { $in: ['sending', 'unknown'] } },
    endedRow('failed', { decision, error, finalAt: decidedAt }),
  );
}

function movesTo(settlement: Settlement): AnyBulkWriteOperation<DeliveryDoc>[] {
  const filter = { _id: settlement.delivery, epoch: settlement.epoch, ...ATTEMPT_OPEN };
  if (settlement.to === 'planned') {
    const update = plannedAgainRow(settlement.dueAt, settlement.triedAgain && { triedAgain: true });
    return [{ updateOne: { filter: { ...filter, ...NO_ATTEMPT_LEFT }, hint: BY_ID, update } }];
  }
  const { error, decidedAt, where } = settlement;
  const decision = { allowed: true, reasons: [], at: decidedAt, ...(where && { where }) };
  if (settlement.to === 'unknown') {
    const flagged = { _id: settlement.delivery, epoch: settlement.epoch, state: 'sending' as const };
    return firstLookUps(settlement.at).map(({ lane, lookUpAt }) => {
      const { $set, $unset } = unknownRow(error, lookUpAt);
      return { updateOne: { filter: { ...flagged, lane }, update: { $set: { ...$set, decision }, $unset } } };
    });
  }
  const update = endedRow('failed', { decision, error, finalAt: decidedAt });
  return [{ updateOne: { filter, hint: BY_ID, update } }];
}
