import type { Store } from '../store.ts';
import type { ContactDoc } from './contacts.ts';
import type { Told } from './profiles.ts';

/** What contacts are compared by, as it was made from their profile: keyed hashes of values they may share. */
export type StoredLikeness = {
  keys?: string[];
  /** Of the profile, once its pairs were looked for; absent before. */
  rev?: number;
  /** Rules and fields that it was made by. */
  version?: string;
};

/** What is read of a contact to compare it. */
export type Comparable = Pick<
  ContactDoc,
  '_id' | 'index' | 'keys' | 'sealed' | 'profileSealed' | 'profileRev' | 'personId' | 'likeness'
> & { profile?: Pick<Told, 'birthDate' | 'place' | 'fields'> };

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
 * Part of an update by a pipeline: raises a profile's revision for a change of what nobody is compared by, such as a stage.
 * Who was compared stays so.
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

/** The next contacts whose profile, or the rules, changed since their pairs were looked for, in the order of their ids. */
export async function uncompared(
  store: Store,
  version: string,
  { after, limit }: { after: string | null; limit: number },
): Promise<Comparable[]> {
  const changed = { $expr: { $ne: ['$likeness.rev', REV] } };
  return store.contacts
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

/** Longest that one look for the next contacts may take, ms: where all are compared it reads the whole collection. */
const SCAN_MS = 120_000;

/** Who of some contacts is yet to be compared by these rules: until then their keys are those of former ones. */
export async function notYetCompared(
  store: Store,
  version: string,
  contacts: readonly string[],
): Promise<ReadonlySet<string>> {
  if (contacts.length === 0) return new Set();
  const filter = { _id: { $in: [...contacts] }, ...LIVING, 'likeness.version': { $ne: version } };
  const found = await store.contacts.find(filter, { projection: { _id: 1 }, hint: { _id: 1 } }).toArray();
  return new Set(found.map(({ _id }) => _id));
}

/** From now on others find them by their keys. They stay uncompared until `markCompared`. */
export async function writeKeys(
  store: Store,
  made: readonly { contact: string; keys: string[] }[],
): Promise<void> {
  const writes = made.map(({ contact: _id, keys }) => ({
    updateOne: {
      filter: { _id, sealed: { $ne: null } },
      update: keys.length === 0 ? { $unset: { 'likeness.keys': '' } } : { $set: { 'likeness.keys': keys } },
    },
  }));
  if (writes.length > 0) await store.contacts.bulkWrite(writes as never, { ordered: false });
}

/** The pairs of these contacts are on record, as their profiles were read. */
export async function markCompared(
  store: Store,
  people: readonly Comparable[],
  version: string,
): Promise<void> {
  const writes = people.map(({ _id, profileRev }) => ({
    updateOne: {
      filter: { _id, sealed: { $ne: null } },
      update: { $set: { 'likeness.rev': profileRev ?? 0, 'likeness.version': version } },
    },
  }));
  if (writes.length > 0) await store.contacts.bulkWrite(writes as never, { ordered: false });
}

/** Who has a key; one more than `most` tells that too many have it. */
export async function holdersOfKey(store: Store, key: string, most: number): Promise<Comparable[]> {
  return store.contacts
    .find<Comparable>({ 'likeness.keys': key, ...LIVING }, { projection: COMPARED, hint: BY_LIKENESS })
    .limit(most + 1)
    .toArray();
}

export const BY_LIKENESS = 'by-likeness';

export async function comparablesByIndex(store: Store, indexes: readonly string[]): Promise<Comparable[]> {
  if (indexes.length === 0) return [];
  return store.contacts
    .find<Comparable>({ index: { $in: [...indexes] }, ...LIVING }, { projection: COMPARED })
    .toArray();
}

export async function comparablesById(store: Store, ids: readonly string[]): Promise<Comparable[]> {
  if (ids.length === 0) return [];
  return store.contacts
    .find<Comparable>({ _id: { $in: [...ids] }, ...LIVING }, { projection: COMPARED, hint: { _id: 1 } })
    .toArray();
}
