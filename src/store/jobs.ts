import type { ObjectId } from 'mongodb';
import type { JobDay } from '../domain/reports/job-counts.ts';
import { type Database, defineCollection } from './collection.ts';
import { REPORT_MS } from './reports/limits.ts';

/** `_id`: "<day> <job>". */
export type JobDayDoc = JobDay & { _id: string };

export const jobDays = defineCollection<JobDayDoc>()('jobDays', {});

/** Adds the counts of one run to its day. Writes nothing when the run did nothing. */
export async function addToDay(database: Database, { day, job, counts }: JobDay): Promise<void> {
  const added = Object.entries(counts).map(([what, count]) => [`counts.${what}`, count]);
  if (added.length === 0) return;
  await jobDays(database).updateOne(
    { _id: `${day} ${job}` },
    { $setOnInsert: { day, job }, $inc: Object.fromEntries(added) },
    { upsert: true },
  );
}

/** Job counts of some days, both ends included, in the order of days and jobs. */
export async function readJobDays(
  database: Database,
  { since, until }: { since: string; until: string },
  ms = REPORT_MS,
): Promise<JobDayDoc[]> {
  const _id = { $gte: since, $lt: `${until} ~` };
  return jobDays(database)
    .find({ _id }, { hint: { _id: 1 }, maxTimeMS: ms })
    .sort({ _id: 1 })
    .toArray();
}

/** The state of one background job over all processes. Only the database's clock decides about the lease. */
export type JobState = {
  _id: string;
  /** Incremented with every run. A write under an older epoch is refused. */
  epoch: number;
  leaseUntil: Date;
  /** Start of the run under way, or of the last one. */
  startedAt: Date | null;
  /**
   * Start of the last run that did the whole work, as a scheduled run does, and not a dry run or a run of one date.
   */
  wholeAt: Date | null;
  /** When this installation first started the job. */
  knownSince: Date;
  /** Consecutive runs before this one whose process died. */
  cutOffs: number;
  paused: { at: Date; by: string; reason: string } | null;
  /** A run that a person asked for and that has not ended yet. */
  asked: RunRequest | null;
  last: JobRun | null;
  succeededAt: Date | null;
};
type RunRequest = { at: Date; by: string; payload: Record<string, unknown> };

export const jobStates = defineCollection<JobState>()('jobStates', {});

/**
 * A past time: the lease is free. Only a run that ended writes this value. A run that was cut off leaves its own
 * lease time.
 */
const FREE = new Date(0);

/** Creates the state of jobs that have none, and the missing fields of those that have one. */
export async function beginJobs(database: Database, names: readonly string[]): Promise<void> {
  const none = { paused: null, asked: null, last: null, startedAt: null, wholeAt: null, succeededAt: null };
  const first = { ...none, epoch: 0, leaseUntil: FREE, cutOffs: 0, knownSince: '$$NOW' };
  const kept = Object.entries(first).map(([field, value]) => [field, { $ifNull: [`$${field}`, value] }]);
  const update = [{ $set: Object.fromEntries(kept) }];
  const writes = names.map((_id) => ({ updateOne: { filter: { _id }, update, upsert: true } }));
  await jobStates(database).bulkWrite(writes, { ordered: false });
}

/** True for a run with a payload (dry, or of one date): such a run does not replace the scheduled one. */
const AS_ASKED = { $gt: [{ $ifNull: ['$asked.payload', { $literal: {} }] }, { $literal: {} }] };

/** Takes the lease of a job. Null when the job is paused or another process runs it. */
export async function takeJob(database: Database, name: string, leaseMs: number): Promise<JobState | null> {
  return jobStates(database).findOneAndUpdate(
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

/** Renews the lease. False when the job was paused or another process runs it now. */
export async function renewJob(
  database: Database,
  name: string,
  epoch: number,
  leaseMs: number,
): Promise<boolean> {
  const kept = await jobStates(database).updateOne({ _id: name, epoch, paused: null }, [
    { $set: { leaseUntil: { $add: ['$$NOW', leaseMs] } } },
  ]);
  return kept.matchedCount === 1;
}

/** False when the job was paused or another process runs it now. */
export async function isStillOurs(database: Database, name: string, epoch: number): Promise<boolean> {
  const found = await jobStates(database).findOne(
    { _id: name, epoch, paused: null },
    { projection: { _id: 1 } },
  );
  return found !== null;
}

/**
 * Releases the lease and stores what the run did. False when another run has begun since: then that run's result
 * counts.
 */
export async function endJob(database: Database, state: JobState, run: JobRun): Promise<boolean> {
  const { _id, epoch, asked } = state;
  const ended = await jobStates(database).updateOne(
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
    await jobStates(database).updateOne({ _id, 'asked.at': asked.at }, { $set: { asked: null } });
  }
  return true;
}

/** Pauses a job. `paused` null resumes the job. */
export async function pauseJob(database: Database, name: string, paused: JobState['paused']): Promise<void> {
  await jobStates(database).updateOne({ _id: name }, { $set: { paused } });
}

/** The state of a job, whether a run is under way by the database's clock, and whether the last run was cut off. */
export type JobNow = JobState & { running: boolean; cutOff: boolean };

export async function readJobs(database: Database): Promise<Map<string, JobNow>> {
  const running = { $gt: ['$leaseUntil', '$$NOW'] };
  const cutOff = { $and: [{ $gt: ['$leaseUntil', FREE] }, { $lte: ['$leaseUntil', '$$NOW'] }] };
  const found = await jobStates(database)
    .aggregate<JobNow>([{ $addFields: { running, cutOff } }])
    .toArray();
  return new Map(found.map((jobNow) => [jobNow._id, jobNow]));
}

/** Documents of the Agenda library: one per job, with the time of its next start. */
type Scheduled = { name: string; nextRunAt: Date | null; lockedAt?: Date | null };
const schedules = (database: Database) => database.db.collection<Scheduled>('jobs');

export async function nextStarts(database: Database): Promise<Map<string, Date | null>> {
  const found = await schedules(database)
    .find({}, { projection: { name: 1, nextRunAt: 1 } })
    .toArray();
  return new Map(found.map(({ name, nextRunAt }) => [name, nextRunAt]));
}

/**
 * Asks for a run. A worker begins the run within seconds, within a minute or two when another run of the job has
 * just ended, or at its start when no worker is running. Resolves to the earlier request that has not ended, which
 * then stays in force; null when there was none.
 */
export async function askForRun(
  database: Database,
  name: string,
  asked: RunRequest,
): Promise<RunRequest | null> {
  // Stores the request before the time: a worker that meets the time must find the request.
  const set = { asked: { $ifNull: ['$asked', { $literal: asked }] } };
  const before = await jobStates(database).findOneAndUpdate({ _id: name }, [{ $set: set }], {
    projection: { asked: 1 },
  });
  await makeDue(database, [name]);
  return before?.asked ?? null;
}

/**
 * Makes jobs due whose requested run has not ended: the request came while no worker ran, or while another run of
 * the job ended.
 */
export async function makeAskedDue(database: Database, names: readonly string[]): Promise<void> {
  const wished = { _id: { $in: [...names] }, asked: { $ne: null } };
  const asked = await jobStates(database)
    .find(wished, { projection: { _id: 1 }, hint: { _id: 1 } })
    .toArray();
  await makeDue(
    database,
    asked.map(({ _id }) => _id),
  );
}

/**
 * A lock at most this far ahead of the database's clock, ms, belongs to a worker whose clock is ahead, and expires
 * by itself.
 */
const LOCK_AHEAD_MS = 60_000;

/**
 * Makes interval jobs (name and interval, ms) due whose next start is further away than their interval, and removes
 * locks from the future. Agenda writes both by the clock of the worker that runs a job, and a restart of the worker
 * does not correct them: after that clock was set back, or its worker died, no worker would run the job for as long
 * as the clock had been ahead.
 */
export async function makeAheadDue(
  database: Database,
  intervals: ReadonlyMap<string, number>,
): Promise<void> {
  const writes = [...intervals].map(([name, ms]) => ({
    updateOne: {
      filter: { name, $expr: { $gt: ['$nextRunAt', { $add: ['$$NOW', ms] }] } },
      update: [{ $set: { nextRunAt: '$$NOW' } }],
    },
  }));
  if (writes.length > 0) await schedules(database).bulkWrite(writes, { ordered: false });
  const locked = { $expr: { $gt: ['$lockedAt', { $add: ['$$NOW', LOCK_AHEAD_MS] }] } };
  await schedules(database).updateMany(locked, { $set: { lockedAt: null } });
}

/** Makes jobs due at once. Only a job that a worker has started before has a document to update. */
export async function makeDue(database: Database, names: readonly string[]): Promise<void> {
  await schedules(database).updateMany({ name: { $in: [...names] } }, [{ $set: { nextRunAt: '$$NOW' } }]);
}

/** What a run did, by name, such as "expired" or "found". Never anything about one person. */
export type Counts = Record<string, number>;

/** How one run of a background job ended. */
export type JobRun = {
  job: string;
  startedAt: Date;
  endedAt: Date;
  outcome: 'done' | 'failed';
  counts: Counts;
  /** Class of the error. Never its message, which may quote a number or a text. Null when the outcome is `done`. */
  why: string | null;
  /** Id of the API key that asked for the run. Null for a scheduled run. */
  askedBy: string | null;
};
export type JobRunDoc = JobRun & { _id: ObjectId };

/** Number of runs kept of each job. */
export const RUNS_KEPT = 50;

export const jobRuns = defineCollection<JobRunDoc>()('jobRuns', {
  'of-job': { key: { job: 1, startedAt: -1 } },
});

/** Stores a run, and deletes the oldest runs beyond `RUNS_KEPT`. */
export async function keepRun(database: Database, run: JobRun): Promise<void> {
  await jobRuns(database).insertOne(run as JobRunDoc);
  const [oldest] = await jobRuns(database)
    .find({ job: run.job }, { projection: { startedAt: 1 } })
    .sort({ startedAt: -1 })
    .skip(RUNS_KEPT)
    .limit(1)
    .toArray();
  if (oldest === undefined) return;
  await jobRuns(database).deleteMany({ job: run.job, startedAt: { $lte: oldest.startedAt } });
}

/** Stored runs of one job, newest first. */
export async function findRuns(database: Database, job: string, limit: number): Promise<JobRunDoc[]> {
  return jobRuns(database).find({ job }).sort({ startedAt: -1 }).limit(limit).toArray();
}
