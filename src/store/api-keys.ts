import type { ClientSession } from 'mongodb';
import { Schema } from 'mongoose';
import { type Database, defineModel, STRICT_SCHEMA } from './collection.ts';

/** An API key. The database holds the hash of its secret, never the secret. */
export type ApiKeyDoc = {
  _id: string;
  name: string;
  sha256: string;
  scopes: string[];
  createdAt: Date;
  revokedAt: Date | null;
  lastUsedAt: Date | null;
  /** The key that created this one. Absent when `npm run key` or a member of staff created it. */
  madeBy?: string;
  /** The member of staff who created it at the console, as a stored actor. */
  staff?: string;
  /** The key that this one takes the place of. */
  rotatedFrom?: string;
  /** The first key of the chain of creators that led to this key. Absent on that first key itself. */
  root?: string;
  /** Whether the first key of the chain may look people up. */
  mayLookUp: boolean;
  /**
   * How many unknown numbers the keys of this chain named on that day, UTC. Only the first key of a chain has this
   * counter.
   */
  unknown?: NamedUnknown;
};

type NamedUnknown = { day: string; times: number };

export const apiKeys = defineModel<ApiKeyDoc>()(
  'apiKeys',
  new Schema(
    {
      _id: String,
      name: { type: String, required: true },
      sha256: { type: String, required: true, immutable: true },
      scopes: { type: [String], required: true },
      createdAt: { type: Date, required: true },
      revokedAt: { type: Date, default: null },
      lastUsedAt: { type: Date, default: null },
      madeBy: { type: String, immutable: true },
      staff: { type: String, immutable: true },
      rotatedFrom: { type: String, immutable: true },
      root: { type: String, immutable: true },
      mayLookUp: { type: Boolean, required: true, immutable: true },
      unknown: Schema.Types.Mixed,
    },
    STRICT_SCHEMA,
  ),
  {
    hash: { key: { sha256: 1 }, unique: true },
  },
);

/** The native collection: every API request reads it. */
const keysOf = (database: Database) => database.db.collection<ApiKeyDoc>('apiKeys');

export async function findApiKey(database: Database, id: string): Promise<ApiKeyDoc | null> {
  return keysOf(database).findOne({ _id: id });
}

/** The names of those keys that exist, by id. */
export async function apiKeyNames(
  database: Database,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (ids.length === 0) return new Map();
  const found = await keysOf(database)
    .find({ _id: { $in: [...new Set(ids)] } }, { projection: { name: 1 } })
    .toArray();
  return new Map(found.map(({ _id, name }) => [_id, name]));
}

export async function insertApiKey(database: Database, key: ApiKeyDoc): Promise<void> {
  await apiKeys.model(database).create(key);
}

/** Inserts a key in a transaction. False: there is a key with this id. */
export async function insertKeyWithin(
  database: Database,
  key: ApiKeyDoc,
  session: ClientSession,
): Promise<boolean> {
  if ((await keysOf(database).findOne({ _id: key._id }, { session })) !== null) return false;
  await apiKeys.model(database).create([key], { session });
  return true;
}

/** Most keys that are read of one member of staff. */
const MOST_OF_MEMBER = 1000;

/**
 * Keys that still work and whose secret a member of staff may know: the member made them, or a key of the member's did,
 * directly or through others. `staff`: the stored actor.
 */
export async function keysKnownTo(
  database: Database,
  staff: string,
  session?: ClientSession,
): Promise<ApiKeyDoc[]> {
  const own = await keysOfStaff(database, staff, session);
  const seen = new Set(own.map(({ _id }) => _id));
  const known = own.filter(({ revokedAt }) => revokedAt === null);
  for (let level = own; level.length > 0; ) {
    const makers = level.map(({ _id }) => _id);
    level = (await keysMadeBy(database, makers, session)).filter(({ _id }) => !seen.has(_id));
    for (const { _id } of level) seen.add(_id);
    known.push(...level.filter(({ revokedAt }) => revokedAt === null));
  }
  return known;
}

const keysOfStaff = (database: Database, staff: string, session?: ClientSession): Promise<ApiKeyDoc[]> =>
  keysOf(database)
    .find({ staff }, session === undefined ? {} : { session })
    .sort({ _id: 1 })
    .limit(MOST_OF_MEMBER)
    .toArray();

/** Revokes keys in a transaction. */
export async function revokeApiKeys(
  database: Database,
  ids: readonly string[],
  { at, session }: { at: Date; session: ClientSession },
): Promise<void> {
  const filter = { _id: { $in: [...ids] }, revokedAt: null };
  await keysOf(database).updateMany(filter, { $set: { revokedAt: at } }, { session });
}

/** One page in the order of ids, including revoked keys. */
export async function pageApiKeys(
  database: Database,
  page: { after: string | null; limit: number },
): Promise<ApiKeyDoc[]> {
  const filter = page.after === null ? {} : { _id: { $gt: page.after } };
  return keysOf(database).find(filter).sort({ _id: 1 }).limit(page.limit).toArray();
}

export async function touchApiKey(database: Database, id: string, at: Date): Promise<void> {
  await keysOf(database).updateOne({ _id: id }, { $set: { lastUsedAt: at } });
}

/**
 * Whether both keys may belong to one person: one created the other, or the same key or member of staff created both,
 * directly or through other keys.
 */
export async function areOfOneHand(database: Database, first: string, second: string): Promise<boolean> {
  if (first === second) return true;
  const found = await keysOf(database)
    .find({ _id: { $in: [first, second] } }, { projection: { root: 1 } })
    .toArray();
  const roots = [...new Set(found.map(({ _id, root }) => root ?? _id))];
  if (found.length < 2 || roots.length === 1) return found.length === 2;
  const makers = await keysOf(database)
    .find({ _id: { $in: roots }, staff: { $exists: true } }, { projection: { staff: 1 } })
    .toArray();
  return makers.length === 2 && makers[0]?.staff === makers[1]?.staff;
}

/**
 * Takes up to `wanted` from the day's budget of unknown numbers for all keys under `root`, over all processes.
 * Resolves to how many were left before.
 */
export async function takeUnknown(
  database: Database,
  root: string,
  { day, wanted, most }: { day: string; wanted: number; most: number },
): Promise<number> {
  const before = { $cond: [{ $eq: ['$unknown.day', day] }, '$unknown.times', 0] };
  const times = { $min: [most, { $add: [before, wanted] }] };
  const change = [{ $set: { unknown: { day: { $literal: day }, times } } }];
  const found =
    wanted === 0
      ? await keysOf(database).findOne({ _id: root }, { projection: { unknown: 1 } })
      : await keysOf(database).findOneAndUpdate({ _id: root }, change, { returnDocument: 'before' });
  return Math.max(0, most - (found?.unknown?.day === day ? found.unknown.times : 0));
}

/** Revokes a key. A second call keeps the first time. Null when there is no such key. */
export async function revokeApiKey(database: Database, id: string, at: Date): Promise<ApiKeyDoc | null> {
  await keysOf(database).updateOne({ _id: id, revokedAt: null }, { $set: { revokedAt: at } });
  return findApiKey(database, id);
}

/**
 * The keys that some keys created, including revoked ones. Needs no index: there are few keys, and the query is
 * rare.
 */
export const keysMadeBy = (
  database: Database,
  makers: readonly string[],
  session?: ClientSession,
): Promise<ApiKeyDoc[]> =>
  keysOf(database)
    .find({ madeBy: { $in: [...makers] } }, session === undefined ? {} : { session })
    .sort({ _id: 1 })
    .toArray();
