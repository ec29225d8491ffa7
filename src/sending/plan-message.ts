import type { WhenCapped } from '../domain/caps/caps.ts';
import { laneOf, SINGLE } from '../domain/sending/lanes.ts';
import { type MessageOrder, messagePlan } from '../domain/sending/message-plan.ts';
import type { DeliveryDoc } from '../store/deliveries/deliveries.ts';
import { insertDelivery, newDelivery } from '../store/deliveries/new-delivery.ts';
import { findContacts } from '../store/people/contacts.ts';
import type { Holder } from '../store/people/holder.ts';
import { openJoined, readJoined } from '../store/people/joined.ts';
import type { KeyRing } from '../store/sealing/keys.ts';
import type { Store } from '../store/store.ts';
import { inSession } from '../store/transaction.ts';

export type PlanDeps = { store: Store; ring: KeyRing; now: () => Date };

/** Who it is for, and what makes it the same message when it is ordered again. */
export type Ordered = MessageOrder & {
  contact: string;
  /** Digest of its cause, 24 characters of base64url: with the person's bucket it is the row's id. */
  digest: string;
  /** Id and version of the template it was merged from; "text" where someone wrote it for this person. */
  template: string;
  /** When it is too late to leave; null where it is never. */
  validUntil: Date | null;
  /** What marketing it waits in one queue with; else the other single messages. */
  stream?: string;
  /** It is a test to staff. */
  test?: boolean;
  /** What becomes of it where a cap keeps it back; absent: it waits. */
  capped?: WhenCapped;
};

/**
 * Writes one message as one row: `planned` for the dispatcher, or `skipped` with its reasons where the person may
 * not get it now. The same order again returns the row that is there, whatever became of it. Null where there is no
 * such contact, or it is no longer a holder whose number can be read. Rejects where the database could not take it.
 */
export async function planMessage(deps: PlanDeps, order: Ordered): Promise<DeliveryDoc | null> {
  return inSession(deps.store, async (session) => {
    const [stored] = await findContacts(deps.store, [order.contact], session);
    if (stored === undefined || !stored.current || stored.sealed === null) return null;
    // The contact first. An opt-out after this read has a higher revision than the row: its quench cancels the row,
    // or, where the row comes in after the quench looked, the gate reads the opt-out behind the flag and skips it.
    const holder = openJoined(deps.ring, stored, await readJoined(deps.store, [stored], session));
    const row = rowOf(order, holder, stored.rev, deps.now());
    return insertDelivery(deps.store, row, session);
  });
}

function rowOf(order: Ordered, holder: Holder, rev: number, at: Date): DeliveryDoc {
  const plan = messagePlan(order, holder.person, at);
  const { verdict, target } = plan;
  const row = newDelivery(holder, {
    digest: order.digest,
    rev,
    class: plan.class,
    program: target.program,
    topic: target.topic,
    template: order.template,
    language: plan.language,
    lane: laneOf(plan.class, order.stream ?? SINGLE),
    sender: target.sender,
    service: target.service,
    to: holder.number,
    text: order.text,
    media: order.media ?? [],
    parts: plan.parts,
    at,
  });
  if (order.validUntil !== null) row.validUntil = order.validUntil;
  if (order.test === true) row.test = true;
  if (order.capped === 'skip') row.ifCapped = order.capped;
  if (verdict.allowed) return row;
  const { open: _, ...ended } = row;
  return { ...ended, state: 'skipped', decision: { ...verdict, at } };
}
