import type { ClientSession } from 'mongodb';
import { Schema } from 'mongoose';
import type { Scope, Suppression, SuppressionKind } from '../domain/consent/suppression.ts';
import type { Store } from './store.ts';

/** Outlives the contact; never deleted. Found by the number's blind index alone. */
export type SuppressionDoc = Suppression & { index: string };

export const suppressionSchema = new Schema(
  {
    index: { type: String, required: true },
    scope: { type: String, required: true },
    kind: { type: String, required: true },
    generation: { type: Number, required: true },
    since: { type: Date, required: true },
    lifts: { type: Schema.Types.Mixed, required: true },
    until: Date,
    source: String,
  },
  { collection: 'suppressions', strict: 'throw', versionKey: false, autoIndex: false, minimize: false },
);
suppressionSchema.index({ index: 1, scope: 1, kind: 1 }, { unique: true, name: 'row' });
suppressionSchema.index({ until: 1 }, { partialFilterExpression: { kind: 'hold' }, name: 'hold-timer' });
// What a campaign is watched for: who opted out since its messages left.
suppressionSchema.index(
  { since: 1 },
  { partialFilterExpression: { kind: 'opt-out' }, name: 'opt-outs-since' },
);

export async function findSuppressions(
  store: Store,
  indexes: string[],
  session?: ClientSession,
): Promise<SuppressionDoc[]> {
  return store.suppressions
    .find({ index: { $in: indexes } }, { projection: { _id: 0 }, ...(session ? { session } : {}) })
    .toArray();
}

/** One page of rows in the order of their ids, for lists by cursor. */
export async function pageSuppressions(
  store: Store,
  page: { after: string | null; limit: number; kind: SuppressionKind | null; scope: Scope | null },
): Promise<(SuppressionDoc & { _id: string })[]> {
  const rows = await store.suppressions
    .find({
      ...(page.after === null ? {} : { _id: { $gt: store.objectId(page.after) } }),
      ...(page.kind === null ? {} : { kind: page.kind }),
      ...(page.scope === null ? {} : { scope: page.scope }),
    })
    .sort({ _id: 1 })
    .limit(page.limit)
    .toArray();
  return rows.map((row) => ({ ...row, _id: String(row._id) }));
}

/** Holds whose time is over, in pages by id. A lifted one keeps no `until`. */
export async function findDueHolds(
  store: Store,
  now: Date,
  after: string | null,
  limit: number,
): Promise<{ id: string; index: string }[]> {
  const rows = await store.suppressions
    .find({
      kind: 'hold',
      until: { $lte: now },
      ...(after === null ? {} : { _id: { $gt: store.objectId(after) } }),
    })
    .sort({ _id: 1 })
    .limit(limit)
    .toArray();
  return rows.map(({ _id, index }) => ({ id: String(_id), index }));
}
