import { type ClosedLanes, isMarketing, type Lane, laneOf } from '../domain/sending/lanes.ts';
import { pausedLanes } from '../store/campaigns/ending.ts';
import { closedJourneyLanes } from '../store/journeys/runs.ts';
import { startPoller } from '../store/poller.ts';
import type { Store } from '../store/store.ts';
import { withTimeLimit } from '../store/transaction.ts';

/** Between two looks while offers are picked, ms. */
const LOOK_MS = 250;

/** How long what a look found counts, ms from when it began: within a second nothing paused is picked, or nothing of any campaign is. */
const GOOD_MS = 1000;

/** Longest that a look may take, ms: after one that the driver never ended nobody would look any more, and all would wait. */
const MOST_LOOK_MS = 5000;

/** Offers are picked, ms, from one time on that a lane of theirs was not known to be closed. */
const PICKED_MS = 5000;

export type ClosedWatch = ClosedLanes & {
  /**
   * Null where what is told is no older than while offers are picked; else resolves once it is, or with what is known where
   * that takes long. Never rejects.
   */
  known: () => Promise<void> | null;
  stop: () => Promise<void>;
};

/**
 * Lanes of campaigns and journeys that are paused or over. While offers are picked they are looked at again and again by a
 * timer that waits for nobody who plans; at rest, only as somebody asks. Without a look of the last second every campaign's and
 * journey's lane counts as closed: one of them may have been paused. Rejects where the first look fails; the others are told to
 * `onError`.
 */
export async function watchPausedLanes(
  { store, monotonic }: { store: Store; monotonic: () => number },
  onError: (error: unknown, line: string) => void,
  mostMs: number = MOST_LOOK_MS,
): Promise<ClosedWatch> {
  let last = await lookAt(store, monotonic);
  let pickedAt = Number.NEGATIVE_INFINITY;
  let asking: Promise<void> | null = null;
  const since = (at: number): number => monotonic() - at;
  const isPicked = (): boolean => since(pickedAt) < PICKED_MS;
  const lookAgain = async (): Promise<void> => {
    const found = await withTimeLimit(mostMs, lookAt(store, monotonic));
    if (found.began >= last.began) last = found;
  };
  const untold = (error: unknown): void =>
    onError(error, 'it is not known which campaigns are paused; all of them wait');
  const byTimer = async (): Promise<boolean> => {
    if (isPicked()) await lookAgain();
    return false;
  };
  /** Of a lane that no look found closed, which may be picked. */
  const isUnknown = (lane: Lane): boolean => {
    if (isMarketing(lane)) pickedAt = monotonic();
    return mayBePaused(lane) && since(last.began) >= GOOD_MS;
  };
  const looking = startPoller(byTimer, { restMs: LOOK_MS, onError: untold });
  return {
    has: (lane) => last.lanes.has(lane) || isUnknown(lane),
    known: () => {
      if (isPicked() ? since(last.began) < GOOD_MS : since(last.ended) < LOOK_MS) return null;
      asking ??= lookAgain()
        .catch(untold)
        .finally(() => {
          asking = null;
        });
      return withTimeLimit(GOOD_MS, asking).catch(() => undefined);
    },
    stop: async () => void (await Promise.all([looking.stop(), asking])),
  };
}

async function lookAt(store: Store, monotonic: () => number) {
  const began = monotonic();
  const [campaigns, journeys] = await Promise.all([pausedLanes(store), closedJourneyLanes(store)]);
  const lanes: ReadonlySet<Lane> = new Set([...campaigns, ...journeys]);
  return { began, ended: monotonic(), lanes };
}

/** Single offers belong to nothing that can be paused, so they wait for no look. */
const mayBePaused = (lane: Lane): boolean => isMarketing(lane) && lane !== laneOf('marketing');
