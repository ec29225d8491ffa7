import { Schema } from 'mongoose';
import type { WrappedKey } from './keys.ts';
import type { Store } from './store.ts';

/** One inbound message, once: `_id` is the carrier's MessageSid. Outlives its own body. */
export type InboundDoc = {
  _id: string;
  contact: string | null;
  /** Our number it was sent to. */
  to: string;
  receivedAt: Date;
  recordedAt: Date;
  door: 'webhook' | 'spool' | 'list';
  /** How it was read; never its words. */
  reading: { kind: string; rule: string; rules: string };
  /** It complains, in words that a campaign is watched for; absent where it does not. */
  complaint?: true;
  /** Sealed under the holder's profile key: `{from, form}`; null once erased or where it belongs to nobody. */
  sealed: Buffer | null;
  /** A form nobody could parse, sealed by the ring. */
  unreadable: WrappedKey | null;
  /** Deliveries that answer it. */
  answers: string[];
};

export const inboundSchema = new Schema(
  {
    _id: String,
    contact: String,
    to: String,
    receivedAt: { type: Date, required: true },
    recordedAt: { type: Date, required: true },
    door: String,
    reading: Schema.Types.Mixed,
    complaint: Boolean,
    sealed: Buffer,
    unreadable: Schema.Types.Mixed,
    answers: [String],
  },
  { collection: 'inbound', strict: 'throw', versionKey: false, autoIndex: false },
);
inboundSchema.index({ contact: 1, receivedAt: 1 }, { name: 'of-contact' });
inboundSchema.index({ receivedAt: 1 }, { partialFilterExpression: { complaint: true }, name: 'complaints' });

export async function findInbound(store: Store, sids: string[]): Promise<InboundDoc[]> {
  return store.inbound.find({ _id: { $in: sids } }).toArray();
}

/** Texts of some contacts that raised, or may have raised, a hold; oldest first. */
export async function findUnsure(store: Store, contacts: readonly string[]): Promise<InboundDoc[]> {
  const filter = { contact: { $in: [...contacts] }, 'reading.kind': 'unsure' };
  return store.inbound.find(filter).sort({ receivedAt: 1 }).toArray();
}

/** What a contact texted from a moment on, oldest first. */
export async function findTexts(
  store: Store,
  contact: string,
  since: Date,
  limit: number,
): Promise<InboundDoc[]> {
  const filter = { contact, receivedAt: { $gte: since } };
  return store.inbound.find(filter).sort({ receivedAt: 1 }).limit(limit).toArray();
}
