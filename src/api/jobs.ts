import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { type Job, scheduleWords } from '../jobs/job-runner.ts';
import { JOBS } from '../jobs/job-table.ts';
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
import { Problem, unusable } from './http/problems.ts';
import { type ApiRequest, type ApiRoute, defineRoute } from './http/route.ts';
import { iso, isoOrNull, plainLine, time } from './http/shapes.ts';
import { listOrphans, orphansAnswer } from './incidents.ts';
import { drift, driftAnswer, driftQuery } from './reports/opt-out-drift.ts';
import * as retention from './retention.ts';

const names = JOBS.map(({ name }) => name) as [string, ...string[]];

const jobParams = z.strictObject({
  name: z.enum(names, 'There is no job of this name; GET /jobs lists them.'),
});
const pauseBody = z.strictObject({ reason: plainLine(3, 200) });
const resumeBody = z.strictObject({});
const runBody = z.strictObject({
  date: z.iso
    .date()
    .optional()
    .meta({ description: 'The day to work on, for jobs that take one.', examples: ['2026-01-05'] }),
  dry: z
    .boolean()
    .optional()
    .meta({ description: 'For jobs that take it: counts what it would do, and writes nothing.' }),
});

const run = z.strictObject({
  started_at: time,
  ended_at: time,
  outcome: z.enum(['done', 'failed']),
  counts: z.record(z.string(), z.number()).meta({ description: 'What it did, in numbers.' }),
  why: z.string().nullable().meta({
    description:
      'Kind of the error, whose words are in the log; `stopped early`: it had to stop before anything was done.',
  }),
  asked_for: z.boolean().meta({ description: 'Whether a person asked for it, or its time had come.' }),
});
const job = z.strictObject({
  name: z.string(),
  what: z.string(),
  schedule: z.string().meta({ examples: ['30 seconds', '20 4 * * * America/New_York'] }),
  payload: z.record(z.string(), z.unknown()).meta({
    description: 'JSON Schema of what a run that is asked for may say; a scheduled run says nothing.',
  }),
  lease_seconds: z.number(),
  budget: z.strictObject({
    items: z.number().nullable().meta({ description: 'Most of one run; null: all that is due.' }),
    seconds: z.number().meta({ description: 'After these a run stops at its next item.' }),
  }),
  essential: z.string().nullable().meta({ description: 'Why it cannot be paused; null: it can.' }),
  next_run_at: time.nullable().meta({ description: 'Null: no worker has started here yet.' }),
  running_since: time.nullable(),
  asked_at: time.nullable().meta({ description: 'A run was asked for that has not ended yet.' }),
  paused: z.strictObject({ at: time, reason: z.string() }).nullable(),
  last: run.nullable(),
  succeeded_at: time.nullable(),
});
const jobAnswer = job;
const jobsAnswer = z.strictObject({ items: z.array(job) });
const runsAnswer = z.strictObject({ items: z.array(run) });

async function listJobs({ context }: ApiRequest<object>) {
  const [states, starts] = await Promise.all([readJobs(context.store), nextStarts(context.store)]);
  return { items: JOBS.map((job) => shown(job, states.get(job.name), starts.get(job.name))) };
}

type OfJob = ApiRequest<{ params: typeof jobParams }>;

/** Runs that did something or failed, and about one idle run per hour. */
async function listRuns({ context, params }: OfJob) {
  return { items: (await findRuns(context.store, params.name, RUNS_KEPT)).map(shownRun) };
}

type RunNow = ApiRequest<{ params: typeof jobParams; body: typeof runBody }>;

/**
 * Asks for a run, which a worker begins within seconds. A second, equal request before the run begins asks for the
 * same run.
 */
async function runNow({ context, key, params, body }: RunNow) {
  const of = jobOf(params.name);
  const payload = of.payload.safeParse(body);
  if (!payload.success) {
    const [issue] = payload.error.issues;
    const field = issue?.code === 'unrecognized_keys' ? issue.keys[0] : issue?.path.join('.');
    throw unusable(field ?? '', 'This job does not take it.');
  }
  const state = await stateOf(context, of);
  if (state.running) {
    const since = isoOrNull(state.startedAt);
    throw new Problem('not-possible', `It has been running since ${since}. Ask again when it has ended.`);
  }
  if (state.paused !== null) {
    throw new Problem('not-possible', `It is paused: ${state.paused.reason} Resume it first.`);
  }
  const asked = { at: context.now(), by: key.id, payload: payload.data };
  const pending = await askForRun(context.store, of.name, asked);
  if (pending !== null && !isDeepStrictEqual(pending.payload, asked.payload)) {
    const other = `Another run of it, with ${JSON.stringify(pending.payload)}, was asked for and has not ended.`;
    throw new Problem('conflict', `${other} Ask again when it has.`);
  }
  context.log.info({ key: key.id, job: of.name }, 'a run of a job was asked for');
  return current(context, of);
}

type Pause = ApiRequest<{ params: typeof jobParams; body: typeof pauseBody }>;

/** Starts no run until the job is resumed. A run under way stops at its next item. */
async function pause({ context, key, params, body }: Pause) {
  const of = jobOf(params.name);
  if (of.essential !== null) {
    throw new Problem('not-possible', `It cannot be paused: ${of.essential}.`);
  }
  await stateOf(context, of);
  await pauseJob(context.store, of.name, { at: context.now(), by: key.id, reason: body.reason });
  context.log.info({ key: key.id, job: of.name, reasonLength: body.reason.length }, 'a job was paused');
  return current(context, of);
}

async function resume({ context, key, params }: OfJob) {
  const of = jobOf(params.name);
  await pauseJob(context.store, of.name, null);
  // A run that was requested before the pause lost its time when a worker met the pause.
  await makeAskedDue(context.store, [of.name]);
  context.log.info({ key: key.id, job: of.name }, 'a job was resumed');
  return current(context, of);
}

function jobOf(name: string): Job {
  const found = JOBS.find((job) => job.name === name);
  if (found === undefined) throw new Problem('not-found', 'There is no job of this name.');
  return found;
}

/** Works also for a job that no worker has started yet. */
async function stateOf({ store }: ApiRequest<object>['context'], { name }: Job): Promise<JobNow> {
  await beginJobs(store, [name]);
  const state = (await readJobs(store)).get(name);
  if (state === undefined) throw new Error('the row of a job is gone');
  return state;
}

async function current({ store }: ApiRequest<object>['context'], of: Job) {
  const [states, starts] = await Promise.all([readJobs(store), nextStarts(store)]);
  return shown(of, states.get(of.name), starts.get(of.name));
}

function shown(of: Job, state: JobNow | undefined, next: Date | null | undefined) {
  const { name, what, schedule, payload, leaseSeconds, budget, essential } = of;
  const { paused = null, last = null } = state ?? {};
  return {
    name,
    what,
    schedule: scheduleWords(schedule),
    payload: z.toJSONSchema(payload),
    lease_seconds: leaseSeconds,
    budget: { items: budget.items, seconds: budget.ms / 1000 },
    essential,
    next_run_at: isoOrNull(next),
    running_since: state?.running === true ? isoOrNull(state.startedAt) : null,
    asked_at: isoOrNull(state?.asked?.at),
    paused: paused === null ? null : { at: iso(paused.at), reason: paused.reason },
    last: last === null ? null : shownRun(last),
    succeeded_at: isoOrNull(state?.succeededAt),
  };
}

const shownRun = ({ startedAt, endedAt, outcome, counts, why, askedBy }: JobRun) => ({
  started_at: iso(startedAt),
  ended_at: iso(endedAt),
  outcome,
  counts,
  why,
  asked_for: askedBy !== null,
});

const one = {
  method: 'post',
  scope: 'jobs:manage',
  params: jobParams,
  answer: jobAnswer,
} as const;

/** The background jobs, which run in the workers, and their results. */
export const JOB_ROUTES: readonly ApiRoute[] = [
  defineRoute({
    method: 'get',
    path: '/jobs',
    scope: 'jobs:read',
    summary: 'List the background jobs: when each runs next, what its last run did, whether it is paused.',
    answer: jobsAnswer,
    handle: listJobs,
  }),
  defineRoute({
    method: 'get',
    path: '/jobs/{name}/runs',
    scope: 'jobs:read',
    summary:
      'List the kept runs of a job, newest first: what did something or failed, of idle ones about one an hour.',
    params: jobParams,
    answer: runsAnswer,
    handle: listRuns,
  }),
  defineRoute({
    ...one,
    path: '/jobs/{name}/run',
    summary: 'Run a job now, on a worker; it begins within seconds.',
    body: runBody,
    status: 202,
    problems: ['not-possible', 'conflict'],
    handle: runNow,
  }),
  defineRoute({
    ...one,
    path: '/jobs/{name}/pause',
    summary: 'Begin no run of a job until it is resumed. Those that a promise depends on go on.',
    body: pauseBody,
    problems: ['not-possible'],
    handle: pause,
  }),
  defineRoute({
    ...one,
    path: '/jobs/{name}/resume',
    summary: 'Let a paused job run again at its times.',
    body: resumeBody,
    handle: resume,
  }),
  defineRoute({
    method: 'get',
    path: '/reports/drift',
    scope: 'reports:read',
    summary: 'Report the opt-outs that the carrier knew and we did not, and how we came to know.',
    query: driftQuery,
    answer: driftAnswer,
    handle: drift,
  }),
  defineRoute({
    method: 'get',
    path: '/receipts/orphans',
    scope: 'reports:read',
    summary: 'Count the receipts that never found a delivery, by the day on which they came.',
    answer: orphansAnswer,
    handle: listOrphans,
  }),
  defineRoute({
    method: 'get',
    path: '/retention',
    scope: 'jobs:read',
    summary: 'Show what is kept, for how long and why, and how far back words are gone.',
    answer: retention.retentionAnswer,
    handle: retention.showRetention,
  }),
  defineRoute({
    method: 'put',
    path: '/retention',
    scope: 'jobs:manage',
    summary: 'Set for how many days the words of texts and messages are kept.',
    body: retention.retentionBody,
    answer: retention.retentionAnswer,
    handle: retention.putRetention,
  }),
];
