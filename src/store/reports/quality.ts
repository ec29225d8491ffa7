import { Schema } from 'mongoose';
import type { Alarm, Subject } from '../../domain/quality/alarm.ts';
import type { Measure, Thresholds } from '../../domain/quality/rules.ts';
import type { Judged } from '../../domain/quality/score.ts';
import { readMark, writeMark } from '../marks.ts';
import type { Store } from '../store.ts';

const strict = { strict: 'throw', versionKey: false, autoIndex: false } as const;
const subject = { kind: { type: String, required: true }, id: { type: String, required: true } };

/** Quality of one program or source as it was looked at last. */
export type QualityScore = Subject & {
  /** "<kind> <id>" */
  _id: string;
  /** Day in UTC of the look. */
  day: string;
  people: number;
  score: number | null;
  rules: Judged[];
};

export const qualityScoreSchema = new Schema(
  {
    _id: String,
    ...subject,
    day: { type: String, required: true },
    people: { type: Number, required: true },
    score: Number,
    rules: { type: [Schema.Types.Mixed], required: true },
  },
  { collection: 'qualityScores', ...strict },
);

/** `_id`: 16 hex digits of a hash of subject, rule and when it was opened. */
export type AlarmDoc = Alarm & { _id: string };

export const qualityAlarmSchema = new Schema(
  {
    _id: String,
    ...subject,
    rule: { type: String, required: true },
    openSince: { type: Date, required: true },
    failedAt: { type: Date, required: true },
    share: { type: Number, required: true },
    sample: { type: Number, required: true },
    acknowledged: Schema.Types.Mixed,
    closedAt: Date,
  },
  { collection: 'qualityAlarms', ...strict },
);

const RULES = 'quality rules';

/** Thresholds that somebody set; of the others the usual ones hold. */
export async function readThresholds(store: Store): Promise<Map<Measure, Thresholds>> {
  const set = ((await readMark(store, RULES))?.value ?? {}) as Partial<Record<Measure, Thresholds>>;
  return new Map(Object.entries(set) as [Measure, Thresholds][]);
}

export async function writeThresholds(
  store: Store,
  rule: Measure,
  thresholds: Thresholds,
  at: Date,
): Promise<void> {
  // Its own part alone: somebody may set another rule at this moment.
  const $set = { at, [`value.${rule}`]: thresholds };
  await store.marks.updateOne({ _id: RULES }, { $set }, { upsert: true });
}

export async function readScores(store: Store): Promise<QualityScore[]> {
  return store.qualityScores.find().sort({ _id: 1 }).toArray();
}

/** Writes what differs, and forgets subjects that are gone; returns how many it wrote or forgot. */
export async function writeScores(store: Store, scores: readonly QualityScore[]): Promise<number> {
  const gone = await store.qualityScores.deleteMany({ _id: { $nin: scores.map(({ _id }) => _id) } });
  if (scores.length === 0) return gone.deletedCount;
  const result = await store.qualityScores.bulkWrite(
    scores.map(({ _id, ...fields }) => ({
      updateOne: { filter: { _id }, update: { $set: fields }, upsert: true },
    })),
    { ordered: false },
  );
  return gone.deletedCount + result.modifiedCount + result.upsertedCount;
}

const SOURCES_LEFT = 'quality sources left';

/** How many sources the last look did not measure. */
export async function readSourcesLeft(store: Store): Promise<number> {
  return Number((await readMark(store, SOURCES_LEFT))?.value ?? 0);
}

export async function writeSourcesLeft(store: Store, left: number, at: Date): Promise<void> {
  await writeMark(store, { _id: SOURCES_LEFT, value: left, at });
}

/** Those that are open, and those that were closed since a moment; the newest first. */
export async function readAlarms(store: Store, closedSince: Date): Promise<AlarmDoc[]> {
  const filter = { $or: [{ closedAt: null }, { closedAt: { $gte: closedSince } }] };
  return store.qualityAlarms.find(filter).sort({ openSince: -1, _id: 1 }).toArray();
}

/** Writes what a look changed; whoever acknowledged an alarm meanwhile stays. Returns how many it changed. */
export async function writeAlarms(store: Store, alarms: readonly AlarmDoc[]): Promise<number> {
  if (alarms.length === 0) return 0;
  const result = await store.qualityAlarms.bulkWrite(
    alarms.map(({ _id, acknowledged, ...fields }) => ({
      updateOne: { filter: { _id }, update: { $set: fields, $setOnInsert: { acknowledged } }, upsert: true },
    })),
    { ordered: false },
  );
  return result.modifiedCount + result.upsertedCount;
}

/** Null where there is no such open alarm. */
export async function acknowledgeAlarm(
  store: Store,
  id: string,
  acknowledged: NonNullable<Alarm['acknowledged']>,
): Promise<AlarmDoc | null> {
  return store.qualityAlarms.findOneAndUpdate(
    { _id: id, closedAt: null },
    { $set: { acknowledged } },
    { returnDocument: 'after' },
  );
}

export async function countOpenAlarms(store: Store): Promise<number> {
  return store.qualityAlarms.countDocuments({ closedAt: null }, { maxTimeMS: 1000 });
}
