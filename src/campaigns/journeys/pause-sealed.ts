import type { Desk } from '../../consent/desk.ts';
import type { Plan } from '../../domain/journeys/journey.ts';
import { type JourneyDoc, writeMove } from '../../store/journeys/journeys.ts';
import { sealedAsked } from '../../store/sealing/sealed-asked.ts';

/** What to do about it; what begins a journey cannot be changed while people are in it. */
const REMEDY =
  'Save it without that clause, with "people": "move"; where it is what begins it, stop it before.';

/** Why a journey may not go on: versions of it ask a field that has been sealed since. Null where none does. */
export async function journeySealed(
  { store }: Pick<Desk, 'store'>,
  plans: readonly Partial<Pick<Plan, 'trigger' | 'steps'>>[],
): Promise<string | null> {
  const begins = plans.flatMap(({ trigger }) => (trigger?.kind === 'segment' ? [trigger.segment] : []));
  const steps = plans.flatMap((plan) => plan.steps ?? []).flatMap(({ onlyIf }) => onlyIf ?? []);
  const fault = await sealedAsked(
    store,
    [...begins, ...steps].map(({ resolved }) => resolved),
  );
  return fault === null ? null : `${fault} ${REMEDY}`;
}

/** Pauses a journey that may not go on, and says why in the log. True where it may not, paused by then or before. */
export async function pauseSealed(
  desk: Desk,
  journey: JourneyDoc,
  plans: readonly Partial<Pick<Plan, 'trigger' | 'steps'>>[],
): Promise<boolean> {
  const why = await journeySealed(desk, plans);
  if (why === null) return false;
  if (journey.state !== 'running') return true;
  const moved = await writeMove(desk.store, journey, { state: 'paused', updatedAt: desk.now() });
  if (moved !== null) desk.log.error({ journey: journey._id }, `a journey was paused: ${why}`);
  return true;
}
