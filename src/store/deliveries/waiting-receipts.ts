import type { Filter, ObjectId } from 'mongodb';
import { Schema } from 'mongoose';
import { HOUR_MS } from '../../domain/durations.ts';
import type { Posted } from '../../domain/receipt-order.ts';
import { keptSeconds } from '../../domain/retention.ts';
import type { Store } from '../store.ts';

/**
 * One raw delivery report that is not finished: its delivery is not known (yet), a later attempt of the delivery is
 * under way, or the opt-out that it reports is still to be recorded. A report that was applied to its delivery is
 * kept only there.
 */
export type ReceiptDoc = Posted & {
  /** From the callback's address; null where the address named none. */
  delivery: string | null;
  epoch: number | null;
  /**
   * Blind index of the recipient, where the report names no delivery or reports an opt-out; null where `To` is no
   * phone number.
   */
  index: string | null;
  /** In the same cases: our number that sent the message. Absent where the number is not ours. */
  sender?: string;
  tries: number;
  /** Absent on an orphan: it is not tried again. */
  tryAt?: Date;
  /** When the report ended without a delivery; absent while it waits. */
  orphanAt?: Date;
};
export type KeptReceipt = ReceiptDoc & { _id: ObjectId };

/** First and longest wait between two tries, ms. */
const WAITS = { first: 5_000, most: 6 * HOUR_MS };

export const receiptSchema = new Schema(
  {
    carrierSid: { type: String, required: true },
    status: { type: String, required: true },
    error: String,
    doneDate: String,
    at: { type: Date, required: true },
    delivery: String,
    epoch: Number,
    index: String,
    sender: String,
    tries: Number,
    tryAt: Date,
    orphanAt: Date,
  },
  { collection: 'receipts', strict: 'throw', versionKey: false, autoIndex: false },
);
receiptSchema.index({ carrierSid: 1, status: 1, error: 1, doneDate: 1 }, { unique: true, name: 'receipt' });
receiptSchema.index(
  { orphanAt: 1 },
  {
    ...{ expireAfterSeconds: keptSeconds('receipts'), name: 'orphans' },
    partialFilterExpression: { orphanAt: { $exists: true } },
  },
);
receiptSchema.index({ tryAt: 1 }, { name: 'due' });
// Reports that name no delivery may not be ours at all. However many come, those that name one are found without
// reading them.
const NAMED = { delivery: { $type: 'string' as const } };
receiptSchema.index({ tryAt: 1 }, { name: 'named-due', partialFilterExpression: NAMED });

/** Keeps raw reports, each once, dated by its first arrival. The first try is due after a few seconds. */
export async function keepWaitingReceipts(
  store: Store,
  receipts: readonly Omit<ReceiptDoc, 'tries' | 'tryAt' | 'orphanAt'>[],
): Promise<void> {
  if (receipts.length === 0) return;
  const writes = receipts.map((receipt) => {
    const { carrierSid, status, error, doneDate, at, ...rest } = receipt;
    const $setOnInsert = { ...rest, tries: 0, tryAt: new Date(at.getTime() + WAITS.first) };
    const filter = { carrierSid, status, error, doneDate };
    return { updateOne: { filter, update: { $setOnInsert, $min: { at } }, upsert: true } };
  });
  await store.receipts.bulkWrite(writes, { ordered: false });
}

/**
 * Kept reports whose next try is due: first those that name a delivery, because the others may not be ours at all and
 * come in any number. Within each, longest waiting first.
 */
export async function findReceiptsToRetry(store: Store, now: Date, limit: number): Promise<KeptReceipt[]> {
  const find = (which: Filter<ReceiptDoc>, hint: string, most: number): Promise<KeptReceipt[]> =>
    store.receipts
      .find({ ...which, tryAt: { $lte: now } }, { hint })
      .sort({ tryAt: 1 })
      .limit(most)
      .toArray();
  const named = await find(NAMED, 'named-due', limit);
  if (named.length === limit) return named;
  return [...named, ...(await find({ delivery: null }, 'due', limit - named.length))];
}

/** Postpones the next try, twice as long every time. */
export async function backOffReceipts(store: Store, kept: readonly KeptReceipt[], now: Date): Promise<void> {
  if (kept.length === 0) return;
  const writes = kept.map(({ _id, tries }) => {
    const wait = Math.min(WAITS.first * 2 ** (tries + 1), WAITS.most);
    const $set = { tries: tries + 1, tryAt: new Date(now.getTime() + wait) };
    return { updateOne: { filter: { _id }, update: { $set } } };
  });
  await store.receipts.bulkWrite(writes, { ordered: false });
}

/** Ends reports that found no delivery. From now on they are only counted. */
export async function endAsOrphans(store: Store, kept: readonly KeptReceipt[], now: Date): Promise<void> {
  if (kept.length === 0) return;
  const filter = { _id: { $in: kept.map(({ _id }) => _id) } };
  await store.receipts.updateMany(filter, { $set: { orphanAt: now }, $unset: { tryAt: true } });
}

/**
 * Ends reports that name no delivery and were due before `dueSince` without being tried: more come than can be tried.
 * Keeps those from one of our numbers with an error of `butOf`. Returns how many ended.
 */
export async function endUntried(
  store: Store,
  { dueSince, butOf }: { dueSince: Date; butOf: readonly string[] },
  now: Date,
): Promise<number> {
  const kept = [{ sender: { $type: 'string' as const }, error: { $in: [...butOf] } }];
  const late = { delivery: null, tryAt: { $lte: dueSince }, $nor: kept };
  const ended = await store.receipts.updateMany(
    late,
    { $set: { orphanAt: now }, $unset: { tryAt: true } },
    { hint: 'due' },
  );
  return ended.modifiedCount;
}

/** Deletes raw reports that are finished. */
export async function dropReceipts(store: Store, receipts: readonly Posted[]): Promise<void> {
  if (receipts.length === 0) return;
  const deletes = receipts.map(({ carrierSid, status, error, doneDate }) => ({
    deleteOne: { filter: { carrierSid, status, error, doneDate } },
  }));
  await store.receipts.bulkWrite(deletes, { ordered: false });
}

const ENDED = { orphanAt: { $exists: true } };
const BUDGET_MS = 5000;

/** Orphans of one UTC day, status and error. */
export type OrphanCount = { day: string; status: string; error: string | null; count: number };

/** Reports that ended without a delivery, by the day of their arrival. */
export async function countOrphans(store: Store): Promise<OrphanCount[]> {
  const day = { $dateToString: { date: '$at', format: '%Y-%m-%d' } };
  const stages = [
    { $match: ENDED },
    { $group: { _id: { day, status: '$status', error: '$error' }, count: { $sum: 1 } } },
    { $sort: { '_id.day': -1, '_id.status': 1, '_id.error': 1 } },
    { $project: { _id: 0, day: '$_id.day', status: '$_id.status', error: '$_id.error', count: 1 } },
  ];
  return store.receipts.aggregate<OrphanCount>(stages, { hint: 'orphans', maxTimeMS: BUDGET_MS }).toArray();
}

/** Number of all orphans kept. */
export async function orphansInAll(store: Store): Promise<number> {
  return store.receipts.countDocuments(ENDED, { hint: 'orphans', maxTimeMS: BUDGET_MS });
}

/** Number of reports that still wait for their delivery. */
export async function waitingReceipts(store: Store): Promise<number> {
  return store.receipts.countDocuments(
    { tryAt: { $gt: new Date(0) } },
    { hint: 'due', maxTimeMS: BUDGET_MS },
  );
}
