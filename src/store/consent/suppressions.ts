import type { ClientSession } from 'mongodb';
import type { Scope, Suppression, SuppressionKind } from '../../domain/consent/suppression.ts';
import { type Database, defineCollection } from '../collection.ts';
import { isTimeLimit } from '../database-errors.ts';

/** Kinds that few suppressions have. */
const RARE = ['hold', 'carrier', 'hygiene'] as const satisfies SuppressionKind[];
const RARE_KINDS = 'rare-kinds';

/** Longest that reading one page may take in the database, ms. */
export const PAGE_MS = 10_000;

/** Longest that counting numbers may take in the database, ms. */
const COUNT_MS = 3000;

/** A suppression outlives its contact and is never deleted. It is found by the blind index of the number alone. */
export type SuppressionDoc = Suppression & { index: string };

export const suppressions = defineCollection<SuppressionDoc>()('suppressions', {
  row: { key: { index: 1, scope: 1, kind: 1 }, unique: true },
  'hold-timer': { key: { until: 1 }, partialFilterExpression: { kind: 'hold' } },
  // Campaigns are watched for this: who opted out since their messages were sent.
  'opt-outs-since': { key: { since: 1 }, partialFilterExpression: { kind: 'opt-out' } },
  // For lists: every kind except the one that most suppressions have.
  [RARE_KINDS]: { key: { kind: 1, _id: 1 }, partialFilterExpression: { kind: { $in: [...RARE] } } },
});

export async function findSuppressions(
  database: Database,
  indexes: string[],
  session?: ClientSession,
): Promise<SuppressionDoc[]> {
  return suppressions(database)
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
  database: Database,
  page: SuppressionPage,
): Promise<(SuppressionDoc & { _id: string })[]> {
  const rows = await findSuppressionPage(database, page).toArray();
  return rows.map((row) => ({ ...row, _id: String(row._id) }));
}

export function findSuppressionPage(database: Database, { after, limit, kind, scope }: SuppressionPage) {
  const filter = {
    ...(after === null ? {} : { _id: { $gt: database.objectId(after) } }),
    ...(kind === null ? {} : { kind }),
    ...(scope === null ? {} : { scope }),
  };
  const rare = RARE.some((rareKind) => rareKind === kind);
  const options = { hint: rare ? RARE_KINDS : { _id: 1 }, maxTimeMS: PAGE_MS };
  return suppressions(database).find(filter, options).sort({ _id: 1 }).limit(limit);
}

/** Holds whose time is over, in pages by id. A lifted hold has no `until`. */
export async function findDueHolds(
  database: Database,
  now: Date,
  after: string | null,
  limit: number,
): Promise<{ id: string; index: string }[]> {
  const rows = await suppressions(database)
    .find({
      kind: 'hold',
      until: { $lte: now },
      ...(after === null ? {} : { _id: { $gt: database.objectId(after) } }),
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
export async function pageHolds(
  database: Database,
  after: HoldPlace | null,
  limit: number,
): Promise<HoldRow[]> {
  const rest =
    after === null
      ? { until: { $gt: new Date(0) } }
      : {
          until: { $gte: after.until },
          $or: [{ until: { $gt: after.until } }, { _id: { $gt: database.objectId(after.id) } }],
        };
  const rows = await suppressions(database)
    .find({ kind: 'hold', ...rest })
    .sort({ until: 1, _id: 1 })
    .limit(limit)
    .toArray();
  return rows.map((row) => ({ ...row, _id: String(row._id) }));
}

export async function findHold(database: Database, id: string): Promise<HoldRow | null> {
  const filter = { _id: database.objectId(id), kind: 'hold' as const };
  const row = await suppressions(database).findOne(filter);
  return row === null ? null : { ...row, _id: id };
}

/** The hold on a number that awaits a decision and whose timer ends first; null when there is none. */
export async function openHoldOf(database: Database, index: string): Promise<HoldRow | null> {
  const open = { index, kind: 'hold' as const, until: { $type: 'date' as const } };
  const [row] = await suppressions(database).find(open).sort({ until: 1 }).limit(1).toArray();
  return row === undefined ? null : { ...row, _id: String(row._id) };
}

/** How many holds await a decision, and when the first timer ends; null while none runs. */
export async function openHolds(database: Database): Promise<{ count: number; firstEnd: Date | null }> {
  const open = { kind: 'hold' as const, until: { $type: 'date' as const } };
  const [count, first] = await Promise.all([
    suppressions(database).countDocuments(open, { hint: suppressions.hint('hold-timer') }),
    suppressions(database)
      .find(open, { projection: { until: 1 }, hint: suppressions.hint('hold-timer') })
      .sort({ until: 1 })
      .limit(1)
      .next(),
  ]);
  return { count, firstEnd: first?.until ?? null };
}

/**
 * How many numbers have a suppression of everything that is lifted for no program, and how many such rows they have.
 * Reads up to `most` rows. Null when counting takes longer than it may.
 */
export async function countSuppressedNumbers(
  database: Database,
  most: number,
): Promise<{ numbers: number; rows: number } | null> {
  const isOver = { $gte: ['$$lift.v', '$generation'] };
  const lifts = { $filter: { input: { $objectToArray: '$lifts' }, as: 'lift', cond: isOver } };
  const pipeline = [
    // In the order of the index, so that the rows of a number follow one another and the count can end early.
    { $sort: { index: 1, scope: 1, kind: 1 } },
    { $match: { scope: 'all', $expr: { $eq: [lifts, []] } } },
    { $limit: most },
    { $group: { _id: '$index', rows: { $sum: 1 } } },
    { $group: { _id: null, numbers: { $sum: 1 }, rows: { $sum: '$rows' } } },
  ];
  const options = { maxTimeMS: COUNT_MS, hint: suppressions.hint('row') };
  return withinTime(async () => {
    const found = suppressions(database).aggregate<{ numbers: number; rows: number }>(pipeline, options);
    const { numbers = 0, rows = 0 } = (await found.next()) ?? {};
    return { numbers, rows };
  });
}

/** In the database what `standingOf` calls `none`: the row is lifted for all, or for the program of its scope. */
const IS_LIFTED = {
  $filter: {
    input: { $objectToArray: '$lifts' },
    as: 'lift',
    cond: {
      $and: [
        { $gte: ['$$lift.v', '$generation'] },
        {
          $or: [
            { $eq: ['$$lift.k', '*'] },
            { $eq: ['$scope', { $concat: ['program:', '$$lift.k'] }] },
            { $eq: [{ $indexOfCP: ['$scope', { $concat: ['topic:', '$$lift.k', '/'] }] }, 0] },
          ],
        },
      ],
    },
  },
};

/** How many rows of a kind there are, how many are lifted, and how many come up to an id. Null when counting takes longer than it may. */
export async function countSuppressionRows(
  database: Database,
  { kind, upTo }: { kind: SuppressionKind | null; upTo: string | null },
): Promise<{ all: number; lifted: number; before: number } | null> {
  const ofKind = kind === null ? {} : { kind };
  const isRare = RARE.some((rareKind) => rareKind === kind);
  const options = { maxTimeMS: COUNT_MS, hint: isRare ? RARE_KINDS : { _id: 1 as const } };
  const count = (filter: object): Promise<number> =>
    suppressions(database).countDocuments({ ...ofKind, ...filter }, options);
  return withinTime(async () => ({
    all: await count({}),
    lifted: await count({ $expr: { $ne: [IS_LIFTED, []] } }),
    before: upTo === null ? 0 : await count({ _id: { $lte: database.objectId(upTo) } }),
  }));
}

async function withinTime<Counted>(count: () => Promise<Counted>): Promise<Counted | null> {
  try {
    return await count();
  } catch (error) {
    if (isTimeLimit(error)) return null;
    throw error;
  }
}
