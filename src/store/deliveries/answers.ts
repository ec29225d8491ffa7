import type { ClientSession, Document, Filter } from 'mongodb';
import type { DecidedWhere } from '../../domain/hours/zones-of-person.ts';
import { CARRIER_STATES } from '../../domain/receipt-order.ts';
import type { Store } from '../store.ts';
import type { DeliveryDoc } from './deliveries.ts';
import { NONE_LEFT, OF_OPEN, toEnd, toPlanned, toUnknown, toWhatItWas } from './moves.ts';

/** The carrier took one attempt of a delivery, and called it `sid`. */
export type Accepted = {
  delivery: string;
  epoch: number;
  sid: string;
  at: Date;
  decidedAt: Date;
  where?: DecidedWhere;
};

/** Answers in TwiML that went out. They tell no id of the carrier, and their decision stands since they were written. */
export async function recordAnswered(
  store: Store,
  answered: readonly { delivery: string; epoch: number }[],
  at: Date,
): Promise<void> {
  for (const epoch of new Set(answered.map((one) => one.epoch))) {
    const ids = answered.filter((one) => one.epoch === epoch).map((one) => one.delivery);
    await store.deliveries.updateMany(
      { _id: { $in: ids }, epoch, state: { $in: ['sending', 'unknown'] } },
      toEnd('accepted', { acceptedAt: at }),
      { hint: { _id: 1 } },
    );
  }
}

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

/** The carrier has named no message of it, by an answer or by a receipt. */
const NAMELESS = { carrierSid: { $exists: false }, ...NONE_LEFT };

/**
 * Answers flagged to be said for the first time, whatever the sweep made of them since. A dispatcher names itself as the owner,
 * and whoever gives an answer again raises the epoch beyond what nobody said.
 */
const unsaid = (ids: string[]): Filter<DeliveryDoc> => ({
  ...{ _id: { $in: ids }, owner: null, state: { $in: ['sending', 'unknown'] } },
  $expr: { $eq: ['$epoch', { $add: [{ $ifNull: ['$unsaid', 0] }, 1] }] },
  ...{ acceptedAt: { $exists: false }, ...NAMELESS },
});

export async function findUnsaid(store: Store, ids: string[]): Promise<DeliveryDoc[]> {
  return store.deliveries.find(unsaid(ids), { hint: { _id: 1 } }).toArray();
}

/** Plans answers of which whoever had them flagged knows that nobody said them. */
export async function planUnsaid(store: Store, ids: string[], now: Date): Promise<void> {
  if (ids.length === 0) return;
  await store.deliveries.updateMany(unsaid(ids), toPlanned(now), { hint: { _id: 1 } });
}

/**
 * Flags a row once more for an answer that is asked for again; null where it moved meanwhile, or the carrier has it by a
 * create call or by its own word: given once more it would arrive twice. No dispatcher owns it then. `first`: nobody has
 * said it so far.
 */
export async function flagAgain(
  store: Store,
  row: DeliveryDoc,
  { leaseUntil, first }: { leaseUntil: Date; first: boolean },
  session: ClientSession,
): Promise<DeliveryDoc | null> {
  const flag = { state: 'sending' as const, open: true as const, owner: null, leaseUntil };
  return store.deliveries.findOneAndUpdate(
    { _id: row._id, state: row.state, epoch: row.epoch, ...NAMELESS },
    { $set: { ...flag, ...(first && { unsaid: row.epoch }) }, $inc: { epoch: 1 } },
    { returnDocument: 'after', session },
  );
}

/**
 * Takes a flag of `flagAgain` back: the row is again what it was, for an answer that may not be given twice. One whose
 * process had died is unknown, and due to be looked up.
 */
export async function unflag(
  store: Store,
  flagged: DeliveryDoc,
  before: DeliveryDoc,
  now: Date,
): Promise<void> {
  const { $set, $unset } =
    before.state === 'sending'
      ? toUnknown('its process ended, and it might not be given again', now)
      : toWhatItWas(before.state);
  await store.deliveries.updateOne(
    { _id: flagged._id, state: 'sending', epoch: flagged.epoch },
    { $set: { ...$set, leaseUntil: before.leaseUntil }, $unset },
  );
}
