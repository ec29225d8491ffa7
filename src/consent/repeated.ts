import type { Scope } from '../domain/consent/suppression.ts';
import { type Cleared, clear, deadlineFrom, LEASE_MS } from '../sending/gate.ts';
import { quench, SLACK_MS } from '../sending/quench.ts';
import { findContact } from '../store/contacts.ts';
import { type DeliveryDoc, deliveryPlace, findDeliveries } from '../store/deliveries.ts';
import { flagAgain, unflag } from '../store/delivery-answers.ts';
import { type Holder, openHolder } from '../store/holder.ts';
import type { InboundDoc } from '../store/inbound.ts';
import { unseal } from '../store/sealing.ts';
import { findSuppressions } from '../store/suppressions.ts';
import type { Desk } from './desk.ts';

/** How long after its first arrival a repeated MessageSid still gets the first answer, ms. */
const AGAIN_WITHIN_MS = 60_000;

/** Between two looks at an answer that another request is still giving, ms. */
const LOOK_MS = 50;

/**
 * A MessageSid that came before: the first answer again, through the gate and under a new epoch, so that the
 * first can no longer be given late; nothing after a minute. An opt-out does its waiting again first.
 */
export async function answerAgain(
  desk: Desk,
  inbound: InboundDoc,
  { scopes, hold }: { scopes: Scope[]; hold: boolean },
): Promise<Cleared[]> {
  const contact = inbound.contact === null ? null : await findContact(desk.store, inbound.contact);
  if (contact === null) return [];
  if (scopes.length > 0) {
    const { _id, rev, personId } = contact;
    await quench(desk.store, { contact: _id, rev, scopes, hold, personId }, desk.monotonic);
  }
  if (desk.now().getTime() - inbound.recordedAt.getTime() > AGAIN_WITHIN_MS) return [];
  return flagAnew(desk, await settledRows(desk, inbound.answers));
}

/** Clears rows once more under a new epoch and a fresh lease; the old clearance then settles nothing. */
export async function flagAnew(desk: Desk, rows: readonly DeliveryDoc[]): Promise<Cleared[]> {
  const again: Cleared[] = [];
  for (const row of rows) {
    const cleared = await raiseAgain(desk, row);
    if (cleared !== null) again.push(cleared);
  }
  return again;
}

/**
 * The answer's rows, once they have settled or their lease has surely passed on this process's own clock. A row that
 * another repeat flagged meanwhile has a new lease, and is waited for anew.
 */
async function settledRows(desk: Desk, ids: string[]): Promise<DeliveryDoc[]> {
  const seen = new Map<string, { epoch: number; giveUp: number }>();
  const overdue = ({ _id, epoch }: DeliveryDoc): boolean => {
    const before = seen.get(_id);
    if (before?.epoch === epoch) return desk.monotonic() >= before.giveUp;
    seen.set(_id, { epoch, giveUp: desk.monotonic() + LEASE_MS + SLACK_MS });
    return false;
  };
  for (;;) {
    const rows = await findDeliveries(desk.store, ids);
    const flying = rows.filter((row) => row.state === 'sending' && !overdue(row));
    if (flying.length === 0) return rows;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

async function raiseAgain(desk: Desk, row: DeliveryDoc): Promise<Cleared | null> {
  if (!['accepted', 'unknown', 'sending', 'expired'].includes(row.state)) return null;
  // The carrier has it already, by a create call or by its own word: given once more it would arrive twice.
  if (row.carrierSid !== undefined) return null;
  const deadline = deadlineFrom(desk.monotonic(), desk.now());
  const flagged = await flagAgain(desk.store, row, new Date(desk.now().getTime() + LEASE_MS));
  if (flagged === null) return null;
  const holder = await readHolder(desk, row.contact);
  if (holder === null || flagged.sealed === null) return null;
  const box = unseal(holder.keys.profile, deliveryPlace(row._id), flagged.sealed);
  const words = JSON.parse(box.toString('utf8')) as { to: string; text: string };
  const { book } = desk.catalog.current();
  const program = book.programs.find((one) => one.id === row.program) ?? null;
  const facts = {
    person: holder.person,
    program,
    index: desk.indexOf(words.to),
    now: desk.now(),
    hoursEnd: null,
  };
  const decision = clear(flagged, words, facts, deadline, desk);
  if ('cleared' in decision) return decision.cleared;
  await unflag(desk.store, flagged, row);
  return null;
}

async function readHolder(desk: Desk, contact: string): Promise<Holder | null> {
  const stored = await findContact(desk.store, contact);
  if (stored === null) return null;
  return openHolder(desk.ring, stored, await findSuppressions(desk.store, [stored.index]));
}
