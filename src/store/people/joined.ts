import type { ClientSession } from 'mongodb';
import type { OtherNumber, Person } from '../../domain/consent/person.ts';
import { findSuppressions, type SuppressionDoc } from '../consent/suppressions.ts';
import type { KeyRing } from '../sealing/keys.ts';
import type { Store } from '../store.ts';
import { inSession } from '../transaction.ts';
import type { ContactDoc } from './contacts.ts';
import { type Holder, openHolder, personOf } from './holder.ts';

/** Another number of the same person, as far as it binds this one. */
export type OtherContact = Pick<
  ContactDoc,
  '_id' | 'index' | 'current' | 'rev' | 'personId' | 'subscriptions' | 'pausedUntil' | 'lastWord'
>;

const PARTS = {
  index: 1,
  current: 1,
  rev: 1,
  personId: 1,
  subscriptions: 1,
  pausedUntil: 1,
  lastWord: 1,
};

/** The other numbers of a contact's person; none where it was merged with nothing. */
export type Others = (contact: string) => readonly OtherContact[];

type Merged = Pick<ContactDoc, '_id' | 'personId'>;

const NONE: readonly OtherContact[] = [];

/** Reads again where somebody merged or split in between, at most so often. */
const TRIES = 5;

/**
 * The other numbers of some people, as they stand now. Without a merged contact among them it asks nothing. Rejects
 * where they are merged and split all the while.
 */
export async function findOthers(
  store: Store,
  contacts: readonly Merged[],
  session?: ClientSession,
): Promise<Others> {
  let merged = contacts.filter(isMerged);
  for (let tries = 0; merged.length > 0 && tries < TRIES; tries += 1) {
    const numbers = await numbersOf(store, merged, session);
    const known = new Map(numbers.map((one) => [one._id, one.personId]));
    if (merged.every((one) => known.get(one._id) === one.personId)) return byPerson(numbers);
    const ids = merged.map((one) => one._id);
    const again = store.contacts.find(
      { _id: { $in: ids } },
      { projection: { personId: 1 }, ...(session && { session }) },
    );
    merged = (await again.toArray()).filter(isMerged);
  }
  if (merged.length > 0) throw new Error('people were merged and split all the while');
  return () => NONE;
}

/**
 * The other numbers of one contact, for whoever waits for what is under way to them: never older than what this process
 * wrote or read before.
 */
export async function othersNow(
  store: Store,
  { _id, personId }: { _id: string; personId?: string | undefined },
): Promise<readonly OtherContact[]> {
  if (personId === undefined) return NONE;
  const others = await inSession(store, (session) => findOthers(store, [{ _id, personId }], session));
  return others(_id);
}

const isMerged = ({ personId }: Merged): boolean => personId !== undefined;

async function numbersOf(
  store: Store,
  merged: readonly Merged[],
  session?: ClientSession,
): Promise<OtherContact[]> {
  const people = [...new Set(merged.flatMap((one) => one.personId ?? []))];
  const options = { projection: PARTS, ...(session && { session }) };
  return store.contacts.find<OtherContact>({ personId: { $in: people } }, options).toArray();
}

function byPerson(numbers: readonly OtherContact[]): Others {
  const people = new Map<string, OtherContact[]>();
  for (const one of numbers) {
    const person = one.personId ?? '';
    people.set(person, [...(people.get(person) ?? []), one]);
  }
  const others = new Map(
    [...people.values()].flatMap((all) =>
      all.map((one): [string, OtherContact[]] => [one._id, all.filter((other) => other !== one)]),
    ),
  );
  return (contact) => others.get(contact) ?? NONE;
}

/** All that decides about some people and does not stand in their documents. */
export type Joined = {
  others: Others;
  suppressions: (index: string) => SuppressionDoc[];
};

/**
 * Suppressions of some contacts, and what their people's other numbers say. The contacts were read before: an opt-out in
 * between is then seen here, never missed.
 */
export async function readJoined(
  store: Store,
  contacts: readonly Pick<ContactDoc, '_id' | 'index' | 'personId'>[],
  session?: ClientSession,
): Promise<Joined> {
  const others = await findOthers(store, contacts, session);
  const indexes = contacts.flatMap((one) => [one.index, ...others(one._id).map((other) => other.index)]);
  const rows = await findSuppressions(store, [...new Set(indexes)], session);
  const byIndex = new Map<string, SuppressionDoc[]>();
  for (const row of rows) {
    const known = byIndex.get(row.index);
    if (known === undefined) byIndex.set(row.index, [row]);
    else known.push(row);
  }
  return { others, suppressions: (index) => byIndex.get(index) ?? [] };
}

/** A holder with all that decides about them. Throws as `openHolder` does. */
export function openJoined(ring: KeyRing, stored: ContactDoc, joined: Joined): Holder {
  const holder = openHolder(ring, stored, joined.suppressions(stored.index));
  return { ...holder, person: withOthers(holder.person, stored, joined) };
}

/** What decides about a contact, without opening anything. */
export function personJoined(stored: ContactDoc, joined: Joined): Person {
  return withOthers(personOf(stored, {}, joined.suppressions(stored.index)), stored, joined);
}

/** What decides about those of some contacts that were merged; every other person is given back as they are. */
export async function readOthers(
  store: Store,
  contacts: readonly ContactDoc[],
): Promise<(person: Person, stored: ContactDoc) => Person> {
  const merged = contacts.filter(isMerged);
  if (merged.length === 0) return (person) => person;
  const joined = await readJoined(store, merged);
  return (person, stored) => withOthers(person, stored, joined);
}

function withOthers(person: Person, { _id, personId }: ContactDoc, joined: Joined): Person {
  if (personId === undefined) return person;
  return { ...person, others: joined.others(_id).flatMap((other) => saidBy(other, joined) ?? []) };
}

/**
 * Rows of a number that has a newer contact may be somebody else's: of it, what the person themselves opted out of counts. Null
 * where it says nothing.
 */
function saidBy(other: OtherContact, joined: Joined): OtherNumber | null {
  const { current, index, lastWord: suppressions, pausedUntil } = other;
  if (current) return { suppressions: joined.suppressions(index), pausedUntil };
  if (suppressions === undefined) return null;
  return suppressions.length === 0 && pausedUntil === null ? null : { suppressions, pausedUntil };
}
