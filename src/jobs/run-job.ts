import type { Desk } from '../consent/desk.ts';
import { HOUR_MS } from '../domain/durations.ts';
import { DoneInPart } from '../domain/reports/done-in-part.ts';
import { doneBy } from '../domain/reports/job-counts.ts';
import { dayAt, zoneOf } from '../domain/reports/period.ts';
import { type Counts, findRuns, type JobRun, keepRun } from '../store/job-runs.ts';
import { endJob, isStillOurs, type JobState, renewJob, takeJob } from '../store/job-states.ts';
import { addToDay } from '../store/reports/job-days.ts';
import type { Job, JobTools, JobTurn } from './job.ts';

/** A run that found nothing to do is kept as evidence once in this time, ms: jobs of seconds would push all else out. */
const IDLE_KEPT_MS = HOUR_MS;

/** How soon a run learns that it was paused, ms: an order to stop does not wait for the next renewal. */
const LOOK_MS = 1000;

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
    const turn: JobTurn = { payload, most, goOn: () => held() && monotonic() < until };
    const counts = await job.run(tools, turn as JobTurn<never>);
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
function holdLease(desk: Desk, job: Job, { epoch }: JobState, touch: () => Promise<void>) {
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
  const timers = [every(leaseMs / 3, renew), every(LOOK_MS, look)];
  const held = (): boolean => {
    // For good: a run that was told to stop at one place goes on at no other, though a late renewal comes through.
    lost ||= desk.monotonic() >= good;
    return !lost;
  };
  return { held, letGo: () => timers.forEach(clearInterval) };
}

async function keep({ store }: Desk, run: JobRun): Promise<void> {
  if (run.outcome === 'done' && isIdle(run.counts)) {
    const [before] = await findRuns(store, run.job, 1);
    const age = run.endedAt.getTime() - (before?.endedAt.getTime() ?? 0);
    if (age < IDLE_KEPT_MS) return;
  }
  await keepRun(store, run);
}

/** Of the day on which it ended, in the zone that all programs share, as the report of the list's quality counts. */
async function addToItsDay({ store, catalog }: Desk, { job, endedAt, counts }: JobRun): Promise<void> {
  const day = dayAt(zoneOf(catalog.current().book.programs), endedAt);
  await addToDay(store, { day, job, counts: doneBy(job, counts) });
}

const isIdle = (counts: Counts): boolean => Object.values(counts).every((one) => one === 0);
