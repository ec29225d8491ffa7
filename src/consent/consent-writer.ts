import { lastWordOf } from '../domain/consent/consent-end.ts';
import type { ConsentState } from '../domain/consent/consent-state.ts';
import type { Monotonic } from '../sending/gate.ts';
import { createBatcher } from '../store/batcher.ts';
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
import { isWrappedByOthers, type KeyRing, type LedgerKeys } from '../store/sealing/keys.ts';
import { lostAmong } from '../store/startup-checks.ts';
import type { Store } from '../store/store.ts';
import { withTimeLimit } from '../store/transaction.ts';
import { loadUndeliveredConfirmations } from './prompt-delivery.ts';

/** One act of one person, to be decided on what is read and written with it. */
export type Work<T> = {
  index: string;
  number: string;
  /** MessageSid, where the act is a text: written once. */
  sid: string | null;
  /** Opt-outs share no transaction with any other act. */
  alone: boolean;
  /** Of one that is alone: it asks of the person's other numbers all the same. */
  asksOthers?: boolean;
  /** Whether it is somebody else's than the person's who had the number until now; absent: never. */
  beginsNewHolder?: (person: ConsentState) => boolean;
  /** Decides as of `at`; called again on fresh facts whenever the write lost a race. Null: nothing to write. */
  prepare: (holder: OpenContact, at: Date) => { change: Change; result: T } | null;
};

export type Done<T> =
  | { kind: 'written'; result: T }
  | { kind: 'nothing' }
  | { kind: 'repeated'; inbound: InboundDoc };

export type Writer = {
  /** Durable when it resolves. Rejects where the database could not be read or written in time. */
  submit: <T>(work: Work<T>) => Promise<Done<T>>;
  drain: () => Promise<void>;
};

type Item = { work: Work<unknown>; done: (value: Done<unknown>) => void; failed: (error: unknown) => void };

type Deps = {
  store: Store;
  ring: KeyRing;
  ledgerKeys: LedgerKeys;
  now: () => Date;
  monotonic: Monotonic;
  /** Resolves once programs and senders are of this version of the book, or a newer one. */
  atLeast: (version: number) => Promise<void>;
  /** Longest time for what one group reads, ms; absent: as long as its transaction may take. */
  readMs?: number;
};

/** Time one transaction may take, and time after which a lost race is not run again, ms. */
const BUDGET_MS = 6000;

/** Longest wait before an act that lost a race runs again, ms: its rival may be a transaction that a killed process left open. */
const LONGEST_WAIT_MS = 100;

/**
 * Group commit: acts that wait for the same journal write share one transaction. At most one act per person
 * is under way here; a group that fails is halved down to single acts, so that one act never fails another.
 */
export function createWriter(deps: Deps): Writer {
  const groups = createBatcher<Item>({
    keyOf: ({ work }) => work.index,
    apart: ({ work }) => work.alone,
    run: (items, release) => attempt(deps, items, { tries: 1, until: deps.monotonic() + BUDGET_MS, release }),
  });
  return {
    submit: (work) => new Promise((done, failed) => groups.add({ work, done, failed } as Item)),
    drain: groups.drain,
  };
}

type Attempt = { tries: number; until: number; release: (item: Item) => void };

async function attempt(deps: Deps, items: readonly Item[], how: Attempt): Promise<void> {
  try {
    const decided = await commit(deps, items);
    for (const [at, one] of decided.entries()) answer(items[at] as Item, one, how.release);
  } catch (error) {
    if (items.length > 1 && !isDatabaseAway(error)) {
      const half = items.length >> 1;
      const halves = [items.slice(0, half), items.slice(half)];
      await Promise.all(halves.map((one) => attempt(deps, one, how)));
    } else if (isConcurrentWrite(error) && deps.monotonic() < how.until) {
      // On its own from here: the group it came with is done.
      const longest = Math.min(10 * how.tries, LONGEST_WAIT_MS);
      const again = { ...how, tries: how.tries + 1 };
      setTimeout(() => void attempt(deps, items, again), Math.random() * longest);
    } else {
      for (const item of items) answer(item, { kind: 'failed', error }, how.release);
    }
  }
}

type Decided =
  | { kind: 'write'; change: Change; result: unknown }
  | { kind: 'failed'; error: unknown }
  | Exclude<Done<unknown>, { kind: 'written' }>;

async function commit(deps: Deps, items: readonly Item[]): Promise<Decided[]> {
  const at = deps.now();
  // A read that the driver never ends, as was seen where the database died under it, would keep its people and its group for good.
  const facts = await withTimeLimit(deps.readMs ?? BUDGET_MS, readFacts(deps, items, at));
  const decided = items.map(({ work }) => decide(deps, work, facts, at));
  const changes = decided.flatMap((one) => (one.kind === 'write' ? one.change : []));
  const { store, ledgerKeys } = deps;
  if (changes.length > 0) await commitChanges(store, changes, { budgetMs: BUDGET_MS, ledgerKeys });
  return decided;
}

async function readFacts(deps: Deps, items: readonly Item[], at: Date): Promise<Facts> {
  const indexes = items.map(({ work }) => work.index);
  const sids = items.flatMap(({ work }) => work.sid ?? []);
  const found = await findTogether(deps.store, indexes, sids);
  await deps.atLeast(found.bookVersion);
  // An opt-out asks nothing of other numbers, and waits for no read of them.
  const asking = items.flatMap(({ work }) =>
    asksOthers(work) ? (found.contacts.get(work.index) ?? []) : [],
  );
  const closed = [...found.contacts.values()].filter(
    ({ sealed, keys }) => sealed !== null && isWrappedByOthers(deps.ring, keys),
  );
  const [withOthers, withUnconfirmed, lost] = await Promise.all([
    readOthers(deps.store, asking),
    loadUndeliveredConfirmations(deps.store, endedBefore(items, found), at),
    lostAmong(deps.store, closed),
  ]);
  return { ...found, withOthers, withUnconfirmed, lost };
}

/** What stands for whoever texts what may be an opt-out, and is on record. */
const endedBefore = (items: readonly Item[], { contacts, suppressions }: PersonFacts): SuppressionDoc[] =>
  items.flatMap(({ work: { alone, sid, index } }) =>
    alone && sid !== null && contacts.has(index) ? (suppressions.get(index) ?? []) : [],
  );

function answer(item: Item, one: Decided, release: Attempt['release']): void {
  release(item);
  if (one.kind === 'failed') item.failed(one.error);
  else if (one.kind === 'write') item.done({ kind: 'written', result: one.result });
  else item.done(one);
}

type Facts = PersonFacts & {
  withOthers: Awaited<ReturnType<typeof readOthers>>;
  withUnconfirmed: Awaited<ReturnType<typeof loadUndeliveredConfirmations>>;
  /** Whom no process opens again: the key that sealed them is lost. */
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
 * A text from the number of a person who was erased, or an opt-out of theirs by any door, is of a contact of its own; what
 * forbids sending to the number stays. Nobody else's form opens one for them.
 */
const opensAnew = ({ sid, alone }: Work<unknown>): boolean => sid !== null || alone;

/** A contact as it goes from current to former. */
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
