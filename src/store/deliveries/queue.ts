import type { ClientSession, Filter } from 'mongodb';
import { ANSWERS, type Lane, type LaneKind, laneKind, laneOf } from '../../domain/sending/lanes.ts';
import type { Reason } from '../../domain/sending/send-rules.ts';
import type { Database } from '../collection.ts';
import { type DeliveryDoc, deliveries, QUEUE } from './delivery.ts';
import { deferredRow, endedRow, NO_ATTEMPT_LEFT, plannedAgainRow } from './transitions.ts';

/** The fields of a due delivery that decide its turn. */
export type Due = Pick<DeliveryDoc, '_id' | 'parts' | 'lane' | 'class' | 'contact'>;

/** A sender's lanes behind `after` that have due deliveries. Needs one index lookup per lane. */
export async function findDueLanes(
  database: Database,
  sender: string,
  now: Date,
  after?: Lane,
): Promise<Lane[]> {
  const lanes: Lane[] = [];
  for (;;) {
    const last = lanes.at(-1) ?? after;
    const filter = { ...due(sender, now), ...(last === undefined ? {} : { lane: { $gt: last } }) };
    const row = await deliveries(database).findOne(filter, { sort: { lane: 1 }, projection: { lane: 1 } });
    if (row === null) return lanes;
    lanes.push(row.lane);
  }
}

/** Matches every sender, so that the index that begins with the sender is used. */
const ANY = { $gt: '' };

/**
 * All senders with due deliveries, whichever process serves them. One command: one index seek per sender, and per
 * lane with planned deliveries of which none is due, however many deliveries wait.
 */
export async function dueSenders(database: Database, now: Date): Promise<string[]> {
  return deliveries(database).distinct('sender', { sender: ANY, state: 'planned', dueAt: { $lte: now } });
}

/** Due deliveries of one lane, oldest first. For contacts in `without`, only confirmations of opt-outs. */
export async function findDue(
  database: Database,
  from: { sender: string; lane: Lane; now: Date; limit: number; without?: readonly string[] },
): Promise<Due[]> {
  const { without = [] } = from;
  const may = [{ contact: { $nin: [...without] } }, { class: 'opt-out-confirmation' as const }];
  const others = without.length === 0 ? {} : { $or: may };
  const projection = { parts: 1, lane: 1, class: 1, contact: 1 };
  return deliveries(database)
    .find({ ...due(from.sender, from.now), lane: from.lane, ...others }, { projection })
    .sort({ dueAt: 1 })
    .limit(from.limit)
    .toArray();
}

/**
 * Answers to some contacts that are being sent, or may be sent by `until`. Another answer to these contacts may have
 * to wait for them.
 */
export async function openAnswers(
  database: Database,
  contacts: readonly string[],
  until: Date,
  session: ClientSession,
): Promise<Pick<DeliveryDoc, '_id' | 'contact' | 'rev' | 'place'>[]> {
  if (contacts.length === 0) return [];
  const ofTheirs = { contact: { $in: [...contacts] }, open: true as const, lane: ANSWERS };
  const soon = [{ state: 'sending' as const }, { draining: true as const }, { dueAt: { $lte: until } }];
  const projection = { contact: 1, rev: 1, place: 1 };
  return deliveries(database)
    .find(
      { ...ofTheirs, state: { $in: ['planned', 'sending'] }, $or: soon },
      { projection, hint: deliveries.hint('open-of-contact'), session },
    )
    .toArray();
}

/** Planned parts of a sender, due or not, counted over at most `most` deliveries. */
export async function partsPlanned(database: Database, sender: string, most: number): Promise<number> {
  const stages = [
    { $match: { sender, state: 'planned' } },
    { $limit: most },
    { $group: { _id: null, parts: { $sum: '$parts' } } },
  ];
  const [found] = await deliveries(database)
    .aggregate<{ parts: number }>(stages, { hint: QUEUE, maxTimeMS: 1000 })
    .toArray();
  return found?.parts ?? 0;
}

const due = (sender: string, now: Date) => ({
  sender,
  state: 'planned' as const,
  open: true as const,
  dueAt: { $lte: now },
});

/** Claims deliveries: planned → sending under this owner, one epoch on. Returns the ones claimed. */
export async function claimDeliveries(
  database: Database,
  ids: string[],
  { owner, leaseMs }: { owner: string; leaseMs: number },
  session: ClientSession,
): Promise<DeliveryDoc[]> {
  if (ids.length === 0) return [];
  // By the database's clock, which `expireClaims` reads too: the clocks of two processes may differ widely.
  const leaseUntil = { $add: ['$$NOW', leaseMs] };
  await deliveries(database).updateMany(
    { _id: { $in: ids }, state: 'planned' },
    [{ $set: { state: 'sending', owner, leaseUntil, epoch: { $add: ['$epoch', 1] } } }],
    { hint: { _id: 1 }, session },
  );
  return deliveries(database)
    .find({ _id: { $in: ids }, owner, state: 'sending' }, { session })
    .toArray();
}

/**
 * Ms after its lease in which an outcome is still accepted. Shorter than a canceled campaign waits for earlier claims
 * before it ends its last deliveries.
 */
export const TOLD_LATE_MS = 10_000;

/**
 * Deliveries whose attempt has not ended. Includes attempts that the sweep made unknown a short time ago, because
 * their process seemed dead on a busy machine: a message that was provably not sent is not unknown. After a longer
 * silence the delivery stays unknown.
 */
export const ATTEMPT_OPEN: Filter<DeliveryDoc> = {
  $or: [
    { state: 'sending' },
    { state: 'unknown', $expr: { $gt: ['$leaseUntil', { $subtract: ['$$NOW', TOLD_LATE_MS] }] } },
  ],
};

/**
 * Deliveries that may still be handed over: planned, or claimed and perhaps put back, even by a process that seemed
 * dead. `state` limits the index scan; the branches of the `$or` would not.
 */
export const MAY_STILL_LEAVE: Filter<DeliveryDoc> = {
  state: { $in: ['planned', 'sending', 'unknown'] },
  $or: [{ state: 'planned' }, ATTEMPT_OPEN],
};

/** Releases the claims of one owner's deliveries, where no attempt was sent. Each is due again at `dueAt`. */
export async function releaseDeliveries(
  database: Database,
  ids: string[],
  owner: string,
  dueAt: Date,
): Promise<void> {
  if (ids.length === 0) return;
  await deliveries(database).updateMany(
    { _id: { $in: ids }, owner, ...ATTEMPT_OPEN, ...NO_ATTEMPT_LEFT },
    plannedAgainRow(dueAt),
    { hint: { _id: 1 } },
  );
}

/**
 * A delivery that may be sent later. `heldBy`: waits for quiet hours; `cappedBy`: for a cap; `dailyCap`: for the
 * carrier's daily cap; none: for a moment.
 */
export type DeferredDelivery = { id: string; until: Date } & Waiting;
type Waiting = Pick<DeliveryDoc, 'heldBy' | 'heldWhere' | 'cappedBy' | 'dailyCap'>;

/** Releases the claims of one owner's deliveries and defers each. */
export async function deferDeliveries(
  database: Database,
  held: readonly DeferredDelivery[],
  owner: string,
): Promise<void> {
  if (held.length === 0) return;
  const writes = held.map(({ id: _id, until, ...why }) => ({
    updateOne: {
      filter: { _id, owner, ...ATTEMPT_OPEN, ...NO_ATTEMPT_LEFT },
      hint: { _id: 1 as const },
      update: Object.keys(why).length === 0 ? plannedAgainRow(until) : deferredRow(until, why),
    },
  }));
  await deliveries(database).bulkWrite(writes, { ordered: false });
}

/** Lanes of messages outside campaigns and journeys. */
const SINGLE_LANES = (['help', 'transactional', 'marketing'] as const).map((of) => laneOf(of));

/** Ends expired single messages of numbers that send nothing, because no batch reads them. Returns how many. */
export async function expireAt(
  database: Database,
  senders: readonly string[],
  now: Date,
  goOn: () => boolean,
): Promise<number> {
  let rows = 0;
  for (const sender of senders) {
    if (!goOn()) break;
    const decision = { allowed: false, reasons: ['too-late' as const], at: now };
    const { modifiedCount } = await deliveries(database).updateMany(
      { sender, lane: { $in: SINGLE_LANES }, state: 'planned', validUntil: { $lte: now } },
      endedRow('expired', { decision }),
      { hint: QUEUE },
    );
    rows += modifiedCount;
  }
  return rows;
}

/**
 * Makes replies due that waited until their act was over. The dispatcher notices by the change stream
 * (`createDueWatcher`).
 */
export async function makeDueNow(
  database: Database,
  rows: readonly Pick<DeliveryDoc, '_id' | 'dueAt'>[],
): Promise<void> {
  if (rows.length === 0) return;
  const updates = rows.map(({ _id, dueAt }) => ({
    updateOne: {
      filter: { _id, state: 'planned' as const, draining: true as const },
      update: { $set: { dueAt }, $unset: { draining: '' as const } },
      hint: { _id: 1 as const },
    },
  }));
  await deliveries(database).bulkWrite(updates, { ordered: false });
}

/**
 * A delivery that may not be sent, with the reasons. The waiting fields say what ended it, where others would wait
 * for the same.
 */
export type Refused = { row: Pick<DeliveryDoc, '_id' | 'epoch'>; reasons: Reason[] } & Waiting;

/** The final state of a delivery refused for these reasons: `expired` where it is too late, else `skipped`. */
export const endOf = (reasons: readonly Reason[]): 'expired' | 'skipped' =>
  reasons.includes('too-late') || reasons.includes('too-old') ? 'expired' : 'skipped';

/** Ends claimed deliveries that may not be sent, each with its reasons. */
export async function endRefused(database: Database, refused: readonly Refused[], at: Date): Promise<void> {
  if (refused.length === 0) return;
  const updates = refused.map(({ row, reasons, ...why }) => ({
    updateOne: {
      filter: { _id: row._id, epoch: row.epoch, ...ATTEMPT_OPEN },
      hint: { _id: 1 as const },
      update: endedRow(endOf(reasons), {
        decision: { allowed: false, reasons, at },
        ...why,
      }),
    },
  }));
  await deliveries(database).bulkWrite(updates, { ordered: false });
}

export type OldestDue = Record<LaneKind, Date | null>;

const BUDGET_MS = 1000;

/**
 * Since when the oldest due delivery of each kind has been due at some senders; null where none is due. Needs one
 * index lookup per lane.
 */
export async function oldestDue(
  database: Database,
  senders: readonly string[],
  now: Date,
): Promise<OldestDue> {
  const oldest: OldestDue = { answers: null, orders: null, offers: null };
  for (const sender of senders) {
    for (const lane of await findDueLanes(database, sender, now)) {
      const row = await deliveries(database).findOne(
        { sender, lane, state: 'planned', dueAt: { $lte: now } },
        {
          sort: { dueAt: 1 },
          projection: { _id: 0, dueAt: 1, createdAt: 1 },
          hint: QUEUE,
          maxTimeMS: BUDGET_MS,
        },
      );
      if (row === null) continue;
      const kind = laneKind(lane);
      // The answer to a spooled text is due since the text came, and can be sent only since the answer exists.
      const since = new Date(Math.max(row.createdAt.getTime(), row.dueAt.getTime()));
      if (oldest[kind] === null || since < oldest[kind]) oldest[kind] = since;
    }
  }
  return oldest;
}
