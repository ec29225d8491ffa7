import { lastWordOf } from '../domain/consent/consent-end.ts';
import type { ConsentState } from '../domain/consent/consent-state.ts';
import type { Monotonic } from '../sending/gate.ts';
import type { AuditChains } from '../store/audit/audit-chains.ts';
import { type BatchItem, createBatcher } from '../store/batcher.ts';
import { type Change, commitChanges, isConcurrentWrite } from '../store/consent/commit.ts';
import type { InboundDoc } from '../store/consent/inbound-texts.ts';
import type { SuppressionDoc } from '../store/consent/suppressions.ts';
import type { ContactDoc } from '../store/contacts/contacts.ts';
import {
  newHolder,
  type OpenContact,
  openHolder,
  personOf,
  succeeding,
} from '../store/contacts/open-contact.ts';
import { findTogether, type PersonFacts, readOthers } from '../store/contacts/person-facts.ts';
import { isDatabaseAway } from '../store/database-errors.ts';
import type { KeyRing, LedgerKeys } from '../store/sealing/keys.ts';
import { closedAmong } from '../store/startup-checks.ts';
import type { Store } from '../store/store.ts';
import { withTimeLimit } from '../store/transaction.ts';
import { loadUndeliveredConfirmations } from './prompt-delivery.ts';

/** One act of one person. The decision and the write use the same read of the facts. */
export type Work<T> = {
  index: string;
  number: string;
  /** MessageSid when the act is a text, so that the text is written only once. */
  sid: string | null;
  /** True for an opt-out, which shares no transaction with other acts. */
  alone: boolean;
  /** True for one line of a long list of opt-outs, for which no other opt-out waits. */
  listed?: boolean;
  /** Reads the person's other numbers even though `alone` is set. */
  asksOthers?: boolean;
  /** Whether the act belongs to a new holder of the number and not to the holder on record; absent: never. */
  beginsNewHolder?: (person: ConsentState) => boolean;
  /** Decides as of `at`. Called again with fresh facts whenever the write lost a race. Null: nothing to write. */
  prepare: (holder: OpenContact, at: Date) => { change: Change; result: T } | null;
};

export type Done<T> =
  | { kind: 'written'; result: T }
  | { kind: 'nothing' }
  | { kind: 'repeated'; inbound: InboundDoc };

export type Writer = {
  /** Durable when it resolves. Rejects when the database could not be read or written in time. */
  submit: <T>(work: Work<T>) => Promise<Done<T>>;
  drain: () => Promise<void>;
};

type Item = BatchItem<Work<unknown>, Done<unknown>>;

type Deps = {
  store: Store;
  ring: KeyRing;
  ledgerKeys: LedgerKeys;
  audit: AuditChains;
  now: () => Date;
  monotonic: Monotonic;
  /** Resolves once the catalog has this version of programs and senders or a newer one. */
  atLeast: (version: number) => Promise<void>;
  /** Time limit for the reads of one group, ms; the transaction's time limit when absent. */
  readMs?: number;
};

/** Time limit for one transaction, and the time after which a lost race is not tried again, ms. */
const BUDGET_MS = 6000;

/** Most acts of one transaction. */
const MOST = 250;

/**
 * An opt-out waits for no other act: it starts at once, or when the opt-outs before it are written. Those of a long
 * list are written beside it.
 */
const LANES = {
  'opt-outs': { batches: 1, furtherAt: 1 },
  'listed opt-outs': { batches: 2, furtherAt: 50 },
  others: { batches: 4, furtherAt: 32 },
};

/**
 * Longest wait before an act that lost a race is tried again, ms. Its rival may be a transaction that a killed
 * process left open.
 */
const LONGEST_WAIT_MS = 100;

/**
 * Group commit: acts that wait for the same journal write share one transaction. At most one act per person is under
 * way in this process. A group that fails is halved down to single acts, so that one act never fails another.
 */
export function createWriter(deps: Deps): Writer {
  const batcher = createBatcher<Work<unknown>, Done<unknown>>({
    ...{ most: MOST, lanes: LANES },
    laneOf,
    keyOf: ({ index }) => index,
    run: (items) => attempt(deps, items, { tries: 1, until: deps.monotonic() + BUDGET_MS }),
  });
  return { submit: batcher.submit as Writer['submit'], drain: batcher.drain };
}

function laneOf({ alone, listed = false }: Work<unknown>): keyof typeof LANES {
  if (!alone) return 'others';
  return listed ? 'listed opt-outs' : 'opt-outs';
}

type Attempt = { tries: number; until: number };

async function attempt(deps: Deps, items: readonly Item[], how: Attempt): Promise<void> {
  try {
    const decided = await commit(deps, items);
    for (const [at, decision] of decided.entries()) answer(items[at] as Item, decision);
  } catch (error) {
    if (items.length > 1 && !isDatabaseAway(error)) {
      const half = items.length >> 1;
      const halves = [items.slice(0, half), items.slice(half)];
      await Promise.all(halves.map((part) => attempt(deps, part, how)));
    } else if (isConcurrentWrite(error) && deps.monotonic() < how.until) {
      // Not awaited, so that the rest of the group does not wait for the retry.
      const longest = Math.min(10 * how.tries, LONGEST_WAIT_MS);
      const again = { ...how, tries: how.tries + 1 };
      setTimeout(() => void attempt(deps, items, again), Math.random() * longest);
    } else {
      for (const item of items) item.failed(error);
    }
  }
}

type Decided =
  | { kind: 'write'; change: Change; result: unknown }
  | { kind: 'failed'; error: unknown }
  | Exclude<Done<unknown>, { kind: 'written' }>;

async function commit(deps: Deps, items: readonly Item[]): Promise<Decided[]> {
  const at = deps.now();
  // The driver has been seen never to end a read when the database died under it. Without a time limit the group and
  // its people would be blocked for good.
  const facts = await withTimeLimit(deps.readMs ?? BUDGET_MS, readFacts(deps, items, at));
  const decided = items.map(({ item: work }) => decide(deps, work, facts, at));
  const changes = decided.flatMap((decision) => (decision.kind === 'write' ? decision.change : []));
  const { store, ledgerKeys, audit } = deps;
  if (changes.length > 0) await commitChanges(store, changes, { budgetMs: BUDGET_MS, ledgerKeys, audit });
  return decided;
}

async function readFacts(deps: Deps, items: readonly Item[], at: Date): Promise<Facts> {
  const indexes = items.map(({ item }) => item.index);
  const sids = items.flatMap(({ item }) => item.sid ?? []);
  const found = await findTogether(deps.store, indexes, sids);
  await deps.atLeast(found.bookVersion);
  // An opt-out does not depend on the person's other numbers, so it does not wait for reading them.
  const asking = items.flatMap(({ item: work }) =>
    asksOthers(work) ? (found.contacts.get(work.index) ?? []) : [],
  );
  const [withOthers, withUnconfirmed, { lost }] = await Promise.all([
    readOthers(deps.store, asking),
    loadUndeliveredConfirmations(deps.store, endedBefore(items, found), at),
    closedAmong(deps, [...found.contacts.values()]),
  ]);
  return { ...found, withOthers, withUnconfirmed, lost };
}

/** The suppressions already on record for people who text a possible opt-out. */
const endedBefore = (items: readonly Item[], { contacts, suppressions }: PersonFacts): SuppressionDoc[] =>
  items.flatMap(({ item: { alone, sid, index } }) =>
    alone && sid !== null && contacts.has(index) ? (suppressions.get(index) ?? []) : [],
  );

function answer(item: Item, decided: Decided): void {
  if (decided.kind === 'failed') item.failed(decided.error);
  else if (decided.kind === 'write') item.done({ kind: 'written', result: decided.result });
  else item.done(decided);
}

type Facts = PersonFacts & {
  withOthers: Awaited<ReturnType<typeof readOthers>>;
  withUnconfirmed: Awaited<ReturnType<typeof loadUndeliveredConfirmations>>;
  /** Contacts that no process can open any more: the key that sealed them is lost. */
  lost: readonly ContactDoc[];
};

function decide(deps: Deps, work: Work<unknown>, found: Facts, at: Date): Decided {
  const before = work.sid === null ? undefined : found.inbound.get(work.sid);
  if (before !== undefined) return { kind: 'repeated', inbound: before };
  try {
    const prepared = work.prepare(holderOf(deps, work, found), at);
    return prepared === null ? { kind: 'nothing' } : { kind: 'write', ...prepared };
  } catch (error) {
    return { kind: 'failed', error };
  }
}

const asksOthers = ({ alone, asksOthers: asks = false }: Work<unknown>): boolean => !alone || asks;

/**
 * Whether an act creates a new contact for the number of an erased person: a text does, and an opt-out through any
 * channel does. Suppressions of the number stay. A form filled in by somebody else creates none.
 */
const opensAnew = ({ sid, alone }: Work<unknown>): boolean => sid !== null || alone;

/** The contact with the last consent facts that are kept when the contact becomes a former holder. */
function withLastWord(contact: ContactDoc, person: ConsentState): ContactDoc {
  const lastWord = lastWordOf(person);
  return lastWord === undefined ? contact : { ...contact, lastWord };
}

function holderOf(deps: Deps, work: Work<unknown>, found: Facts): OpenContact {
  const { index, number } = work;
  const rows = found.suppressions.get(index) ?? [];
  const contact = found.contacts.get(index);
  const fresh = (): OpenContact => newHolder(deps.ring, number, index, rows);
  if (contact === undefined) return fresh();
  if (contact.sealed === null && opensAnew(work)) {
    return { ...fresh(), former: withLastWord(contact, personOf(contact, {}, rows)) };
  }
  const opened = found.lost.includes(contact) ? null : openHolder(deps.ring, contact, rows);
  const before = opened?.person ?? personOf(contact, {}, rows);
  if (work.beginsNewHolder?.(before) === true) return { ...fresh(), former: withLastWord(contact, before) };
  const holder = opened ?? succeeding(fresh(), contact, before);
  const { person } = holder;
  const known = asksOthers(work) ? found.withOthers(person, contact) : person;
  const asked = work.alone ? found.withUnconfirmed(known) : known;
  return asked === person ? holder : { ...holder, person: asked };
}
