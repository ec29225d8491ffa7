import type { Scope } from '../../domain/consent/suppression.ts';
import { letSettle, quench } from '../../sending/quench.ts';
import { type ContactDoc, findContacts } from '../../store/people/contacts.ts';
import { othersNow } from '../../store/people/joined.ts';
import type { Store } from '../../store/store.ts';
import { inSession } from '../../store/transaction.ts';
import type { Desk } from '../desk.ts';

/** What an opt-out of a contact closed, and the number of its last entry in their ledger. */
export type EndedBefore = { contact: string; scopes: Scope[]; seq: number };

/**
 * Steps (b) and (c) of an opt-out that was decided before, once more: whoever decided it may have died before everything
 * under way had settled. Where the ledger says more since, what is under way is waited for and nothing is canceled: what
 * is planned may come of a later JOIN, and the gate asks how the person stands.
 */
export async function endAgain({ store, monotonic }: Desk, before: EndedBefore): Promise<void> {
  const [contact] = await inSession(store, (session) => findContacts(store, [before.contact], session));
  if (contact === undefined) return;
  if (contact.head.seq > before.seq) {
    await letSettle(store, await reachedBy(store, contact), monotonic, 'everything');
    return;
  }
  const { _id, rev, prompts, personId, follows } = contact;
  const { scopes } = before;
  await quench(store, { contact: _id, rev: rev + 1, scopes, prompts, personId, follows }, monotonic);
}

/** The contacts whose messages reach the person: their own, their other numbers', and whoever had the number just before. */
async function reachedBy(store: Store, { _id, personId, follows }: ContactDoc): Promise<string[]> {
  const others = await othersNow(store, { _id, personId });
  return [_id, ...(follows === undefined ? [] : [follows]), ...others.map((other) => other._id)];
}
