import type { ClientSession } from 'mongodb';
import { Schema } from 'mongoose';
import type { Scope, Suppression, SuppressionKind } from '../../domain/consent/suppression.ts';
import type { Store } from '../store.ts';

/** Kinds that few suppressions have. */
const RARE = ['hold', 'carrier', 'hygiene'] as const satisfies SuppressionKind[];
const RARE_KINDS = 'rare-kinds';

/** Longest that reading one page may take in the database, ms. */
export const PAGE_MS = 10_000;

/** A suppression outlives its contact and is never deleted. It is found by the blind index of the number alone. */
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
    origin: { type: Schema.Types.Mixed, required: true },
    confirmation: String,
    witnesses: { type: [String], default: undefined },
  },
  { collection: 'suppressions', strict: 'throw', versionKey: false, autoIndex: false, minimize: false },
);
suppressionSchema.index({ index: 1, scope: 1, kind: 1 }, { unique: true, name: 'row' });
suppressionSchema.index({ until: 1 }, { partialFilterExpression: { kind: 'hold' }, name: 'hold-timer' });
// Campaigns are watched for this: who opted out since their messages were sent.
suppressionSchema.index(
  { since: 1 },
  { partialFilterExpression: { kind: 'opt-out' }, name: 'opt-outs-since' },
);

// For lists: every kind except the one that most suppressions have.
suppressionSchema.index(
  { kind: 1, _id: 1 },
  { partialFilterExpression: { kind: { $in: [...RARE] } }, name: RARE_KINDS },
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

type SuppressionPage = {
  after: string | null;
  limit: number;
  kind: SuppressionKind | null;
  scope: Scope | null;
};

/**
 * One page of suppressions in the order of their ids, for lists by cursor. Rejects when the query takes longer than
 * `PAGE_MS`: suppressions of a scope may be rare.
 */
export async function pageSuppressions(
  store: Store,
  page: SuppressionPage,
): Promise<(SuppressionDoc & { _id: string })[]> {
  const rows = await findSuppressionPage(store, page).toArray();
  return rows.map((row) => ({ ...row, _id: String(row._id) }));
}

export function findSuppressionPage(store: Store, { after, limit, kind, scope }: SuppressionPage) {
  const filter = {
    ...(after === null ? {} : { _id: { $gt: store.objectId(after) } }),
    ...(kind === null ? {} : { kind }),
    ...(scope === null ? {} : { scope }),
  };
  const rare = RARE.some((one) => one === kind);
  const options = { hint: rare ? RARE_KINDS : { _id: 1 }, maxTimeMS: PAGE_MS };
  return store.suppressions.find(filter, options).sort({ _id: 1 }).limit(limit);
}

/** Holds whose time is over, in pages by id. A lifted hold has no `until`. */
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

/** A suppression of the kind `hold`, with its id. */
export type HoldRow = SuppressionDoc & { _id: string };

/** Where the next page of holds begins: after the hold with this `until` and id. */
export type HoldPlace = { until: Date; id: string };

/** Holds that await a decision, those whose timer ends first in front. A hold that is over has no `until`. */
export async function pageHolds(store: Store, after: HoldPlace | null, limit: number): Promise<HoldRow[]> {
  const rest =
    after === null
      ? { until: { $gt: new Date(0) } }
      : {
          until: { $gte: after.until },
          $or: [{ until: { $gt: after.until } }, { _id: { $gt: store.objectId(after.id) } }],
        };
  const rows = await store.suppressions
    .find({ kind: 'hold', ...rest })
    .sort({ until: 1, _id: 1 })
    .limit(limit)
    .toArray();
  return rows.map((row) => ({ ...row, _id: String(row._id) }));
}

export async function findHold(store: Store, id: string): Promise<HoldRow | null> {
  const filter = { _id: store.objectId(id), kind: 'hold' as const };
  const row = await store.suppressions.findOne(filter);
  return row === null ? null : { ...row, _id: id };
}
