import type { Desk } from '../../consent/desk.ts';
import type { InboundDoc } from '../../store/consent/inbound.ts';
import { type ContactDoc, findContact } from '../../store/people/contacts.ts';
import { lostAmong } from '../../store/sealing/key-ring.ts';
import { KeyMissing } from '../../store/sealing/keys.ts';
import { type Contact, contactById } from '../find-contact.ts';

/** Who is behind an item; nobody where both are null. `lost`: whom no process opens again, for the key that sealed them is lost. */
export type Behind = { contact: Contact | null; lost: ContactDoc | null };

/** Fresh facts about who is behind an item; null where this process cannot open them, and nobody noted their key as lost. */
export async function behind(desk: Desk, { contact: id }: InboundDoc): Promise<Behind | null> {
  if (id === null) return { contact: null, lost: null };
  try {
    return { contact: await contactById(desk, id), lost: null };
  } catch (error) {
    if (!(error instanceof KeyMissing)) throw error;
    const stored = await findContact(desk.store, id);
    const [lost] = stored === null ? [] : await lostAmong(desk.store, [stored]);
    return lost === undefined ? null : { contact: null, lost };
  }
}
