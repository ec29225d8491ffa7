import type { ClientSession } from 'mongodb';
import { Schema } from 'mongoose';
import type { Language } from '../domain/program.ts';
import type { MessageClass } from '../domain/sending/classes.ts';
import type { Reason } from '../domain/sending/may-receive.ts';
import type { Store } from './store.ts';

export const DELIVERY_STATES = [
  'planned',
  'sending',
  'accepted',
  'sent',
  'delivered',
  'undelivered',
  'failed',
  'skipped',
  'canceled',
  'expired',
  'unknown',
] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** One message to one person, from planned to final. `_id` is its idempotency key: bucket and digest of its cause. */
export type DeliveryDoc = {
  _id: string;
  contact: string;
  index: string;
  /** Revision of the contact under which it was written. */
  rev: number;
  class: MessageClass;
  program: string | null;
  topic: string | null;
  template: string;
  language: Language;
  sender: string;
  service: string | null;
  /** Sealed under the holder's profile key: `{to, text}`. */
  sealed: Buffer | null;
  parts: number;
  state: DeliveryState;
  /** Present and true until final; partial indexes filter on it. */
  open?: true;
  epoch: number;
  owner: string | null;
  leaseUntil: Date | null;
  dueAt: Date;
  createdAt: Date;
  /** Last decision about it, with its reasons in words' codes. */
  decision: { allowed: boolean; reasons: Reason[]; at: Date } | null;
  answers: { sid: string; receivedAt: Date } | null;
  /** A prompt that answers the person's own JOIN or START. */
  own: boolean;
  prompt: string | null;
  acceptedAt?: Date;
  carrierSid?: string;
  /** Carrier's error code, or what ended it here. */
  error?: string;
};

export const deliverySchema = new Schema(
  {
    _id: String,
    contact: { type: String, required: true },
    index: { type: String, required: true },
    rev: Number,
    class: { type: String, required: true },
    program: String,
    topic: String,
    template: String,
    language: String,
    sender: String,
    service: String,
    sealed: Buffer,
    parts: Number,
    state: { type: String, enum: DELIVERY_STATES, required: true },
    open: Boolean,
    epoch: Number,
    owner: String,
    leaseUntil: Date,
    dueAt: Date,
    createdAt: Date,
    decision: Schema.Types.Mixed,
    answers: Schema.Types.Mixed,
    own: Boolean,
    prompt: String,
    acceptedAt: Date,
    carrierSid: String,
    error: String,
  },
  { collection: 'deliveries', strict: 'throw', versionKey: false, autoIndex: false },
);
const unfinished = { partialFilterExpression: { open: true } };
// Replies are written `sending`: an index of planned rows alone never sees them.
deliverySchema.index({ dueAt: 1 }, { partialFilterExpression: { state: 'planned' }, name: 'due' });
deliverySchema.index({ state: 1, contact: 1 }, { ...unfinished, name: 'open-of-contact' });
deliverySchema.index({ contact: 1, createdAt: -1, _id: -1 }, { name: 'of-contact' });

export async function findDeliveries(store: Store, ids: string[]): Promise<DeliveryDoc[]> {
  return store.deliveries.find({ _id: { $in: ids } }).toArray();
}

/** Newest first. */
export async function deliveriesOf(store: Store, contact: string, limit: number): Promise<DeliveryDoc[]> {
  return store.deliveries.find({ contact }).sort({ createdAt: -1 }).limit(limit).toArray();
}

/** One page of a contact's rows, newest first, from before the row that `before` names. */
export async function pageDeliveries(
  store: Store,
  contact: string,
  page: { before: { at: Date; id: string } | null; limit: number },
): Promise<DeliveryDoc[]> {
  const { before, limit } = page;
  const older =
    before === null
      ? {}
      : { $or: [{ createdAt: { $lt: before.at } }, { createdAt: before.at, _id: { $lt: before.id } }] };
  return store.deliveries
    .find({ contact, ...older })
    .sort({ createdAt: -1, _id: -1 })
    .limit(limit)
    .toArray();
}

/** Ids of due planned rows, oldest first. */
export async function findDue(
  store: Store,
  now: Date,
  limit: number,
  session: ClientSession,
): Promise<string[]> {
  const rows = await store.deliveries
    .find({ open: true, state: 'planned', dueAt: { $lte: now } }, { projection: { _id: 1 }, session })
    .sort({ dueAt: 1 })
    .limit(limit)
    .toArray();
  return rows.map((row) => row._id);
}

/** Raises the flag: planned → sending under this owner, one epoch on. Returns the rows that are ours. */
export async function raiseFlags(
  store: Store,
  ids: string[],
  flag: { owner: string; leaseUntil: Date },
  session: ClientSession,
): Promise<DeliveryDoc[]> {
  if (ids.length === 0) return [];
  await store.deliveries.updateMany(
    { _id: { $in: ids }, state: 'planned' },
    { $set: { state: 'sending', ...flag }, $inc: { epoch: 1 } },
    { hint: { _id: 1 }, session },
  );
  return store.deliveries
    .find({ _id: { $in: ids }, owner: flag.owner, state: 'sending' }, { session })
    .toArray();
}

/** Rows still flagged long past lease and wait: their process died. Final: the outcome is looked up, never guessed. */
export async function expireFlags(store: Store, before: Date): Promise<number> {
  const result = await store.deliveries.updateMany(
    { open: true, state: 'sending', leaseUntil: { $lt: before } },
    {
      $set: { state: 'unknown', error: 'the process ended before the answer was known' },
      $unset: { open: '' },
    },
  );
  return result.modifiedCount;
}

/** Flags a row once more for an answer that is asked for again; null where it moved meanwhile. */
export async function flagAgain(
  store: Store,
  row: DeliveryDoc,
  leaseUntil: Date,
): Promise<DeliveryDoc | null> {
  return store.deliveries.findOneAndUpdate(
    { _id: row._id, state: row.state, epoch: row.epoch },
    { $set: { state: 'sending', open: true, leaseUntil }, $inc: { epoch: 1 } },
    { returnDocument: 'after' },
  );
}

/** Where a delivery's number and text are sealed. */
export const deliveryPlace = (id: string): string => `deliveries:${id}:sealed`;

/** Ends a flagged row that may not go, with its reasons. */
export async function skip(store: Store, row: DeliveryDoc, reasons: Reason[], at: Date): Promise<void> {
  await store.deliveries.updateOne(
    { _id: row._id, state: 'sending', epoch: row.epoch },
    { $set: { state: 'skipped', decision: { allowed: false, reasons, at } }, $unset: { open: '' } },
  );
}

/** Notes the carrier's id, and moves the row where its state is one of `from`. */
export async function moveByReceipt(
  store: Store,
  receipt: {
    delivery: string;
    carrierSid: string;
    state: DeliveryState;
    from: string[];
    errorCode: string | null;
  },
): Promise<void> {
  const { delivery: _id, carrierSid, state, errorCode } = receipt;
  // A receipt may come before the answer it follows is recorded; then it also says when the carrier had the message.
  await store.deliveries.updateOne({ _id }, { $set: { carrierSid }, $min: { acceptedAt: new Date() } });
  await store.deliveries.updateOne(
    { _id, state: { $in: receipt.from as DeliveryState[] } },
    { $set: { state, ...(errorCode === null ? {} : { error: errorCode }) }, $unset: { open: '' } },
    { hint: { _id: 1 } },
  );
}
