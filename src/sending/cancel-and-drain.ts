import type { Prompt } from '../domain/consent/consent-state.ts';
import { questionsOver } from '../domain/consent/prompts.ts';
import { readScope } from '../domain/consent/suppression.ts';
import { grouped } from '../domain/grouped.ts';
import type { CancelCause } from '../domain/sending/delivery-sentence.ts';
import { type BatchItem, createBatcher } from '../store/batcher.ts';
import { othersNow } from '../store/contacts/person-facts.ts';
import type { DeliveryDoc } from '../store/deliveries/delivery.ts';
import {
  attemptsAt,
  type Covering,
  cancelPlanned,
  claimedFor,
  contactsOf,
  forbiddenDeliveries,
  forbiddenDeliveriesOfOther,
  goesOn,
  marketingTo,
  openAmong,
  type RowsToContacts,
} from '../store/deliveries/forbidden.ts';
import type { Store } from '../store/store.ts';
import { inSession, withTimeLimit } from '../store/transaction.ts';
import { CLAIM_LEASE_MS, type Monotonic } from './gate.ts';

/** Slack after the lease, ms, for a write that was on its way when the deadline passed. */
const SLACK_MS = 250;

/** Longest that an opt-out waits for claimed deliveries to settle, ms. After that no worker may send them. */
export const DRAIN_LIMIT_MS = CLAIM_LEASE_MS + SLACK_MS;

/** How often claimed deliveries are read again, ms. */
const LOOK_MS = 25;

/** Time limit of each database command, ms. */
const DATABASE_ANSWER_MS = 3000;

/**
 * A new fact about one person that forbids messages: the scopes that it closes, and the revision under which it was
 * written.
 */
export type Revocation = Omit<Covering, 'questions'> & {
  contact: string;
  rev: number;
  /** The contact's prompts after the fact. Prompts that have ended may no longer be sent. */
  prompts: readonly Pick<Prompt, 'id' | 'program' | 'topics' | 'state'>[];
  /** The contact's person when the fact was written: marketing to the person's other numbers is forbidden too. */
  personId: string | undefined;
  /** The contact who held the number just before. Messages under way to that contact reach this person. */
  follows?: string | undefined;
};

/** Deliveries that may no longer be sent, and what cancels planned ones; null: none are planned. */
type Closed = { rows: RowsToContacts; by: CancelCause | null };

/**
 * Finishes an opt-out after its transaction, before it is answered: cancels planned deliveries that the new fact
 * forbids, and waits until claimed ones have settled, or until their lease has passed on this process's own clock.
 *
 * Deliveries written under this revision or a later one, such as the reply itself, saw the fact and stay. Deliveries
 * to the previous holder of the number count whatever their revision, because that revision counts other writes.
 *
 * One read covers both states: a delivery that the read finds planned can only be claimed by a process that has seen
 * the fact. A read is never older than what this process wrote, or read in a session, even on a new primary.
 *
 * Rejects where the database does not answer for three seconds: messages under way are then unknown.
 */
export async function cancelAndDrain(store: Store, fact: Revocation, monotonic: Monotonic): Promise<void> {
  const by = causeOf(fact);
  const covering = { ...fact, questions: questionsOver(fact.prompts, fact.scopes) };
  const closed: Closed[] = [{ rows: forbiddenDeliveries(covering), by }];
  if (fact.follows !== undefined) {
    closed.push({
      rows: forbiddenDeliveriesOfOther(covering, fact.follows),
      by: 'new-holder',
    });
  }
  if (fact.personId !== undefined) {
    closed.push(...(await closedElsewhere(store, fact, `${by}-elsewhere`)));
  }
  await cancelAndWait(store, closed, monotonic);
}

/** A fact that closes no scope is the refusal of a prompt. */
function causeOf({ scopes, hold }: Revocation): 'hold' | 'prompt-refused' | 'opt-out' {
  if (hold === true) return 'hold';
  return scopes.length === 0 ? 'prompt-refused' : 'opt-out';
}

/**
 * Waits until marketing (or everything) under way to some contacts has settled, or its lease has passed. A merge
 * calls this, so that no message decided before the merge is sent after the merge is confirmed.
 */
export async function drainClaimed(
  store: Store,
  contacts: string[],
  monotonic: Monotonic,
  what: 'marketing' | 'everything' = 'marketing',
): Promise<void> {
  await cancelAndWait(store, [{ rows: claimedFor(contacts, what), by: null }], monotonic);
}

/**
 * Waits until deliveries claimed for some numbers, or for a program, have settled, or their lease has passed. A save
 * of the program book calls this: those deliveries may have been decided by the older rules. Later claims use the
 * newer rules.
 */
export async function letAttemptsEnd(
  store: Store,
  at: { numbers: readonly string[]; program?: string },
  monotonic: Monotonic,
): Promise<void> {
  const giveUp = monotonic() + DRAIN_LIMIT_MS;
  const attempts = await withTimeLimit(DATABASE_ANSWER_MS, attemptsAt(store, at));
  while (attempts.length > 0 && monotonic() < giveUp) {
    if (!(await withTimeLimit(DATABASE_ANSWER_MS, goesOn(store, attempts)))) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

async function cancelAndWait(store: Store, closed: readonly Closed[], monotonic: Monotonic): Promise<void> {
  const giveUp = monotonic() + DRAIN_LIMIT_MS;
  const sets = closed.map(({ rows }) => rows);
  const look = openStatesOf(store);
  for (;;) {
    const states = await look(sets);
    // The gate would refuse a delivery that was put back meanwhile. Canceling it here records the right reason.
    if (states.has('planned')) {
      for (const { rows, by } of closed)
        if (by !== null) await withTimeLimit(DATABASE_ANSWER_MS, cancelPlanned(store, rows, by));
    }
    if (!states.has('sending') || monotonic() >= giveUp) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/**
 * Marketing to the person's other numbers. A delivery of the revision read here, or an older one, may have been
 * decided before the fact. A process that read a newer revision of that number has also read this fact.
 */
async function closedElsewhere(
  store: Store,
  { contact, personId, scopes }: Revocation,
  by: CancelCause,
): Promise<Closed[]> {
  const spoken = scopes.filter((scope) => !['sender', 'service'].includes(readScope(scope).kind));
  if (spoken.length === 0) return [];
  const others = await othersNow(store, { _id: contact, personId });
  return others.map(({ _id, rev }) => ({
    rows: marketingTo(_id, rev, spoken),
    by,
  }));
}

/**
 * Which states some deliveries are in: planned, claimed, or both. Never older than what this process wrote, or read
 * in a session, before the call. Rejects where the database does not answer for three seconds.
 */
type OpenStatesReader = (sets: readonly RowsToContacts[]) => Promise<ReadonlySet<DeliveryDoc['state']>>;

/** Most callers that share one read. */
const MOST = 50;

const readers = new WeakMap<Store, OpenStatesReader>();

/**
 * The shared reader of this process for one database. Opt-outs written together share one command instead of one
 * each.
 */
export function openStatesOf(store: Store): OpenStatesReader {
  const reader = readers.get(store) ?? createReader(store);
  readers.set(store, reader);
  return reader;
}

/** A delivery that a read finds belongs to one caller, because no contact occurs twice in a batch. */
function createReader(store: Store): OpenStatesReader {
  const batcher = createBatcher<readonly RowsToContacts[], ReadonlySet<DeliveryDoc['state']>>({
    ...{ most: MOST, lanes: { reads: { batches: Number.POSITIVE_INFINITY, furtherAt: 1 } } },
    apartBy: (sets) => sets.flatMap(contactsOf),
    run: (batch) => read(store, batch),
  });
  return batcher.submit;
}

async function read(
  store: Store,
  batch: readonly BatchItem<readonly RowsToContacts[], ReadonlySet<DeliveryDoc['state']>>[],
): Promise<void> {
  const sets = batch.flatMap((entry) => entry.item);
  const found = await inSession(store, (session) => openAmong(store, sets, session));
  const byContact = grouped(found, ({ contact }) => contact);
  for (const { item, done } of batch) {
    const rowsOfContacts = item.flatMap(contactsOf).flatMap((contact) => byContact.get(contact) ?? []);
    done(new Set(rowsOfContacts.map(({ state }) => state)));
  }
}
