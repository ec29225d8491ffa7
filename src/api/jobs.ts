import { z } from 'zod';
import { listJobRuns, listJobs, pauseJobRuns, requestJobRun, resumeJobRuns } from '../jobs/job-control.ts';
import { type Job, scheduleWords } from '../jobs/job-runner.ts';
import { JOBS } from '../jobs/job-table.ts';
import { Problem, unusable } from './http/problems.ts';
import { type ApiRequest, type ApiRoute, actorOf, defineRoute } from './http/route.ts';
import { iso, isoOrNull, plainLine, shape, time } from './http/shapes.ts';
import { listOrphans, orphansAnswer } from './incidents.ts';
import { drift, driftAnswer, driftQuery } from './reports/opt-out-drift.ts';
import { RETENTION_ROUTES } from './retention.ts';

const names = JOBS.map(({ name }) => name) as [string, ...string[]];

const jobParams = z.strictObject({
  name: z
    .enum(names, 'It must be the name of a job, as GET /jobs lists it.')
    .meta({ description: 'The name of a job, from GET /jobs.' }),
});
const pauseBody = shape('PauseJobRequest', {
  reason: plainLine(3, 200).meta({ description: 'Why the job is paused. Stored in the clear.' }),
});
const resumeBody = shape('ResumeJobRequest', {});
const runBody = shape('RunJobRequest', {
  date: z.iso
    .date()
    .optional()
    .meta({ description: 'The day to work on, for jobs that take one.', examples: ['2026-01-05'] }),
  dry: z
    .boolean()
    .optional()
    .meta({ description: 'Counts what the run would do, and writes nothing. For jobs that take it.' }),
});

const run = shape('JobRun', {
  started_at: time,
  ended_at: time,
  outcome: z.enum(['done', 'failed']),
  counts: z.record(z.string(), z.number()).meta({ description: 'What the run did, in numbers.' }),
  why: z.string().nullable().meta({
    description:
      'The kind of the error; the log has its message. `stopped early`: the run had to stop before it had done anything.',
  }),
  asked_for: z
    .boolean()
    .meta({ description: 'Whether a person asked for the run. False for a scheduled run.' }),
});
const job = shape('Job', {
  name: z.string(),
  what: z.string().meta({ description: 'What the job does, in a sentence.' }),
  schedule: z.string().meta({ examples: ['30 seconds', '20 4 * * * America/New_York'] }),
  payload: z.record(z.string(), z.unknown()).meta({
    description: 'JSON Schema of the options that a requested run may have. A scheduled run has none.',
  }),
  lease_seconds: z
    .number()
    .meta({ description: 'After so many seconds without a sign of life another worker takes the run.' }),
  budget: shape('JobBudget', {
    items: z
      .number()
      .nullable()
      .meta({ description: 'How many items one run processes at most. Null: all that are due.' }),
    seconds: z.number().meta({ description: 'A run stops at its next item after so many seconds.' }),
  }),
  essential: z
    .string()
    .nullable()
    .meta({ description: 'Why the job cannot be paused. Null: it can be paused.' }),
  next_run_at: time.nullable().meta({ description: 'Null: no worker has started here yet.' }),
  running_since: time.nullable(),
  asked_at: time.nullable().meta({ description: 'When somebody asked for a run that has not ended yet.' }),
  paused: shape('JobPause', { at: time, reason: z.string() })
    .nullable()
    .meta({ description: 'Null: the job is not paused.' }),
  last: run.nullable().meta({ description: 'The last run that ended.' }),
  succeeded_at: time.nullable().meta({ description: 'When a run last succeeded.' }),
});
const jobsAnswer = shape('JobList', { items: z.array(job) });
const runsAnswer = shape('JobRunList', { items: z.array(run) });

type RunNow = ApiRequest<{ params: typeof jobParams; body: typeof runBody }>;

async function runNow({ context, key, params, body }: RunNow) {
  const asking = await requestJobRun(context, jobOf(params.name), { actor: actorOf(key), payload: body });
  switch (asking.kind) {
    case 'asked':
      return shown(asking.status);
    case 'wrong-payload':
      throw unusable(asking.field, 'This job does not take this field.');
    case 'running':
      throw new Problem(
        'not-possible',
        `It has been running since ${isoOrNull(asking.since)}. Ask again when it has ended.`,
      );
    case 'paused':
      throw new Problem('not-possible', `It is paused: ${asking.reason} Resume it first.`);
    case 'other-run': {
      const other = `Another run of it, with ${JSON.stringify(asking.payload)}, was asked for and has not ended.`;
      throw new Problem('conflict', `${other} Ask again when it has.`);
    }
  }
}

type Pause = ApiRequest<{ params: typeof jobParams; body: typeof pauseBody }>;

async function pause({ context, key, params, body }: Pause) {
  const done = await pauseJobRuns(context, jobOf(params.name), { actor: actorOf(key), reason: body.reason });
  if (done.kind === 'essential') throw new Problem('not-possible', `It cannot be paused: ${done.why}.`);
  return shown(done.status);
}

function jobOf(name: string): Job {
  const found = JOBS.find((job) => job.name === name);
  if (found === undefined) throw new Problem('not-found', 'There is no job of this name.');
  return found;
}

function shown(status: Awaited<ReturnType<typeof listJobs>>[number]) {
  const { name, what, schedule, payload, leaseSeconds, budget, essential } = status.job;
  const { paused, last } = status;
  return {
    name,
    what,
    schedule: scheduleWords(schedule),
    payload: z.toJSONSchema(payload),
    lease_seconds: leaseSeconds,
    budget: { items: budget.items, seconds: budget.ms / 1000 },
    essential,
    next_run_at: isoOrNull(status.nextRunAt),
    running_since: isoOrNull(status.runningSince),
    asked_at: isoOrNull(status.askedAt),
    paused: paused === null ? null : { at: iso(paused.at), reason: paused.reason },
    last: last === null ? null : shownRun(last),
    succeeded_at: isoOrNull(status.succeededAt),
  };
}

const shownRun = (ended: Awaited<ReturnType<typeof listJobRuns>>[number]) => ({
  started_at: iso(ended.startedAt),
  ended_at: iso(ended.endedAt),
  outcome: ended.outcome,
  counts: ended.counts,
  why: ended.why,
  asked_for: ended.isAskedFor,
});

const act = {
  method: 'post',
  scope: 'jobs:manage',
  params: jobParams,
  answer: job,
} as const;

/** The background jobs, which run in the workers, and their results. */
export const JOB_ROUTES: readonly ApiRoute[] = [
  defineRoute({
    method: 'get',
    path: '/jobs',
    id: 'listJobs',
    returns: 'All background jobs.',
    scope: 'jobs:read',
    summary: 'List the background jobs: when each runs next, what its last run did, whether it is paused.',
    answer: jobsAnswer,
    handle: async ({ context }) => ({ items: (await listJobs(context)).map(shown) }),
  }),
  defineRoute({
    method: 'get',
    path: '/jobs/{name}/runs',
    id: 'listJobRuns',
    returns: 'The kept runs of the job, the newest first.',
    scope: 'jobs:read',
    summary:
      'List the kept runs of a job, newest first: those that did something or failed, and about one idle run an hour.',
    params: jobParams,
    answer: runsAnswer,
    handle: async ({ context, params }) => ({
      items: (await listJobRuns(context, params.name)).map(shownRun),
    }),
  }),
  defineRoute({
    ...act,
    path: '/jobs/{name}/run',
    id: 'runJob',
    returns: 'The job, with the time at which the run was asked for.',
    summary: 'Run a job now, on a worker. The run begins within seconds.',
    body: runBody,
    status: 202,
    problems: ['not-possible', 'conflict'],
    handle: runNow,
  }),
  defineRoute({
    ...act,
    path: '/jobs/{name}/pause',
    id: 'pauseJob',
    returns: 'The job as it is paused.',
    summary: 'Pause a job: no run begins until it is resumed. Essential jobs cannot be paused.',
    body: pauseBody,
    problems: ['not-possible'],
    handle: pause,
  }),
  defineRoute({
    ...act,
    path: '/jobs/{name}/resume',
    id: 'resumeJob',
    returns: 'The job with its next run.',
    summary: 'Let a paused job run again at its scheduled times.',
    body: resumeBody,
    handle: async ({ context, key, params }) =>
      shown(await resumeJobRuns(context, jobOf(params.name), actorOf(key))),
  }),
  defineRoute({
    method: 'get',
    path: '/reports/drift',
    id: 'getOptOutDrift',
    returns: 'The opt-outs that only the carrier knew, by how we learned of them.',
    scope: 'reports:read',
    summary: 'Report the opt-outs that the carrier knew and we did not, and how we learned of them.',
    query: driftQuery,
    answer: driftAnswer,
    handle: drift,
  }),
  defineRoute({
    method: 'get',
    path: '/receipts/orphans',
    id: 'getOrphanReceipts',
    returns: 'The counts of unmatched receipts, the newest day first.',
    scope: 'reports:read',
    summary: 'Count the receipts that matched no delivery, by the day on which they came.',
    answer: orphansAnswer,
    handle: listOrphans,
  }),
  ...RETENTION_ROUTES,
];
