import type { Plan } from '../../domain/journeys/journey.ts';
import type { JourneyDoc } from '../../store/journeys/journeys.ts';
import { findVersions, type JourneyVersionDoc } from '../../store/journeys/versions.ts';
import type { Store } from '../../store/store.ts';

/** A journey that takes people in, and what it does in its newest version. */
export type Live = { journey: JourneyDoc; startedAt: Date; plan: Plan };

/** Versions by id. They never change, so that each is read once. */
export type Versions = (ids: readonly string[]) => Promise<ReadonlyMap<string, JourneyVersionDoc>>;

export function createVersions(store: Store): Versions {
  const known = new Map<string, JourneyVersionDoc>();
  return async (ids) => {
    const missing = ids.filter((id) => !known.has(id));
    if (missing.length > 0) {
      for (const one of await findVersions(store, missing)) known.set(one._id, one);
    }
    return known;
  };
}

/** Those of some journeys that take people in. One that is paused does too: nobody who came meanwhile is lost. */
export async function liveOf(journeys: readonly JourneyDoc[], versions: Versions): Promise<Live[]> {
  const going = journeys.filter(({ state }) => state === 'running' || state === 'paused');
  const plans = await versions(going.map(({ plan }) => plan));
  return going.flatMap((journey): Live[] => {
    const plan = plans.get(journey.plan);
    const { startedAt } = journey;
    return plan === undefined || startedAt === null ? [] : [{ journey, startedAt, plan }];
  });
}
