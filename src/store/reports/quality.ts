import type { Document } from 'mongodb';
import { z } from 'zod';
import { LIKELY_SCORE } from '../../domain/contacts/duplicates.ts';
import { MEASURES, type Measure, type Thresholds } from '../../domain/quality/rules.ts';
import type { Judged, Measured, QualityAlarm, QualitySubject } from '../../domain/quality/score.ts';
import { type Database, defineCollection } from '../collection.ts';
import { contacts } from '../contacts/contacts.ts';
import { mergeCandidates } from '../contacts/duplicates.ts';
import { defineSetting, marks } from '../settings.ts';

/** Quality of one program or source at its last measurement. */
export type QualityScore = QualitySubject & {
  /** "<kind> <id>" */
  _id: string;
  /** Day of the measurement in UTC. */
  day: string;
  people: number;
  score: number | null;
  rules: Judged[];
};

export const qualityScores = defineCollection<QualityScore>()('qualityScores', {});

/** `_id`: 16 hex digits of a hash of subject, rule and opening time. */
export type AlarmDoc = QualityAlarm & { _id: string };

export const qualityAlarms = defineCollection<AlarmDoc>()('qualityAlarms', {});

const THRESHOLDS = z.strictObject({ warn: z.number(), fail: z.number(), days: z.number().nullable() });
const RULES = defineSetting('quality rules', z.partialRecord(z.enum(MEASURES), THRESHOLDS), {});

/** Thresholds that an operator set. All other rules have their defaults. */
export async function readThresholds(database: Database): Promise<Map<Measure, Thresholds>> {
  const set: Partial<Record<Measure, Thresholds>> = await RULES.read(database);
  return new Map(Object.entries(set) as [Measure, Thresholds][]);
}

export async function writeThresholds(
  database: Database,
  rule: Measure,
  thresholds: Thresholds,
  at: Date,
): Promise<void> {
  // Writes only this rule: somebody may set another rule at the same time.
  const $set = { at, [`value.${rule}`]: thresholds };
  await marks(database).updateOne({ _id: RULES.id }, { $set }, { upsert: true });
}

export async function readScores(database: Database): Promise<QualityScore[]> {
  return qualityScores(database).find().sort({ _id: 1 }).toArray();
}

/**
 * Writes the scores that differ, and deletes those of subjects that are gone. Returns how many it wrote or deleted.
 */
export async function writeScores(database: Database, scores: readonly QualityScore[]): Promise<number> {
  const gone = await qualityScores(database).deleteMany({ _id: { $nin: scores.map(({ _id }) => _id) } });
  if (scores.length === 0) return gone.deletedCount;
  const result = await qualityScores(database).bulkWrite(
    scores.map(({ _id, ...fields }) => ({
      updateOne: { filter: { _id }, update: { $set: fields }, upsert: true },
    })),
    { ordered: false },
  );
  return gone.deletedCount + result.modifiedCount + result.upsertedCount;
}

const SOURCES_LEFT = defineSetting('quality sources left', z.int(), 0);

/** How many sources the last run did not measure. */
export const readSourcesLeft = (database: Database): Promise<number> => SOURCES_LEFT.read(database);

export const writeSourcesLeft = (database: Database, left: number, at: Date): Promise<void> =>
  SOURCES_LEFT.write(database, left, at);

/** Open alarms, and those that closed since a time; newest first. */
export async function readAlarms(database: Database, closedSince: Date): Promise<AlarmDoc[]> {
  const filter = { $or: [{ closedAt: null }, { closedAt: { $gte: closedSince } }] };
  return qualityAlarms(database).find(filter).sort({ openSince: -1, _id: 1 }).toArray();
}

/** Writes changed alarms, and keeps acknowledgements made meanwhile. Returns how many changed. */
export async function writeAlarms(database: Database, alarms: readonly AlarmDoc[]): Promise<number> {
  if (alarms.length === 0) return 0;
  const result = await qualityAlarms(database).bulkWrite(
    alarms.map(({ _id, acknowledged, ...fields }) => ({
      updateOne: { filter: { _id }, update: { $set: fields, $setOnInsert: { acknowledged } }, upsert: true },
    })),
    { ordered: false },
  );
  return result.modifiedCount + result.upsertedCount;
}

/** Null when there is no such open alarm. */
export async function acknowledgeAlarm(
  database: Database,
  id: string,
  acknowledged: NonNullable<QualityAlarm['acknowledged']>,
): Promise<AlarmDoc | null> {
  return qualityAlarms(database).findOneAndUpdate(
    { _id: id, closedAt: null },
    { $set: { acknowledged } },
    { returnDocument: 'after' },
  );
}

export async function countOpenAlarms(database: Database): Promise<number> {
  return qualityAlarms(database).countDocuments({ closedAt: null }, { maxTimeMS: 1000 });
}

/** Everybody was compared once. */
export const DUPLICATES_KNOWN = defineSetting('duplicates known', z.literal(true), null);

/** Longest that counting may take, ms: a nightly job does it. */
const DUPLICATES_PASS_MS = 300_000;

/** People in an open pair that is likely one person. */
const LIKELY: readonly Document[] = [
  { $match: { state: 'open', score: { $gte: LIKELY_SCORE } } },
  { $unwind: '$contacts' },
  { $group: { _id: '$contacts' } },
  { $lookup: { from: 'contacts', localField: '_id', foreignField: '_id', as: 'of' } },
  { $unwind: '$of' },
  { $match: { 'of.current': true, 'of.sealed': { $ne: null } } },
];

const BY: Record<QualitySubject['kind'], readonly Document[]> = {
  program: [
    { $unwind: '$of.subscriptions' },
    { $match: { 'of.subscriptions.state': 'subscribed' } },
    { $group: { _id: '$of.subscriptions.program', people: { $sum: 1 } } },
  ],
  source: [
    { $match: { 'of.source': { $exists: true } } },
    { $group: { _id: '$of.source', people: { $sum: 1 } } },
  ],
};

/** How many people of each program or source seem to be there twice; null until everybody was compared once. */
export async function countDuplicates(
  database: Database,
  kind: QualitySubject['kind'],
): Promise<ReadonlyMap<string, number> | null> {
  if ((await DUPLICATES_KNOWN.read(database)) === null) return null;
  const rows = await mergeCandidates(database)
    .aggregate<{ _id: string; people: number }>([...LIKELY, ...BY[kind]], { maxTimeMS: DUPLICATES_PASS_MS })
    .toArray();
  return new Map(rows.map(({ _id, people }) => [_id, people]));
}

/** Longest that one pass over all contacts may take, ms: a nightly job does it, and nobody waits. */
const PASS_MS = 300_000;

/**
 * Only this many sources, the largest, are measured, plus those asked for: a form that makes a new source for each
 * person would otherwise give a source per person.
 */
const MOST_SOURCES = 200;

/** Since when a consent counts as fresh, and a verification as recent. */
type Since = { fresh: Date; verified: Date };

export type MeasuredSubject = { subject: QualitySubject; people: number; measured: Measured };

const LIVING = { current: true, sealed: { $ne: null } };

const countWhere = (condition: Document): Document => ({ $sum: { $cond: [condition, 1, 0] } });
const isKnown = (field: string): Document => ({ $gt: [field, null] });

/** Counts over some people. `consent`: when the consent was last confirmed. */
function counts(since: Since, consent: string | Document): Document {
  return {
    people: { $sum: 1 },
    complete: countWhere({
      $and: [isKnown('$profileSealed'), isKnown('$profile.place.zip'), isKnown('$profile.birthDate')],
    }),
    zone: countWhere({ $eq: ['$profile.zoneSure', true] }),
    fresh: countWhere({ $or: [{ $gte: [consent, since.fresh] }, { $gte: ['$repliedAt', since.fresh] }] }),
    verified: countWhere({ $gte: ['$verified.at', since.verified] }),
    language: countWhere({ $lte: ['$language', null] }),
  };
}

type Counted = { _id: string | null; people: number } & Record<
  'complete' | 'zone' | 'fresh' | 'verified' | 'language',
  number
>;

/** Measures the subscribers of each program. */
export async function measurePrograms(database: Database, since: Since): Promise<MeasuredSubject[]> {
  const found = await contacts(database)
    .aggregate<Counted>(
      [
        { $match: { ...LIVING, 'subscriptions.state': 'subscribed' } },
        { $unwind: '$subscriptions' },
        { $match: { 'subscriptions.state': 'subscribed' } },
        { $group: { _id: '$subscriptions.program', ...counts(since, '$subscriptions.basis.at') } },
        { $sort: { _id: 1 } },
      ],
      { maxTimeMS: PASS_MS },
    )
    .toArray();
  return found.map((row) => measuredOf('program', row));
}

/**
 * Measures all numbers of each source, confirmed or not: the ones that never answered tell most about a form.
 * `asked`: sources that are measured however small they are. `left`: how many sources are not measured.
 */
export async function measureSources(
  database: Database,
  since: Since,
  asked: readonly string[] = [],
): Promise<{ measured: MeasuredSubject[]; left: number }> {
  const [found] = await contacts(database)
    .aggregate<Record<'largest' | 'asked', Counted[]> & { all: { sources: number }[] }>(
      [
        { $match: { ...LIVING, source: { $exists: true } } },
        { $group: { _id: '$source', ...counts(since, { $max: '$subscriptions.basis.at' }) } },
        {
          $facet: {
            largest: [{ $sort: { people: -1, _id: 1 } }, { $limit: MOST_SOURCES }],
            asked: [{ $match: { _id: { $in: [...asked] } } }],
            all: [{ $count: 'sources' }],
          },
        },
      ],
      { maxTimeMS: PASS_MS },
    )
    .toArray();
  const rows = [...(found?.largest ?? []), ...(found?.asked ?? [])];
  const sources = new Map(rows.map((row) => [row._id, measuredOf('source', row)]));
  return { measured: [...sources.values()], left: (found?.all[0]?.sources ?? 0) - sources.size };
}

function measuredOf(kind: QualitySubject['kind'], { _id, people, ...hits }: Counted): MeasuredSubject {
  const of = (count: number) => ({ hits: count, of: people });
  const measured: Measured = {
    complete: of(hits.complete),
    zone: of(hits.zone),
    fresh: of(hits.fresh),
    verified: of(hits.verified),
    language: of(hits.language),
  };
  return { subject: { kind, id: _id ?? '' }, people, measured };
}
