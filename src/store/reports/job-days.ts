import { Schema } from 'mongoose';
import type { JobDay } from '../../domain/reports/job-counts.ts';
import type { Store } from '../store.ts';
import { REPORT_MS } from './removals.ts';

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
