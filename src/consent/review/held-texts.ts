import type { HoldRow } from '../../store/consent/holds.ts';
import { findInbound, type InboundDoc, isTakenAfter } from '../../store/consent/inbound.ts';
import type { Store } from '../../store/store.ts';

/** Of a contact's texts in the order they came, the one that a hold stands for. */
export const textOf = ({ since }: HoldRow, texts: readonly InboundDoc[]): InboundDoc | null =>
  texts.find(({ receivedAt }) => receivedAt.getTime() === since.getTime()) ??
  texts.findLast(({ receivedAt }) => receivedAt <= since) ??
  null;

/** The text up to which what is on hold was read: without an id the one that was held. Undefined where it is none of them. */
export async function lastRead(
  store: Store,
  { contact, held, readUntil }: { contact: string; held: InboundDoc | null; readUntil: string | null },
): Promise<InboundDoc | null | undefined> {
  if (readUntil === null || readUntil === held?._id) return held;
  const [text] = await findInbound(store, [readUntil]);
  const isOfHold = text?.contact === contact && (held === null || isTakenAfter(text, held));
  return isOfHold ? text : undefined;
}

/**
 * Whether a text that may be an opt-out came after the last one that was read. While a hold stands such a text raises no
 * other, so that nobody but who decides about the hold would ever see it.
 */
export const isUnread = (unsure: readonly InboundDoc[], read: InboundDoc | null): boolean =>
  unsure.some((text) => read === null || isTakenAfter(text, read));
