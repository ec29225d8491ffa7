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

/**
 * When a job runs: at an interval after its last start (`atStart`: also whenever a worker starts), or by a cron
 * line in a time zone.
 */
export type Schedule = { every: string; atStart?: true } | { cron: string; zone: string };

/** Most that one run processes; the next run does the rest. `items` null: everything due, in one write. */
type Budget = { items: number | null; ms: number };

/** What every job gets. `planAgain`: the classes of messages that may be planned again after a crash. */
type JobTools = { context: AppContext; carrier: TwilioClient; planAgain: AtLeastOnce };

/** One run of a job, as its handler sees it. */
export type JobRunContext<P = unknown> = {
  payload: P;
  /** Most items to process. */
  most: number;
  /**
   * False when the time is used up, the job was paused, or another process runs it now: stop after this item. Once
   * false, it stays false.
   */
  goOn: () => boolean;
};

/**
 * One background job. Its handler reads everything anew, may be cut off anywhere, and writes nothing more when it
 * runs again. It resolves to null when it stopped and stored nothing: the next run then begins anew.
 */
export type Job = {
  name: string;
  /** One sentence about the job, for the list of jobs. */
  what: string;
  schedule: Schedule;
  /** The options that a person may give to a run. A scheduled run gets the empty object. */
  payload: z.ZodType<Record<string, unknown>>;
  /** Seconds after which another process may run the job, unless this one renews the lease. */
  leaseSeconds: number;
  budget: Budget;
  /** Why the job cannot be paused, as the end of a sentence; null when it can. */
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

/** Ties a handler to its payload type. */
export function job<P extends Record<string, unknown> = Record<string, never>>(row: Row<P>): Job {
  return {
    ...row,
    payload: (row.payload ?? NOTHING) as Job['payload'],
    budget: { items: null, ms: 20_000, ...row.budget },
    essential: row.essential ?? null,
    run: row.run as Job['run'],
  };
}

/** The schedule for people: "30 seconds", "5 minutes, and at start", "10 3 * * * America/New_York". */
export const scheduleWords = (schedule: Schedule): string => {
  if ('cron' in schedule) return `${schedule.cron} ${schedule.zone}`;
  return schedule.atStart === true ? `${schedule.every}, and at start` : schedule.every;
};

/**
 * At most one idle run is stored in this time, ms: a job that runs every few seconds would push all other runs out.
 */
const IDLE_KEPT_MS = HOUR_MS;

/** How soon a run learns that it was paused, ms: sooner than the next renewal of the lease. */
const LEASE_LOOK_MS = 1000;

/**
 * Runs a job once, under its lease. Returns the run, also a failed one; null when the job is paused or another
 * process runs it. Calls `touch` whenever the lease is renewed.
 */
export async function runJob(
  job: Job,
  tools: JobTools,
  touch: () => Promise<void> = async () => undefined,
): Promise<JobRun | null> {
  const { context } = tools;
  const state = await takeJob(context.store, job.name, job.leaseSeconds * 1000);
  if (state === null) return null;
  const startedAt = context.now();
  const lease = holdLease(context, job, state, touch);
  const ended = await attempt(job, tools, { state, held: lease.held });
  lease.letGo();
  const askedBy = state.asked?.by ?? null;
  const run: JobRun = { job: job.name, startedAt, endedAt: context.now(), askedBy, ...ended };
  if (await endJob(context.store, state, run)) {
    await keep(context, run);
    // A dry run changed nothing, so its counts do not belong to the day.
    if (state.asked?.payload.dry !== true) await addToItsDay(context, run);
  }
  return run;
}

type Ended = Pick<JobRun, 'outcome' | 'counts' | 'why'>;

async function attempt(
  job: Job,
  tools: JobTools,
  { state, held }: { state: JobState; held: () => boolean },
): Promise<Ended> {
  const { monotonic, log } = tools.context;
  const until = monotonic() + job.budget.ms;
  const most = job.budget.items ?? Number.POSITIVE_INFINITY;
  try {
    const payload = job.payload.parse(state.asked?.payload ?? {});
    const turn: JobRunContext = { payload, most, goOn: () => held() && monotonic() < until };
    const counts = await job.run(tools, turn as JobRunContext<never>);
    if (counts !== null) return { outcome: 'done', counts, why: null };
    log.error({ job: job.name }, 'a job stopped before anything was done; it starts again at its next time');
    return { outcome: 'failed', counts: {}, why: 'stopped early' };
  } catch (thrown) {
    const [error, counts] = thrown instanceof DoneInPart ? [thrown.cause, thrown.counts] : [thrown, {}];
    log.error({ job: job.name, error, ...counts }, 'a job failed; it runs again at its next time');
    return { outcome: 'failed', counts, why: error instanceof Error ? error.name : 'an error' };
  }
}

/** Renews the lease while a run is under way, and checks whether the job was paused. */
function holdLease(
  context: Pick<AppContext, 'monotonic' | 'store'>,
  job: Job,
  { epoch }: JobState,
  touch: () => Promise<void>,
) {
  const leaseMs = job.leaseSeconds * 1000;
  let good = context.monotonic() + leaseMs;
  let lost = false;
  const renew = async (): Promise<void> => {
    const asked = context.monotonic();
    if (await renewJob(context.store, job.name, epoch, leaseMs)) {
      good = asked + leaseMs;
      await touch();
    } else lost = true;
  };
  const look = async (): Promise<void> => {
    if (!(await isStillOurs(context.store, job.name, epoch))) lost = true;
  };
  // A failed renewal is tried again at the next interval. Meanwhile the lease expires by this process's own clock.
  const every = (ms: number, work: () => Promise<void>) =>
    setInterval(() => void work().catch(() => undefined), ms);
  const timers = [every(leaseMs / 3, renew), every(LEASE_LOOK_MS, look)];
  const held = (): boolean => {
    // For good: after one part of a run was told to stop, no other part may continue because a late renewal
    // succeeded.
    lost ||= context.monotonic() >= good;
    return !lost;
  };
  return { held, letGo: () => timers.forEach(clearInterval) };
}

async function keep({ store }: Pick<AppContext, 'store'>, run: JobRun): Promise<void> {
  if (run.outcome === 'done' && isIdle(run.counts)) {
    const [before] = await findRuns(store, run.job, 1);
    const age = run.endedAt.getTime() - (before?.endedAt.getTime() ?? 0);
    if (age < IDLE_KEPT_MS) return;
  }
  await keepRun(store, run);
}

/** The day on which the run ended, in the zone that all programs share: the list-quality report counts so too. */
async function addToItsDay(
  { store, catalog }: Pick<AppContext, 'catalog' | 'store'>,
  { job, endedAt, counts }: JobRun,
): Promise<void> {
  const day = dayAt(zoneOf(catalog.current().book.programs), endedAt);
  await addToDay(store, { day, job, counts: doneBy(job, counts) });
}

const isIdle = (counts: Counts): boolean => Object.values(counts).every((count) => count === 0);

export type Jobs = { start: () => Promise<void>; stop: () => Promise<void> };

/** Longest wait for running jobs at shutdown, ms. Jobs may be cut off anywhere. */
const DRAIN_MS = 3000;

/** Time between two polls for due jobs, ms. */
const LOOK_MS = 5000;

/** Every so many polls, also checks for jobs whose next start Agenda lost. */
const LOOKS_APART = 12;

type Outcome = (job: string, outcome: 'done' | 'failed') => void;

/** Schedules the jobs of the table. Agenda holds one document per job; messages are never jobs. */
export function createJobs(tools: JobTools, table: readonly Job[], count: Outcome, lookMs = LOOK_MS): Jobs {
  const { store } = tools.context;
  let agenda: Agenda | undefined;
  let timer: NodeJS.Timeout | undefined;
  return {
    start: async () => {
      agenda = await connectedAgenda(store, lookMs);
      for (const job of table) {
        const lockLifetime = job.leaseSeconds * 1000;
        // Exactly one parameter: with two, Agenda waits for a callback.
        agenda.define(job.name, async (scheduled) => runOne(job, tools, count, () => scheduled.touch()), {
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
      const look = () => startOverdue(tools, table, before);
      await look();
      timer = checkOverdue(tools.context.log, look, lookMs * LOOKS_APART);
    },
    stop: async () => {
      clearInterval(timer);
      await agenda?.drain({ timeout: DRAIN_MS });
    },
  };
}

/** Connects before Agenda starts: a failed connection inside Agenda cannot be caught and would end the process. */
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
  'the jobs that are overdue or were requested could not be read; the next check reads them, so they start late';
const LOOKED = 'the jobs that are overdue or were requested can be read again';

/**
 * Calls `look` every `everyMs`, also after a failure. Logs once when calls begin to fail, and once when they
 * succeed again.
 */
function checkOverdue(log: AppContext['log'], look: () => Promise<void>, everyMs: number): NodeJS.Timeout {
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
 * Makes jobs due whose start Agenda lost: whenever a worker starts or a run ends, Agenda overwrites a missed or
 * requested start with the next regular one, by that worker's clock. `before`: the states of the jobs when this
 * worker started.
 */
async function startOverdue(
  { context }: JobTools,
  table: readonly Job[],
  before: ReadonlyMap<string, JobNow>,
): Promise<void> {
  await makeAheadDue(context.store, new Map(table.flatMap(intervalOf)));
  const states = await readJobs(context.store);
  const missed = table.filter((job) => {
    const state = states.get(job.name);
    return isMissed(job, state, context.now()) || waitsSinceStart(job, state, before.get(job.name));
  });
  await makeDue(
    context.store,
    missed.map(({ name }) => name),
  );
  const tried = table.filter(({ name }) => !isGivenUp(runsOf(states.get(name))));
  await makeAskedDue(
    context.store,
    tried.map(({ name }) => name),
  );
}

const runsOf = (state: JobNow | undefined): Pick<Starts, 'run' | 'cutOffs'> => ({
  run: state?.running ? 'under-way' : state?.cutOff ? 'cut-off' : 'ended',
  cutOffs: state?.cutOffs ?? 0,
});

/**
 * Interval jobs count from their last start and never miss one. A start too far ahead is made due by
 * `makeAheadDue`.
 */
const intervalOf = ({ name, schedule }: Job): [name: string, ms: number][] =>
  'every' in schedule ? [[name, intervalMs(schedule.every)]] : [];

function isMissed({ schedule }: Job, state: JobNow | undefined, now: Date): boolean {
  if ('every' in schedule || state === undefined || state.paused !== null) return false;
  const { startedAt, wholeAt, knownSince } = state;
  const runs = runsOf(state);
  // A job that was given up waits for its next regular start, even when somebody asked for a run: otherwise it
  // would end its worker again and again.
  const last = isGivenUp(runs) ? startedAt : wholeAt;
  return hasMissedStart(schedule, { last, knownSince, ...runs }, now);
}

/**
 * True when a job with `atStart` has not begun since this worker started, in any process. A run that was under way
 * at that time may have read too early. So the next run begins when that one has ended, or when the lease of its
 * dead process has expired.
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
  if (run.outcome === 'done') tools.context.log.info({ job: run.job, ...run.counts }, 'job done');
  // Agenda stores the message of a thrown error, and the original message may quote what a person typed.
  else throw new Error('see the log');
}
