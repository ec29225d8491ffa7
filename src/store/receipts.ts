import type { ObjectId } from 'mongodb';
import { Schema } from 'mongoose';
import type { Posted } from '../domain/receipt-order.ts';
import type { Store } from './store.ts';

/**
 * One raw receipt that is not finished with: its delivery is not known (yet), a later attempt of it is under way, or
 * the opt-out it tells of is still to be recorded. What is folded into its delivery is kept there alone.
 */
export type ReceiptDoc = Posted & {
  /** From the callback's address; null where it named none. */
  delivery: string | null;
  epoch: number | null;
  /** Blind index of the recipient, where no delivery is named; null where `To` is no phone number. */
  index: string | null;
  tries: number;
  tryAt: Date;
};
export type KeptReceipt = ReceiptDoc & { _id: ObjectId };

/** How long an orphan waits for its delivery, s. */
const KEPT_S = 7 * 86_400;

/** First and longest wait between two tries, ms. */
const WAITS = { first: 5_000, most: 6 * 3_600_000 };

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
    tries: Number,
    tryAt: { type: Date, required: true },
  },
  { collection: 'receipts', strict: 'throw', versionKey: false, autoIndex: false },
);
receiptSchema.index({ carrierSid: 1, status: 1, error: 1, doneDate: 1 }, { unique: true, name: 'receipt' });
receiptSchema.index({ at: 1 }, { expireAfterSeconds: KEPT_S, name: 'orphan-age' });
receiptSchema.index({ tryAt: 1 }, { name: 'due' });

/** Keeps raw receipts, each once, as of when it first came. The first try is due after a few seconds. */
export async function keepReceipts(
  store: Store,
  receipts: readonly Omit<ReceiptDoc, 'tries' | 'tryAt'>[],
): Promise<void> {
  if (receipts.length === 0) return;
  const writes = receipts.map((one) => {
    const { carrierSid, status, error, doneDate, at, ...rest } = one;
    const $setOnInsert = { ...rest, tries: 0, tryAt: new Date(at.getTime() + WAITS.first) };
    const filter = { carrierSid, status, error, doneDate };
    return { updateOne: { filter, update: { $setOnInsert, $min: { at } }, upsert: true } };
  });
  await store.receipts.bulkWrite(writes, { ordered: false });
}

/** Kept receipts whose next try is due, the longest waiting first. */
export async function findKept(store: Store, now: Date, limit: number): Promise<KeptReceipt[]> {
  return store.receipts
    .find({ tryAt: { $lte: now } })
    .sort({ tryAt: 1 })
    .limit(limit)
    .toArray();
}

/** Puts the next try off, twice as long every time. */
export async function putOff(store: Store, kept: readonly KeptReceipt[], now: Date): Promise<void> {
  if (kept.length === 0) return;
  const writes = kept.map(({ _id, tries }) => {
    const wait = Math.min(WAITS.first * 2 ** (tries + 1), WAITS.most);
    const $set = { tries: tries + 1, tryAt: new Date(now.getTime() + wait) };
    return { updateOne: { filter: { _id }, update: { $set } } };
  });
  await store.receipts.bulkWrite(writes, { ordered: false });
}

/** Forgets raw receipts that are finished with. */
export async function dropReceipts(store: Store, receipts: readonly Posted[]): Promise<void> {
  if (receipts.length === 0) return;
  const deletes = receipts.map(({ carrierSid, status, error, doneDate }) => ({
    deleteOne: { filter: { carrierSid, status, error, doneDate } },
  }));
  await store.receipts.bulkWrite(deletes, { ordered: false });
}
