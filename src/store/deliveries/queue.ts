import type { ClientSession, Filter } from 'mongodb';
import { ANSWERS, type Lane, type LaneKind, laneKind, laneOf } from '../../domain/sending/lanes.ts';
import type { Reason } from '../../domain/sending/send-rules.ts';
import type { Store } from '../store.ts';
import { type DeliveryDoc, QUEUE } from './delivery.ts';
import { deferredRow, endedRow, NO_ATTEMPT_LEFT, plannedAgainRow } from './transitions.ts';

/** A planned row whose time has come, as far as its turn depends on it. */
export type Due = Pick<DeliveryDoc, '_id' | 'parts' | 'lane' | 'class' | 'contact'>;

/** Lanes of a sender behind `after` in which rows are due, one look at the index for each. */
export async function findDueLanes(store: Store, sender: string, now: Date, after?: Lane): Promise<Lane[]> {
  const lanes: Lane[] = [];
  for (;;) {
    const last = lanes.at(-1) ?? after;
    const filter = { ...due(sender, now), ...(last === undefined ? {} : { lane: { $gt: last } }) };
    const row = await store.deliveries.findOne(filter, { sort: { lane: 1 }, projection: { lane: 1 } });
    if (row === null) return lanes;
    lanes.push(row.lane);
  }
}

/** Every sender, said so that the index is used which begins with it. */
const ANY = { $gt: '' };

/**
 * All senders at which rows are due, whichever process serves them. One command: a jump in the index for each sender, and
 * for each lane of it that has planned rows and none due, however many rows wait.
 */
export async function dueSenders(store: Store, now: Date): Promise<string[]> {
  return store.deliveries.distinct('sender', { sender: ANY, state: 'planned', dueAt: { $lte: now } });
}

/** Due rows of one lane, oldest first; to the contacts of `without` confirmations of opt-outs alone. */
export async function findDue(
  store: Store,
  from: { sender: string; lane: Lane; now: Date; limit: number; without?: readonly string[] },
): Promise<Due[]> {
  const { without = [] } = from;
  const may = [{ contact: { $nin: [...without] } }, { class: 'opt-out-confirmation' as const }];
  const others = without.length === 0 ? {} : { $or: may };
  const projection = { parts: 1, lane: 1, class: 1, contact: 1 };
  return store.deliveries
    .find({ ...due(from.sender, from.now), lane: from.lane, ...others }, { projection })
    .sort({ dueAt: 1 })
    .limit(from.limit)
    .toArray();
}

/** Answers to some contacts that are leaving, or may leave until `until`: what an answer of theirs may have to wait for. */
export async function openAnswers(
  store: Store,
  contacts: readonly string[],
  until: Date,
  session: ClientSession,
): Promise<Pick<DeliveryDoc, '_id' | 'contact' | 'rev' | 'place'>[]> {
  if (contacts.length === 0) return [];
  const ofTheirs = { contact: { $in: [...contacts] }, open: true as const, lane: ANSWERS };
  const soon = [{ state: 'sending' as const }, { draining: true as const }, { dueAt: { $lte: until } }];
  const projection = { contact: 1, rev: 1, place: 1 };
  return store.deliveries
    .find(
      { ...ofTheirs, state: { $in: ['planned', 'sending'] }, $or: soon },
      { projection, hint: 'open-of-contact', session },
    )
    .toArray();
}

/** Parts that are planned from a sender, due or not, as far as `most` rows tell. */
export async function partsPlanned(store: Store, sender: string, most: number): Promise<number> {
  const stages = [
    { $match: { sender, state: 'planned' } },
    { $limit: most },
    { $group: { _id: null, parts: { $sum: '$parts' } } },
  ];
  const [found] = await store.deliveries
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

/** Raises the flag: planned → sending under this owner, one epoch on. Returns the rows that are ours. */
export async function claimDeliveries(
  store: Store,
  ids: string[],
  { owner, leaseMs }: { owner: string; leaseMs: number },
  session: ClientSession,
): Promise<DeliveryDoc[]> {
  if (ids.length === 0) return [];
  // By the database's clock, as `expireClaims` reads it: the clocks of two processes may be far apart.
  const leaseUntil = { $add: ['$$NOW', leaseMs] };
  await store.deliveries.updateMany(
    { _id: { $in: ids }, state: 'planned' },
    [{ $set: { state: 'sending', owner, leaseUntil, epoch: { $add: ['$epoch', 1] } } }],
    { hint: { _id: 1 }, session },
  );
  return store.deliveries.find({ _id: { $in: ids }, owner, state: 'sending' }, { session }).toArray();
}

/** After its lease, ms. Shorter than a canceled campaign waits for what was flagged before it ends its last rows. */
export const TOLD_LATE_MS = 10_000;

/**
 * Rows of an attempt that has not ended. What is known of it holds also where the sweep took its process for dead, on a
 * machine too busy for it: what provably did not leave is not unknown. Of one that was away for longer it stays so.
 */
export const ATTEMPT_OPEN: Filter<DeliveryDoc> = {
  $or: [
    { state: 'sending' },
    { state: 'unknown', $expr: { $gt: ['$leaseUntil', { $subtract: ['$$NOW', TOLD_LATE_MS] }] } },
  ],
};

/**
 * Rows that may still be handed over: planned, or flagged and perhaps put back, also by a process that was taken for dead. Of an
 * index only these states are read: the branches of the `$or` would bound nothing.
 */
export const MAY_STILL_LEAVE: Filter<DeliveryDoc> = {
  state: { $in: ['planned', 'sending', 'unknown'] },
  $or: [{ state: 'planned' }, ATTEMPT_OPEN],
};

/** Lowers the flags of one owner's rows, none of which has left now or before; each is due again at `dueAt`. */
export async function releaseDeliveries(
  store: Store,
  ids: string[],
  owner: string,
  dueAt: Date,
): Promise<void> {
  if (ids.length === 0) return;
  await store.deliveries.updateMany(
    { _id: { $in: ids }, owner, ...ATTEMPT_OPEN, ...NO_ATTEMPT_LEFT },
    plannedAgainRow(dueAt),
    { hint: { _id: 1 } },
  );
}

/** A row that may go later: `heldBy` the rule on hours, `cappedBy` the cap or `dailyCap` the carrier's, that it waits for; none: a moment. */
export type DeferredDelivery = { id: string; until: Date } & Waiting;
type Waiting = Pick<DeliveryDoc, 'heldBy' | 'heldWhere' | 'cappedBy' | 'dailyCap'>;

/** Lowers the flags of one owner's rows, each until it may go. */
export async function deferDeliveries(
  store: Store,
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
  await store.deliveries.bulkWrite(writes, { ordered: false });
}

/** Where messages of no campaign and no journey wait. */
const SINGLE_LANES = (['help', 'transactional', 'marketing'] as const).map((of) => laneOf(of));

/** Ends what waits by itself at numbers from which nothing leaves, and is good no more: no round looks at it. How many. */
export async function expireAt(
  store: Store,
  senders: readonly string[],
  now: Date,
  goOn: () => boolean,
): Promise<number> {
  let rows = 0;
  for (const sender of senders) {
    if (!goOn()) break;
    const decision = { allowed: false, reasons: ['too-late' as const], at: now };
    const { modifiedCount } = await store.deliveries.updateMany(
      { sender, lane: { $in: SINGLE_LANES }, state: 'planned', validUntil: { $lte: now } },
      endedRow('expired', { decision }),
      { hint: QUEUE },
    );
    rows += modifiedCount;
  }
  return rows;
}

/** Lets replies go that waited until what their act ended was over. The dispatcher of their sender hears of it (`createDueWatcher`). */
export async function makeDueNow(
  store: Store,
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
  await store.deliveries.bulkWrite(updates, { ordered: false });
}

/** A row that may not go, and what ends it where it is no more than what others wait for. */
export type Refused = { row: Pick<DeliveryDoc, '_id' | 'epoch'>; reasons: Reason[] } & Waiting;

/** How a row ends that may not go for these reasons: `expired` where it comes too late, else `skipped`. */
export const endOf = (reasons: readonly Reason[]): 'expired' | 'skipped' =>
  reasons.includes('too-late') || reasons.includes('too-old') ? 'expired' : 'skipped';

/** Ends flagged rows that may not go, each with its reasons. */
export async function skipRefused(store: Store, refused: readonly Refused[], at: Date): Promise<void> {
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
  await store.deliveries.bulkWrite(updates, { ordered: false });
}

export type OldestDue = Record<LaneKind, Date | null>;

const BUDGET_MS = 1000;

/** Since when what is due at some senders has been; null where nothing is. One look at the index for each lane. */
export async function oldestDue(store: Store, senders: readonly string[], now: Date): Promise<OldestDue> {
  const oldest: OldestDue = { answers: null, orders: null, offers: null };
  for (const sender of senders) {
    for (const lane of await findDueLanes(store, sender, now)) {
      const row = await store.deliveries.findOne(
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
      // What answers a text from a spool is due since that came, and can leave only since it is here.
      const since = new Date(Math.max(row.createdAt.getTime(), row.dueAt.getTime()));
      if (oldest[kind] === null || since < oldest[kind]) oldest[kind] = since;
    }
  }
  return oldest;
}
