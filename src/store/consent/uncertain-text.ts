import { Schema } from 'mongoose';
import type { Doubt } from '../../domain/certain-form.ts';
import { keptSeconds } from '../../domain/retention.ts';
import type { WrappedKey } from '../sealing/keys.ts';

/**
 * A signed form that may have been cut out of another one, once: `_id` is made of its bytes. It waits until the carrier's own
 * record settles what was texted.
 */
export type UncertainText = {
  _id: string;
  /** Until it is settled. */
  open?: true;
  /** The carrier's id that the form claims; null where it claims none, so that only the list can tell. */
  claimed: string | null;
  /** Our number that it claims to be to. */
  to: string;
  receivedAt: Date;
  doubt: Doubt;
  /** When the carrier is asked for it next; null where only its list is left. */
  fetchAt: Date | null;
  /** The form, sealed by the ring, since nobody is known to have sent it; null once it is settled. */
  sealed: WrappedKey | null;
  settledAt?: Date;
  settled?: Settled;
};

/** `confirmed`: the carrier has the text; `denied`: its record shows that there is none; `unsettled`: nothing told in an hour. */
export type Settled = 'confirmed' | 'denied' | 'unsettled';

export const uncertainTextSchema = new Schema(
  {
    _id: String,
    open: Boolean,
    claimed: String,
    to: String,
    receivedAt: { type: Date, required: true },
    doubt: { type: Schema.Types.Mixed, required: true },
    fetchAt: Date,
    sealed: Schema.Types.Mixed,
    settledAt: Date,
    settled: String,
  },
  { collection: 'uncertainTexts', strict: 'throw', versionKey: false, autoIndex: false },
);
const OPEN = { open: true };
uncertainTextSchema.index({ fetchAt: 1 }, { partialFilterExpression: OPEN, name: 'to-fetch' });
uncertainTextSchema.index({ claimed: 1 }, { partialFilterExpression: OPEN, name: 'by-claim' });
uncertainTextSchema.index({ receivedAt: 1 }, { partialFilterExpression: OPEN, name: 'oldest-first' });
// So long the same form costs no second fetch.
uncertainTextSchema.index(
  { settledAt: 1 },
  { expireAfterSeconds: keptSeconds('uncertainTexts'), name: 'kept' },
);
