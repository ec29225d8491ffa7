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

/** The rule of a text that the carrier's own word made an opt-out, a START or a HELP. */
export const OPT_OUT_TYPE = 'carrier:opt-out-type';

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
// Texts whose webhook found nobody: few.
inboundSchema.index({ recordedAt: 1 }, { partialFilterExpression: { door: 'list' }, name: 'from-list' });
inboundSchema.index(
  { recordedAt: 1, door: 1 },
  { partialFilterExpression: { 'reading.rule': OPT_OUT_TYPE }, name: 'by-opt-out-type' },
);
inboundSchema.index({ receivedAt: 1 }, { partialFilterExpression: { complaint: true }, name: 'complaints' });

export async function findInbound(store: Store, sids: string[]): Promise<InboundDoc[]> {
  return store.inbound.find({ _id: { $in: sids } }).toArray();
}
