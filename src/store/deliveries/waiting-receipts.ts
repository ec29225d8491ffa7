import type { Filter, ObjectId } from 'mongodb';
import { HOUR_MS } from '../../domain/durations.ts';
import type { Posted } from '../../domain/receipt-order.ts';
import { keptSeconds } from '../../domain/retention.ts';
import { type Database, defineCollection } from '../collection.ts';

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

// Reports that name no delivery may not be ours at all. However many come, those that name one are found without
// reading them.
const NAMED = { delivery: { $type: 'string' as const } };
export const receipts = defineCollection<ReceiptDoc>()('receipts', {
  receipt: { key: { carrierSid: 1, status: 1, error: 1, doneDate: 1 }, unique: true },
  orphans: {
    key: { orphanAt: 1 },
    expireAfterSeconds: keptSeconds('receipts'),
    partialFilterExpression: { orphanAt: { $exists: true } },
  },
  due: { key: { tryAt: 1 } },
  'named-due': { key: { tryAt: 1 }, partialFilterExpression: NAMED },
});

/** Keeps raw reports, each once, dated by its first arrival. The first try is due after a few seconds. */
export async function keepWaitingReceipts(
  database: Database,
  reports: readonly Omit<ReceiptDoc, 'tries' | 'tryAt' | 'orphanAt'>[],
): Promise<void> {
  if (reports.length === 0) return;
  const writes = reports.map((receipt) => {
    const { carrierSid, status, error, doneDate, at, ...rest } = receipt;
    const $setOnInsert = { ...rest, tries: 0, tryAt: new Date(at.getTime() + WAITS.first) };
    const filter = { carrierSid, status, error, doneDate };
    return { updateOne: { filter, update: { $setOnInsert, $min: { at } }, upsert: true } };
  });
  await receipts(database).bulkWrite(writes, { ordered: false });
}

/**
 * Kept reports whose next try is due: first those that name a delivery, because the others may not be ours at all and
 * come in any number. Within each, longest waiting first.
 */
export async function findReceiptsToRetry(
  database: Database,
  now: Date,
  limit: number,
): Promise<KeptReceipt[]> {
  const find = (which: Filter<ReceiptDoc>, hint: string, most: number): Promise<KeptReceipt[]> =>
    receipts(database)
      .find({ ...which, tryAt: { $lte: now } }, { hint })
      .sort({ tryAt: 1 })
      .limit(most)
      .toArray();
  const named = await find(NAMED, receipts.hint('named-due'), limit);
  if (named.length === limit) return named;
  return [...named, ...(await find({ delivery: null }, receipts.hint('due'), limit - named.length))];
}

/** Postpones the next try, twice as long every time. */
export async function backOffReceipts(
  database: Database,
  kept: readonly KeptReceipt[],
  now: Date,
): Promise<void> {
  if (kept.length === 0) return;
  const writes = kept.map(({ _id, tries }) => {
    const wait = Math.min(WAITS.first * 2 ** (tries + 1), WAITS.most);
    const $set = { tries: tries + 1, tryAt: new Date(now.getTime() + wait) };
    return { updateOne: { filter: { _id }, update: { $set } } };
  });
  await receipts(database).bulkWrite(writes, { ordered: false });
}

/** Ends reports that found no delivery. From now on they are only counted. */
export async function endAsOrphans(
  database: Database,
  kept: readonly KeptReceipt[],
  now: Date,
): Promise<void> {
  if (kept.length === 0) return;
  const filter = { _id: { $in: kept.map(({ _id }) => _id) } };
  await receipts(database).updateMany(filter, { $set: { orphanAt: now }, $unset: { tryAt: true } });
}

/**
 * Ends reports that name no delivery and were due before `dueSince` without being tried: more come than can be tried.
 * Keeps those from one of our numbers with an error of `butOf`. Returns how many ended.
 */
export async function endUntried(
  database: Database,
  { dueSince, butOf }: { dueSince: Date; butOf: readonly string[] },
  now: Date,
): Promise<number> {
  const kept = [{ sender: { $type: 'string' as const }, error: { $in: [...butOf] } }];
  const late = { delivery: null, tryAt: { $lte: dueSince }, $nor: kept };
  const ended = await receipts(database).updateMany(
    late,
    { $set: { orphanAt: now }, $unset: { tryAt: true } },
    { hint: receipts.hint('due') },
  );
  return ended.modifiedCount;
}

/** Deletes raw reports that are finished. */
export async function dropReceipts(database: Database, reports: readonly Posted[]): Promise<void> {
  if (reports.length === 0) return;
  const deletes = reports.map(({ carrierSid, status, error, doneDate }) => ({
    deleteOne: { filter: { carrierSid, status, error, doneDate } },
  }));
  await receipts(database).bulkWrite(deletes, { ordered: false });
}

const ENDED = { orphanAt: { $exists: true } };
const BUDGET_MS = 5000;

/** Orphans of one UTC day, status and error. */
export type OrphanCount = { day: string; status: string; error: string | null; count: number };

/** Reports that ended without a delivery, by the day of their arrival. */
export async function countOrphans(database: Database): Promise<OrphanCount[]> {
  const day = { $dateToString: { date: '$at', format: '%Y-%m-%d' } };
  const stages = [
    { $match: ENDED },
    { $group: { _id: { day, status: '$status', error: '$error' }, count: { $sum: 1 } } },
    { $sort: { '_id.day': -1, '_id.status': 1, '_id.error': 1 } },
    { $project: { _id: 0, day: '$_id.day', status: '$_id.status', error: '$_id.error', count: 1 } },
  ];
  return receipts(database)
    .aggregate<OrphanCount>(stages, { hint: receipts.hint('orphans'), maxTimeMS: BUDGET_MS })
    .toArray();
}

/** Number of all orphans kept. */
export async function orphansInAll(database: Database): Promise<number> {
  return receipts(database).countDocuments(ENDED, { hint: receipts.hint('orphans'), maxTimeMS: BUDGET_MS });
}

/** Number of reports that still wait for their delivery. */
export async function waitingReceipts(database: Database): Promise<number> {
  return receipts(database).countDocuments(
    { tryAt: { $gt: new Date(0) } },
    { hint: receipts.hint('due'), maxTimeMS: BUDGET_MS },
  );
}
