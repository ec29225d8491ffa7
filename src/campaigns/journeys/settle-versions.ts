import type { Desk } from '../../consent/desk.ts';
import { minutesOf } from '../../domain/journeys/journey.ts';
import { stepIn } from '../../domain/journeys/new-version.ts';
import type { JourneyDoc } from '../../store/journeys/journeys.ts';
import { endRunsOf, olderVersions, takeOver } from '../../store/journeys/run-moves.ts';
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
      const to = stepIn(steps, id, newest);
      // A step that stays keeps its time; to another one people wait as it says.
      const dueAt =
        to?.id === id ? null : new Date(now.getTime() + (to === null ? 0 : minutesOf(to.wait) * 60_000));
      const goal = to === null ? null : { plan, version, step: to.id, dueAt };
      await takeOver(desk.store, { journey, plan: old, step: id }, goal, now);
    }
  }
}
