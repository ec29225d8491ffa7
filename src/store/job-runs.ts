import type { ObjectId } from 'mongodb';
import { Schema } from 'mongoose';
import type { Store } from './store.ts';

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
