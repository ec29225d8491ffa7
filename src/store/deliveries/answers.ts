import type { Document } from 'mongodb';
import type { DecidedWhere } from '../../domain/hours/zones-of-person.ts';
import { CARRIER_STATES } from '../../domain/receipt-order.ts';
import type { Store } from '../store.ts';
import { OF_OPEN } from './moves.ts';

/** The carrier took one attempt of a delivery, and called it `sid`. */
export type Accepted = {
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
