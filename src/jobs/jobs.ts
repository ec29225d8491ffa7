import { MongoBackend } from '@agendajs/mongo-backend';
import { Agenda } from 'agenda';
import type { Desk } from '../consent/desk.ts';
import { intervalMs } from '../domain/durations.ts';
import { hasMissedStart, isGivenUp, type Starts } from '../domain/missed-start.ts';
import {
  beginJobs,
  type JobNow,
  makeAheadDue,
  makeAskedDue,
  makeDue,
  readJobs,
} from '../store/job-states.ts';
import type { Store } from '../store/store.ts';
import type { Job, JobTools } from './job.ts';
import { runJob } from './run-job.ts';

export type Jobs = { start: () => Promise<void>; stop: () => Promise<void> };

/** Longest wait for jobs under way at the end, ms; they are written to be cut off anywhere. */
const DRAIN_MS = 3000;

/** Between two looks for jobs that are due, ms. */
const LOOK_MS = 5000;

/** Every so many looks for due jobs comes one for jobs whose time Agenda has lost. */
const LOOKS_APART = 12;

type Outcome = (job: string, outcome: 'done' | 'failed') => void;

/** Schedules and drivers, never one job a message: Agenda holds one document a row of the table. */
export function createJobs(tools: JobTools, table: readonly Job[], count: Outcome, lookMs = LOOK_MS): Jobs {
  const { store } = tools.desk;
  let agenda: Agenda | undefined;
  let timer: NodeJS.Timeout | undefined;
  return {
    start: async () => {
      agenda = await connectedAgenda(store, lookMs);
      for (const one of table) {
        const lockLifetime = one.leaseSeconds * 1000;
        // Exactly one parameter: with two, Agenda waits for a callback.
        agenda.define(one.name, async (scheduled) => runOne(one, tools, count, () => scheduled.touch()), {
          concurrency: 1,
          lockLimit: 1,
          lockLifetime,
        });
      }
      await beginJobs(
        store,
        table.map(({ name }) => name),
      );
      const before = await readJobs(store);
      await agenda.start();
      for (const { name, schedule } of table) {
        if ('every' in schedule) await agenda.every(schedule.every, name);
        else await agenda.every(schedule.cron, name, {}, { timezone: schedule.zone });
      }
      const look = () => makeForgottenDue(tools, table, before);
      await look();
      timer = lookAgain(tools.desk.log, look, lookMs * LOOKS_APART);
    },
    stop: async () => {
      clearInterval(timer);
      await agenda?.drain({ timeout: DRAIN_MS });
    },
  };
}

/** Agenda lets nobody hear that it could not connect, which would end the process where it stands: it finds that done. */
async function connectedAgenda(store: Store, lookMs: number): Promise<Agenda> {
  const backend = new MongoBackend({ mongo: store.db as never, collection: 'jobs' });
  await backend.connect();
  backend.connect = async () => undefined;
  return new Agenda({
    backend,
    defaultLockLimit: 2,
    defaultConcurrency: 1,
    processEvery: lookMs,
    removeOnComplete: false,
  });
}

const NOT_LOOKED =
  'it is not known which jobs missed their time or were asked for; it is looked again, and those begin late';
const LOOKED = 'it is known again which jobs missed their time or were asked for';

/** Looks anew each so many ms. One that fails is followed by the next; that they do is said once, and that they no longer do. */
function lookAgain(log: Desk['log'], look: () => Promise<void>, everyMs: number): NodeJS.Timeout {
  let failing = false;
  const again = async (): Promise<void> => {
    await look();
    if (failing) log.info({}, LOOKED);
    failing = false;
  };
  const failed = (error: unknown): void => {
    if (!failing) log.error({ error }, NOT_LOOKED);
    failing = true;
  };
  return setInterval(() => void again().catch(failed), everyMs);
}

/**
 * Makes due what Agenda lost the time of: every start of a worker, and every end of a run, writes the next time anew over
 * one that was missed or asked for, by that worker's clock. `before`: the jobs as this worker found them at its start.
 */
async function makeForgottenDue(
  { desk }: JobTools,
  table: readonly Job[],
  before: ReadonlyMap<string, JobNow>,
): Promise<void> {
  await makeAheadDue(desk.store, new Map(table.flatMap(intervalOf)));
  const states = await readJobs(desk.store);
  const missed = table.filter((one) => {
    const state = states.get(one.name);
    return isMissed(one, state, desk.now()) || waitsSinceStart(one, state, before.get(one.name));
  });
  await makeDue(
    desk.store,
    missed.map(({ name }) => name),
  );
  const tried = table.filter(({ name }) => !isGivenUp(runsOf(states.get(name))));
  await makeAskedDue(
    desk.store,
    tried.map(({ name }) => name),
  );
}

const runsOf = (state: JobNow | undefined): Pick<Starts, 'run' | 'cutOffs'> => ({
  run: state?.running ? 'under-way' : state?.cutOff ? 'cut-off' : 'ended',
  cutOffs: state?.cutOffs ?? 0,
});

/** An interval counts from the last start and misses no time: one that lies too far ahead is made due (`makeAheadDue`). */
const intervalOf = ({ name, schedule }: Job): [name: string, ms: number][] =>
  'every' in schedule ? [[name, intervalMs(schedule.every)]] : [];

function isMissed({ schedule }: Job, state: JobNow | undefined, now: Date): boolean {
  if ('every' in schedule || state === undefined || state.paused !== null) return false;
  const { startedAt, wholeAt, knownSince } = state;
  const runs = runsOf(state);
  // One that is given up waits for its time, whatever it was asked for: else it would end its worker for ever.
  const last = isGivenUp(runs) ? startedAt : wholeAt;
  return hasMissedStart(schedule, { last, knownSince, ...runs }, now);
}

/**
 * Whether a job that is to begin as a worker starts has not begun since this one did, in any process. A run that was under way
 * then may have read before what it is to find: the next begins once that has ended, or the lease of its dead process has.
 */
function waitsSinceStart({ schedule }: Job, state: JobNow | undefined, before: JobNow | undefined): boolean {
  if (!('every' in schedule) || schedule.atStart !== true) return false;
  if (state === undefined || state.paused !== null || state.running) return false;
  return state.epoch === before?.epoch && !isGivenUp(runsOf(state));
}

async function runOne(job: Job, tools: JobTools, count: Outcome, touch: () => Promise<void>): Promise<void> {
  const run = await runJob(job, tools, touch);
  if (run === null) return;
  count(run.job, run.outcome);
  if (run.outcome === 'done') tools.desk.log.info({ job: run.job, ...run.counts }, 'job done');
  // Agenda keeps the message of what is thrown, and the error's own may quote what a person typed.
  else throw new Error('see the log');
}
