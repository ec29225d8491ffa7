import type { Actor } from '../domain/access/actor.ts';
import { type SentFacts, statusSentence } from '../domain/consent/status-sentence.ts';
import { mask } from '../domain/numbers.ts';
import type { Language } from '../domain/program.ts';
import type { ContactDoc } from '../store/contacts/contacts.ts';
import { type OpenContact, openHolder, unlessClosed } from '../store/contacts/open-contact.ts';
import { openJoined, readJoined } from '../store/contacts/person-facts.ts';
import type { AppContext } from './app-context.ts';

/** A contact as lists name it: its id and its masked number. */
export type ContactRef = { id: string; masked: string };

/** The API key that asks, and whether it may read evidence: words, texts and former holders. */
export type EvidenceReader = { actor: Actor; readsEvidence: boolean };

/**
 * A contact as lists for reviewers name it. `sentence`: what support would read out about the contact. `language`: the
 * language of its texts; null when it is not known.
 */
export type DescribedContact = { contact: ContactRef; sentence: string; language: Language | null };

/** The masked number; null when the contact was erased or the keys of this process cannot open it. */
export const maskedNumber = ({ ring }: Pick<AppContext, 'ring'>, stored: ContactDoc): string | null =>
  stored.sealed === null ? null : unlessClosed(() => mask(openHolder(ring, stored, []).number));

/** Null when the contact was erased or the keys of this process cannot open it. */
export function contactRef(context: Pick<AppContext, 'ring'>, stored: ContactDoc): ContactRef | null {
  const masked = maskedNumber(context, stored);
  return masked === null ? null : { id: stored._id, masked };
}

/**
 * Opens contacts with everything that decides about them. Leaves out contacts that were erased and contacts that the
 * keys of this process cannot open.
 */
export async function openContacts(
  { store, ring }: Pick<AppContext, 'store' | 'ring'>,
  stored: readonly ContactDoc[],
): Promise<OpenContact[]> {
  const living = stored.filter(({ sealed }) => sealed !== null);
  const joined = await readJoined(store, living);
  return living.flatMap((contact) => unlessClosed(() => openJoined(ring, contact, joined)) ?? []);
}

/** `sent`: what is known of messages to the contact; lists leave it out, because each contact costs a query. */
export const describeContact = (
  { catalog, now }: Pick<AppContext, 'catalog' | 'now'>,
  { id, number, person }: OpenContact,
  sent?: SentFacts,
): DescribedContact => ({
  contact: { id, masked: mask(number) },
  sentence: statusSentence(person, catalog.current().book, now(), sent),
  language: person.language,
});
