import { contactNamed, peopleOf, personIdOf } from '../../domain/merging/people.ts';
import { isDuplicateKey } from '../../store/database-failure.ts';
import { findContact, findNumbers, setPerson } from '../../store/people/contacts.ts';
import { candidatesSplit } from '../../store/people/merge-candidates.ts';
import { insertMerge, type Merge, mergesOf } from '../../store/people/merges.ts';
import { randomSlice } from '../../store/sealing/random.ts';
import { inTransaction } from '../../store/transaction.ts';
import { BUDGET_MS, type MergeDesk, type Said } from './merge.ts';

/** Who they are afterwards; `person` null: a contact on its own again. */
export type Split =
  | { kind: 'split'; merge: string; people: { person: string | null; contacts: string[] }[] }
  | { kind: 'no-person'; why: string }
  | { kind: 'refused'; why: string };

/**
 * Takes one merge of a person back: everyone is who they would be had it never been,
 * later merges standing as they are. Each merge joined two people, so that taking it back leaves two. The record of both stays.
 */
export async function splitPerson(
  desk: MergeDesk,
  { person, merge }: { person: string; merge: string },
  said: Said,
): Promise<Split> {
  try {
    return await inTransaction(desk.store, BUDGET_MS, async (session): Promise<Split> => {
      const contacts = (await findNumbers(desk.store, [person], session)).map((one) => one._id);
      if (contacts.length === 0) return { kind: 'no-person', why: await becameOf(desk, person) };
      const all = await mergesOf(desk.store, contacts, session);
      const standing = all.filter((one) => one.undone === null);
      const back = standing.find((one) => one._id === merge);
      if (back === undefined) return { kind: 'refused', why: whyNot(all, merge) };
      const links = standing.filter((one) => one !== back).map((one) => one.contacts);
      const people = peopleOf(contacts, links).map((own) => ({
        person: own.length === 1 ? null : personIdOf(own),
        contacts: own,
      }));
      for (const one of people) await setPerson(desk.store, one.contacts, one.person, session);
      const _id = `m_${randomSlice(12).toString('base64url')}`;
      const { contacts: pair } = back;
      const taken = { _id, contacts: pair, person, undoes: back._id, ...said, at: desk.now() };
      await insertMerge(desk.store, taken, session);
      const [ones, others] = people.map((one) => one.contacts);
      const decided = { ...said, at: taken.at };
      if (ones && others) await candidatesSplit(desk.store, [ones, others], decided, session);
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

/** What became of a person whom no number has any more. */
export async function becameOf(desk: MergeDesk, person: string): Promise<string> {
  const named = await findContact(desk.store, contactNamed(person));
  if (named === null) return 'There is no person of this id.';
  return named.personId === undefined
    ? 'There is no such person, or they were split: the contact after which they were named is on its own.'
    : `They are ${named.personId} now, by a later merge.`;
}
