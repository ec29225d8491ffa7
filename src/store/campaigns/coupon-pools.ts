import { Schema } from 'mongoose';
import type { Store } from '../store.ts';

/** A heap of codes of which each delivery takes one. */
export type CouponPoolDoc = {
  _id: string;
  name: string;
  /** Characters of the longest code that was ever added; 0 before the first. */
  longest: number;
  createdAt: Date;
  updatedAt: Date;
};

export const couponPoolSchema = new Schema(
  {
    _id: String,
    name: { type: String, required: true },
    longest: { type: Number, required: true },
    createdAt: { type: Date, required: true },
    updatedAt: { type: Date, required: true },
  },
  { collection: 'couponPools', strict: 'throw', versionKey: false, autoIndex: false },
);

/** All, in the order of their ids: there are some dozens. */
export async function readCouponPools(store: Store): Promise<CouponPoolDoc[]> {
  return store.models.couponPools.find().sort({ _id: 1 }).lean<CouponPoolDoc[]>();
}

export async function findCouponPool(store: Store, id: string): Promise<CouponPoolDoc | null> {
  return store.models.couponPools.findById(id).lean<CouponPoolDoc>();
}

export async function writeCouponPool(
  store: Store,
  { id, name }: { id: string; name: string },
  at: Date,
): Promise<CouponPoolDoc> {
  return store.models.couponPools
    .findOneAndUpdate(
      { _id: id },
      { $set: { name, updatedAt: at }, $setOnInsert: { createdAt: at, longest: 0 } },
      { upsert: true, returnDocument: 'after', runValidators: true },
    )
    .lean<CouponPoolDoc>()
    .orFail();
}

/** Raised before codes of this length are added, so that no text is measured too short. */
export async function raiseLongest(store: Store, id: string, longest: number): Promise<void> {
  await store.models.couponPools.updateOne({ _id: id }, { $max: { longest } });
}
