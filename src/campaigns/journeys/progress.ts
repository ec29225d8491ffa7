import type { JourneyEndReason } from '../../domain/journeys/ending.ts';
import type { Step } from '../../domain/journeys/journey.ts';
import { countRuns } from '../../store/journeys/run-moves.ts';
import type { Store } from '../../store/store.ts';

export type JourneyProgress = {
  entered: number;
  /** People who wait for each step, in its order; those of older versions that are gone come last. */
  waiting: { step: string; people: number }[];
  ended: { reason: JourneyEndReason; people: number }[];
};

/** How many are at which step of a journey, and how those ended who are through. */
export async function journeyProgress(
  store: Store,
  journey: string,
  steps: readonly Step[],
): Promise<JourneyProgress> {
  const counts = await countRuns(store, journey);
  const waiting = new Map(steps.map(({ id }) => [id, 0]));
  const ended = new Map<JourneyEndReason, number>();
  let entered = 0;
  for (const { step, reason, people } of counts) {
    entered += people;
    if (reason === null) waiting.set(step, (waiting.get(step) ?? 0) + people);
    else ended.set(reason, (ended.get(reason) ?? 0) + people);
  }
  return {
    entered,
    waiting: [...waiting].map(([step, people]) => ({ step, people })),
    ended: [...ended].map(([reason, people]) => ({ reason, people })),
  };
}
