import { isDeepStrictEqual } from 'node:util';
import type { AppContext } from '../consent/app-context.ts';
import { recordAudit } from '../consent/audit/audit.ts';
import { type Actor, storedActor } from '../domain/access/actor.ts';
import { MINUTE_MS } from '../domain/durations.ts';
import { isGivenUp } from '../domain/missed-start.ts';
import {
  askForRun,
  beginJobs,
  findRuns,
  type JobNow,
  type JobRun,
  makeAskedDue,
  nextStarts,
  pauseJob,
  RUNS_KEPT,
  readJobs,
} from '../store/jobs.ts';
import type { Job } from './job-runner.ts';
import { JOBS } from './job-table.ts';

/** How one run of a job ended. */
type RunSummary = Omit<JobRun, 'job' | 'askedBy'> & {
  /** False for a scheduled run. */
  isAskedFor: boolean;
};

/** A job of the table, and how it is doing. */
type JobStatus = {
  job: Job;
  /** Null: no worker has started here yet. */
  nextRunAt: Date | null;
  runningSince: Date | null;
  /** When somebody asked for a run that has not ended yet. */
  askedAt: Date | null;
  paused: { at: Date; by: string; reason: string } | null;
  /** Whether runs were cut off so often, one after another, that the job waits for its next time. */
  isGivenUp: boolean;
  last: RunSummary | null;
  succeededAt: Date | null;
};

/** Why somebody should look at a job. */
export type JobTrouble = 'failed' | 'late' | 'cut off' | 'paused' | 'not started';

/** A job whose start is overdue for longer is late, ms: a worker begins a due job within a minute or two. */
const LATE_MS = 3 * MINUTE_MS;

/** Null when the job runs as it must. */
export function troubleOf(
  { paused, isGivenUp: isCutOff, last, nextRunAt, runningSince }: JobStatus,
  now: Date,
): JobTrouble | null {
  if (paused !== null) return 'paused';
  if (isCutOff) return 'cut off';
  if (runningSince !== null) return null;
  if (nextRunAt === null) return 'not started';
  if (nextRunAt.getTime() < now.getTime() - LATE_MS) return 'late';
  return last?.outcome === 'failed' ? 'failed' : null;
}

type JobStore = Pick<AppContext, 'store'>;
type Change = Pick<AppContext, 'audit' | 'log' | 'now' | 'store'>;

export async function listJobs(context: JobStore): Promise<JobStatus[]> {
  return statusOf(context, JOBS);
}

/** Throws when the table has no job of this name. */
export async function showJob(context: JobStore, name: string): Promise<JobStatus> {
  return currentStatus(
    context,
    JOBS.filter((job) => job.name === name),
  );
}

/** The runs that are kept of a job, newest first: those that did something or failed, and about one idle run an hour. */
export async function listJobRuns({ store }: JobStore, name: string): Promise<RunSummary[]> {
  return (await findRuns(store, name, RUNS_KEPT)).map(summaryOf);
}

type Asking =
  | { kind: 'asked'; status: JobStatus }
  /** The job takes no such payload. `field`: the first field that is wrong. */
  | { kind: 'wrong-payload'; field: string }
  | { kind: 'running'; since: Date | null }
  | { kind: 'paused'; reason: string }
  /** Somebody asked for another run, which has not ended. */
  | { kind: 'other-run'; payload: Record<string, unknown> };

/**
 * Asks for a run, which a worker begins within seconds. A second, equal request before the run begins asks for the
 * same run.
 */
export async function requestJobRun(
  context: Change,
  job: Job,
  { actor, payload: wanted }: { actor: Actor; payload: unknown },
): Promise<Asking> {
  const payload = job.payload.safeParse(wanted);
  if (!payload.success) {
    const [issue] = payload.error.issues;
    const field = issue?.code === 'unrecognized_keys' ? issue.keys[0] : issue?.path.join('.');
    return { kind: 'wrong-payload', field: field ?? '' };
  }
  const state = await stateOf(context, job);
  if (state.running) return { kind: 'running', since: state.startedAt };
  if (state.paused !== null) return { kind: 'paused', reason: state.paused.reason };
  const asked = { at: context.now(), by: storedActor(actor), payload: payload.data };
  const pending = await askForRun(context.store, job.name, asked);
  if (pending !== null && !isDeepStrictEqual(pending.payload, asked.payload)) {
    return { kind: 'other-run', payload: pending.payload };
  }
  await recordAudit(context, { actor, act: 'job-asked', subject: jobSubject(job) });
  return { kind: 'asked', status: await currentStatus(context, [job]) };
}

/**
 * Starts no run until the job is resumed. A run under way stops at its next item. An essential job cannot be paused:
 * the answer then says why.
 */
export async function pauseJobRuns(
  context: Change,
  job: Job,
  { actor, reason }: { actor: Actor; reason: string },
): Promise<{ kind: 'paused'; status: JobStatus } | { kind: 'essential'; why: string }> {
  if (job.essential !== null) return { kind: 'essential', why: job.essential };
  await stateOf(context, job);
  await pauseJob(context.store, job.name, { at: context.now(), by: storedActor(actor), reason });
  await recordAudit(context, { actor, act: 'job-paused', subject: jobSubject(job), reason });
  return { kind: 'paused', status: await currentStatus(context, [job]) };
}

export async function resumeJobRuns(context: Change, job: Job, actor: Actor): Promise<JobStatus> {
  await pauseJob(context.store, job.name, null);
  // A run that was requested before the pause lost its time when a worker met the pause.
  await makeAskedDue(context.store, [job.name]);
  await recordAudit(context, { actor, act: 'job-resumed', subject: jobSubject(job) });
  return currentStatus(context, [job]);
}

const jobSubject = ({ name }: Job) => ({ kind: 'job', id: name }) as const;

/** Works also for a job that no worker has started yet. */
async function stateOf({ store }: JobStore, { name }: Job): Promise<JobNow> {
  await beginJobs(store, [name]);
  const state = (await readJobs(store)).get(name);
  if (state === undefined) throw new Error('the row of a job is gone');
  return state;
}

async function currentStatus(context: JobStore, jobs: readonly Job[]): Promise<JobStatus> {
  const [status] = await statusOf(context, jobs);
  if (status === undefined) throw new Error('a job has no status');
  return status;
}

async function statusOf({ store }: JobStore, jobs: readonly Job[]): Promise<JobStatus[]> {
  const [states, starts] = await Promise.all([readJobs(store), nextStarts(store)]);
  return jobs.map((job) => {
    const state = states.get(job.name);
    const last = state?.last ?? null;
    return {
      job,
      nextRunAt: starts.get(job.name) ?? null,
      runningSince: state?.running === true ? state.startedAt : null,
      askedAt: state?.asked?.at ?? null,
      paused: state?.paused ?? null,
      isGivenUp:
        state !== undefined && isGivenUp({ run: state.cutOff ? 'cut-off' : 'ended', cutOffs: state.cutOffs }),
      last: last === null ? null : summaryOf(last),
      succeededAt: state?.succeededAt ?? null,
    };
  });
}

const summaryOf = ({ startedAt, endedAt, outcome, counts, why, askedBy }: JobRun): RunSummary => ({
  startedAt,
  endedAt,
  outcome,
  counts,
  why,
  isAskedFor: askedBy !== null,
});
