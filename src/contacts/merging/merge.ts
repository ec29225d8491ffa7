import type { Desk } from '../../consent/desk.ts';
import { MOST_NUMBERS, personIdOf } from '../../domain/merging/people.ts';
import { letSettle } from '../../sending/quench.ts';
import { type ContactDoc, findContacts, findNumbers, setPerson } from '../../store/people/contacts.ts';
import { candidatesMerged } from '../../store/people/merge-candidates.ts';
import { insertMerge } from '../../store/people/merges.ts';
import { randomSlice } from '../../store/sealing/random.ts';
import { inTransaction } from '../../store/transaction.ts';

/** Longest that one merge or split may take in the database, ms. */
export const BUDGET_MS = 8000;

/** What merging needs of the desk. */
export type MergeDesk = Pick<Desk, 'store' | 'now' | 'monotonic'>;

/** Who says so, and why. */
export type Said = { by: string; reason: string };

/** `merge`: what it is recorded as; null where they were one person already: only a pair of them that is still open is closed. */
export type Merged =
  | { kind: 'one-person'; person: string; contacts: string[]; merge: string | null }
  | { kind: 'no-contact'; contact: string }
  | { kind: 'refused'; why: string };

/**
 * Says that two contacts are one person. It moves no chain and no consent, and makes nothing allowed: caps, pauses and
 * refusals of one number bind the others from now on. Resolves when what was decided before has left or will not.
 *
 * It raises the revision of every contact it joins. An opt-out that is under way then decides again and sees the others;
 * one that was first has its suppression behind the flags that are waited for here.
 */
export async function mergeContacts(
  desk: MergeDesk,
  pair: readonly [string, string],
  said: Said,
): Promise<Merged> {
  const merged = await inTransaction(desk.store, BUDGET_MS, async (session): Promise<Merged> => {
    const found = await findContacts(desk.store, [...pair], session);
    const missing = pair.find((id) => !found.some((one) => one._id === id));
    if (missing !== undefined) return { kind: 'no-contact', contact: missing };
    const people = [...new Set(found.flatMap((one) => one.personId ?? []))];
    const numbers = people.length === 0 ? [] : await findNumbers(desk.store, people, session);
    const contacts = [...new Set([...pair, ...numbers.map((one) => one._id)])].sort();
    const person = personIdOf(contacts);
    const at = desk.now();
    if (isOne(found)) {
      // A look for duplicates that read them as two kept a pair of them since.
      await candidatesMerged(desk.store, contacts, { ...said, at }, session);
      return { kind: 'one-person', person, contacts, merge: null };
    }
    const why = against(found, contacts);
    if (why !== null) return { kind: 'refused', why };
    const merge = `m_${randomSlice(12).toString('base64url')}`;
    await setPerson(desk.store, contacts, person, session);
    await insertMerge(desk.store, { _id: merge, contacts: pair, person, ...said, at }, session);
    await candidatesMerged(desk.store, contacts, { ...said, at }, session);
    return { kind: 'one-person', person, contacts, merge };
  });
  if (merged.kind === 'one-person') await letSettle(desk.store, merged.contacts, desk.monotonic);
  return merged;
}

const isOne = ([one, other]: readonly ContactDoc[]): boolean =>
  one?.personId !== undefined && one.personId === other?.personId;

function against(pair: readonly ContactDoc[], contacts: readonly string[]): string | null {
  if (pair.length < 2) return 'A contact cannot be merged with itself. Name another.';
  if (pair.some((one) => one.sealed === null))
    return 'One of them was erased, so nobody can say who they are.';
  return contacts.length > MOST_NUMBERS
    ? `The person would have ${contacts.length} numbers; at most ${MOST_NUMBERS} are one person. Split first what does not belong.`
    : null;
}
