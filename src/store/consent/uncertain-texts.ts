import { Schema } from 'mongoose';
import type { Doubt } from '../../domain/certain-form.ts';
import { entersInbox } from '../../domain/inbox.ts';
import { keptSeconds } from '../../domain/retention.ts';
import { isDuplicateKey } from '../database-errors.ts';
import type { WrappedKey } from '../sealing/keys.ts';
import type { Store } from '../store.ts';
import { inTransaction } from '../transaction.ts';
import type { InboundDoc } from './inbound-texts.ts';

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

/** Keeps an uncertain text, once. False where it was kept before. */
export async function keepUncertain(store: Store, { _id, ...text }: UncertainText): Promise<boolean> {
  const update = { $setOnInsert: text };
  return (await store.uncertainTexts.updateOne({ _id }, update, { upsert: true })).upsertedCount === 1;
}

/** Those that the carrier is to be asked for now, the longest due first. */
export async function uncertainToFetch(store: Store, now: Date, limit: number): Promise<UncertainText[]> {
  return store.uncertainTexts
    .find({ open: true, fetchAt: { $lte: now } })
    .sort({ fetchAt: 1 })
    .limit(limit)
    .toArray();
}

/** Those that wait for the carrier's word about one of some ids. */
export async function uncertainBy(store: Store, claimed: readonly string[]): Promise<UncertainText[]> {
  return store.uncertainTexts.find({ open: true, claimed: { $in: [...claimed] } }).toArray();
}

/** Those that wait, the oldest first. */
export async function uncertainSince(store: Store, limit: number): Promise<UncertainText[]> {
  return store.uncertainTexts.find({ open: true }).sort({ receivedAt: 1 }).limit(limit).toArray();
}

/** Notes when the carrier is asked for some texts next. */
export async function fetchNextAt(
  store: Store,
  texts: readonly { _id: string; fetchAt: Date | null }[],
): Promise<void> {
  if (texts.length === 0) return;
  await store.uncertainTexts.bulkWrite(
    texts.map(({ _id, fetchAt }) => ({
      updateOne: { filter: { _id, open: true as const }, update: { $set: { fetchAt } } },
    })),
  );
}

/** Ends the wait of an uncertain text; its form is kept no more. */
export async function settleUncertain(store: Store, _id: string, settled: Settled, at: Date): Promise<void> {
  const $set = { settled, settledAt: at, sealed: null, fetchAt: null };
  await store.uncertainTexts.updateOne({ _id, open: true }, { $set, $unset: { open: '' } });
}

const TURN = 'uncertain texts fetched';

/** True for one process at most in each `everyMs`. A mark from a clock that was ahead keeps nobody waiting. */
export async function takeFetchTurn(store: Store, now: Date, everyMs: number): Promise<boolean> {
  const at = now.getTime();
  const isFree = {
    $or: [{ at: { $lte: new Date(at - everyMs) } }, { at: { $gt: new Date(at + everyMs) } }],
  };
  try {
    const update = { $set: { at: now, value: null } };
    await store.marks.updateOne({ _id: TURN, ...isFree }, update, { upsert: true });
    return true;
  } catch (error) {
    if (isDuplicateKey(error)) return false;
    throw error;
  }
}

/** Time one item may take to open, ms. */
const BUDGET_MS = 6000;

/**
 * Opens an item of the inbox about a text that counted before the carrier was asked, and that it does not bear out. The opt-out
 * stands until a person decides. Does nothing where the item was opened before.
 */
export async function openDoubtItem(
  store: Store,
  text: Pick<InboundDoc, '_id' | 'contact'>,
  doubt: NonNullable<InboundDoc['inDoubt']>,
): Promise<void> {
  const urgency = entersInbox({ unanswered: true, alarm: null }, null) ?? 0;
  await inTransaction(store, BUDGET_MS, async (session) => {
    const opened = await store.inbound.updateOne(
      { _id: text._id, inDoubt: { $exists: false } },
      { $set: { inbox: 'open', urgency, inDoubt: doubt } },
      { session },
    );
    if (opened.modifiedCount === 0 || text.contact === null) return;
    await store.contacts.updateOne(
      { _id: text.contact, inboxItem: { $exists: false } },
      { $set: { inboxItem: { text: text._id, urgency } }, $inc: { rev: 1 } },
      { session },
    );
  });
}
