import type { Desk } from '../../consent/desk.ts';
import type { ContactDoc } from '../../store/people/contacts.ts';
import { openHolder, unlessClosed } from '../../store/people/holder.ts';

/** The number of a contact, E.164; null where the keys of this process cannot open it. */
export const numberOf = (desk: Desk, stored: ContactDoc): string | null =>
  unlessClosed(() => openHolder(desk.ring, stored, []).number);
