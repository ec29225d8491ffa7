import { isRefused } from '../../domain/consent/questions/answering.ts';
import type { Scope } from '../../domain/consent/suppression.ts';
import { letSettle, quench } from '../../sending/quench.ts';
import { StaleRead } from '../../store/consent/commit.ts';
import type { InboundDoc } from '../../store/consent/inbound.ts';
import { findDeliveries } from '../../store/deliveries/deliveries.ts';
import { makeDue } from '../../store/deliveries/due.ts';
import type { ContactDoc } from '../../store/people/contacts.ts';
import { othersNow } from '../../store/people/joined.ts';
import { findWithSuppressions } from '../../store/people/with-suppressions.ts';
import { inSession } from '../../store/transaction.ts';
import type { Desk } from '../desk.ts';
import { letOffersSettle } from '../let-end.ts';
import { closedAt, mayClose } from '../scopes.ts';
import { dueNow, type InboundMessage } from './message.ts';

/**
 * A MessageSid that came before plans no reply. Where it, or the text that is on record, ends something, it waits again for
 * what is older than itself: whoever joined again since gets what was planned since. Then what answers it is made due, where
 * the process that took it first did not live to do so. Rejects with `StaleRead` where the contact could only be read as it was
 * before the text: the caller spools it.
 */
export async function drainAgain(
  desk: Desk,
  message: InboundMessage,
  inbound: InboundDoc,
  stated: { scopes: Scope[]; hold: boolean },
): Promise<void> {
  const { contact: id, reading, receivedAt, rev } = inbound;
  // The carrier's list names every text again and again; only its first reading ends something.
  if (message.door === 'list' || id === null) return;
  const read = await inSession(desk.store, (session) => findWithSuppressions(desk.store, id, session));
  // From before its text, as a primary may answer that was elected just now: what it shows under way would be older still.
  if (read === null || read.contact.rev < rev) throw new StaleRead('a text is newer than its contact');
  const { contact, suppressions } = read;
  const scopes = [...new Set([...stated.scopes, ...closedAt(suppressions, receivedAt)])];
  const hold = stated.hold || reading.kind === 'unsure';
  if (scopes.length > 0 || hold || (mayClose(reading.kind) && contact.prompts.some(isRefused))) {
    await endAgain(desk, contact, { scopes, hold, rev });
  } else if (reading.kind === 'pause') await letOffersSettle(desk, contact._id, contact.personId);
  await makeDue(desk.store, dueNow(inbound, await findDeliveries(desk.store, inbound.answers)));
}

/**
 * What a text ended as the revision `rev`, once more. Of their other numbers only what is under way is waited for: what is
 * planned there may have come after they joined again, and the gate asks how they stand.
 */
async function endAgain(
  { store, monotonic }: Desk,
  { _id, prompts, personId, follows }: ContactDoc,
  ended: { scopes: Scope[]; hold: boolean; rev: number },
): Promise<void> {
  const others = await othersNow(store, { _id, personId });
  const elsewhere = ended.scopes.length === 0 ? [] : others.map((one) => one._id);
  await Promise.all([
    quench(store, { ...ended, contact: _id, prompts, personId: undefined, follows }, monotonic),
    elsewhere.length > 0 && letSettle(store, elsewhere, monotonic),
  ]);
}
