import { Schema } from 'mongoose';
import type { InboxState } from '../../domain/inbox.ts';
import type { WordAlarm } from '../../domain/words/alarms.ts';
import { isTimeLimit } from '../database-errors.ts';
import type { WrappedKey } from '../sealing/keys.ts';
import type { Mark } from '../settings.ts';
import type { Store } from '../store.ts';

/** By which way a text reached us; `fetch`: it was asked for by its id, since its form was uncertain. */
export type InboundDoor = 'webhook' | 'spool' | 'list' | 'fetch';

/** One inbound message, once: `_id` is the carrier's MessageSid. Outlives its own body. */
export type InboundDoc = {
  _id: string;
  contact: string | null;
  /** Revision of the contact that was written with it; 0 where there is no contact. */
  rev: number;
  /** Our number it was sent to. */
  to: string;
  receivedAt: Date;
  recordedAt: Date;
  door: InboundDoor;
  /**
   * It came as a form that may have been cut out of another one, and counted as an opt-out at once. Absent of every other text,
   * the carrier's own copy of it among them.
   */
  uncertain?: true;
  /** What the carrier's record told of such a text where it did not bear it out. Absent where it did, or has not been asked yet. */
  inDoubt?: 'denied' | 'unsettled';
  /** How it was read: its rule may name a listed word, or one of a program; never their own words. */
  reading: { kind: string; rule: string; rules: string };
  /** It complains, in words that a campaign is watched for; absent where it does not. */
  complaint?: true;
  /** It has words that call a person; absent where it does not. */
  alarm?: WordAlarm;
  /** The item of the inbox that it opened; absent where it opened none. */
  inbox?: InboxState;
  /** Of an open item: its place among them, most urgent first. */
  urgency?: number;
  /** Of an item that took the place of one that was open: the id of the first text it stands for. */
  begins?: string;
  /** Of an item that is no longer open. */
  ended?: ItemEnd;
  /** Its words were kept nowhere: it is, or may be, a birth date. Absent where they were kept. */
  forgotten?: true;
  /** Sealed under the holder's profile key: `{from, form}`; null once erased or where it belongs to nobody. */
  sealed: Buffer | null;
  /** A form nobody could parse, sealed by the ring. */
  unreadable: WrappedKey | null;
  /** Deliveries that answer it. */
  answers: string[];
};

/** The rule of a text that the carrier's own word made an opt-out, a START or a HELP. */
export const OPT_OUT_TYPE = 'carrier:opt-out-type';
/** How an item of the inbox ended: who did what, and when; the delivery where it was an answer. */
export type ItemEnd = {
  how: 'answer' | 'opt-out' | 'close';
  by: string;
  at: Date;
  program: string | null;
  delivery: string | null;
  /** Why it was closed, sealed: under the holder's profile key, or by the ring where nobody is behind it. Goes with the words. */
  reason?: Buffer | WrappedKey;
  /** Of an opt-out that marked them as not the person we mean. */
  wrongNumber?: true;
  /** Of an opt-out: programs that they had confirmed after what was read, and stayed in. */
  spared?: string[];
};

export const inboundSchema = new Schema(
  {
    _id: String,
    contact: String,
    rev: { type: Number, required: true },
    to: String,
    receivedAt: { type: Date, required: true },
    recordedAt: { type: Date, required: true },
    door: String,
    uncertain: Boolean,
    inDoubt: String,
    reading: Schema.Types.Mixed,
    complaint: Boolean,
    alarm: Schema.Types.Mixed,
    inbox: String,
    urgency: Number,
    begins: String,
    ended: Schema.Types.Mixed,
    forgotten: Boolean,
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
// Rows that opened an item alone: what a rule answered pays nothing for it.
inboundSchema.index(
  { inbox: 1, urgency: 1, receivedAt: 1, _id: 1 },
  { partialFilterExpression: { inbox: { $exists: true } }, name: 'inbox' },
);

/** Writes a text that changes nobody's consent. False where one of its id is there: that one stays as it is. */
export async function insertInbound(store: Store, { _id, ...row }: InboundDoc): Promise<boolean> {
  const { upsertedCount } = await store.inbound.updateOne({ _id }, { $setOnInsert: row }, { upsert: true });
  return upsertedCount === 1;
}

export async function findInbound(store: Store, sids: string[]): Promise<InboundDoc[]> {
  return store.inbound.find({ _id: { $in: sids } }).toArray();
}

/** Those of some texts, by their ids, that are here; none is read for it. */
export const findKnownSids = (store: Store, sids: string[]) =>
  store.inbound.find({ _id: { $in: sids } }, { projection: { _id: 1 } });

/** Texts of some contacts that raised, or may have raised, a hold; oldest first, those of one moment as we took them. */
export async function findUnsure(store: Store, contacts: readonly string[]): Promise<InboundDoc[]> {
  const filter = { contact: { $in: [...contacts] }, 'reading.kind': 'unsure' };
  return store.inbound.find(filter).sort({ receivedAt: 1, rev: 1 }).toArray();
}

/** A text's place in the order in which we took those of its contact: each is written with a revision of its own. */
export type ArrivalPosition = Pick<InboundDoc, '_id' | 'receivedAt' | 'rev'>;

/** Whether we took a text after another of the same contact, whenever either was sent. */
export const arrivedAfter = (one: ArrivalPosition, other: ArrivalPosition): boolean => one.rev > other.rev;

/** What we took of a contact's texts from one of them on, or from a moment, or behind a place after it, in that order. */
export async function findTaken(
  store: Store,
  contact: string,
  { from, after, limit }: { from: ArrivalPosition | Date; after: ArrivalPosition | null; limit: number },
): Promise<InboundDoc[]> {
  const first = from instanceof Date ? { receivedAt: { $gte: from } } : takenFrom(from);
  const which = after === null ? first : takenAfter(after);
  return store.inbound
    .find({ contact, ...which })
    .sort({ rev: 1 })
    .limit(limit)
    .toArray();
}

/** Of texts of one contact: one of them, and what we took after it. */
export const takenFrom = ({ rev }: ArrivalPosition) => ({ rev: { $gte: rev } });

/** Of texts of one contact: what we took after one of them. */
export const takenAfter = ({ rev }: ArrivalPosition) => ({ rev: { $gt: rev } });

/** The newest text of a contact. */
export async function newestText(store: Store, contact: string): Promise<InboundDoc | null> {
  return store.inbound.findOne({ contact }, { sort: { receivedAt: -1 } });
}

/** Texts of a contact that may say that they want less, as they were read. */
export async function textsOf(
  store: Store,
  contact: string,
  kinds: readonly string[],
): Promise<Pick<InboundDoc, 'reading' | 'receivedAt' | 'recordedAt'>[]> {
  const filter = { contact, 'reading.kind': { $in: [...kinds] } };
  const projection = { reading: 1, receivedAt: 1, recordedAt: 1 };
  return store.inbound.find(filter, { projection }).toArray();
}

/** Of one text: enough to read it again. */
export type PastText = Pick<InboundDoc, '_id' | 'receivedAt' | 'to' | 'forgotten' | 'sealed'> & {
  contact: string;
};

/** Both ends are in it. */
type Span = { since: Date; until: Date };

/** The last text of a slice. */
export type TextPlace = { contact: string; at: Date };

const PART = { contact: 1, receivedAt: 1, to: 1, forgotten: 1, sealed: 1 } as const;
const BY_PERSON = { contact: 1, receivedAt: 1 } as const;

/** As two questions, so that each is a walk along the index `of-contact`: the rest of one person's texts, then other people's. */
export function pastFilters({ since, until }: Span, after: TextPlace | null): object[] {
  const others = { contact: { $gt: after?.contact ?? '' }, receivedAt: { $gte: since, $lte: until } };
  if (after === null) return [others];
  return [{ contact: after.contact, receivedAt: { $gt: after.at, $lte: until } }, others];
}

/**
 * Texts of a span, person by person, so that each person's key is opened once: at least `limit` where so many are left.
 * Texts of one person and moment are never parted. Those that belong to nobody are not among them.
 */
export async function pastTexts(
  store: Store,
  span: Span,
  after: TextPlace | null,
  limit: number,
): Promise<PastText[]> {
  const found: PastText[] = [];
  for (const filter of pastFilters(span, after)) {
    if (found.length >= limit) break;
    found.push(...(await walk(store, filter, limit - found.length)));
  }
  const last = found.at(-1);
  if (last === undefined || found.length < limit) return found;
  const { contact, receivedAt } = last;
  const rest = await walk(store, { contact, receivedAt }, 0);
  return [
    ...found.filter((one) => one.contact !== contact || one.receivedAt < receivedAt),
    ...rest.sort((a, b) => (a._id < b._id ? -1 : 1)),
  ];
}

const walk = (store: Store, filter: object, limit: number): Promise<PastText[]> =>
  store.inbound
    .find(filter, { projection: PART, sort: BY_PERSON, hint: 'of-contact', limit })
    .toArray() as Promise<PastText[]>;

/** Texts of a span that belong to nobody: forms that name no sender. */
export async function textsOfNobody(store: Store, { since, until }: Span): Promise<number> {
  return store.inbound.countDocuments({ contact: null, receivedAt: { $gte: since, $lte: until } });
}

/** How many texts of people a span has; null where counting took longer than so many ms. */
export async function countTexts(store: Store, { since, until }: Span, ms: number): Promise<number | null> {
  const filter = { contact: { $gt: '' }, receivedAt: { $gte: since, $lte: until } };
  return store.inbound
    .countDocuments(filter, { hint: 'of-contact', maxTimeMS: ms })
    .catch((error: unknown) => {
      if (isTimeLimit(error)) return null;
      throw error;
    });
}

/** A text in the carrier's list that could not be taken in: enough to find it there again. */
export type Untaken = { sid: string; sentAt: Date };

/** Most kept of one number of ours. More cannot be a few bad texts: something is wrong with all. */
export const MOST_UNTAKEN = 100;

const idOf = (number: string): string => `untaken texts ${number}`;

export async function readUntaken(store: Store, number: string): Promise<Untaken[]> {
  const mark = await store.models.marks.findById(idOf(number)).lean<Mark>();
  return (mark?.value ?? []) as Untaken[];
}

/** Keeps texts to be tried again. False where there would be too many; none is kept then. */
export async function keepUntaken(
  store: Store,
  number: string,
  texts: readonly Untaken[],
  at: Date,
): Promise<boolean> {
  const known = new Set((await readUntaken(store, number)).map(({ sid }) => sid));
  const fresh = texts.filter(({ sid }) => !known.has(sid));
  if (fresh.length === 0) return true;
  if (known.size + fresh.length > MOST_UNTAKEN) return false;
  const update = { $set: { at }, $addToSet: { value: { $each: fresh } } };
  await store.models.marks.updateOne({ _id: idOf(number) }, update, { upsert: true });
  return true;
}

export async function forgetUntaken(store: Store, number: string, sid: string): Promise<void> {
  await store.models.marks.updateOne({ _id: idOf(number) }, { $pull: { value: { sid } } });
}
