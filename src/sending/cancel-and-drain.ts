import type { Prompt } from '../domain/consent/consent-state.ts';
import { questionsOver } from '../domain/consent/prompts.ts';
import { readScope } from '../domain/consent/suppression.ts';
import { grouped } from '../domain/grouped.ts';
import { othersNow } from '../store/contacts/person-facts.ts';
import type { DeliveryDoc } from '../store/deliveries/delivery.ts';
import {
  attemptsAt,
  type Covering,
  cancelPlanned,
  contactsOf,
  flaggedTo,
  forbiddenDeliveries,
  forbiddenDeliveriesOfOther,
  goesOn,
  marketingTo,
  openAmong,
  type Rows,
} from '../store/deliveries/forbidden.ts';
import type { Store } from '../store/store.ts';
import { inSession, withTimeLimit } from '../store/transaction.ts';
import { FLAG_LEASE_MS, type Monotonic } from './gate.ts';

/** Slack beside the lease for a write that was on its way when its deadline passed. */
export const SLACK_MS = 250;

/** Between two looks at rows still flagged. */
const LOOK_MS = 25;

/** How long it may take to cancel what a look found planned, ms. */
const ANSWER_MS = 3000;

/** A new fact about one person that forbids messages: the scopes it closes, and the revision it was written as. */
export type Revocation = Omit<Covering, 'questions'> & {
  contact: string;
  rev: number;
  /** The contact's, as the fact left them: those that it ended, or ended before, may not be put any more. */
  prompts: readonly Pick<Prompt, 'id' | 'program' | 'topics' | 'state'>[];
  /** The contact's, as the fact was written: marketing to the other numbers of the person is forbidden too. */
  personId: string | undefined;
  /** The contact's: who had the number just before, so that everything under way to them is on its way to this person. */
  follows?: string | undefined;
};

/** Rows that may not go any more, and what ends those of them that are planned. */
type Closed = { rows: Rows; why: string };

/**
 * Steps (b) and (c) of an opt-out, after its transaction: cancels planned rows that the new fact forbids, and
 * waits until flagged ones have settled, or until their lease has surely passed on this process's own clock.
 * Rows written under this revision, its own answers, or a later one saw the fact and are left alone. Those of whoever had
 * the number just before are waited for whatever their revision: it counts other writes.
 * One look a round reads both: what it finds planned cannot be flagged by anyone who has not seen the fact. A look is never
 * older than what this process wrote, or read in a session, of whatever primary it is asked.
 * Rejects where the database gives no answer for three seconds: then nothing is known of what is under way.
 */
export async function cancelAndDrain(store: Store, fact: Revocation, monotonic: Monotonic): Promise<void> {
  const why = whyEnded(fact);
  const covering = { ...fact, questions: questionsOver(fact.prompts, fact.scopes) };
  const closed: Closed[] = [{ rows: forbiddenDeliveries(covering), why }];
  if (fact.follows !== undefined) {
    closed.push({
      rows: forbiddenDeliveriesOfOther(covering, fact.follows),
      why: 'the number has another holder',
    });
  }
  if (fact.personId !== undefined) {
    closed.push(...(await closedElsewhere(store, fact, why)));
  }
  await waitOut(store, closed, monotonic);
}

/** Whoever closes no scope has refused a question. */
function whyEnded({ scopes, hold }: Revocation): string {
  if (hold === true) return 'texts were put on hold';
  return scopes.length === 0 ? 'the person refused what it asks' : 'opted out';
}

/**
 * Waits until marketing, or everything, under way to some contacts has settled, or its lease has surely passed: what was
 * decided before they became one person does not leave after whoever merged them was told so.
 */
export async function drainClaimed(
  store: Store,
  contacts: string[],
  monotonic: Monotonic,
  what: 'marketing' | 'everything' = 'marketing',
): Promise<void> {
  await waitOut(store, [{ rows: flaggedTo(contacts, what), why: '' }], monotonic);
}

/**
 * Waits until what is flagged at some numbers, or of a program, has settled, or its lease has surely passed: after a save it
 * may have been decided by the older rules. What is flagged from here on is decided by the newer ones.
 */
export async function letAttemptsEnd(
  store: Store,
  at: { numbers: readonly string[]; program?: string },
  monotonic: Monotonic,
): Promise<void> {
  const giveUp = monotonic() + FLAG_LEASE_MS + SLACK_MS;
  const attempts = await withTimeLimit(ANSWER_MS, attemptsAt(store, at));
  while (attempts.length > 0 && monotonic() < giveUp) {
    if (!(await withTimeLimit(ANSWER_MS, goesOn(store, attempts)))) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

async function waitOut(store: Store, closed: readonly Closed[], monotonic: Monotonic): Promise<void> {
  const giveUp = monotonic() + FLAG_LEASE_MS + SLACK_MS;
  const sets = closed.map(({ rows }) => rows);
  const look = claimedStates(store);
  for (;;) {
    const states = await look(sets);
    // What was put back meanwhile would be refused by the gate; here it ends as what it is.
    if (states.has('planned')) {
      for (const { rows, why } of closed) await withTimeLimit(ANSWER_MS, cancelPlanned(store, rows, why));
    }
    if (!states.has('sending') || monotonic() >= giveUp) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/**
 * Marketing to the other numbers. A row of a revision that is read here or older may have been decided before the fact;
 * whoever read a newer one of that number read this fact behind it.
 */
async function closedElsewhere(
  store: Store,
  { contact, personId, scopes }: Revocation,
  why: string,
): Promise<Closed[]> {
  const spoken = scopes.filter((scope) => !['sender', 'service'].includes(readScope(scope).kind));
  if (spoken.length === 0) return [];
  const others = await othersNow(store, { _id: contact, personId });
  return others.map(({ _id, rev }) => ({
    rows: marketingTo(_id, rev, spoken),
    why: `${why} on another number of theirs`,
  }));
}

/**
 * Whether any rows of some sets are planned, and any flagged. Never older than what this process wrote, or read in a session,
 * before it was asked for. Rejects where the database gives no answer for three seconds.
 */
type Look = (sets: readonly Rows[]) => Promise<ReadonlySet<DeliveryDoc['state']>>;

type Asked = {
  sets: readonly Rows[];
  contacts: readonly string[];
  done: (states: ReadonlySet<DeliveryDoc['state']>) => void;
  failed: (error: unknown) => void;
};

/** Looks that share one read. */
const MOST = 50;

const looks = new WeakMap<Store, Look>();

/** The look of this process at one database. Opt-outs that were written together look together: each by itself is a command of its own. */
export function claimedStates(store: Store): Look {
  const look = looks.get(store) ?? createLook(store);
  looks.set(store, look);
  return look;
}

function createLook(store: Store): Look {
  let waiting: Asked[] = [];
  const begin = (): void => {
    const parts = apart(waiting);
    waiting = [];
    for (const part of parts) void read(store, part);
  };
  return (sets) =>
    new Promise((done, failed) => {
      // Once all that resolves in this tick has asked.
      if (waiting.length === 0) setImmediate(begin);
      waiting.push({ sets, contacts: sets.flatMap(contactsOf), done, failed });
    });
}

/** Parts in which every contact is one asker's, so that a row that is found is theirs alone. */
function apart(asked: readonly Asked[]): Asked[][] {
  const parts: { asked: Asked[]; contacts: Set<string> }[] = [];
  for (const one of asked) {
    const free = parts.find(
      (part) => part.asked.length < MOST && !one.contacts.some((contact) => part.contacts.has(contact)),
    );
    const part = free ?? { asked: [], contacts: new Set() };
    if (free === undefined) parts.push(part);
    part.asked.push(one);
    for (const contact of one.contacts) part.contacts.add(contact);
  }
  return parts.map((part) => part.asked);
}

async function read(store: Store, part: readonly Asked[]): Promise<void> {
  try {
    const sets = part.flatMap((one) => one.sets);
    const found = await inSession(store, (session) => openAmong(store, sets, session));
    const byContact = grouped(found, ({ contact }) => contact);
    for (const { contacts, done } of part) {
      const theirs = contacts.flatMap((contact) => byContact.get(contact) ?? []);
      done(new Set(theirs.map(({ state }) => state)));
    }
  } catch (error) {
    for (const { failed } of part) failed(error);
  }
}
