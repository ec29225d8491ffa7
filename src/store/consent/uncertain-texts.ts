import type { Doubt } from '../../domain/certain-form.ts';
import { entersInbox } from '../../domain/inbox.ts';
import { keptSeconds } from '../../domain/retention.ts';
import { type Database, defineCollection } from '../collection.ts';
import { contacts } from '../contacts/contacts.ts';
import { isDuplicateKey } from '../database-errors.ts';
import type { WrappedKey } from '../sealing/keys.ts';
import { marks } from '../settings.ts';
import { inTransaction } from '../transaction.ts';
import { type InboundDoc, inbound } from './inbound-texts.ts';

/**
 * A signed form that may have been cut out of another request, stored once: `_id` is a hash of its bytes. It waits
 * until the carrier's own record settles what was texted.
 */
export type UncertainText = {
  _id: string;
  /** Present until the text is settled. */
  open?: true;
  /** The MessageSid in the form; null when it has none, so that only Twilio's message list can settle the text. */
  claimed: string | null;
  /** Our number in the form's `To`. */
  to: string;
  receivedAt: Date;
  doubt: Doubt;
  /** When to fetch the text from the carrier next; null when only Twilio's message list can settle it. */
  fetchAt: Date | null;
  /** The form, sealed by the key ring, because its sender is not proven; null once settled. */
  sealed: WrappedKey | null;
  settledAt?: Date;
  settled?: Settled;
};

/**
 * `confirmed`: the carrier has the text. `denied`: the carrier's record shows that there is no such text.
 * `unsettled`: the carrier told nothing in an hour.
 */
export type Settled = 'confirmed' | 'denied' | 'unsettled';

const OPEN = { open: true };

export const uncertainTexts = defineCollection<UncertainText>()('uncertainTexts', {
  'to-fetch': { key: { fetchAt: 1 }, partialFilterExpression: OPEN },
  'by-claim': { key: { claimed: 1 }, partialFilterExpression: OPEN },
  'oldest-first': { key: { receivedAt: 1 }, partialFilterExpression: OPEN },
  // For this long the same form causes no second fetch.
  kept: { key: { settledAt: 1 }, expireAfterSeconds: keptSeconds('uncertainTexts') },
});

/** Stores an uncertain text, once. False when the text was stored before. */
export async function keepUncertain(database: Database, { _id, ...text }: UncertainText): Promise<boolean> {
  const update = { $setOnInsert: text };
  return (await uncertainTexts(database).updateOne({ _id }, update, { upsert: true })).upsertedCount === 1;
}

/** Texts to fetch from the carrier now, the longest due first. */
export async function uncertainToFetch(
  database: Database,
  now: Date,
  limit: number,
): Promise<UncertainText[]> {
  return uncertainTexts(database)
    .find({ open: true, fetchAt: { $lte: now } })
    .sort({ fetchAt: 1 })
    .limit(limit)
    .toArray();
}

/** Open uncertain texts with one of some MessageSids. */
export async function uncertainBy(database: Database, claimed: readonly string[]): Promise<UncertainText[]> {
  return uncertainTexts(database)
    .find({ open: true, claimed: { $in: [...claimed] } })
    .toArray();
}

/** Open uncertain texts, oldest first. */
export async function uncertainSince(database: Database, limit: number): Promise<UncertainText[]> {
  return uncertainTexts(database).find({ open: true }).sort({ receivedAt: 1 }).limit(limit).toArray();
}

/** Sets when to fetch some texts from the carrier next. */
export async function fetchNextAt(
  database: Database,
  texts: readonly { _id: string; fetchAt: Date | null }[],
): Promise<void> {
  if (texts.length === 0) return;
  await uncertainTexts(database).bulkWrite(
    texts.map(({ _id, fetchAt }) => ({
      updateOne: { filter: { _id, open: true as const }, update: { $set: { fetchAt } } },
    })),
  );
}

/** Settles an uncertain text and deletes its form. */
export async function settleUncertain(
  database: Database,
  _id: string,
  settled: Settled,
  at: Date,
): Promise<void> {
  const $set = { settled, settledAt: at, sealed: null, fetchAt: null };
  await uncertainTexts(database).updateOne({ _id, open: true }, { $set, $unset: { open: '' } });
}

const TURN = 'uncertain texts fetched';

/**
 * True for at most one process in each `everyMs`. Ignores a mark from the future, which a clock that was ahead
 * left.
 */
export async function takeFetchTurn(database: Database, now: Date, everyMs: number): Promise<boolean> {
  const at = now.getTime();
  const isFree = {
    $or: [{ at: { $lte: new Date(at - everyMs) } }, { at: { $gt: new Date(at + everyMs) } }],
  };
  try {
    const update = { $set: { at: now, value: null } };
    await marks(database).updateOne({ _id: TURN, ...isFree }, update, { upsert: true });
    return true;
  } catch (error) {
    if (isDuplicateKey(error)) return false;
    throw error;
  }
}

/** Longest that opening one item may take, ms. */
const BUDGET_MS = 6000;

/**
 * Opens an inbox item about an uncertain text that counted at once and that the carrier's record does not confirm.
 * The opt-out stays in force until a person decides. Does nothing when the item was opened before.
 */
export async function openDoubtItem(
  database: Database,
  text: Pick<InboundDoc, '_id' | 'contact'>,
  doubt: NonNullable<InboundDoc['inDoubt']>,
): Promise<void> {
  const urgency = entersInbox({ unanswered: true, alarm: null }, null) ?? 0;
  await inTransaction(database, BUDGET_MS, async (session) => {
    const opened = await inbound(database).updateOne(
      { _id: text._id, inDoubt: { $exists: false } },
      { $set: { inbox: 'open', urgency, inDoubt: doubt } },
      { session },
    );
    if (opened.modifiedCount === 0 || text.contact === null) return;
    await contacts(database).updateOne(
      { _id: text.contact, inboxItem: { $exists: false } },
      { $set: { inboxItem: { text: text._id, urgency } }, $inc: { rev: 1 } },
      { session },
    );
  });
}
