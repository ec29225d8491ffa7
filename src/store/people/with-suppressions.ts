import type { ClientSession } from 'mongodb';
import { findSuppressions, type SuppressionDoc } from '../consent/suppressions.ts';
import type { Store } from '../store.ts';
import { type ContactDoc, findContacts } from './contacts.ts';

/** A contact and what stands against its number, read in one session. */
export type WithSuppressions = { contact: ContactDoc; suppressions: SuppressionDoc[] };

/** Null where there is none of this id. */
export async function findWithSuppressions(
  store: Store,
  id: string,
  session: ClientSession,
): Promise<WithSuppressions | null> {
  const [contact] = await findContacts(store, [id], session);
  if (contact === undefined) return null;
  return { contact, suppressions: await findSuppressions(store, [contact.index], session) };
}
