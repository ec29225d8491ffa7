import { z } from 'zod';
import { plainLine } from '../../api/http/shapes.ts';
import { actorText, readActor } from '../../domain/access/actor.ts';
import { may } from '../../domain/access/permissions.ts';
import { showTime } from '../../domain/console-time.ts';
import {
  type JobTrouble,
  listJobRuns,
  listJobs,
  pauseJobRuns,
  requestJobRun,
  resumeJobRuns,
  troubleOf,
} from '../../jobs/job-control.ts';
import { scheduleWords } from '../../jobs/job-runner.ts';
import { JOBS } from '../../jobs/job-table.ts';
import { actorName } from '../actor-name.ts';
import { fromNow } from '../from-now.ts';
import { definePage, type PageCall } from '../page.ts';
import { actorOf } from '../viewer.ts';
import { FRESH, type Shown, typedIn } from './queue.ts';

type Status = Awaited<ReturnType<typeof listJobs>>[number];
type Run = NonNullable<Status['last']>;

const STATES: Readonly<Record<JobTrouble | 'running' | 'good', { sign: string; word: string }>> = {
  failed: { sign: 'stop', word: 'Failed' },
  late: { sign: 'stop', word: 'Late' },
  'cut off': { sign: 'stop', word: 'Cut off' },
  paused: { sign: 'wait', word: 'Paused' },
  'not started': { sign: 'off', word: 'Not started' },
  running: { sign: 'note', word: 'Runs now' },
  good: { sign: 'good', word: 'On time' },
};

const TROUBLE_SENTENCES: Readonly<Record<JobTrouble, string>> = {
  failed: 'Its last run failed. It runs again at its next time; the log of the worker has the error.',
  late: 'Its time has passed and no worker began it. Check that a worker is running.',
  'cut off':
    'Its worker died in three runs one after another. It waits for its next time, or for a run by hand.',
  paused: 'It is paused: no run begins until somebody resumes it.',
  'not started': 'No worker has started it here yet.',
};

/** "3 expired, 12 looked at", or that the run found nothing to do. */
function resultWords({ t }: Pick<PageCall, 't'>, { outcome, counts, why }: Run): string {
  if (outcome === 'failed') return t('failed: {why}', { why: why ?? t('an error') });
  const done = Object.entries(counts).filter(([, count]) => count > 0);
  if (done.length === 0) return t('nothing was due');
  return done
    .map(([what, count]) => `${count.toLocaleString('en-US')} ${what.replaceAll('_', ' ')}`)
    .join(', ');
}

function shownRun(call: PageCall, run: Run) {
  const { viewer, t } = call;
  const ms = run.endedAt.getTime() - run.startedAt.getTime();
  return {
    at: showTime(run.startedAt, viewer.zone, viewer.language),
    seconds: `${(Math.max(0, ms) / 1000).toFixed(1)} s`,
    words: resultWords(call, run),
    isFailed: run.outcome === 'failed',
    by: run.isAskedFor ? t('asked for by hand') : t('by schedule'),
  };
}

/** A schedule for people: "every 5 minutes", "at 3:10 every day, New York". */
function whenWords({ t }: Pick<PageCall, 't'>, { schedule }: Status['job']): string {
  if (!('cron' in schedule)) return t('every {time}', { time: scheduleWords(schedule) });
  const [minute = '', hour = ''] = schedule.cron.split(' ');
  const zone = schedule.zone.split('/').at(-1)?.replaceAll('_', ' ') ?? schedule.zone;
  return t('every day at {hour}:{minute}, {zone} time', { hour, minute: minute.padStart(2, '0'), zone });
}

function shownJob(call: PageCall, status: Status) {
  const { context, viewer, t } = call;
  const now = context.now();
  const trouble = troubleOf(status, now);
  const state = STATES[trouble ?? (status.runningSince === null ? 'good' : 'running')];
  const time = (at: Date | null) => (at === null ? null : showTime(at, viewer.zone, viewer.language));
  return {
    name: status.job.name,
    what: status.job.what,
    when: whenWords(call, status.job),
    trouble,
    state: { sign: state.sign, word: t(state.word) },
    last: status.last === null ? null : shownRun(call, status.last),
    next: time(status.nextRunAt),
    nextIn: status.nextRunAt === null ? null : fromNow(status.nextRunAt, now, viewer.language),
    asked: time(status.askedAt),
  };
}

const BROKEN: readonly JobTrouble[] = ['failed', 'late', 'cut off'];

type ShownJob = ReturnType<typeof shownJob>;

/** What the page says first: whether each job ran when it had to, or which did not. */
function answerOf(call: PageCall, jobs: readonly ShownJob[]) {
  const { t } = call;
  const named = (wanted: readonly JobTrouble[]) =>
    jobs.filter(({ trouble }) => trouble !== null && wanted.includes(trouble)).map(({ name }) => name);
  const [broken, paused] = [named(BROKEN), named(['paused'])];
  const count = jobs.length;
  if (named(['not started']).length === count) {
    const cause = t('Jobs run in the workers. Start one: npm start does.');
    return { sign: 'off', sentence: t('No job has run here yet.'), cause };
  }
  if (broken.length > 0) return brokenAnswer(call, broken, count);
  if (paused.length > 0) {
    const words =
      '1 job is paused; none of the others is late. || {count} jobs are paused; none of the others is late.';
    return { sign: 'wait', sentence: t(words, { count: paused.length }), cause: paused.join(', ') };
  }
  const cause = t(
    'Jobs run in the workers, one process at a time. A job that was cut off goes on where it stopped.',
  );
  return { sign: 'good', sentence: t('None of the {count} jobs is late.', { count }), cause };
}

function brokenAnswer({ t }: Pick<PageCall, 't'>, broken: readonly string[], all: number) {
  const words = '1 of {all} jobs did not run as it must. || {count} of {all} jobs did not run as they must.';
  return { sign: 'stop', sentence: t(words, { count: broken.length, all }), cause: broken.join(', ') };
}

/** Jobs that need somebody stand first, the others in the order of the table. */
const FIRST: readonly (JobTrouble | null)[] = ['failed', 'late', 'cut off', 'paused'];
const rankOf = ({ trouble }: ShownJob): number => (FIRST.includes(trouble) ? 0 : 1);

const list = definePage({
  method: 'get',
  path: '/jobs',
  permission: 'jobs:read',
  handle: async (call) => {
    const jobs = (await listJobs(call.context)).map((status) => shownJob(call, status));
    await call.show('setup/jobs', {
      title: call.t('Jobs'),
      answer: answerOf(call, jobs),
      jobs: [...jobs].sort((a, b) => rankOf(a) - rankOf(b)),
    });
  },
});

const NAMES = new Set(JOBS.map(({ name }) => name));

async function statusOf({ context, request }: PageCall): Promise<Status | null> {
  const name = String(request.params.name);
  if (!NAMES.has(name)) return null;
  return (await listJobs(context)).find(({ job }) => job.name === name) ?? null;
}

/** The options that somebody may give to a run of this job by hand. */
function optionsOf({ payload }: Status['job']): { date: boolean; dry: boolean } {
  const { properties = {} } = z.toJSONSchema(payload) as { properties?: Record<string, unknown> };
  return { date: 'date' in properties, dry: 'dry' in properties };
}

function pauseWords(call: PageCall, { paused }: Status) {
  if (paused === null) return null;
  const by = actorName(actorText(readActor(paused.by)), call);
  const at = showTime(paused.at, call.viewer.zone, call.viewer.language);
  return call.t('Paused by {by} on {at}.', { by, at });
}

async function showJob(call: PageCall, { typed, fault, status: code }: Shown = FRESH): Promise<void> {
  const { context, show, t, viewer } = call;
  const status = await statusOf(call);
  if (status === null) return show('not-found', { title: t('Nothing is here') }, 404);
  const job = shownJob(call, status);
  const runs = await listJobRuns(context, job.name);
  await show(
    'setup/job',
    {
      title: job.name,
      ...{ job, typed, fault },
      sentence: job.trouble === null ? null : t(TROUBLE_SENTENCES[job.trouble]),
      essential: status.job.essential,
      isRunning: status.runningSince !== null,
      paused:
        status.paused === null ? null : { words: pauseWords(call, status), reason: status.paused.reason },
      options: optionsOf(status.job),
      mayManage: may(viewer.role, 'jobs:manage'),
      runs: runs.map((run) => shownRun(call, run)),
    },
    code,
  );
}

const details = definePage({
  method: 'get',
  path: '/jobs/:name',
  permission: 'jobs:read',
  handle: (call) => showJob(call),
});

const addressOf = ({ job }: Status): string => `/console/jobs/${job.name}`;

/** A form of one job. `act` resolves to the fault of what was typed; null when it was done. */
const jobForm = (path: string, act: (call: PageCall, status: Status) => Promise<string | null>) =>
  definePage({
    method: 'post',
    path: `/jobs/:name/${path}`,
    permission: 'jobs:manage',
    handle: async (call) => {
      const status = await statusOf(call);
      if (status === null) return call.show('not-found', { title: call.t('Nothing is here') }, 404);
      const fault = await act(call, status);
      if (fault !== null) await showJob(call, { typed: typedIn(call), fault, status: 422 });
    },
  });

const runForm = z.object({ date: z.string().max(10).prefault(''), dry: z.literal('yes').optional() });

const runNow = jobForm('run', async (call, status) => {
  const { context, request, viewer, t } = call;
  const { data } = runForm.safeParse(request.body);
  if (data === undefined) return t('Type a day, or leave it empty.');
  const payload = {
    ...(data.date === '' ? {} : { date: data.date }),
    ...(data.dry === undefined ? {} : { dry: true }),
  };
  const asking = await requestJobRun(context, status.job, { actor: actorOf(viewer), payload });
  switch (asking.kind) {
    case 'asked':
      call.go(addressOf(status), { kind: 'good', text: t('Asked for. A worker begins it within seconds.') });
      return null;
    case 'running':
      return t('It runs just now. Ask again when that run has ended.');
    case 'paused':
      return t('It is paused. Resume it first.');
    case 'other-run':
      return t('Another run of it was asked for and has not ended. Ask again when it has.');
    case 'wrong-payload':
      return asking.field === 'date' ? t('There is no such day.') : t('This job takes no such option.');
  }
});

/** It is kept in the clear. */
const pauseForm = z.object({ reason: z.string().trim().pipe(plainLine(3, 200)) });

const pause = jobForm('pause', async (call, status) => {
  const { context, request, viewer, t } = call;
  if (status.job.essential !== null) return t('It cannot be paused: {why}.', { why: status.job.essential });
  const { data } = pauseForm.safeParse(request.body);
  if (data === undefined) return t('Say why, in one line of 3 to 200 letters, without a phone number.');
  await pauseJobRuns(context, status.job, { actor: actorOf(viewer), reason: data.reason });
  call.go(addressOf(status), { kind: 'wait', text: t('Paused. No run of it begins until you resume it.') });
  return null;
});

const resume = jobForm('resume', async (call, status) => {
  const { context, viewer, t } = call;
  await resumeJobRuns(context, status.job, actorOf(viewer));
  call.go(addressOf(status), { kind: 'good', text: t('Resumed. It runs again at its next time.') });
  return null;
});

/** The background jobs: whether they ran, what they did, and what somebody may do about it. */
export const JOB_PAGES = [list, details, runNow, pause, resume];
