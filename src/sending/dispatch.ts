import { randomUUID } from 'node:crypto';
import type { Program } from '../domain/program.ts';
import { findContacts, markPromptHandedOver } from '../store/contacts.ts';
import { type DeliveryDoc, deliveryPlace, findDue, raiseFlags, skip } from '../store/deliveries.ts';
import { type Holder, openHolder } from '../store/holder.ts';
import type { KeyRing } from '../store/keys.ts';
import { unseal } from '../store/sealing.ts';
import type { Store } from '../store/store.ts';
import { findSuppressions } from '../store/suppressions.ts';
import { inSession } from '../store/transaction.ts';
import {
  type Cleared,
  clear,
  type HandOver,
  handOver,
  LEASE_MS,
  type Monotonic,
  type Transport,
  type Words,
} from './gate.ts';
import type { Settler } from './settle.ts';

export type DispatchDeps = {
  store: Store;
  ring: KeyRing;
  indexOf: (number: string) => string;
  program: (id: string) => Program | null;
  transport: Transport;
  settler: Settler;
  now: () => Date;
  monotonic: Monotonic;
};

/** Most rows under way at once: what one process lets go well within a lease. */
const BATCH = 50;

/**
 * One round: flags due rows, then reads the facts, decides on them, hands over what may go. Flag before facts:
 * an opt-out either sees the flag and waits for it, or was there to be read. Returns how many rows it took.
 */
export async function dispatchOnce(deps: DispatchDeps): Promise<number> {
  const deadline = deps.monotonic() + LEASE_MS;
  const { rows, holders } = await inSession(deps.store, async (session) => {
    const due = await findDue(deps.store, deps.now(), BATCH, session);
    const flag = { owner: randomUUID(), leaseUntil: new Date(deps.now().getTime() + LEASE_MS) };
    const flagged = await raiseFlags(deps.store, due, flag, session);
    const contacts = await findContacts(deps.store, [...new Set(flagged.map((row) => row.contact))], session);
    const suppressions = await findSuppressions(
      deps.store,
      contacts.map((one) => one.index),
      session,
    );
    const open = contacts.map((one) =>
      openHolder(
        deps.ring,
        one,
        suppressions.filter((row) => row.index === one.index),
      ),
    );
    return { rows: flagged, holders: new Map(open.map((one) => [one.id, one])) };
  });
  const cleared = (
    await Promise.all(rows.map((row) => decideRow(deps, row, holders.get(row.contact), deadline)))
  ).flatMap((one) => one ?? []);
  const outcomes = await handOver(cleared, deps.transport);
  await deps.settler.record(outcomes);
  await notePrompts(deps, rows, outcomes);
  return rows.length;
}

async function decideRow(
  deps: DispatchDeps,
  row: DeliveryDoc,
  holder: Holder | undefined,
  deadline: number,
): Promise<Cleared | null> {
  const now = deps.now();
  if (holder === undefined || row.sealed === null) {
    await skip(deps.store, row, ['number-changed'], now);
    return null;
  }
  const words = JSON.parse(
    unseal(holder.keys.profile, deliveryPlace(row._id), row.sealed).toString('utf8'),
  ) as Words;
  const program = row.program === null ? null : deps.program(row.program);
  const facts = { person: holder.person, program, index: deps.indexOf(words.to), now };
  const decision = clear(row, words, facts, deadline, deps.monotonic);
  if ('cleared' in decision) return decision.cleared;
  await skip(deps.store, row, decision.refused, now);
  return null;
}

/** A YES counts only from after its prompt left. */
async function notePrompts(
  deps: DispatchDeps,
  rows: readonly DeliveryDoc[],
  outcomes: readonly HandOver[],
): Promise<void> {
  for (const outcome of outcomes) {
    const row = rows.find((one) => one._id === outcome.delivery);
    if (row === undefined || row.prompt === null || outcome.result !== 'accepted') continue;
    await markPromptHandedOver(deps.store, row.contact, row.prompt, outcome.at);
  }
}
