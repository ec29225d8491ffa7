import { hash } from 'node:crypto';
import type { AnyBulkWriteOperation, ClientSession, Document } from 'mongodb';
import type { Candidate, CandidateState } from '../../domain/contacts/duplicates.ts';
import type { Link } from '../../domain/contacts/person.ts';
import { type Database, defineCollection } from '../collection.ts';
import { isDuplicatesOnly } from '../database-errors.ts';
import { BY_LIKENESS, type ContactDoc, contacts } from './contacts.ts';
import type { ProfileFields } from './profiles.ts';

/** The fields of a contact by which it is compared. */
export type Comparable = Pick<
  ContactDoc,
  '_id' | 'index' | 'keys' | 'sealed' | 'profileSealed' | 'profileRev' | 'personId' | 'likeness'
> & { profile?: Pick<ProfileFields, 'birthDate' | 'place' | 'fields'> };

const COMPARED = {
  index: 1,
  keys: 1,
  sealed: 1,
  profileSealed: 1,
  profileRev: 1,
  personId: 1,
  likeness: 1,
  'profile.birthDate': 1,
  'profile.place': 1,
  'profile.fields': 1,
} as const;

const LIVING = { current: true, sealed: { $ne: null } };

const REV = { $ifNull: ['$profileRev', 0] };
const NEXT_REV = { $add: [REV, 1] };

/**
 * Part of an update pipeline: increments a profile's revision for a change that no comparison uses, such as a
 * stage. A contact that was compared stays compared.
 */
export const RAISED_ALIKE = {
  profileRev: NEXT_REV,
  likeness: {
    $cond: [
      { $eq: ['$likeness.rev', REV] },
      { $mergeObjects: ['$likeness', { rev: NEXT_REV }] },
      '$likeness',
    ],
  },
} as const;

/**
 * The next contacts that must be compared, because their profile or the rules changed since, in the order of their
 * ids.
 */
export async function uncompared(
  database: Database,
  version: string,
  { after, limit }: { after: string | null; limit: number },
): Promise<Comparable[]> {
  const changed = { $expr: { $ne: ['$likeness.rev', REV] } };
  return contacts(database)
    .find<Comparable>(
      {
        ...LIVING,
        ...(after === null ? {} : { _id: { $gt: after } }),
        $or: [{ 'likeness.version': { $ne: version } }, changed],
      },
      { projection: COMPARED, hint: { _id: 1 }, maxTimeMS: SCAN_MS },
    )
    .sort({ _id: 1 })
    .limit(limit)
    .toArray();
}

/**
 * Longest that finding the next contacts may take, ms: when all are compared, the query reads the whole collection.
 */
const SCAN_MS = 120_000;

/** Those of some contacts that were not compared by these rules yet: their keys are those of former rules. */
export async function notYetCompared(
  database: Database,
  version: string,
  contactIds: readonly string[],
): Promise<ReadonlySet<string>> {
  if (contactIds.length === 0) return new Set();
  const filter = { _id: { $in: [...contactIds] }, ...LIVING, 'likeness.version': { $ne: version } };
  const found = await contacts(database)
    .find(filter, { projection: { _id: 1 }, hint: { _id: 1 } })
    .toArray();
  return new Set(found.map(({ _id }) => _id));
}

/**
 * Writes a contact's keys, by which others find the contact from now on. The contact counts as compared only after
 * `markCompared`.
 */
export async function writeKeys(
  database: Database,
  made: readonly { contact: string; keys: string[] }[],
): Promise<void> {
  const writes = made.map(({ contact: _id, keys }) => ({
    updateOne: {
      filter: { _id, sealed: { $ne: null } },
      update: keys.length === 0 ? { $unset: { 'likeness.keys': '' } } : { $set: { 'likeness.keys': keys } },
    },
  }));
  if (writes.length > 0) await contacts(database).bulkWrite(writes as never, { ordered: false });
}

/** Marks contacts as compared, under the profile revisions that were read: their pairs are stored. */
export async function markCompared(
  database: Database,
  people: readonly Comparable[],
  version: string,
): Promise<void> {
  const writes = people.map(({ _id, profileRev }) => ({
    updateOne: {
      filter: { _id, sealed: { $ne: null } },
      update: { $set: { 'likeness.rev': profileRev ?? 0, 'likeness.version': version } },
    },
  }));
  if (writes.length > 0) await contacts(database).bulkWrite(writes as never, { ordered: false });
}

/** Contacts with a key. One more than `most` means that too many share the key. */
export async function holdersOfKey(database: Database, key: string, most: number): Promise<Comparable[]> {
  return contacts(database)
    .find<Comparable>({ 'likeness.keys': key, ...LIVING }, { projection: COMPARED, hint: BY_LIKENESS })
    .limit(most + 1)
    .toArray();
}

export async function comparablesByIndex(
  database: Database,
  indexes: readonly string[],
): Promise<Comparable[]> {
  if (indexes.length === 0) return [];
  return contacts(database)
    .find<Comparable>({ index: { $in: [...indexes] }, ...LIVING }, { projection: COMPARED })
    .toArray();
}

export async function comparablesById(database: Database, ids: readonly string[]): Promise<Comparable[]> {
  if (ids.length === 0) return [];
  return contacts(database)
    .find<Comparable>({ _id: { $in: [...ids] }, ...LIVING }, { projection: COMPARED, hint: { _id: 1 } })
    .toArray();
}

/** Who decided about a pair, when and why. */
type Decided = { by: string; reason: string; at: Date };

/** Two contacts that may be one person. Shared values are stored as keyed hashes only. */
export type CandidateDoc = Candidate & {
  /** Derived from the two contacts alone. */
  _id: string;
  contacts: Link;
  decided: Decided | null;
};

export const mergeCandidates = defineCollection<CandidateDoc>()('mergeCandidates', {
  'by-score': { key: { state: 1, score: -1, _id: 1 } },
  'of-contact': { key: { contacts: 1 } },
  'by-mark': { key: { marks: 1 } },
});

export const linkOf = (first: string, second: string): Link =>
  first < second ? [first, second] : [second, first];

export const candidateId = ([first, second]: Link): string =>
  `k_${hash('sha256', `${first} ${second}`, 'base64url').slice(0, 16)}`;

export async function findCandidate(database: Database, id: string): Promise<CandidateDoc | null> {
  return mergeCandidates(database).findOne({ _id: id });
}

/** Every pair that contains one of some contacts. */
export async function candidatesOf(database: Database, contacts: readonly string[]): Promise<CandidateDoc[]> {
  return mergeCandidates(database)
    .find({ contacts: { $in: [...contacts] } })
    .toArray();
}

/** `before` null: the pair is new. `after` null: nothing suggests the pair any more. */
export type CandidateChange = { before: CandidateDoc | null; after: CandidateDoc | null };

/**
 * Writes the changes of a comparison, except to a pair that somebody decided about meanwhile. Returns how many it
 * wrote.
 */
export async function writeCandidates(
  database: Database,
  changes: readonly CandidateChange[],
): Promise<number> {
  const operations = changes.flatMap(({ before, after }): AnyBulkWriteOperation<CandidateDoc>[] => {
    if (before === null) return after === null ? [] : [{ insertOne: { document: after } }];
    const filter = { _id: before._id, state: before.state, changedAt: before.changedAt };
    return [after === null ? { deleteOne: { filter } } : { replaceOne: { filter, replacement: after } }];
  });
  if (operations.length === 0) return 0;
  const done = await mergeCandidates(database)
    .bulkWrite(operations, { ordered: false })
    .catch((error: unknown) => {
      if (isDuplicatesOnly(error)) return error.result;
      throw error;
    });
  return done.insertedCount + done.deletedCount + done.modifiedCount;
}

/**
 * Drops open pairs that rest on one value alone, which too many turned out to share. A pair that came back after a
 * dismissal is dismissed again. Returns how many changed.
 */
export async function dropCandidatesBy(database: Database, mark: string, at: Date): Promise<number> {
  const filter = { marks: mark, 'marks.1': { $exists: false }, state: 'open' as const };
  const { deletedCount } = await mergeCandidates(database).deleteMany({ ...filter, dismissed: [] });
  const $set = { state: 'dismissed' as const, changedAt: at };
  const { modifiedCount } = await mergeCandidates(database).updateMany(filter, { $set });
  return deletedCount + modifiedCount;
}

type CandidatePlace = { score: number; id: string };

/** Highest score first. */
export async function pageCandidates(
  database: Database,
  { state, after, limit }: { state: CandidateState; after: CandidatePlace | null; limit: number },
): Promise<CandidateDoc[]> {
  const later: Document =
    after === null
      ? {}
      : { $or: [{ score: { $lt: after.score } }, { score: after.score, _id: { $gt: after.id } }] };
  return mergeCandidates(database)
    .find({ state, ...later })
    .sort({ score: -1, _id: 1 })
    .limit(limit)
    .toArray();
}

/** The evidence for a pair now, and the evidence when it was dismissed before. */
const ALL_SAID = { $setUnion: ['$dismissed', '$marks'] };

/** Records that an open pair is two people. False when the pair is not open. */
export async function dismissCandidate(database: Database, id: string, decided: Decided): Promise<boolean> {
  const change = { state: 'dismissed', dismissed: ALL_SAID, decided: { $literal: decided } };
  const done = await mergeCandidates(database).updateOne({ _id: id, state: 'open' }, [
    { $set: { ...change, changedAt: decided.at } },
  ]);
  return done.matchedCount === 1;
}

/** Takes a dismissal back. False when the pair is not dismissed. */
export async function reopenCandidate(database: Database, id: string, at: Date): Promise<boolean> {
  const done = await mergeCandidates(database).updateOne(
    { _id: id, state: 'dismissed' },
    { $set: { state: 'open', dismissed: [], decided: null, changedAt: at } },
  );
  return done.matchedCount === 1;
}

/** Closes the pairs whose contacts became one person. */
export async function candidatesMerged(
  database: Database,
  contacts: readonly string[],
  decided: Decided,
  session: ClientSession,
): Promise<void> {
  const within = { $in: [...contacts], $not: { $elemMatch: { $nin: [...contacts] } } };
  await mergeCandidates(database).updateMany(
    { contacts: within, state: { $ne: 'merged' } } as Document,
    { $set: { state: 'merged', decided, changedAt: decided.at } },
    { session },
  );
}

/** Dismisses the pairs between the two people that a split made: the split says that they are two people. */
export async function candidatesSplit(
  database: Database,
  [ones, others]: readonly [readonly string[], readonly string[]],
  decided: Decided,
  session: ClientSession,
): Promise<void> {
  const between = [{ contacts: { $in: [...ones] } }, { contacts: { $in: [...others] } }];
  const change = { state: 'dismissed', dismissed: ALL_SAID, decided: { $literal: decided } };
  await mergeCandidates(database).updateMany(
    { $and: between, state: 'merged' },
    [{ $set: { ...change, changedAt: decided.at } }],
    { session },
  );
}

/** Records that two contacts are one person, or that such a merge was taken back. Insert only. */
export type MergeDoc = {
  _id: string;
  contacts: Link;
  /** The person that the merge made, or that the split divided. */
  person: string;
  /** For a split: the merge that it takes back. */
  undoes?: string;
  /** Id of the API key; "lost key" when the contact replaced one whose key is lost. */
  by: string;
  reason: string;
  at: Date;
};

export const merges = defineCollection<MergeDoc>()('merges', {
  'of-contact': { key: { contacts: 1 } },
  // A merge can be taken back only once, also by concurrent requests.
  undone: { key: { undoes: 1 }, unique: true, sparse: true },
});

export async function insertMerge(
  database: Database,
  merge: MergeDoc,
  session: ClientSession,
): Promise<void> {
  await merges(database).insertOne(merge, { session });
}

/** The merge that a contact needs when it continues the person whose number it took over; null when it does not. */
export function mergeOfSuccessor(
  { _id, personId, createdAt }: ContactDoc,
  former: ContactDoc,
): MergeDoc | null {
  if (personId === undefined || personId !== former.personId) return null;
  const reason = 'The number went on under new keys: those that sealed it are lost.';
  const contacts: Link = [former._id, _id];
  return { _id: `m_${_id.slice(2)}`, contacts, person: personId, by: 'lost key', reason, at: createdAt };
}

/** A merge, and the split that took it back. */
export type Merge = MergeDoc & { undone: MergeDoc | null };

/** Every merge of some contacts, including those taken back; oldest first. */
export async function mergesOf(
  database: Database,
  contacts: readonly string[],
  session?: ClientSession,
): Promise<Merge[]> {
  const filter = { contacts: { $in: [...contacts] } };
  const rows = await merges(database)
    .find(filter, session ? { session } : {})
    .sort({ at: 1, _id: 1 })
    .toArray();
  const undone = new Map(
    rows.flatMap((row) => (row.undoes === undefined ? [] : [[row.undoes, row] as const])),
  );
  return rows
    .filter((row) => row.undoes === undefined)
    .map((row) => ({ ...row, undone: undone.get(row._id) ?? null }));
}
