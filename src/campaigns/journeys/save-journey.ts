import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Desk } from '../../consent/desk.ts';
import type { Plan } from '../../domain/journeys/journey.ts';
import type { Kept } from '../../domain/journeys/kept.ts';
import { findJourney, type JourneyDoc, writeJourney } from '../../store/journeys/journeys.ts';
import { addVersion, findVersions } from '../../store/journeys/versions.ts';
import { MovedMeanwhile, Refused } from '../refused.ts';
import { readPlan, type WrittenPlan } from './read-plan.ts';

export type JourneyOrder = WrittenPlan & {
  id: string;
  name: string;
  /** What becomes of people who are in it: they finish the version they are in, or go on in this one. */
  people: 'finish' | 'move';
};

/** It goes, and whoever saves it may not say what is sent. */
export class JourneyGoes extends Error {
  override name = 'JourneyGoes';
}

/** `kept`: what of a journey that goes was not taken over. */
export type SavedJourney = { journey: JourneyDoc; kept: Kept };

/**
 * Keeps a journey; what it does becomes another version where it differs. Segments and words that it names are taken as
 * they stand now. Throws `JourneyFaulty`, `Refused`, and `JourneyGoes` where it runs or is paused and may not be
 * changed then.
 */
export async function saveJourney(
  desk: Desk,
  order: JourneyOrder,
  { whileItGoes }: { whileItGoes: boolean },
): Promise<SavedJourney> {
  const { store } = desk;
  const { id: _id, name, program, people } = order;
  const before = await findJourney(store, _id);
  const goes = before?.state === 'running' || before?.state === 'paused';
  if (goes && !whileItGoes) throw new JourneyGoes();
  const started = before !== null && before.state !== 'draft';
  if (started && before.program !== program.id) {
    throw new Refused('A journey that was started stays with its program; make another.');
  }
  const at = desk.now();
  const [old] = before === null ? [] : await findVersions(store, [before.plan]);
  const stays = goes && old !== undefined ? old : null;
  const { plan, kept } = await readPlan(desk, order, stays);
  if (goes && !isDeepStrictEqual(old?.trigger, plan.trigger)) {
    throw new Refused('What begins it stays as it is while it runs. Stop it, save it, and start it again.');
  }
  const { version = 0, moveBelow = 0 } = before ?? {};
  const same = before !== null && old !== undefined && isDeepStrictEqual(planOf(old), plan);
  const next = same
    ? { _id, name, program: program.id, version, plan: before.plan, moveBelow }
    : { _id, name, program: program.id, version: version + 1, plan: newId(), moveBelow };
  // Under an id that nobody knows yet: whoever loses the race below leaves a version that is never read.
  if (!same)
    await addVersion(store, { _id: next.plan, journey: _id, version: next.version, ...plan, createdAt: at });
  if (started && people === 'move') next.moveBelow = next.version;
  const saved = await writeJourney(store, before, next, at);
  if (saved === null) throw new MovedMeanwhile();
  return { journey: saved, kept };
}

const newId = (): string => `jv_${randomBytes(12).toString('base64url')}`;
const planOf = ({ trigger, reentry, steps }: Plan): Plan => ({ trigger, reentry, steps });
