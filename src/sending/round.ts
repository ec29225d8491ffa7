import { randomUUID } from 'node:crypto';
import type { Program } from '../domain/program.ts';
import type { Reason } from '../domain/sending/may-receive.ts';
import { type ContactDoc, findContacts } from '../store/contacts.ts';
import { type DeliveryDoc, deliveryPlace } from '../store/deliveries.ts';
import { endRefused, holdRows, lowerFlags, raiseFlags } from '../store/due.ts';
import { type Holder, openHolder } from '../store/holder.ts';
import type { KeyRing } from '../store/keys.ts';
import { unseal } from '../store/sealing.ts';
import type { Store } from '../store/store.ts';
import { findSuppressions, type SuppressionDoc } from '../store/suppressions.ts';
import { inSession } from '../store/transaction.ts';
import {
  type Cleared,
  clear,
  type Deadline,
  deadlineFrom,
  LEASE_MS,
  type Monotonic,
  type Words,
} from './gate.ts';
import { createHours, type Hold } from './quiet-hours.ts';

export type RoundDeps = {
  store: Store;
  ring: KeyRing;
  indexOf: (number: string) => string;
  program: (id: string) => Program | null;
  now: () => Date;
  monotonic: Monotonic;
};

/** Rows that may go, in the order they were asked for. */
export type Ready = { row: DeliveryDoc; cleared: Cleared }[];

export const segments = (ready: Ready): number => ready.reduce((total, { row }) => total + row.parts, 0);

/** What a round took: `lost` rows went to another worker or were cancelled meanwhile. */
export type Round = { ready: Ready; lost: number; unreadable: number };

/** When a row whose keys could not be opened is looked at again, ms. */
const UNREADABLE_MS = 60_000;

/** Rows that are opened and decided at a stretch: a few ms. */
const YIELD_EVERY = 30;

/** After a round that could not read its facts, ms. */
const FAILED_MS = 1000;

/**
 * Steps (1) to (3) for some due rows: raises their flags, and only then reads the facts and decides. Flag before
 * facts: an opt-out either sees the flag and waits for it, or was there to be read. Rows that may not go end as
 * `skipped`; those that may not go at this hour wait for one at which they may. Where the facts cannot be read nothing goes: the flags come down again, and it rejects.
 */
export async function beginRound(deps: RoundDeps, ids: string[]): Promise<Round> {
  const owner = randomUUID();
  const deadline = deadlineFrom(deps.monotonic(), deps.now());
  try {
    const { rows, holders } = await inSession(deps.store, async (session) => {
      const flagged = await raiseFlags(deps.store, ids, { owner, leaseMs: LEASE_MS }, session);
      const contacts = await findContacts(
        deps.store,
        [...new Set(flagged.map((row) => row.contact))],
        session,
      );
      const rows = await findSuppressions(
        deps.store,
        contacts.map((one) => one.index),
        session,
      );
      const open = contacts.map((one) => openOrNull(deps.ring, one, ofIndex(rows, one.index)));
      return { rows: flagged, holders: new Map(contacts.map((one, at) => [one._id, open[at]])) };
    });
    const order = new Map(ids.map((id, at) => [id, at]));
    rows.sort((a, b) => (order.get(a._id) ?? 0) - (order.get(b._id) ?? 0));
    return await decideAll(deps, { rows, holders, owner, deadline, asked: ids.length });
  } catch (error) {
    await lowerFlags(deps.store, ids, owner, new Date(deps.now().getTime() + FAILED_MS));
    throw error;
  }
}

type Flagged = {
  rows: DeliveryDoc[];
  /** By contact; null where its keys do not open. */
  holders: Map<string, Holder | null | undefined>;
  owner: string;
  deadline: Deadline;
  asked: number;
};

async function decideAll(deps: RoundDeps, flagged: Flagged): Promise<Round> {
  const now = deps.now();
  const ready: Ready = [];
  const refused: { row: DeliveryDoc; reasons: Reason[] }[] = [];
  const held: ({ id: string } & Hold)[] = [];
  const unreadable: string[] = [];
  const hours = createHours(now);
  for (const [at, row] of flagged.rows.entries()) {
    // Messages of the round before have their slots meanwhile.
    if (at % YIELD_EVERY === 0) await new Promise(setImmediate);
    const holder = flagged.holders.get(row.contact);
    const words = holder == null ? null : openWords(row, holder);
    if (holder === undefined || row.sealed === null) refused.push({ row, reasons: ['number-changed'] });
    else if (holder === null || words === null) unreadable.push(row._id);
    else {
      const program = row.program === null ? null : deps.program(row.program);
      const facts = { person: holder.person, program, index: deps.indexOf(words.to), now };
      const decision = clear(row, words, facts, flagged.deadline, deps);
      const hold = hours(row.class, holder, program);
      if ('refused' in decision) refused.push({ row, reasons: decision.refused });
      else if (hold !== null) held.push({ id: row._id, ...hold });
      else ready.push({ row, cleared: decision.cleared });
    }
  }
  await endRefused(deps.store, refused, now);
  await holdRows(deps.store, held, flagged.owner);
  await lowerFlags(deps.store, unreadable, flagged.owner, new Date(now.getTime() + UNREADABLE_MS));
  return { ready, lost: flagged.asked - flagged.rows.length, unreadable: unreadable.length };
}

const ofIndex = (rows: readonly SuppressionDoc[], index: string): SuppressionDoc[] =>
  rows.filter((row) => row.index === index);

function openOrNull(ring: KeyRing, stored: ContactDoc, rows: SuppressionDoc[]): Holder | null {
  try {
    return openHolder(ring, stored, rows);
  } catch {
    return null;
  }
}

function openWords(row: DeliveryDoc, holder: Holder): Words | null {
  if (row.sealed === null) return null;
  try {
    const box = unseal(holder.keys.profile, deliveryPlace(row._id), row.sealed);
    return JSON.parse(box.toString('utf8')) as Words;
  } catch {
    return null;
  }
}
