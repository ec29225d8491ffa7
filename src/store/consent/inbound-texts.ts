import { z } from 'zod';
import type { InboxState } from '../../domain/inbox.ts';
import type { WordAlarm } from '../../domain/words/alarms.ts';
import { OPT_OUT_TYPE } from '../../domain/words/reading.ts';
import { type Database, defineCollection } from '../collection.ts';
import { isTimeLimit } from '../database-errors.ts';
import type { WrappedKey } from '../sealing/keys.ts';
import { defineSetting, type Setting } from '../settings.ts';

/** The channel by which a text reached us. `fetch`: we fetched the text by its id, because its form was uncertain. */
export type InboundDoor = 'webhook' | 'spool' | 'list' | 'fetch';

/** One inbound message, stored once: `_id` is the carrier's MessageSid. The document outlives its words. */
export type InboundDoc = {
  _id: string;
  contact: string | null;
  /** Revision of the contact that was written with the text; 0 when there is no contact. */
  rev: number;
  /** Our number that the text was sent to. */
  to: string;
  receivedAt: Date;
  recordedAt: Date;
  door: InboundDoor;
  /**
   * The form may have been cut out of another signed request, and counted as an opt-out at once. Absent on every
   * other text, including the carrier's own copy of this one.
   */
  uncertain?: true;
  /**
   * The carrier's record did not confirm an uncertain text: how it differed. Absent when the record confirmed the
   * text, or was not fetched yet.
   */
  inDoubt?: 'denied' | 'unsettled';
  /** How the text was read. `rule` may name a listed word or a program's word; never the person's own words. */
  reading: { kind: string; rule: string; rules: string };
  /** The text contains words of complaint, which campaigns are watched for. Absent otherwise. */
  complaint?: true;
  /** The text contains words that call a person at once. Absent otherwise. */
  alarm?: WordAlarm;
  /** State of the inbox item that the text opened. Absent when it opened none. */
  inbox?: InboxState;
  /** For an open item: its rank, most urgent first. */
  urgency?: number;
  /** For an item that replaced an open one: the id of the first text that the item covers. */
  begins?: string;
  /** For an item that is no longer open. */
  ended?: ItemEnd;
  /** The words were not stored, because they are or may be a birth date. Absent when they were stored. */
  forgotten?: true;
  /** Sealed under the holder's profile key: `{from, form}`. Null once erased, or when the text belongs to nobody. */
  sealed: Buffer | null;
  /** A form that could not be parsed, sealed by the key ring. */
  unreadable: WrappedKey | null;
  /** Ids of the deliveries that answer the text. */
  answers: string[];
};

/** How an inbox item ended: who did what, and when. For an answer, also its delivery. */
export type ItemEnd = {
  how: 'answer' | 'opt-out' | 'close';
  by: string;
  at: Date;
  program: string | null;
  delivery: string | null;
  /**
   * Why the item was closed, sealed under the holder's profile key, or by the key ring when the item belongs to
   * nobody. Deleted together with the words.
   */
  reason?: Buffer | WrappedKey;
  /** For an opt-out: it also marked the contact as a wrong number. */
  wrongNumber?: true;
  /** For an opt-out: programs that the person confirmed after the text, and therefore stayed in. */
  spared?: string[];
};

export const inbound = defineCollection<InboundDoc>()('inbound', {
  'of-contact': { key: { contact: 1, receivedAt: 1 } },
  // Texts that the webhook missed and Twilio's message list had: few.
  'from-list': { key: { recordedAt: 1 }, partialFilterExpression: { door: 'list' } },
  'by-opt-out-type': {
    key: { recordedAt: 1, door: 1 },
    partialFilterExpression: { 'reading.rule': OPT_OUT_TYPE },
  },
  complaints: { key: { receivedAt: 1 }, partialFilterExpression: { complaint: true } },
  // Only texts that opened an item: a text that a rule answered costs this index nothing.
  inbox: {
    key: { inbox: 1, urgency: 1, receivedAt: 1, _id: 1 },
    partialFilterExpression: { inbox: { $exists: true } },
  },
});

/** Stores a text that changes nobody's consent. False when a text with this id exists, which stays as it is. */
export async function insertInbound(database: Database, { _id, ...row }: InboundDoc): Promise<boolean> {
  const { upsertedCount } = await inbound(database).updateOne(
    { _id },
    { $setOnInsert: row },
    { upsert: true },
  );
  return upsertedCount === 1;
}

export async function findInbound(database: Database, sids: string[]): Promise<InboundDoc[]> {
  return inbound(database)
    .find({ _id: { $in: sids } })
    .toArray();
}

/** Those of the given MessageSids that are stored. Reads only ids. */
export const findKnownSids = (database: Database, sids: string[]) =>
  inbound(database).find({ _id: { $in: sids } }, { projection: { _id: 1 } });

/**
 * Texts of some contacts that caused a hold or may have caused one. Oldest first; texts of one moment in the order
 * of arrival here.
 */
export async function findUnsure(database: Database, contacts: readonly string[]): Promise<InboundDoc[]> {
  const filter = { contact: { $in: [...contacts] }, 'reading.kind': 'unsure' };
  return inbound(database).find(filter).sort({ receivedAt: 1, rev: 1 }).toArray();
}

/**
 * The position of a text in the order in which we took its contact's texts. Each text writes its contact under a
 * revision of its own.
 */
export type ArrivalPosition = Pick<InboundDoc, '_id' | 'receivedAt' | 'rev'>;

/** Whether we took one text after another one of the same contact, whenever they were sent. */
export const arrivedAfter = (arrivalPosition: ArrivalPosition, other: ArrivalPosition): boolean =>
  arrivalPosition.rev > other.rev;

/**
 * Texts of a contact in the order in which we took them: from one text on, or from a moment, or after a later page
 * position.
 */
export async function findTaken(
  database: Database,
  contact: string,
  { from, after, limit }: { from: ArrivalPosition | Date; after: ArrivalPosition | null; limit: number },
): Promise<InboundDoc[]> {
  const first = from instanceof Date ? { receivedAt: { $gte: from } } : takenFrom(from);
  const which = after === null ? first : takenAfter(after);
  return inbound(database)
    .find({ contact, ...which })
    .sort({ rev: 1 })
    .limit(limit)
    .toArray();
}

/** Filter on texts of one contact: this text and those that we took after it. */
export const takenFrom = ({ rev }: ArrivalPosition) => ({ rev: { $gte: rev } });

/** Filter on texts of one contact: those that we took after this one. */
export const takenAfter = ({ rev }: ArrivalPosition) => ({ rev: { $gt: rev } });

/** The newest text of a contact. */
export async function newestText(database: Database, contact: string): Promise<InboundDoc | null> {
  return inbound(database).findOne({ contact }, { sort: { receivedAt: -1 } });
}

/**
 * Texts of a contact, newest first, received at or before a moment; those of one millisecond in any order. An order
 * beyond the index would read and sort every text of the contact.
 */
export async function textsUntil(
  database: Database,
  contact: string,
  { until, limit }: { until: Date | null; limit: number },
): Promise<InboundDoc[]> {
  return inbound(database)
    .find({ contact, ...(until === null ? {} : { receivedAt: { $lte: until } }) })
    .sort({ receivedAt: -1 })
    .limit(limit)
    .toArray();
}

/** How many texts a contact wrote. */
export const countTextsOf = (database: Database, contact: string): Promise<number> =>
  inbound(database).countDocuments({ contact });

/** Texts of a contact that, as they were read, may ask for fewer messages. */
export async function textsOf(
  database: Database,
  contact: string,
  kinds: readonly string[],
): Promise<Pick<InboundDoc, 'reading' | 'receivedAt' | 'recordedAt'>[]> {
  const filter = { contact, 'reading.kind': { $in: [...kinds] } };
  const projection = { reading: 1, receivedAt: 1, recordedAt: 1 };
  return inbound(database).find(filter, { projection }).toArray();
}

/** The fields of a text that are needed to read it again. */
export type PastText = Pick<InboundDoc, '_id' | 'receivedAt' | 'to' | 'forgotten' | 'sealed'> & {
  contact: string;
};

/** Both ends are included. */
type Span = { since: Date; until: Date };

/** The last text of a batch. */
export type TextPlace = { contact: string; at: Date };

const PART = { contact: 1, receivedAt: 1, to: 1, forgotten: 1, sealed: 1 } as const;
const BY_PERSON = { contact: 1, receivedAt: 1 } as const;

/**
 * Two filters, so that each query walks along the index `of-contact`: first the rest of one person's texts, then
 * other people's texts.
 */
export function pastFilters({ since, until }: Span, after: TextPlace | null): object[] {
  const others = { contact: { $gt: after?.contact ?? '' }, receivedAt: { $gte: since, $lte: until } };
  if (after === null) return [others];
  return [{ contact: after.contact, receivedAt: { $gt: after.at, $lte: until } }, others];
}

/**
 * Texts of a span, person by person, so that each person's key is opened once. Returns at least `limit` texts when
 * so many are left: texts of one person and moment are never split. Texts that belong to nobody are not included.
 */
export async function pastTexts(
  database: Database,
  span: Span,
  after: TextPlace | null,
  limit: number,
): Promise<PastText[]> {
  const found: PastText[] = [];
  for (const filter of pastFilters(span, after)) {
    if (found.length >= limit) break;
    found.push(...(await walk(database, filter, limit - found.length)));
  }
  const last = found.at(-1);
  if (last === undefined || found.length < limit) return found;
  const { contact, receivedAt } = last;
  const rest = await walk(database, { contact, receivedAt }, 0);
  return [
    ...found.filter((pastText) => pastText.contact !== contact || pastText.receivedAt < receivedAt),
    ...rest.sort((a, b) => (a._id < b._id ? -1 : 1)),
  ];
}

const walk = (database: Database, filter: object, limit: number): Promise<PastText[]> =>
  inbound(database)
    .find(filter, { projection: PART, sort: BY_PERSON, hint: inbound.hint('of-contact'), limit })
    .toArray() as Promise<PastText[]>;

/** Number of texts of a span that belong to nobody: their forms name no sender. */
export async function textsOfNobody(database: Database, { since, until }: Span): Promise<number> {
  return inbound(database).countDocuments({ contact: null, receivedAt: { $gte: since, $lte: until } });
}

/** Number of texts of a span that belong to people; null when counting took longer than `ms`. */
export async function countTexts(
  database: Database,
  { since, until }: Span,
  ms: number,
): Promise<number | null> {
  const filter = { contact: { $gt: '' }, receivedAt: { $gte: since, $lte: until } };
  return inbound(database)
    .countDocuments(filter, { hint: inbound.hint('of-contact'), maxTimeMS: ms })
    .catch((error: unknown) => {
      if (isTimeLimit(error)) return null;
      throw error;
    });
}

/** A text in Twilio's message list that could not be processed: enough to find it there again. */
export type Untaken = { sid: string; sentAt: Date };

/** Most such texts kept per number of ours. More cannot be a few bad texts: then something is wrong with all. */
export const MOST_UNTAKEN = 100;

const UNTAKEN = z.array(z.strictObject({ sid: z.string(), sentAt: z.date() }));

/** The texts that wait for another try, in the order in which they were stored. */
const untakenOf = (number: string): Setting<Untaken[]> =>
  defineSetting(`untaken texts ${number}`, UNTAKEN, []);

export const readUntaken = (database: Database, number: string): Promise<Untaken[]> =>
  untakenOf(number).read(database);

/** Stores texts to try again. False when there would be too many; then stores none. */
export async function keepUntaken(
  database: Database,
  number: string,
  texts: readonly Untaken[],
  at: Date,
): Promise<boolean> {
  const known = new Set((await readUntaken(database, number)).map(({ sid }) => sid));
  const fresh = texts.filter(({ sid }) => !known.has(sid));
  if (fresh.length === 0) return true;
  if (known.size + fresh.length > MOST_UNTAKEN) return false;
  const update = { $set: { at }, $addToSet: { value: { $each: fresh } } };
  const setting = untakenOf(number);
  await setting.in(database).updateOne({ _id: setting.id }, update, { upsert: true });
  return true;
}

export async function forgetUntaken(database: Database, number: string, sid: string): Promise<void> {
  const setting = untakenOf(number);
  await setting.in(database).updateOne({ _id: setting.id }, { $pull: { value: { sid } } });
}
