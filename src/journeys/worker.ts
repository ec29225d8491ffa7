import { randomUUID } from 'node:crypto';
import type { AppContext } from '../consent/app-context.ts';
import { databaseTime } from '../store/connection.ts';
import { isDatabaseAway } from '../store/database-errors.ts';
import {
  acquireLeadership,
  findJourney,
  type JourneyDoc,
  readDriver,
  releaseLeadership,
  startedJourneys,
} from '../store/journeys/journeys.ts';
import { dueRuns } from '../store/journeys/runs.ts';
import { type Looking, startPoller } from '../store/poller.ts';
import { retryDeferred } from './enrollment.ts';
import { pauseSealed } from './lifecycle.ts';
import { runSteps } from './steps.ts';
import { type MayContinue, takeSegment, takeTriggers } from './triggers.ts';
import {
  type ActiveJourney,
  createVersions,
  endStopped,
  liveOf,
  moveToNewest,
  type Versions,
} from './versions.ts';

/** The pause between polls, ms. A person who has just confirmed gets the welcome after about this time. */
const LOOK_MS = 1000;

/** Runs journeys until stopped. One process at a time is the leader; the others keep trying to become it. */
export function startJourneys(context: AppContext, onError: (error: unknown, line: string) => void): Looking {
  const driver = newDriver(context, randomUUID());
  const clock = (): Promise<Date> => databaseTime(context.store);
  const driving = startPoller(
    async (mayContinue) =>
      runOnce(context, driver, await startedJourneys(context.store), clock, () => !mayContinue()),
    {
      restMs: LOOK_MS,
      onError: (error) => onError(error, 'a pass over the journeys failed; it runs again'),
    },
  );
  return {
    stop: async () => {
      await driving.stop();
      await giveUpLeadership(context, driver, clock);
    },
  };
}

/** Lease of the leader, ms. After a leader was killed, its work waits this long. */
const LEASE_MS = 20_000;

/**
 * A poll reads what was recorded since shortly before the last poll. Now and then, everything is read again from so
 * far back that no transaction of that time can still be open and none of our clocks can be wrong by so much.
 */
const SHORT_OVERLAP_MS = 2000;
const READ_ALL_MS = 20_000;
const LONG_OVERLAP_MS = 60_000;

/**
 * `BATCH_SIZE`: runs whose steps are done together. `MOST_BATCHES`: the most batches of a journey before others have
 * their turn.
 */
const BATCH_SIZE = 200;
const MOST_BATCHES = 5;

/** What one process remembers between polls. All of it may be lost without harm. */
export type Driver = {
  owner: string;
  versions: Versions;
  heldUntil: Date | null;
  lookedAt: Date | null;
  readAllAt: Date | null;
};

export const newDriver = (context: Pick<AppContext, 'store'>, owner: string): Driver => ({
  owner,
  versions: createVersions(context.store),
  heldUntil: null,
  lookedAt: null,
  readAllAt: null,
});

type Clock = () => Promise<Date>;

/**
 * One poll of all journeys, if no other process is the leader: starts runs, ends runs, and does due steps. `clock`:
 * MongoDB's. True where more is to do at once.
 */
export async function runOnce(
  context: AppContext,
  driver: Driver,
  journeys: readonly JourneyDoc[],
  clock: Clock,
  stopping: () => boolean,
): Promise<boolean> {
  if (journeys.length === 0) return false;
  const now = await clock();
  if (!(await keepLeadership(context, driver, now))) return false;
  const mayContinue: MayContinue = async () =>
    !stopping() && (await keepLeadership(context, driver, await clock()));
  const live = await liveOf(journeys, driver.versions);
  if (!(await readNews(context, driver, { journeys, live, now, clock, mayContinue }))) return false;
  const running = journeys.filter(({ state }) => state === 'running');
  const more = await runTasks(context, [
    ...live.map(
      (activeJourney): JourneyTask => [
        activeJourney.journey,
        () => takeSegment(context, activeJourney, now, mayContinue),
      ],
    ),
    ...running.map(
      (journey): JourneyTask => [journey, () => runDueSteps(context, driver, journey, clock, mayContinue)],
    ),
  ]);
  return more && !stopping();
}

/** A journey's work; `take` resolves to true where more is left. */
type JourneyTask = [journey: JourneyDoc, take: () => Promise<boolean>];

/**
 * Does the work of all journeys. A failure in one does not stop the others; the first error is thrown at the end.
 */
async function runTasks(context: Pick<AppContext, 'log'>, tasks: readonly JourneyTask[]): Promise<boolean> {
  const failures: unknown[] = [];
  let more = false;
  for (const [{ _id: journey }, run] of tasks) {
    try {
      more = (await run()) || more;
    } catch (error) {
      if (isDatabaseAway(error)) throw error;
      context.log.error({ journey, error }, 'the work of one journey failed; the other journeys continue');
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
  return more;
}

type News = {
  journeys: readonly JourneyDoc[];
  live: readonly ActiveJourney[];
  now: Date;
  clock: Clock;
  mayContinue: MayContinue;
};

/** Reads new triggers. False where the read was interrupted, or another process is the leader by then. */
async function readNews(
  context: Pick<AppContext, 'catalog' | 'log' | 'store'>,
  driver: Driver,
  { journeys, live, now, clock, mayContinue }: News,
): Promise<boolean> {
  const { versions, readAllAt } = driver;
  const all = readAllAt === null || now.getTime() - readAllAt.getTime() >= READ_ALL_MS;
  const since = all ? await readFrom(context, live, now) : before(driver.lookedAt ?? now, SHORT_OVERLAP_MS);
  if (!(await takeTriggers(context, { live, versions, since, now, mayContinue }))) return false;
  driver.lookedAt = now;
  if (!all) return true;
  await retryDeferred(context, live, now);
  await endStopped(context, journeys, now);
  for (const { journey } of live) await moveToNewest(context, versions, journey, now);
  // Saved only now: if the process dies before, the next leader reads the same again.
  if (!(await renewLeadership(context, driver, await clock(), before(now, LONG_OVERLAP_MS)))) return false;
  driver.readAllAt = now;
  return true;
}

/** The time from which triggers may be unread; never before the start of the first active journey. */
async function readFrom(
  context: Pick<AppContext, 'store'>,
  live: readonly ActiveJourney[],
  now: Date,
): Promise<Date> {
  const starts = live.map(({ startedAt }) => startedAt.getTime());
  const first = before(new Date(Math.min(now.getTime(), ...starts)), LONG_OVERLAP_MS);
  const readTo = (await readDriver(context.store))?.readTo ?? null;
  return readTo !== null && readTo > first ? readTo : first;
}

async function runDueSteps(
  context: AppContext,
  driver: Driver,
  { _id: id }: JourneyDoc,
  clock: Clock,
  mayContinue: MayContinue,
): Promise<boolean> {
  for (let slice = 0; slice < MOST_BATCHES; slice += 1) {
    const now = await clock();
    const runs = await dueRuns(context.store, id, now, BATCH_SIZE);
    if (runs.length === 0) return false;
    // Paused journeys enroll people, but do no steps. Read again each time, because the previous batch may have
    // taken seconds.
    const journey = await findJourney(context.store, id);
    if (journey?.state !== 'running') return false;
    const asked = new Set(runs.map(({ plan }) => plan));
    const plans = await driver.versions([...asked]);
    const steps = [...asked].map((id) => ({ steps: plans.get(id)?.steps ?? [] }));
    if (await pauseSealed(context, journey, steps)) return false;
    await runSteps(context, driver.versions, runs, now);
    if (runs.length < BATCH_SIZE) return false;
    if (!(await mayContinue())) return false;
  }
  return true;
}

/** Acquires or keeps the leadership. The lease is renewed when half of it is over. */
async function keepLeadership(
  context: Pick<AppContext, 'store'>,
  driver: Driver,
  now: Date,
): Promise<boolean> {
  const { heldUntil } = driver;
  if (heldUntil !== null && heldUntil.getTime() - now.getTime() > LEASE_MS / 2) return true;
  const held = await renewLeadership(context, driver, now, null);
  if (!held || heldUntil === null || heldUntil < now) driver.readAllAt = null;
  return held;
}

/** Renews the leadership. False where another process is the leader. */
async function renewLeadership(
  context: Pick<AppContext, 'store'>,
  driver: Driver,
  now: Date,
  readTo: Date | null,
): Promise<boolean> {
  const held = await acquireLeadership(context.store, { owner: driver.owner, readTo }, now, LEASE_MS);
  driver.heldUntil = held ? new Date(now.getTime() + LEASE_MS) : null;
  return held;
}

export async function giveUpLeadership(
  context: Pick<AppContext, 'store'>,
  driver: Driver,
  clock: Clock,
): Promise<void> {
  if (driver.heldUntil !== null) await releaseLeadership(context.store, driver.owner, await clock());
}

const before = (at: Date, ms: number): Date => new Date(at.getTime() - ms);
