import { cutPage, type Page, type PageRequest } from '../../domain/page.ts';
import type { InboundWords } from '../../sending/twilio/webhook-forms.ts';
import { findTaken, type InboundDoc } from '../../store/consent/inbound-texts.ts';
import type { OpenContact } from '../../store/contacts/open-contact.ts';
import type { KeyRing } from '../../store/sealing/keys.ts';
import type { AppContext } from '../app-context.ts';
import { unreadableWords, wordsOf } from './inbound-record.ts';

/** One text of a person, opened. `words`: null once they were erased. `rule`: the rule that read the text. */
export type TextView = {
  id: string;
  /** Revision of the contact that was written with the text: the order in which texts reached us. */
  rev: number;
  receivedAt: Date;
  to: string;
  rule: string;
  words: string | null;
  pictures: number;
};

/** A text's position in the order in which the texts of its contact reached us. */
export type TextPosition = Pick<TextView, 'id' | 'rev' | 'receivedAt'>;

/** Opens a text with the profile key of its holder. Throws `SealBroken`. */
export const openText = (row: InboundDoc, key: Buffer): TextView => viewOf(row, wordsOf(row, key));

/** Opens a form that names no sender. Throws as `openByRing` does. */
export const openUnreadable = (row: InboundDoc, ring: KeyRing): TextView =>
  viewOf(row, unreadableWords(row, ring));

const viewOf = (
  { _id: id, rev, receivedAt, to, reading }: InboundDoc,
  words: InboundWords | null,
): TextView => ({
  id,
  rev,
  receivedAt,
  to,
  rule: reading.rule,
  words: words?.body ?? null,
  pictures: words?.pictures ?? 0,
});

/** One page of the texts of a contact from a text or a moment on, in the order in which they reached us. */
export async function openTextsFrom(
  { store }: Pick<AppContext, 'store'>,
  { id, keys }: Pick<OpenContact, 'id' | 'keys'>,
  from: Parameters<typeof findTaken>[2]['from'],
  { after, limit }: PageRequest<TextPosition>,
): Promise<Page<TextView, TextPosition>> {
  const position = after === null ? null : { ...after, _id: after.id };
  const taken = await findTaken(store, id, { from, after: position, limit: limit + 1 });
  const { items, next } = cutPage(taken, limit, ({ _id, rev, receivedAt }) => ({ id: _id, rev, receivedAt }));
  return { items: items.map((row) => openText(row, keys.profile)), next };
}
