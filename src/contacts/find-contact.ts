import type { AppContext } from '../consent/app-context.ts';
import { type ConsentState, emptyConsentState } from '../domain/consent/consent-state.ts';
import { findSuppressions } from '../store/consent/suppressions.ts';
import { type ContactDoc, findContact, findHolders } from '../store/contacts/contacts.ts';
import { type OpenContact, numberOf as openNumber, unlessClosed } from '../store/contacts/open-contact.ts';
import { openJoined, readJoined } from '../store/contacts/person-facts.ts';
import { isClosed } from '../store/sealing/keys.ts';

/** A contact that is stored. */
export type OpenedContact = OpenContact & { stored: ContactDoc };

/** Reads a contact now; null when there is none of this id, or its number was erased. */
export async function contactById(
  context: Pick<AppContext, 'ring' | 'store'>,
  id: string,
): Promise<OpenedContact | null> {
  const stored = await findContact(context.store, id);
  return stored === null || stored.sealed === null ? null : opened(context, stored);
}

/**
 * Reads the current holder of a number. Without a contact, `person` is a stranger with the suppressions of the
 * number.
 */
export async function holderOf(
  context: Pick<AppContext, 'indexOf' | 'ring' | 'store'>,
  e164: string,
): Promise<{ contact: OpenedContact | null; person: ConsentState }> {
  const index = context.indexOf(e164);
  const stored = (await findHolders(context.store, [index]))[0];
  if (stored !== undefined) {
    const contact = await opened(context, stored);
    return { contact, person: contact.person };
  }
  const rows = await findSuppressions(context.store, [index]);
  return {
    contact: null,
    person: { ...emptyConsentState(), suppressions: rows.map(({ index: _, ...row }) => row) },
  };
}

// The contact was read first: an opt-out between the two reads is then seen in the second read, never missed.
async function opened(
  context: Pick<AppContext, 'ring' | 'store'>,
  stored: ContactDoc,
): Promise<OpenedContact> {
  return { ...openJoined(context.ring, stored, await readJoined(context.store, [stored])), stored };
}

/**
 * Runs `open` for one person; null when this process cannot read the person. Logs any reason other than missing
 * keys: one broken contact must not stop a campaign for all others.
 */
export function readable<T>(
  { log }: Pick<AppContext, 'log'>,
  contact: string,
  open: () => T,
  onBroken: (error: unknown) => void = () => undefined,
): T | null {
  try {
    return open();
  } catch (error) {
    if (isClosed(error)) return null;
    onBroken(error);
    log.error({ contact, error }, 'a contact cannot be read although its keys are here');
    return null;
  }
}

/** The number of a contact, E.164; null where the keys of this process cannot open it. */
export const numberOf = (context: Pick<AppContext, 'ring'>, stored: ContactDoc): string | null =>
  unlessClosed(() => openNumber(context.ring, stored));
