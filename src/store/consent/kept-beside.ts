import type { MessageOnRecord, Surroundings, TextOnRecord } from '../../domain/consent/ledger-faults.ts';
import { grouped } from '../../domain/grouped.ts';
import type { MessageClass } from '../../domain/sending/lanes.ts';
import type { Database } from '../collection.ts';
import { type ContactDoc, contacts } from '../contacts/contacts.ts';
import { deliveries } from '../deliveries/delivery.ts';
import { inbound } from './inbound-texts.ts';
import { findSuppressions, type SuppressionDoc, suppressions } from './suppressions.ts';

/** A current or former holder of a number. */
type NumberHolder = Pick<ContactDoc, '_id' | 'index' | 'keys'>;

type Subject = Pick<ContactDoc, '_id' | 'index'>;

/** Stored facts of some contacts other than their chains. Each fact may contradict a chain. */
export type KeptBeside = {
  surroundingsOf: (contact: Subject) => Surroundings;
  suppressionsOf: (contact: Subject) => readonly SuppressionDoc[];
  /** Other current or former holders of a contact's number. */
  holdersOf: (contact: Subject) => readonly NumberHolder[];
  /** Over all numbers: holders outside `contacts`, and every holder of a number that several contacts have or had. */
  otherHolders: (contacts: readonly string[]) => string[];
};

/** Message classes that only a ledger entry or a consent can cause. */
const OF_CONSENT = ['prompt', 'opt-out-confirmation', 'marketing'] as const satisfies MessageClass[];

/**
 * Reads texts, messages and suppressions of some contacts. No TTL index deletes these documents
 * (docs/operations/retention.md).
 */
export async function keptBeside(database: Database, contacts: readonly Subject[]): Promise<KeptBeside> {
  const ids = contacts.map(({ _id }) => _id);
  const indexes = [...new Set(contacts.map(({ index }) => index))];
  const [texts, messages, rows, holders] = await Promise.all([
    textsOf(database, ids),
    messagesOf(database, ids),
    findSuppressions(database, indexes),
    holdersOf(database, indexes),
  ]);
  const byNumber = grouped(rows, ({ index }) => index);
  const ofNumber = grouped(holders, ({ index }) => index);
  return {
    surroundingsOf: ({ _id }) => ({ texts: texts.get(_id) ?? [], messages: messages.get(_id) ?? [] }),
    suppressionsOf: ({ index }) => byNumber.get(index) ?? [],
    holdersOf: ({ _id, index }) =>
      (ofNumber.get(index) ?? []).filter((numberHolder) => numberHolder._id !== _id),
    otherHolders: (some) => {
      const here = new Set(some);
      const isShared = (index: string): boolean => (ofNumber.get(index)?.length ?? 0) > 1;
      return holders.filter(({ _id, index }) => !here.has(_id) || isShared(index)).map(({ _id }) => _id);
    },
  };
}

async function textsOf(database: Database, contacts: string[]): Promise<Map<string, TextOnRecord[]>> {
  const projection = { _id: 0, contact: 1, receivedAt: 1, recordedAt: 1, 'reading.kind': 1 };
  const rows = await inbound(database)
    .find<TextOnRecord & { contact: string }>({ contact: { $in: contacts } }, { projection })
    .toArray();
  return grouped(rows, ({ contact }) => contact);
}

async function messagesOf(database: Database, contacts: string[]): Promise<Map<string, MessageOnRecord[]>> {
  const projection = {
    _id: 0,
    contact: 1,
    class: 1,
    program: 1,
    prompt: 1,
    createdAt: 1,
    acceptedAt: 1,
    test: 1,
  };
  const filter = { contact: { $in: contacts }, class: { $in: [...OF_CONSENT] } };
  const rows = await deliveries(database)
    .find<MessageOnRecord & { contact: string }>(filter, { projection })
    .toArray();
  return grouped(rows, ({ contact }) => contact);
}

/** Uses the two indexes of current and former holders of a number. */
async function holdersOf(database: Database, indexes: string[]): Promise<NumberHolder[]> {
  const projection = { index: 1, keys: 1 };
  const found = [true, false].map((current) =>
    contacts(database)
      .find<NumberHolder>({ index: { $in: indexes }, current }, { projection })
      .toArray(),
  );
  return (await Promise.all(found)).flat();
}

/**
 * Facts without a contact. `contacts`: ids that texts or messages name. `suppressions`: number of suppressions of
 * numbers that no contact has.
 */
export type StrayPeople = { contacts: string[]; suppressions: number };

type Absent = { _id: string; rows: number };

const ON_DISK = { allowDiskUse: true };

/**
 * Values of a field that no contact has. The look-up repeats the conditions of the two partial indexes of numbers,
 * so that MongoDB uses these indexes.
 */
const absent = (database: Database, localField: string, foreignField: string) => [
  { $match: { [localField]: { $ne: null } } },
  { $group: { _id: `$${localField}`, rows: { $sum: 1 } } },
  ...[true, false].flatMap((current) => [
    {
      $lookup: {
        ...{ from: contacts(database).collectionName, localField: '_id', foreignField, as: 'holder' },
        pipeline: [{ $match: { current } }, { $limit: 1 }, { $project: { _id: 1 } }],
      },
    },
    { $match: { holder: [] } },
  ]),
  { $project: { rows: 1 } },
];

/** Reads all texts, messages and suppressions. `known`: ids without a contact that were reported already. */
export async function strayPeople(database: Database, known: readonly string[]): Promise<StrayPeople> {
  const texts = await inbound(database)
    .aggregate<Absent>(absent(database, 'contact', '_id'), ON_DISK)
    .toArray();
  const messages = await deliveries(database)
    .aggregate<Absent>([{ $match: { test: { $ne: true } } }, ...absent(database, 'contact', '_id')], ON_DISK)
    .toArray();
  const rows = await suppressions(database)
    .aggregate<Absent>(absent(database, 'index', 'index'), ON_DISK)
    .toArray();
  const named = new Set([...texts, ...messages].map(({ _id }) => _id));
  for (const text of known) named.delete(text);
  return { contacts: [...named].sort(), suppressions: rows.reduce((sum, row) => sum + row.rows, 0) };
}
