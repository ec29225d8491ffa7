import { type ClosedLanes, isMarketing, type Lane, laneOf } from '../domain/sending/lanes.ts';
import { pausedLanes } from '../store/campaigns/ending.ts';
import { closedJourneyLanes } from '../store/journeys/runs.ts';
import { startPoller } from '../store/poller.ts';
import type { Store } from '../store/store.ts';
import { withTimeLimit } from '../store/transaction.ts';

/** How often closed lanes are read while marketing is picked, ms. */
const LOOK_MS = 250;

/**
 * How long a reading counts, ms from its start. Within a second after a pause nothing paused is picked; without a
 * reading, no campaign is picked at all.
 */
const GOOD_MS = 1000;

/**
 * Time limit of one reading, ms. The driver may never end a command; without the limit all campaigns would wait for
 * ever.
 */
const MOST_LOOK_MS = 5000;

/**
 * Marketing counts as being picked for this long after `has` was asked about a marketing lane not known to be closed,
 * ms.
 */
const PICKED_MS = 5000;

export type ClosedWatch = ClosedLanes & {
  /**
   * Null where the current reading is recent enough; else resolves once a new one is made, or after a time limit.
   * Never rejects.
   */
  known: () => Promise<void> | null;
  stop: () => Promise<void>;
};

/**
 * Watches the lanes of campaigns and journeys that are paused or over. While marketing is picked, a poller reads
 * them, independently of planning; otherwise only on request. Without a reading of the last second, every campaign's
 * and journey's lane counts as closed, because any of them may have been paused. Rejects where the first reading
 * fails; later failures go to `onError`.
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
    onError(error, 'paused campaigns could not be read, so all campaigns wait');
  const byTimer = async (): Promise<boolean> => {
    if (isPicked()) await lookAgain();
    return false;
  };
  /** Whether a lane that no reading found closed counts as closed now. */
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

/** Single marketing messages belong to nothing that can be paused, so they need no reading. */
const mayBePaused = (lane: Lane): boolean => isMarketing(lane) && lane !== laneOf('marketing');
