import type { Desk } from '../../consent/desk.ts';
import type { ContactDoc } from '../../store/contacts.ts';
import { openHolder } from '../../store/holder.ts';
import { KeyMissing } from '../../store/keys.ts';
import { SealBroken } from '../../store/sealing.ts';

/** The number of a contact, E.164; null where the keys of this process cannot open it. */
export function numberOf(desk: Desk, stored: ContactDoc): string | null {
  try {
    return openHolder(desk.ring, stored, []).number;
  } catch (error) {
    if (error instanceof KeyMissing || error instanceof SealBroken) return null;
    throw error;
  }
}
