import type { Store } from '../store.ts';
import { inTransaction } from '../transaction.ts';
import { isTakenAfter, type TakenPlace } from './inbound.ts';

const SLICE = 500;

/** Longest that one item may take, ms. */
const ITEM_MS = 10_000;

/** What an answer left in the clear beside how its item ended. */
const LEFT = { 'ended.text': '', 'ended.item': '', 'ended.digest': '', 'ended.readUntil': '' } as const;

/** Takes the words of staff's answers out of how items ended. Twice is as good as once. */
export async function clearEnds(store: Store): Promise<void> {
  const $or = Object.keys(LEFT).map((field) => ({ [field]: { $exists: true } }));
  const filter = { inbox: { $in: ['answered', 'closed'] }, $or } as object;
  for (;;) {
    const found = await store.inbound
      .find(filter, { projection: { _id: 1 }, hint: 'inbox', limit: SLICE })
      .toArray();
    if (found.length === 0) return;
    const ids = found.map(({ _id }) => _id);
    await store.inbound.updateMany({ _id: { $in: ids } }, { $unset: LEFT });
  }
}

/** Lets each open item begin with the oldest of those that it took the place of, as what opens later does. Twice is as good as once. */
export async function beginItems(store: Store): Promise<void> {
  const projection = { contact: 1, rev: 1, receivedAt: 1 };
  const open = await store.inbound.find({ inbox: 'open' }, { projection, hint: 'inbox' }).toArray();
  const first = new Map<string, TakenPlace>();
  const several = new Set<string>();
  for (const text of open) {
    const { contact } = text;
    if (contact === null) continue;
    const before = first.get(contact);
    if (before !== undefined) several.add(contact);
    if (before === undefined || isTakenAfter(before, text)) first.set(contact, text);
  }
  for (const contact of several) await beginItem(store, contact, first.get(contact)?._id ?? '');
}

/** The contact's revision goes up, so that no text that is under way writes its item back as it was. */
async function beginItem(store: Store, _id: string, begins: string): Promise<void> {
  await inTransaction(store, ITEM_MS, async (session) => {
    const contact = await store.contacts.findOne({ _id }, { session });
    const item = contact?.inboxItem;
    if (item === undefined || item.text === begins || item.begins === begins) return;
    // It may have ended meanwhile, and the item with it.
    const opened = { _id: { $in: [begins, item.text] }, inbox: 'open' } as const;
    if ((await store.inbound.countDocuments(opened, { session })) < 2) return;
    await store.contacts.updateOne(
      { _id },
      { $set: { 'inboxItem.begins': begins }, $inc: { rev: 1 } },
      { session },
    );
    await store.inbound.updateOne({ _id: item.text }, { $set: { begins } }, { session });
  });
}
