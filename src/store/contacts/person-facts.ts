import type { ClientSession } from 'mongodb';
import type { ConsentState, OtherNumber } from '../../domain/consent/consent-state.ts';
import type { Database } from '../collection.ts';
import type { InboundDoc } from '../consent/inbound-texts.ts';
import { BOOK_MARK } from '../consent/programs.ts';
import { findSuppressions, type SuppressionDoc } from '../consent/suppressions.ts';
import type { KeyRing } from '../sealing/keys.ts';
import { inSession } from '../transaction.ts';
import { type ContactDoc, contacts, findContacts } from './contacts.ts';
import { type OpenContact, openHolder, personOf } from './open-contact.ts';

/**
 * The facts that decide about some people, by blind index; which of some texts were processed before, by
 * MessageSid; and the version of programs and senders.
 */
export type PersonFacts = {
  contacts: Map<string, ContactDoc>;
  suppressions: Map<string, SuppressionDoc[]>;
  inbound: Map<string, InboundDoc>;
  bookVersion: number;
};

type Mark = { _id: typeof BOOK_MARK; value: number };

/**
 * `batchSize`: a whole group fits in the first answer; by default the server would send a hundred documents first.
 */
const SNAPSHOT = { readConcern: { level: 'snapshot' as const }, batchSize: 5000 };

/** The stages that read all of it. Each part is a find on its own collection. */
export function togetherStages(indexes: readonly string[], sids: readonly string[]): object[] {
  const union = (coll: string, $match: object) => ({ $unionWith: { coll, pipeline: [{ $match }] } });
  return [
    { $match: { index: { $in: indexes }, current: true } },
    union('suppressions', { index: { $in: indexes } }),
    union('marks', { _id: BOOK_MARK }),
    ...(sids.length === 0 ? [] : [union('inbound', { _id: { $in: sids } })]),
  ];
}

/**
 * Reads everything in one command instead of four, and in one majority snapshot: never a contact from after an
 * opt-out together with suppressions from before it.
 */
export async function findTogether(
  database: Database,
  indexes: readonly string[],
  sids: readonly string[],
): Promise<PersonFacts> {
  const stages = togetherStages(indexes, sids);
  const rows = await contacts(database)
    .aggregate<ContactDoc | (SuppressionDoc & { _id: unknown }) | InboundDoc | Mark>(stages, SNAPSHOT)
    .toArray();
  const found: PersonFacts = {
    contacts: new Map(),
    suppressions: new Map(),
    inbound: new Map(),
    bookVersion: 0,
  };
  for (const row of rows) {
    if ('keys' in row) found.contacts.set(row.index, row);
    else if ('door' in row) found.inbound.set(row._id, row);
    else if ('value' in row) found.bookVersion = row.value;
    else {
      const { _id, ...suppression } = row;
      found.suppressions.set(row.index, [...(found.suppressions.get(row.index) ?? []), suppression]);
    }
  }
  return found;
}

/** Another number of the same person: the fields that bind this one. */
type OtherContact = Pick<
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

/** The other numbers of a contact's person; empty when the contact was never merged. */
export type Others = (contact: string) => readonly OtherContact[];

type Merged = Pick<ContactDoc, '_id' | 'personId'>;

const NONE: readonly OtherContact[] = [];

/** How often to read again when somebody merged or split meanwhile. */
const TRIES = 5;

/**
 * Reads the other numbers of some people now. Runs no query when no contact among them is merged. Rejects when the
 * people are merged and split all the while.
 */
export async function findOthers(
  database: Database,
  people: readonly Merged[],
  session?: ClientSession,
): Promise<Others> {
  let merged = people.filter(isMerged);
  for (let tries = 0; merged.length > 0 && tries < TRIES; tries += 1) {
    const numbers = await numbersOf(database, merged, session);
    const known = new Map(numbers.map((number) => [number._id, number.personId]));
    if (merged.every(({ _id, personId }) => known.get(_id) === personId)) return byPerson(numbers);
    const ids = merged.map(({ _id }) => _id);
    const again = contacts(database).find(
      { _id: { $in: ids } },
      { projection: { personId: 1 }, ...(session && { session }) },
    );
    merged = (await again.toArray()).filter(isMerged);
  }
  if (merged.length > 0) throw new Error('people were merged and split all the while');
  return () => NONE;
}

/**
 * The other numbers of one contact, for code that waits for claimed deliveries to them: never older than what this
 * process wrote or read before.
 */
export async function othersNow(
  database: Database,
  { _id, personId }: { _id: string; personId?: string | undefined },
): Promise<readonly OtherContact[]> {
  if (personId === undefined) return NONE;
  const others = await inSession(database, (session) => findOthers(database, [{ _id, personId }], session));
  return others(_id);
}

const isMerged = ({ personId }: Merged): boolean => personId !== undefined;

async function numbersOf(
  database: Database,
  merged: readonly Merged[],
  session?: ClientSession,
): Promise<OtherContact[]> {
  const people = [...new Set(merged.flatMap(({ personId }) => personId ?? []))];
  const options = { projection: PARTS, ...(session && { session }) };
  return contacts(database)
    .find<OtherContact>({ personId: { $in: people } }, options)
    .toArray();
}

function byPerson(numbers: readonly OtherContact[]): Others {
  const people = new Map<string, OtherContact[]>();
  for (const number of numbers) {
    const person = number.personId ?? '';
    people.set(person, [...(people.get(person) ?? []), number]);
  }
  const others = new Map(
    [...people.values()].flatMap((all) =>
      all.map((otherContact): [string, OtherContact[]] => [
        otherContact._id,
        all.filter((other) => other !== otherContact),
      ]),
    ),
  );
  return (contact) => others.get(contact) ?? NONE;
}

/** Everything that decides about some people and is not in their documents. */
export type Joined = {
  others: Others;
  suppressions: (index: string) => SuppressionDoc[];
};

/**
 * Reads the suppressions of some contacts, and what the other numbers of their people say. The contacts must be
 * read before: an opt-out in between is then seen here, never missed.
 */
export async function readJoined(
  database: Database,
  contacts: readonly Pick<ContactDoc, '_id' | 'index' | 'personId'>[],
  session?: ClientSession,
): Promise<Joined> {
  const others = await findOthers(database, contacts, session);
  const indexes = contacts.flatMap((contact) => [
    contact.index,
    ...others(contact._id).map((other) => other.index),
  ]);
  const rows = await findSuppressions(database, [...new Set(indexes)], session);
  const byIndex = new Map<string, SuppressionDoc[]>();
  for (const row of rows) {
    const known = byIndex.get(row.index);
    if (known === undefined) byIndex.set(row.index, [row]);
    else known.push(row);
  }
  return { others, suppressions: (index) => byIndex.get(index) ?? [] };
}

/** A contact with everything that decides about it. Throws as `openHolder` does. */
export function openJoined(ring: KeyRing, stored: ContactDoc, joined: Joined): OpenContact {
  const holder = openHolder(ring, stored, joined.suppressions(stored.index));
  return { ...holder, person: withOthers(holder.person, stored, joined) };
}

/** Everything that decides about a contact, without opening anything sealed. */
export function personJoined(stored: ContactDoc, joined: Joined): ConsentState {
  return withOthers(personOf(stored, {}, joined.suppressions(stored.index)), stored, joined);
}

/** Adds the other numbers' facts to merged contacts; returns every other person unchanged. */
export async function readOthers(
  database: Database,
  contacts: readonly ContactDoc[],
): Promise<(person: ConsentState, stored: ContactDoc) => ConsentState> {
  const merged = contacts.filter(isMerged);
  if (merged.length === 0) return (person) => person;
  const joined = await readJoined(database, merged);
  return (person, stored) => withOthers(person, stored, joined);
}

function withOthers(person: ConsentState, { _id, personId }: ContactDoc, joined: Joined): ConsentState {
  if (personId === undefined) return person;
  return { ...person, others: joined.others(_id).flatMap((other) => saidBy(other, joined) ?? []) };
}

/**
 * What another number says: its suppressions and pause. When the number has a newer holder, its suppressions may be
 * that holder's, so only the person's own last opt-outs count. Null when the number says nothing.
 */
function saidBy(other: OtherContact, joined: Joined): OtherNumber | null {
  const { current, index, lastWord: suppressions, pausedUntil } = other;
  if (current) return { suppressions: joined.suppressions(index), pausedUntil };
  if (suppressions === undefined) return null;
  return suppressions.length === 0 && pausedUntil === null ? null : { suppressions, pausedUntil };
}

/** A contact and the suppressions of its number, read in one session. */
type WithSuppressions = { contact: ContactDoc; suppressions: SuppressionDoc[] };

/** Null when there is no contact with this id. */
export async function findWithSuppressions(
  database: Database,
  id: string,
  session: ClientSession,
): Promise<WithSuppressions | null> {
  const [contact] = await findContacts(database, [id], session);
  if (contact === undefined) return null;
  return { contact, suppressions: await findSuppressions(database, [contact.index], session) };
}
