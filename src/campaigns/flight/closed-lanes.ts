import type { Desk } from '../../consent/desk.ts';
import { type ClosedLanes, isMarketing, laneOf } from '../../domain/sending/lanes.ts';
import { closedLanes } from '../../store/campaigns/plan.ts';
import { closedJourneyLanes } from '../../store/journeys/run-moves.ts';
import { startLooking } from '../looking.ts';

/** Between two looks, ms. */
const LOOK_MS = 250;

/** How long what a look found counts, ms from when it began: within a second nothing paused is picked, or nothing of any campaign is. */
const GOOD_MS = 1000;

export type ClosedWatch = ClosedLanes & { stop: () => Promise<void> };

/**
 * Lanes of campaigns and journeys that are paused or over, looked at again and again by a timer that waits for nobody
 * who plans. Without a look of the last second every campaign's and journey's lane counts as closed: one of them may have
 * been paused. Rejects where the first look fails; the others are told to `onError`.
 */
export async function watchClosedLanes(
  { store, monotonic }: Pick<Desk, 'store' | 'monotonic'>,
  onError: (error: unknown, line: string) => void,
): Promise<ClosedWatch> {
  const look = async () => {
    const began = monotonic();
    const [campaigns, journeys] = await Promise.all([closedLanes(store), closedJourneyLanes(store)]);
    return { began, lanes: new Set([...campaigns, ...journeys]) };
  };
  let last = await look();
  const lookAgain = async (): Promise<boolean> => {
    last = await look();
    return false;
  };
  const untold = (error: unknown): void =>
    onError(error, 'it is not known which campaigns are paused; all of them wait');
  const looking = startLooking(lookAgain, { restMs: LOOK_MS, onError: untold });
  return {
    has: (lane) => last.lanes.has(lane) || (mayBePaused(lane) && monotonic() - last.began >= GOOD_MS),
    stop: looking.stop,
  };
}

/** Single offers belong to nothing that can be paused, so they wait for no look; an old campaign of their name was seen by one. */
const mayBePaused = (lane: Parameters<ClosedLanes['has']>[0]): boolean =>
  isMarketing(lane) && lane !== laneOf('marketing');
