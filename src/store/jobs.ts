import type { ObjectId } from 'mongodb';
import { Schema } from 'mongoose';
import type { JobDay } from '../domain/reports/job-counts.ts';
import { REPORT_MS } from './reports/limits.ts';
import type { Store } from './store.ts';

/** `_id`: "<day> <job>". */
export type JobDayDoc = JobDay & { _id: string };

export const jobDaySchema = new Schema(
  {
    _id: String,
    day: { type: String, required: true },
    job: { type: String, required: true },
    counts: { type: Schema.Types.Mixed, required: true },
  },
  { collection: 'jobDays', strict: 'throw', versionKey: false, autoIndex: false },
);

/** Adds what one run did to its day; nothing where it did nothing. */
export async function addToDay(store: Store, { day, job, counts }: JobDay): Promise<void> {
  const added = Object.entries(counts).map(([what, count]) => [`counts.${what}`, count]);
  if (added.length === 0) return;
  await store.jobDays.updateOne(
    { _id: `${day} ${job}` },
    { $setOnInsert: { day, job }, $inc: Object.fromEntries(added) },
    { upsert: true },
  );
}

/** Of some days, both included, in the order of days and jobs. */
export async function readJobDays(
  store: Store,
  { since, until }: { since: string; until: string },
  ms = REPORT_MS,
): Promise<JobDayDoc[]> {
  const _id = { $gte: since, $lt: `${until} ~` };
  return store.jobDays
    .find({ _id }, { hint: { _id: 1 }, maxTimeMS: ms })
    .sort({ _id: 1 })
    .toArray();
}

/** What is known of one background job over all processes. The lease is counted by the database's clock alone. */
export type JobState = {
  _id: string;
  /** Raised with every run: what a run writes under an older one is refused. */
  epoch: number;
  leaseUntil: Date;
  /** Start of the run under way, or of the last one. */
  startedAt: Date | null;
  /** Start of the last run that did the whole work, as a scheduled run does. */
  wholeAt: Date | null;
  /** When it was first seen here. */
  knownSince: Date;
  /** Runs in a row before this one that never ended: their process did. */
  cutOffs: number;
  paused: { at: Date; by: string; reason: string } | null;
  /** A person asked for a run that has not ended yet. */
  asked: Asked | null;
  last: JobRun | null;
  succeededAt: Date | null;
};
type Asked = { at: Date; by: string; payload: Record<string, unknown> };

export const jobStateSchema = new Schema(
  {
    _id: String,
    epoch: { type: Number, required: true },
    leaseUntil: { type: Date, required: true },
    startedAt: Date,
    wholeAt: Date,
    knownSince: { type: Date, required: true },
    cutOffs: { type: Number, required: true },
    paused: Schema.Types.Mixed,
    asked: Schema.Types.Mixed,
    last: Schema.Types.Mixed,
    succeededAt: Date,
  },
  { collection: 'jobStates', strict: 'throw', versionKey: false, autoIndex: false },
);

/** Long gone, so that the lease is free; it stands where a run has ended, never where one was cut off. */
const FREE = new Date(0);

/** Makes the rows of jobs that nobody has run here yet. */
export async function beginJobs(store: Store, names: readonly string[]): Promise<void> {
  const none = { paused: null, asked: null, last: null, startedAt: null, wholeAt: null, succeededAt: null };
  const first = { ...none, epoch: 0, leaseUntil: FREE, cutOffs: 0, knownSince: '$$NOW' };
  const kept = Object.entries(first).map(([field, value]) => [field, { $ifNull: [`$${field}`, value] }]);
  const update = [{ $set: Object.fromEntries(kept) }];
  const writes = names.map((_id) => ({ updateOne: { filter: { _id }, update, upsert: true } }));
  await store.jobStates.bulkWrite(writes, { ordered: false });
}

/** Dry, or of one date: such a run is not the one that its time of day is for. */
const AS_ASKED = { $gt: [{ $ifNull: ['$asked.payload', { $literal: {} }] }, { $literal: {} }] };

/** Takes the lease of a job that is neither paused nor run by another process; null where it is. */
export async function takeJob(store: Store, name: string, leaseMs: number): Promise<JobState | null> {
  return store.jobStates.findOneAndUpdate(
    { _id: name, paused: null, $expr: { $lte: ['$leaseUntil', '$$NOW'] } },
    [
      {
        $set: {
          leaseUntil: { $add: ['$$NOW', leaseMs] },
          startedAt: '$$NOW',
          wholeAt: { $cond: [AS_ASKED, '$wholeAt', '$$NOW'] },
          epoch: { $add: ['$epoch', 1] },
          cutOffs: { $cond: [{ $gt: ['$leaseUntil', FREE] }, { $add: ['$cutOffs', 1] }, 0] },
        },
      },
    ],
    { returnDocument: 'after' },
  );
}

/** Keeps the lease. False where the job was paused, or another process runs it by now. */
export async function renewJob(store: Store, name: string, epoch: number, leaseMs: number): Promise<boolean> {
  const kept = await store.jobStates.updateOne({ _id: name, epoch, paused: null }, [
    { $set: { leaseUntil: { $add: ['$$NOW', leaseMs] } } },
  ]);
  return kept.matchedCount === 1;
}

/** False where the job was paused, or another process runs it by now. */
export async function isStillOurs(store: Store, name: string, epoch: number): Promise<boolean> {
  const found = await store.jobStates.findOne({ _id: name, epoch, paused: null }, { projection: { _id: 1 } });
  return found !== null;
}

/** Gives the lease back with what the run did. False where another run has begun since: its word counts. */
export async function endJob(store: Store, state: JobState, run: JobRun): Promise<boolean> {
  const { _id, epoch, asked } = state;
  const ended = await store.jobStates.updateOne(
    { _id, epoch },
    {
      $set: {
        leaseUntil: FREE,
        last: run,
        ...(run.outcome === 'done' ? { succeededAt: run.endedAt } : {}),
      },
    },
  );
  if (ended.matchedCount === 0) return false;
  if (asked !== null) {
    await store.jobStates.updateOne({ _id, 'asked.at': asked.at }, { $set: { asked: null } });
  }
  return true;
}

/** Null resumes. */
export async function pauseJob(store: Store, name: string, paused: JobState['paused']): Promise<void> {
  await store.jobStates.updateOne({ _id: name }, { $set: { paused } });
}

/** A state, and whether a run is under way by the database's clock, or was cut off. */
export type JobNow = JobState & { running: boolean; cutOff: boolean };

export async function readJobs(store: Store): Promise<Map<string, JobNow>> {
  const running = { $gt: ['$leaseUntil', '$$NOW'] };
  const cutOff = { $and: [{ $gt: ['$leaseUntil', FREE] }, { $lte: ['$leaseUntil', '$$NOW'] }] };
  const found = await store.jobStates.aggregate<JobNow>([{ $addFields: { running, cutOff } }]).toArray();
  return new Map(found.map((one) => [one._id, one]));
}

/** Agenda's own documents: one a job, with the time of its next start. */
type Scheduled = { name: string; nextRunAt: Date | null; lockedAt?: Date | null };
const schedules = (store: Store) => store.db.collection<Scheduled>('jobs');

export async function nextStarts(store: Store): Promise<Map<string, Date | null>> {
  const found = await schedules(store)
    .find({}, { projection: { name: 1, nextRunAt: 1 } })
    .toArray();
  return new Map(found.map(({ name, nextRunAt }) => [name, nextRunAt]));
}

/**
 * Asks for a run, which a worker begins within seconds, within a minute or two where another has just ended, or at its
 * start where there is none. Resolves with what was asked for before and has not ended, which stands instead; null where
 * there was nothing.
 */
export async function askForRun(store: Store, name: string, asked: Asked): Promise<Asked | null> {
  // First what is wanted, then the time: whoever meets the time finds what was wanted.
  const set = { asked: { $ifNull: ['$asked', { $literal: asked }] } };
  const before = await store.jobStates.findOneAndUpdate({ _id: name }, [{ $set: set }], {
    projection: { asked: 1 },
  });
  await makeDue(store, [name]);
  return before?.asked ?? null;
}

/** Makes those of some due that were asked for and have not ended: while there was no worker, or as another run of it ended. */
export async function makeAskedDue(store: Store, names: readonly string[]): Promise<void> {
  const wished = { _id: { $in: [...names] }, asked: { $ne: null } };
  const asked = await store.jobStates.find(wished, { projection: { _id: 1 }, hint: { _id: 1 } }).toArray();
  await makeDue(
    store,
    asked.map(({ _id }) => _id),
  );
}

/** A lock this little ahead of the database's clock, ms, is of a worker whose own is so, and passes by itself. */
const LOCK_AHEAD_MS = 60_000;

/**
 * Makes jobs by intervals, with their ms, due that are not to begin within that time, and lets go of locks from the future.
 * Agenda writes both by the clock of the worker that runs a job, and a start of a worker changes such a time no more: once
 * the clock is set back, or its worker has died, no worker would run them for as long as it was ahead.
 */
export async function makeAheadDue(store: Store, intervals: ReadonlyMap<string, number>): Promise<void> {
  const writes = [...intervals].map(([name, ms]) => ({
    updateOne: {
      filter: { name, $expr: { $gt: ['$nextRunAt', { $add: ['$$NOW', ms] }] } },
      update: [{ $set: { nextRunAt: '$$NOW' } }],
    },
  }));
  if (writes.length > 0) await schedules(store).bulkWrite(writes, { ordered: false });
  const locked = { $expr: { $gt: ['$lockedAt', { $add: ['$$NOW', LOCK_AHEAD_MS] }] } };
  await schedules(store).updateMany(locked, { $set: { lockedAt: null } });
}

/** Makes jobs due at once that a worker has begun here before. */
export async function makeDue(store: Store, names: readonly string[]): Promise<void> {
  await schedules(store).updateMany({ name: { $in: [...names] } }, [{ $set: { nextRunAt: '$$NOW' } }]);
}

/** What a run did, by name: "expired", "found". Never anything about one person. */
export type Counts = Record<string, number>;

/** How one run of a background job ended. */
export type JobRun = {
  job: string;
  startedAt: Date;
  endedAt: Date;
  outcome: 'done' | 'failed';
  counts: Counts;
  /** Kind of the error; never its words, which may quote a number or a text. Null where it was done. */
  why: string | null;
  /** Id of the key that asked for it; null where its time had come. */
  askedBy: string | null;
};
export type JobRunDoc = JobRun & { _id: ObjectId };

/** Runs kept of each job. */
export const RUNS_KEPT = 50;

export const jobRunSchema = new Schema(
  {
    job: { type: String, required: true },
    startedAt: { type: Date, required: true },
    endedAt: { type: Date, required: true },
    outcome: { type: String, required: true },
    counts: Schema.Types.Mixed,
    why: String,
    askedBy: String,
  },
  { collection: 'jobRuns', strict: 'throw', versionKey: false, autoIndex: false, minimize: false },
);
jobRunSchema.index({ job: 1, startedAt: -1 }, { name: 'of-job' });

/** Keeps a run, and lets go of the oldest beyond those that are kept. */
export async function keepRun(store: Store, run: JobRun): Promise<void> {
  await store.jobRuns.insertOne(run as JobRunDoc);
  const [oldest] = await store.jobRuns
    .find({ job: run.job }, { projection: { startedAt: 1 } })
    .sort({ startedAt: -1 })
    .skip(RUNS_KEPT)
    .limit(1)
    .toArray();
  if (oldest === undefined) return;
  await store.jobRuns.deleteMany({ job: run.job, startedAt: { $lte: oldest.startedAt } });
}

/** Kept runs of one job, the newest first. */
export async function findRuns(store: Store, job: string, limit: number): Promise<JobRunDoc[]> {
  return store.jobRuns.find({ job }).sort({ startedAt: -1 }).limit(limit).toArray();
}
