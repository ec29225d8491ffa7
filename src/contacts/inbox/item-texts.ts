import { findInbound, type InboundDoc } from '../../store/consent/inbound.ts';
import { isUnread, startsOf } from '../../store/consent/inbox.ts';
import type { Store } from '../../store/store.ts';
import type { Contact } from '../find-contact.ts';

/** The text up to which an item was read: without an id the one that opened it. Null where it is none of its texts. */
export async function lastRead(
  store: Store,
  item: InboundDoc,
  readUntil: string | null,
): Promise<InboundDoc | null> {
  if (readUntil === null || readUntil === item._id) return item;
  const [text] = await findInbound(store, [readUntil]);
  if (text === undefined || text.contact === null || text.contact !== item.contact) return null;
  const start = (await startsOf(store, [item]))(item);
  return text.rev >= start.rev ? text : null;
}

/**
 * Why an item is not ended by who read so far: what they name is no text of it, or there is more to read. Null where nothing
 * forbids it. The contact was read before: whatever is written after it has a higher revision.
 */
export async function notEndedBy(
  store: Store,
  { item, contact, readUntil }: { item: InboundDoc; contact: Contact | null; readUntil: string | null },
): Promise<{ kind: 'not-of-item' } | { kind: 'unread' } | null> {
  const text = await lastRead(store, item, readUntil);
  if (text === null) return { kind: 'not-of-item' };
  // Of nobody who is known there are no words to read.
  if (contact === null) return null;
  return (await isUnread(store, contact.id, text)) ? { kind: 'unread' } : null;
}
