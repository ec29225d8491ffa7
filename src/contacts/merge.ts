import type { AppContext } from '../consent/app-context.ts';
import { contactNamed, MOST_NUMBERS, peopleOf, personIdOf } from '../domain/contacts/person.ts';
import { drainClaimed } from '../sending/cancel-and-drain.ts';
import {
  type ContactDoc,
  findContact,
  findContacts,
  findNumbers,
  setPerson,
} from '../store/contacts/contacts.ts';
import {
  candidatesMerged,
  candidatesSplit,
  insertMerge,
  type Merge,
  mergesOf,
} from '../store/contacts/duplicates.ts';
import { isDuplicateKey } from '../store/database-errors.ts';
import { randomSlice } from '../store/sealing/sealing.ts';
import { inTransaction } from '../store/transaction.ts';

/** Longest that one merge or split may take in the database, ms. */
const BUDGET_MS = 8000;

/** The parts of the context that a merge needs. */
type MergeContext = Pick<AppContext, 'store' | 'now' | 'monotonic'>;

/** Who decided, and why. */
type Said = { by: string; reason: string };

/**
 * `merge`: the id of the recorded merge; null when the contacts were one person already, and only their open
 * candidate pair was closed.
 */
type Merged =
  | { kind: 'one-person'; person: string; contacts: string[]; merge: string | null }
  | { kind: 'no-contact'; contact: string }
  | { kind: 'refused'; why: string };

/**
 * Records that two contacts are one person. A merge moves no ledger and no consent, and permits nothing: from now
 * on caps, pauses and refusals of one number also bind the other ones. Resolves when every delivery that was
 * decided before is sent or will not be sent.
 *
 * A merge increments the revision of every contact it joins. An opt-out that is under way then decides again and sees
 * the other numbers. An opt-out that committed first is covered too: deliveries claimed before the merge are awaited
 * here, and deliveries claimed later read its suppressions.
 */
export async function mergeContacts(
  context: MergeContext,
  pair: readonly [string, string],
  said: Said,
): Promise<Merged> {
  const merged = await inTransaction(context.store, BUDGET_MS, async (session): Promise<Merged> => {
    const found = await findContacts(context.store, [...pair], session);
    const missing = pair.find((id) => !found.some((contact) => contact._id === id));
    if (missing !== undefined) return { kind: 'no-contact', contact: missing };
    const people = [...new Set(found.flatMap((contact) => contact.personId ?? []))];
    const numbers = people.length === 0 ? [] : await findNumbers(context.store, people, session);
    const contacts = [...new Set([...pair, ...numbers.map((number) => number._id)])].sort();
    const person = personIdOf(contacts);
    const at = context.now();
    if (isOne(found)) {
      // A duplicate scan that read the two as separate people may have stored their pair since.
      await candidatesMerged(context.store, contacts, { ...said, at }, session);
      return { kind: 'one-person', person, contacts, merge: null };
    }
    const why = against(found, contacts);
    if (why !== null) return { kind: 'refused', why };
    const merge = `m_${randomSlice(12).toString('base64url')}`;
    await setPerson(context.store, contacts, person, session);
    await insertMerge(context.store, { _id: merge, contacts: pair, person, ...said, at }, session);
    await candidatesMerged(context.store, contacts, { ...said, at }, session);
    return { kind: 'one-person', person, contacts, merge };
  });
  if (merged.kind === 'one-person') await drainClaimed(context.store, merged.contacts, context.monotonic);
  return merged;
}

const isOne = ([one, other]: readonly ContactDoc[]): boolean =>
  one?.personId !== undefined && one.personId === other?.personId;

function against(pair: readonly ContactDoc[], contacts: readonly string[]): string | null {
  if (pair.length < 2) return 'A contact cannot be merged with itself. Name another.';
  if (pair.some((contact) => contact.sealed === null))
    return 'One of them was erased, so nobody can say who they are.';
  return contacts.length > MOST_NUMBERS
    ? `The person would have ${contacts.length} numbers; at most ${MOST_NUMBERS} are one person. Split first what does not belong.`
    : null;
}

/** The people after the split. `person` null: the contact stands alone again. */
type Split =
  | { kind: 'split'; merge: string; people: { person: string | null; contacts: string[] }[] }
  | { kind: 'no-person'; why: string }
  | { kind: 'refused'; why: string };

/**
 * Takes back one merge of a person: everyone is who they would be without that merge; later merges stay in force.
 * Each merge joined two people, so taking it back leaves two. Both records stay.
 */
export async function splitPerson(
  context: MergeContext,
  { person, merge }: { person: string; merge: string },
  said: Said,
): Promise<Split> {
  try {
    return await inTransaction(context.store, BUDGET_MS, async (session): Promise<Split> => {
      const contacts = (await findNumbers(context.store, [person], session)).map((number) => number._id);
      if (contacts.length === 0) return { kind: 'no-person', why: await becameOf(context, person) };
      const all = await mergesOf(context.store, contacts, session);
      const standing = all.filter((merge) => merge.undone === null);
      const back = standing.find((one) => one._id === merge);
      if (back === undefined) return { kind: 'refused', why: whyNot(all, merge) };
      const links = standing.filter((merge) => merge !== back).map((merge) => merge.contacts);
      const people = peopleOf(contacts, links).map((own) => ({
        person: own.length === 1 ? null : personIdOf(own),
        contacts: own,
      }));
      for (const person of people) await setPerson(context.store, person.contacts, person.person, session);
      const _id = `m_${randomSlice(12).toString('base64url')}`;
      const { contacts: pair } = back;
      const taken = { _id, contacts: pair, person, undoes: back._id, ...said, at: context.now() };
      await insertMerge(context.store, taken, session);
      const [ones, others] = people.map((person) => person.contacts);
      const decided = { ...said, at: taken.at };
      if (ones && others) await candidatesSplit(context.store, [ones, others], decided, session);
      return { kind: 'split', merge: back._id, people };
    });
  } catch (error) {
    if (isDuplicateKey(error)) return { kind: 'refused', why: TAKEN };
    throw error;
  }
}

const TAKEN = 'This merge was taken back already.';

const whyNot = (all: readonly Merge[], merge: string): string =>
  all.some((one) => one._id === merge)
    ? TAKEN
    : 'No merge of this id made this person. GET the person to see those that did.';

/** What became of a person that no contact has any more. */
export async function becameOf(context: MergeContext, person: string): Promise<string> {
  const named = await findContact(context.store, contactNamed(person));
  if (named === null) return 'There is no person of this id.';
  return named.personId === undefined
    ? 'There is no such person, or they were split: the contact after which they were named is on its own.'
    : `They are ${named.personId} now, by a later merge.`;
}
