import { Schema } from 'mongoose';
import { keptSeconds } from '../../domain/retention.ts';
import type { Store } from '../store.ts';

/** One link of one delivery. `_id` is its code; where it leads was fixed when it was planned. */
export type LinkDoc = {
  _id: string;
  delivery: string;
  contact: string;
  /** Absent where the delivery belongs to none. */
  campaign?: string;
  target: string;
  /** Present where the delivery is a test: what is clicked is no one's interest. */
  test?: true;
  createdAt: Date;
};

export const linkSchema = new Schema(
  {
    _id: String,
    delivery: { type: String, required: true },
    contact: { type: String, required: true },
    campaign: String,
    target: { type: String, required: true },
    test: Boolean,
    createdAt: { type: Date, required: true },
  },
  { collection: 'links', strict: 'throw', versionKey: false, autoIndex: false },
);
linkSchema.index({ createdAt: 1 }, { expireAfterSeconds: keptSeconds('links'), name: 'kept' });

export async function findLink(store: Store, code: string): Promise<LinkDoc | null> {
  return store.links.findOne({ _id: code });
}

/** Links of deliveries that are about to be written; those that are there, from a planner that died, stay as they are. */
export async function insertLinks(store: Store, links: readonly LinkDoc[]): Promise<void> {
  if (links.length === 0) return;
  const writes = links.map((link) => ({
    updateOne: { filter: { _id: link._id }, update: { $setOnInsert: link }, upsert: true },
  }));
  await store.links.bulkWrite(writes, { ordered: false });
}
