import { ObjectId } from 'mongodb';
import { keptSeconds } from '../domain/retention.ts';
import { type Database, defineCollection } from './collection.ts';

/** One request to the API: which route, and how it was answered. No path, no query, no body: these may name people. */
export type ApiRequestDoc = {
  /** Later ones sort after earlier ones. */
  _id: ObjectId;
  at: Date;
  /** Id of the API key. */
  key: string;
  method: string;
  /** The pattern of the route, such as /contacts/{id}. */
  route: string;
  status: number;
  /** The kind of the problem; null where the answer was none. */
  problem: string | null;
  /** Until the answer had left, ms. */
  ms: number;
};

export const apiRequests = defineCollection<ApiRequestDoc>()('apiRequests', {
  'of-key': { key: { key: 1, _id: -1 } },
  kept: { key: { at: 1 }, expireAfterSeconds: keptSeconds('apiRequests') },
});

export type ApiRequestRow = Omit<ApiRequestDoc, '_id'>;

export async function insertApiRequests(database: Database, rows: readonly ApiRequestRow[]): Promise<void> {
  await apiRequests(database).insertMany(
    rows.map((row) => ({ _id: new ObjectId(), ...row })),
    { ordered: false },
  );
}

/** Deletes the oldest requests beyond `most`. */
export async function trimApiRequests(database: Database, most: number): Promise<void> {
  const [oldest] = await apiRequests(database)
    .find({}, { projection: { _id: 1 } })
    .sort({ _id: -1 })
    .skip(most)
    .limit(1)
    .toArray();
  if (oldest !== undefined) await apiRequests(database).deleteMany({ _id: { $lte: oldest._id } });
}

/** Newest first. `after`: the id of the last row of the page before, 24 hex digits. */
export async function pageApiRequests(
  database: Database,
  { key, failed, after, limit }: { key: string | null; failed: boolean; after: string | null; limit: number },
): Promise<ApiRequestDoc[]> {
  const filter = {
    ...(key === null ? {} : { key }),
    ...(failed ? { status: { $gte: 400 } } : {}),
    ...(after === null ? {} : { _id: { $lt: new ObjectId(after) } }),
  };
  return apiRequests(database).find(filter).sort({ _id: -1 }).limit(limit).toArray();
}
