import type { Desk } from '../../consent/desk.ts';
import { MINUTE_MS } from '../../domain/durations.ts';
import { minutesOf, type Step } from '../../domain/journeys/journey.ts';
import { stepsIn } from '../../domain/journeys/new-version.ts';
import type { JourneyDoc } from '../../store/journeys/journeys.ts';
import { endRunsOf, hasRunAt, olderVersions, takeOver } from '../../store/journeys/run-moves.ts';
import type { Versions } from './live.ts';

/** Ends what is left of stopped journeys: someone may have begun one while it was stopped. */
export async function endStopped(desk: Desk, journeys: readonly JourneyDoc[], now: Date): Promise<void> {
  for (const journey of journeys) {
    if (journey.state === 'stopped') await endJourneyRuns(desk, journey, now);
  }
}

/** On every number: its program may have given up the one that something of it waits on. */
export async function endJourneyRuns(desk: Desk, { _id }: JourneyDoc, now: Date): Promise<void> {
  const { senders } = desk.catalog.current().book;
  const numbers = senders.map(({ number }) => number);
  await endRunsOf(desk.store, _id, numbers, now);
}

/** Takes people in older versions over to the newest, where the journey says so. Safe to run anywhere, twice, or half. */
export async function followNewest(
  desk: Desk,
  versions: Versions,
  { _id: journey, plan, version, moveBelow }: JourneyDoc,
  now: Date,
): Promise<void> {
  if (moveBelow === 0) return;
  const older = await olderVersions(desk.store, journey, moveBelow);
  const plans = await versions([...older, plan]);
  const newest = plans.get(plan)?.steps ?? [];
  for (const old of older) {
    const steps = plans.get(old)?.steps ?? [];
    for (const { id } of steps) {
      const from = { journey, plan: old, step: id };
      await takeAll(desk, from, { plan, version }, stepsIn(steps, id, newest), now);
    }
  }
}

/** Takes everyone who waits for a step over to the first of some others that they have not done; ends who did them all. */
async function takeAll(
  { store }: Desk,
  from: { journey: string; plan: string; step: string },
  to: { plan: string; version: number },
  left: readonly Step[],
  now: Date,
): Promise<void> {
  const ids = left.map(({ id }) => id);
  for (const [at, { id: step, wait }] of left.entries()) {
    if (!(await hasRunAt(store, from))) return;
    // A step that stays keeps its time; to another one people wait as it says.
    const dueAt = step === from.step ? null : new Date(now.getTime() + minutesOf(wait) * MINUTE_MS);
    await takeOver(store, { ...from, did: ids.slice(0, at) }, { ...to, step, dueAt }, now);
  }
  await takeOver(store, { ...from, did: ids }, null, now);
}
