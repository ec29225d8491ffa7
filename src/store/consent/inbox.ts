import type { Document } from 'mongodb';
import type { InboxState } from '../../domain/inbox/entering.ts';
import type { DeliveryDoc } from '../deliveries/deliveries.ts';
import type { ContactDoc } from '../people/contacts.ts';
import type { Store } from '../store.ts';
import { inTransaction } from '../transaction.ts';
import { StaleRead } from './commit.ts';
import type { InboundDoc, ItemEnd } from './inbound.ts';

/** Time one item may take to end, ms. */
const BUDGET_MS = 6000;

/** Where a page goes on: behind the item of this urgency, time and id. */
export type InboxPlace = { urgency: number; receivedAt: Date; id: string };

/** Open items, the most urgent in front and then the oldest; those that ended, the newest in front. */
export async function pageInbox(
  store: Store,
  state: InboxState,
  after: InboxPlace | null,
  limit: number,
): Promise<InboundDoc[]> {
  const open = state === 'open';
  const way = open ? ('$gt' as const) : ('$lt' as const);
  // An item that ended has no urgency any more: the index holds null for it.
  const rest = open ? {} : { urgency: null };
  const order = open ? 1 : -1;
  return store.inbound
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

/** Of items that were answered, of texts from a moment on: when the text came, and the answer. Never the sealed words. */
export async function answeredSince(
  store: Store,
  since: Date,
  limit: number,
): Promise<Pick<InboundDoc, 'receivedAt' | 'ended'>[]> {
  const filter = { inbox: 'answered', urgency: null, receivedAt: { $gte: since } } as object;
  const projection = { _id: 0, receivedAt: 1, ended: 1 };
  return store.inbound
    .find<Pick<InboundDoc, 'receivedAt' | 'ended'>>(filter, { projection })
    .sort({ receivedAt: -1 })
    .limit(limit)
    .toArray();
}

/** The item that stands for all that one person has open, of a contact that is not erased. */
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
  { $match: { $expr: { $eq: ['$stands', '$_id'] } } },
];

/** How many items are open, as the inbox lists them, and since when the oldest is; null where none is. */
export async function openItems(store: Store): Promise<{ count: number; oldest: Date | null }> {
  const [found] = await store.inbound
    .aggregate<{ count: number; oldest: Date }>([
      { $match: { inbox: 'open' } },
      { $project: { contact: 1, receivedAt: 1 } },
      ...STANDS,
      { $group: { _id: null, count: { $sum: 1 }, oldest: { $min: '$receivedAt' } } },
    ])
    .toArray();
  return { count: found?.count ?? 0, oldest: found?.oldest ?? null };
}

/** How many texts some people sent since their items were opened, by contact. */
export async function textsSince(store: Store, items: readonly InboundDoc[]): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  const $or = items.flatMap(({ contact, receivedAt }) =>
    contact === null ? [] : { contact, receivedAt: { $gte: receivedAt } },
  );
  if ($or.length === 0) return counts;
  for await (const { contact } of store.inbound.find({ $or }, { projection: { _id: 0, contact: 1 } })) {
    if (contact !== null) counts.set(contact, (counts.get(contact) ?? 0) + 1);
  }
  return counts;
}

/**
 * Ends an open item, and plans the answer with it, all or nothing. False where it is not open. The contact's revision
 * goes up, so that a text which comes at this moment opens an item of its own. Throws `StaleRead` where the contact
 * was written since it was read.
 */
export async function endItem(
  store: Store,
  item: InboundDoc,
  ended: ItemEnd,
  about: { contact: ContactDoc | null; answer: DeliveryDoc | null },
): Promise<boolean> {
  const state: InboxState = ended.how === 'answer' ? 'answered' : 'closed';
  const { contact, answer } = about;
  return inTransaction(store, BUDGET_MS, async (session) => {
    const done = await store.inbound.updateOne(
      { _id: item._id, inbox: 'open' },
      { $set: { inbox: state, ended }, $unset: { urgency: '' } },
      { session },
    );
    if (done.modifiedCount === 0) return false;
    if (contact !== null) {
      const { matchedCount } = await store.contacts.updateOne(
        { _id: contact._id, rev: contact.rev },
        { $unset: { inboxItem: '' }, $inc: { rev: 1 } },
        { session },
      );
      if (matchedCount === 0) throw new StaleRead('a contact was written since it was read');
      // What was overtaken by something more urgent of the same person is seen to with it.
      await store.inbound.updateMany(
        { contact: contact._id, inbox: 'open' },
        { $unset: { inbox: '', urgency: '' } },
        { session, hint: 'of-contact' },
      );
    }
    if (answer !== null) await store.deliveries.insertOne(answer, { session });
    return true;
  });
}
