import type { Desk } from '../consent/desk.ts';
import type { Person } from '../domain/consent/person.ts';
import { stranger } from '../domain/consent/person.ts';
import { findSuppressions } from '../store/consent/suppressions.ts';
import type { ContactDoc } from '../store/people/contacts.ts';
import { findContact, findHolders } from '../store/people/contacts.ts';
import type { Holder } from '../store/people/holder.ts';
import { openJoined, readJoined } from '../store/people/joined.ts';

/** A holder that is stored. */
export type Contact = Holder & { stored: ContactDoc };

/** Fresh facts about one contact; null where there is none of this id, or its number was erased. */
export async function contactById(desk: Desk, id: string): Promise<Contact | null> {
  const stored = await findContact(desk.store, id);
  return stored === null || stored.sealed === null ? null : opened(desk, stored);
}

/**
 * Fresh facts about the current holder of a number. Without a contact, `person` is a stranger with whatever
 * suppressions stand against the number.
 */
export async function holderOf(
  desk: Desk,
  e164: string,
): Promise<{ contact: Contact | null; person: Person }> {
  const index = desk.indexOf(e164);
  const stored = (await findHolders(desk.store, [index]))[0];
  if (stored !== undefined) {
    const contact = await opened(desk, stored);
    return { contact, person: contact.person };
  }
  const rows = await findSuppressions(desk.store, [index]);
  return { contact: null, person: { ...stranger(), suppressions: rows.map(({ index: _, ...row }) => row) } };
}

// The contact first: an opt-out between the two reads is then seen in the second, never missed.
async function opened(desk: Desk, stored: ContactDoc): Promise<Contact> {
  return { ...openJoined(desk.ring, stored, await readJoined(desk.store, [stored])), stored };
}
