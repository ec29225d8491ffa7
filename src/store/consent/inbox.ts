import type { Document } from 'mongodb';
import { type InboxState, UNANSWERED_KINDS } from '../../domain/inbox.ts';
import { REACTION_RULE } from '../../domain/words/reading.ts';
import { type AuditEntryDoc, auditEntries } from '../audit/audit-entries.ts';
import type { Database } from '../collection.ts';
import { type ContactDoc, contacts } from '../contacts/contacts.ts';
import { type DeliveryDoc, deliveries } from '../deliveries/delivery.ts';
import { inTransaction } from '../transaction.ts';
import { StaleRead } from './commit.ts';
import {
  type ArrivalPosition,
  type InboundDoc,
  type ItemEnd,
  inbound,
  takenAfter,
  takenFrom,
} from './inbound-texts.ts';

/** Longest that closing one item may take, ms. */
const BUDGET_MS = 6000;

/** Longest that counting open items may take, ms. */
const COUNT_MS = 5000;

/** Where the next page begins: after the item with this urgency, time and id. */
export type InboxPlace = { urgency: number; receivedAt: Date; id: string };

/** Open items, most urgent first and then oldest first; or ended items, newest first. */
export async function pageInbox(
  database: Database,
  state: InboxState,
  after: InboxPlace | null,
  limit: number,
): Promise<InboundDoc[]> {
  const open = state === 'open';
  const way = open ? ('$gt' as const) : ('$lt' as const);
  // An ended item has no urgency: the index holds null for it.
  const rest = open ? {} : { urgency: null };
  const order = open ? 1 : -1;
  return inbound(database)
    .find({ inbox: state, ...rest, ...(after === null ? {} : { $or: behind(after, way, open) }) } as object)
    .sort({ urgency: order, receivedAt: order, _id: order })
    .limit(limit)
    .toArray();
}

function behind({ urgency, receivedAt, id }: InboxPlace, way: '$gt' | '$lt', open: boolean): object[] {
  const same = open ? { urgency } : {};
  return [
    ...(open ? [{ urgency: { [way]: urgency } }] : []),
    { ...same, receivedAt: { [way]: receivedAt } },
    { ...same, receivedAt, _id: { [way]: id } },
  ];
}

type Item = ArrivalPosition & Pick<InboundDoc, 'begins'>;

/** The first text of each item: the text that opened the item, or the first text of the items that it replaced. */
export async function firstTextsOf(
  database: Database,
  items: readonly Item[],
): Promise<(item: Item) => ArrivalPosition> {
  const ids = items.flatMap(({ begins }) => begins ?? []);
  const projection = { rev: 1, receivedAt: 1 };
  const found =
    ids.length === 0
      ? []
      : await inbound(database)
          .find<ArrivalPosition>({ _id: { $in: ids } }, { projection })
          .toArray();
  const places = new Map(found.map((place) => [place._id, place]));
  return (item) => places.get(item.begins ?? '') ?? item;
}

type Answered = { receivedAt: Date; ended: Pick<ItemEnd, 'program' | 'at'> };

/**
 * Answered items whose first text came at or after `since`: when that text came, and the answer. Never the sealed
 * words.
 */
export async function answeredSince(database: Database, since: Date, limit: number): Promise<Answered[]> {
  const filter = { inbox: 'answered', urgency: null, receivedAt: { $gte: since } } as object;
  const projection = { rev: 1, receivedAt: 1, begins: 1, 'ended.program': 1, 'ended.at': 1 };
  const found = await inbound(database)
    .find<Item & Partial<Answered>>(filter, { projection })
    .sort({ receivedAt: -1 })
    .limit(limit)
    .toArray();
  const startOf = await firstTextsOf(database, found);
  return found.flatMap((item) =>
    item.ended === undefined ? [] : { receivedAt: startOf(item).receivedAt, ended: item.ended },
  );
}

/**
 * Adds `stands`: the item that represents all open items of the same person. An item of an erased contact represents
 * itself.
 */
const STANDS: Document[] = [
  {
    $lookup: {
      from: 'contacts',
      localField: 'contact',
      foreignField: '_id',
      as: 'holder',
      pipeline: [{ $match: { sealed: { $ne: null } } }, { $project: { _id: 0, text: '$inboxItem.text' } }],
    },
  },
  { $set: { stands: { $ifNull: [{ $first: '$holder.text' }, '$_id'] } } },
];

const OPEN_ITEMS: Document[] = [
  { $match: { inbox: 'open' } },
  { $project: { contact: 1, receivedAt: 1, alarm: 1 } },
  ...STANDS,
  {
    $group: {
      _id: null,
      count: { $sum: { $cond: [{ $eq: ['$stands', '$_id'] }, 1, 0] } },
      oldest: { $min: '$receivedAt' },
      alarms: {
        $sum: {
          $cond: [{ $and: [{ $eq: ['$stands', '$_id'] }, { $ne: [{ $type: '$alarm' }, 'missing'] }] }, 1, 0],
        },
      },
    },
  },
];

type OpenItems = {
  count: number;
  /** Since when the oldest text waits; null when none does. */
  oldest: Date | null;
  /** How many of the items call a person at once. */
  alarms: number;
};

/** How many items are open, as the inbox lists them. Rejects when counting takes longer than it may. */
export async function openItems(database: Database): Promise<OpenItems> {
  const [found] = await inbound(database).aggregate<OpenItems>(OPEN_ITEMS, { maxTimeMS: COUNT_MS }).toArray();
  return { count: found?.count ?? 0, oldest: found?.oldest ?? null, alarms: found?.alarms ?? 0 };
}

/** Number of texts per item: all texts that we took from the item's person since the item's first text. */
export async function textsSince(
  database: Database,
  items: readonly InboundDoc[],
): Promise<Map<string, number>> {
  const startOf = await firstTextsOf(database, items);
  const $or = items.flatMap((item) => {
    const { contact } = item;
    return contact === null ? [] : { contact, ...takenFrom(startOf(item)) };
  });
  if ($or.length === 0) return new Map();
  const projection = { contact: 1, rev: 1, receivedAt: 1 };
  const texts = await inbound(database).find({ $or }, { projection }).toArray();
  const byContact = new Map<string | null, ArrivalPosition[]>(items.map(({ contact }) => [contact, []]));
  for (const text of texts) byContact.get(text.contact)?.push(text);
  return new Map(
    items.map((item) => {
      const start = startOf(item);
      const since = ({ rev }: ArrivalPosition): boolean => rev >= start.rev;
      return [item._id, (byContact.get(item.contact) ?? []).filter(since).length];
    }),
  );
}

/** When the newest text of each contact was received. */
export async function newestTextTimes(
  database: Database,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Date>> {
  // In the order of the index, so that the database jumps from person to person instead of reading all their texts.
  const found = await inbound(database)
    .aggregate<{ _id: string; at: Date }>([
      { $match: { contact: { $in: [...ids] } } },
      { $sort: { contact: -1, receivedAt: -1 } },
      { $group: { _id: '$contact', at: { $first: '$receivedAt' } } },
    ])
    .toArray();
  return new Map(found.map(({ _id, at }) => [_id, at]));
}

/** Among the texts from the item's first text to the last one that was read: the one that was sent last. */
export async function sentLast(database: Database, item: InboundDoc, read: InboundDoc): Promise<InboundDoc> {
  const start = (await firstTextsOf(database, [item]))(item);
  const filter = { contact: item.contact, rev: { $gte: start.rev, $lte: read.rev } };
  return (await inbound(database).findOne(filter, { sort: { receivedAt: -1, rev: -1 } })) ?? read;
}

/**
 * Whether a text that staff must read (an alarm, or one that no rule answered) came after the last text that was
 * read. While an item is open such a text opens no item of its own, so that the text would be lost when the item
 * ends. A possible birth date does not count: its words are not stored.
 */
export async function isUnread(database: Database, contact: string, read: ArrivalPosition): Promise<boolean> {
  const unanswered = {
    'reading.kind': { $in: [...UNANSWERED_KINDS] },
    'reading.rule': { $ne: REACTION_RULE },
    forgotten: { $exists: false },
  };
  const forStaff = [unanswered, { alarm: { $exists: true } }];
  const filter = { contact, ...takenAfter(read), $or: forStaff };
  return (await inbound(database).findOne(filter, { projection: { _id: 1 } })) !== null;
}

/**
 * Ends an open item and plans its answer, both or neither. False when the item is not open. Increments the
 * contact's revision, so that a later text opens an item of its own. Throws `StaleRead` when the contact was
 * written since it was read: there may be more to read.
 */
export async function closeInboxItem(
  database: Database,
  item: InboundDoc,
  ended: ItemEnd,
  about: { contact: ContactDoc | null; answer: DeliveryDoc | null; entries: readonly AuditEntryDoc[] },
): Promise<boolean> {
  const state: InboxState = ended.how === 'answer' ? 'answered' : 'closed';
  const { contact, answer, entries } = about;
  return inTransaction(database, BUDGET_MS, async (session) => {
    const done = await inbound(database).updateOne(
      { _id: item._id, inbox: 'open' },
      { $set: { inbox: state, ended }, $unset: { urgency: '' } },
      { session },
    );
    if (done.modifiedCount === 0) return false;
    if (contact !== null) {
      const { matchedCount } = await contacts(database).updateOne(
        { _id: contact._id, rev: contact.rev },
        { $unset: { inboxItem: '' }, $inc: { rev: 1 } },
        { session },
      );
      if (matchedCount === 0) throw new StaleRead('a contact was written since it was read');
      // Items of the same person that this more urgent item replaced were read together with it, and end with it.
      await inbound(database).updateMany(
        { contact: contact._id, inbox: 'open' },
        { $unset: { inbox: '', urgency: '' } },
        { session, hint: inbound.hint('of-contact') },
      );
    }
    if (answer !== null) await deliveries(database).insertOne(answer, { session });
    await auditEntries(database).insertMany([...entries], { session });
    return true;
  });
}
