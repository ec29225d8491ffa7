import type { AppContext } from '../consent/app-context.ts';
import { MINUTE_MS } from '../domain/durations.ts';
import { type JourneyPlan, type JourneyStep, minutesOf, stepsIn } from '../domain/journeys/journey.ts';
import { findVersions, type JourneyDoc, type JourneyVersionDoc } from '../store/journeys/journeys.ts';
import { endRunsOf, hasRunAt, moveRunsToVersion, olderVersions } from '../store/journeys/runs.ts';
import type { Store } from '../store/store.ts';

/** A journey that enrolls people, with its newest version. */
export type ActiveJourney = { journey: JourneyDoc; startedAt: Date; plan: JourneyPlan };

/** Reads versions by id. Versions never change, so each is read only once. */
export type Versions = (ids: readonly string[]) => Promise<ReadonlyMap<string, JourneyVersionDoc>>;

export function createVersions(store: Store): Versions {
  const known = new Map<string, JourneyVersionDoc>();
  return async (ids) => {
    const missing = ids.filter((id) => !known.has(id));
    if (missing.length > 0) {
      for (const version of await findVersions(store, missing)) known.set(version._id, version);
    }
    return known;
  };
}

/** The journeys that enroll people. Paused ones do, too, so that nobody is lost who comes during the pause. */
export async function liveOf(journeys: readonly JourneyDoc[], versions: Versions): Promise<ActiveJourney[]> {
  const going = journeys.filter(({ state }) => state === 'running' || state === 'paused');
  const plans = await versions(going.map(({ plan }) => plan));
  return going.flatMap((journey): ActiveJourney[] => {
    const plan = plans.get(journey.plan);
    const { startedAt } = journey;
    return plan === undefined || startedAt === null ? [] : [{ journey, startedAt, plan }];
  });
}

/** Ends what is left of stopped journeys: a run may have started during the stop. */
export async function endStopped(
  context: Pick<AppContext, 'catalog' | 'store'>,
  journeys: readonly JourneyDoc[],
  now: Date,
): Promise<void> {
  for (const journey of journeys) {
    if (journey.state === 'stopped') await endJourneyRuns(context, journey, now);
  }
}

/** Covers every sender: messages may wait for one that the program does not have any more. */
export async function endJourneyRuns(
  context: Pick<AppContext, 'catalog' | 'store'>,
  { _id }: JourneyDoc,
  now: Date,
): Promise<void> {
  const { senders } = context.catalog.current().book;
  const numbers = senders.map(({ number }) => number);
  await endRunsOf(context.store, _id, numbers, now);
}

/**
 * Moves people in older versions to the newest, where the journey demands that. Safe to repeat or interrupt, in any
 * process.
 */
export async function moveToNewest(
  context: Pick<AppContext, 'store'>,
  versions: Versions,
  { _id: journey, plan, version, moveBelow }: JourneyDoc,
  now: Date,
): Promise<void> {
  if (moveBelow === 0) return;
  const older = await olderVersions(context.store, journey, moveBelow);
  const plans = await versions([...older, plan]);
  const newest = plans.get(plan)?.steps ?? [];
  for (const old of older) {
    const steps = plans.get(old)?.steps ?? [];
    for (const { id } of steps) {
      const from = { journey, plan: old, step: id };
      await takeAll(context, from, { plan, version }, stepsIn(steps, id, newest), now);
    }
  }
}

/**
 * Moves everyone who waits for a step to the first of the steps `left` that they have not completed; ends the runs
 * of people who have completed all.
 */
async function takeAll(
  { store }: Pick<AppContext, 'store'>,
  from: { journey: string; plan: string; step: string },
  to: { plan: string; version: number },
  left: readonly JourneyStep[],
  now: Date,
): Promise<void> {
  const ids = left.map(({ id }) => id);
  for (const [at, { id: step, wait }] of left.entries()) {
    if (!(await hasRunAt(store, from))) return;
    // A step that stays keeps its due time; for another step the wait starts now.
    const dueAt = step === from.step ? null : new Date(now.getTime() + minutesOf(wait) * MINUTE_MS);
    await moveRunsToVersion(store, { ...from, did: ids.slice(0, at) }, { ...to, step, dueAt }, now);
  }
  await moveRunsToVersion(store, { ...from, did: ids }, null, now);
}
