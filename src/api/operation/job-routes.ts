import { drift, driftAnswer, driftQuery } from '../hygiene/drift.ts';
import { listOrphans, orphansAnswer } from '../hygiene/orphans.ts';
import { entry, type Route } from '../route.ts';
import * as jobs from './jobs.ts';
import * as retention from './retention.ts';

const one = {
  method: 'post',
  scope: 'jobs:manage',
  params: jobs.jobParams,
  answer: jobs.jobAnswer,
} as const;

/** The background jobs, which run in the workers whoever answers here, and what they found. */
export const JOB_ROUTES: readonly Route[] = [
  entry({
    method: 'get',
    path: '/jobs',
    scope: 'jobs:read',
    summary: 'List the background jobs: when each runs next, what its last run did, whether it is paused.',
    answer: jobs.jobsAnswer,
    handle: jobs.listJobs,
  }),
  entry({
    method: 'get',
    path: '/jobs/{name}/runs',
    scope: 'jobs:read',
    summary:
      'List the kept runs of a job, newest first: what did something or failed, of idle ones about one an hour.',
    params: jobs.jobParams,
    answer: jobs.runsAnswer,
    handle: jobs.listRuns,
  }),
  entry({
    ...one,
    path: '/jobs/{name}/run',
    summary: 'Run a job now, on a worker; it begins within seconds.',
    body: jobs.runBody,
    status: 202,
    problems: ['not-possible', 'conflict'],
    handle: jobs.runNow,
  }),
  entry({
    ...one,
    path: '/jobs/{name}/pause',
    summary: 'Begin no run of a job until it is resumed. Those that a promise depends on go on.',
    body: jobs.pauseBody,
    problems: ['not-possible'],
    handle: jobs.pause,
  }),
  entry({
    ...one,
    path: '/jobs/{name}/resume',
    summary: 'Let a paused job run again at its times.',
    body: jobs.resumeBody,
    handle: jobs.resume,
  }),
  entry({
    method: 'get',
    path: '/reports/drift',
    scope: 'reports:read',
    summary: 'Report the opt-outs that the carrier knew and we did not, and how we came to know.',
    query: driftQuery,
    answer: driftAnswer,
    handle: drift,
  }),
  entry({
    method: 'get',
    path: '/receipts/orphans',
    scope: 'reports:read',
    summary: 'Count the receipts that never found a delivery, by the day on which they came.',
    answer: orphansAnswer,
    handle: listOrphans,
  }),
  entry({
    method: 'get',
    path: '/retention',
    scope: 'jobs:read',
    summary: 'Show what is kept, for how long and why, and how far back words are gone.',
    answer: retention.retentionAnswer,
    handle: retention.showRetention,
  }),
  entry({
    method: 'put',
    path: '/retention',
    scope: 'jobs:manage',
    summary: 'Set for how many days the words of texts and messages are kept.',
    body: retention.retentionBody,
    answer: retention.retentionAnswer,
    handle: retention.putRetention,
  }),
];
