import { MongoBackend } from '@agendajs/mongo-backend';
import { Agenda } from 'agenda';
import { z } from 'zod';
import type { AppContext } from '../consent/app-context.ts';
import { HOUR_MS, intervalMs } from '../domain/durations.ts';
import { hasMissedStart, isGivenUp, type Starts } from '../domain/missed-start.ts';
import { DoneInPart, doneBy } from '../domain/reports/job-counts.ts';
import { dayAt, zoneOf } from '../domain/reports/period.ts';
import type { AtLeastOnce } from '../domain/sending/unknown-outcome.ts';
import type { TwilioClient } from '../sending/twilio/client.ts';
import {
  addToDay,
  beginJobs,
  type Counts,
  endJob,
  findRuns,
  isStillOurs,
  type JobNow,
  type JobRun,
  type JobState,
  keepRun,
  makeAheadDue,
  makeAskedDue,
  makeDue,
  readJobs,
  renewJob,
  takeJob,
} from '../store/jobs.ts';
import type { Store } from '../store/store.ts';

/** When a job runs: so long after its last start, `atStart` each time a worker starts too; or by a cron line in a zone. */
export type Schedule = { every: string; atStart?: true } | { cron: string; zone: string };

/** Most that one run takes on; what is left is the next run's. `items` null: all that is due, in one write. */
type Budget = { items: number | null; ms: number };

/** What every job works with. `planAgain`: what the installation allows after a crash. */
type JobTools = { desk: AppContext; carrier: TwilioClient; planAgain: AtLeastOnce };

/** One run of a job, to its handler. */
export type JobRunContext<P = unknown> = {
  payload: P;
  /** Most things to take on. */
  most: number;
  /** False when its time is used up, it was paused, or another process has the job by now: stop after this item. Once false it stays so. */
  goOn: () => boolean;
};

/**
 * One background job. Its handler re-reads everything, may be cut off anywhere, and run again writes nothing more. It
 * resolves with null where it stopped and kept nothing: the next run begins anew.
 */
export type Job = {
  name: string;
  /** One sentence for whoever reads the list. */
  what: string;
  schedule: Schedule;
  /** What a person who runs it now may ask of it; a scheduled run gets the empty object. */
  payload: z.ZodType<Record<string, unknown>>;
  /** Seconds after which another process may run it, unless this one renews. */
  leaseSeconds: number;
  budget: Budget;
  /** Why it cannot be paused, as the end of a sentence; null: it can. */
  essential: string | null;
  run: (tools: JobTools, turn: JobRunContext<never>) => Promise<Counts | null>;
};

const NOTHING = z.strictObject({});

type Row<P> = Omit<Job, 'payload' | 'essential' | 'run' | 'budget'> & {
  payload?: z.ZodType<P>;
  essential?: string;
  budget?: Partial<Budget>;
  run: (tools: JobTools, turn: JobRunContext<P>) => Promise<Counts | null>;
};

/** Ties a handler to the payload it takes. */
export function job<P extends Record<string, unknown> = Record<string, never>>(row: Row<P>): Job {
  return {
    ...row,
    payload: (row.payload ?? NOTHING) as Job['payload'],
    budget: { items: null, ms: 20_000, ...row.budget },
    essential: row.essential ?? null,
    run: row.run as Job['run'],
  };
}

/** As a person reads it: "30 seconds", "5 minutes, and at start", "10 3 * * * America/New_York". */
export const scheduleWords = (schedule: Schedule): string => {
  if ('cron' in schedule) return `${schedule.cron} ${schedule.zone}`;
  return schedule.atStart === true ? `${schedule.every}, and at start` : schedule.every;
};

/** A run that found nothing to do is kept as evidence once in this time, ms: jobs of seconds would push all else out. */
const IDLE_KEPT_MS = HOUR_MS;

/** How soon a run learns that it was paused, ms: an order to stop does not wait for the next renewal. */
const LEASE_LOOK_MS = 1000;

/**
 * Runs a job once, under its lease. Null where it is paused or another process runs it; the run otherwise, failed ones
 * too. `touch` is called each time the lease was renewed.
 */
export async function runJob(
  job: Job,
  tools: JobTools,
  touch: () => Promise<void> = async () => undefined,
): Promise<JobRun | null> {
  const { desk } = tools;
  const state = await takeJob(desk.store, job.name, job.leaseSeconds * 1000);
  if (state === null) return null;
  const startedAt = desk.now();
  const lease = holdLease(desk, job, state, touch);
  const ended = await attempt(job, tools, { state, held: lease.held });
  lease.letGo();
  const askedBy = state.asked?.by ?? null;
  const run: JobRun = { job: job.name, startedAt, endedAt: desk.now(), askedBy, ...ended };
  if (await endJob(desk.store, state, run)) {
    await keep(desk, run);
    // A dry run says what it would do.
    if (state.asked?.payload.dry !== true) await addToItsDay(desk, run);
  }
  return run;
}

type Ended = Pick<JobRun, 'outcome' | 'counts' | 'why'>;

async function attempt(
  job: Job,
  tools: JobTools,
  { state, held }: { state: JobState; held: () => boolean },
): Promise<Ended> {
  const { monotonic, log } = tools.desk;
  const until = monotonic() + job.budget.ms;
  const most = job.budget.items ?? Number.POSITIVE_INFINITY;
  try {
    const payload = job.payload.parse(state.asked?.payload ?? {});
    const turn: JobRunContext = { payload, most, goOn: () => held() && monotonic() < until };
    const counts = await job.run(tools, turn as JobRunContext<never>);
    if (counts !== null) return { outcome: 'done', counts, why: null };
    log.error({ job: job.name }, 'job stopped before anything was done; it begins anew at its next time');
    return { outcome: 'failed', counts: {}, why: 'stopped early' };
  } catch (thrown) {
    const [error, counts] = thrown instanceof DoneInPart ? [thrown.cause, thrown.counts] : [thrown, {}];
    log.error({ job: job.name, error, ...counts }, 'job failed; it runs again at its next time');
    return { outcome: 'failed', counts, why: error instanceof Error ? error.name : 'an error' };
  }
}

/** Renews the lease while a run is under way, and looks whether it was paused. */
function holdLease(desk: AppContext, job: Job, { epoch }: JobState, touch: () => Promise<void>) {
  const leaseMs = job.leaseSeconds * 1000;
  let good = desk.monotonic() + leaseMs;
  let lost = false;
  const renew = async (): Promise<void> => {
    const asked = desk.monotonic();
    if (await renewJob(desk.store, job.name, epoch, leaseMs)) {
      good = asked + leaseMs;
      await touch();
    } else lost = true;
  };
  const look = async (): Promise<void> => {
    if (!(await isStillOurs(desk.store, job.name, epoch))) lost = true;
  };
  // One that fails is tried again at the next; meanwhile the lease runs out by this process's own clock.
  const every = (ms: number, what: () => Promise<void>) =>
    setInterval(() => void what().catch(() => undefined), ms);
  const timers = [every(leaseMs / 3, renew), every(LEASE_LOOK_MS, look)];
  const held = (): boolean => {
    // For good: a run that was told to stop at one place goes on at no other, though a late renewal comes through.
    lost ||= desk.monotonic() >= good;
    return !lost;
  };
  return { held, letGo: () => timers.forEach(clearInterval) };
}

async function keep({ store }: AppContext, run: JobRun): Promise<void> {
  if (run.outcome === 'done' && isIdle(run.counts)) {
    const [before] = await findRuns(store, run.job, 1);
    const age = run.endedAt.getTime() - (before?.endedAt.getTime() ?? 0);
    if (age < IDLE_KEPT_MS) return;
  }
  await keepRun(store, run);
}

/** Of the day on which it ended, in the zone that all programs share, as the report of the list's quality counts. */
async function addToItsDay({ store, catalog }: AppContext, { job, endedAt, counts }: JobRun): Promise<void> {
  const day = dayAt(zoneOf(catalog.current().book.programs), endedAt);
  await addToDay(store, { day, job, counts: doneBy(job, counts) });
}

const isIdle = (counts: Counts): boolean => Object.values(counts).every((one) => one === 0);

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
function lookAgain(log: AppContext['log'], look: () => Promise<void>, everyMs: number): NodeJS.Timeout {
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
