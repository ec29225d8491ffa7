import { setTimeout as pause } from 'node:timers/promises';
import type { Monotonic } from './gate.ts';

export function createBackgroundRetries(deps: {
  onError: (error: unknown, line: string) => void;
}): Pick<BackgroundRetries, 'add'> & { ended: () => Promise<unknown> } {
  const under = new Set<Promise<void>>();
  return {
    add: (work, lost) => {
      const told: Promise<void> = work
        .catch((error: unknown) => deps.onError(error, lost))
        .finally(() => under.delete(told));
      under.add(told);
    },
    ended: () => Promise.all(under),
  };
}

/** Takes work that goes on while the dispatcher serves other rows; its stop waits for it. */
export type BackgroundRetries = {
  /** `lost`: the line that tells of it where the work failed for good. */
  add: (work: Promise<void>, lost: string) => void;
  /** Once it is aborted such work tries once more, and ends. */
  stopping: AbortSignal;
  pauseMs: PauseMs;
};

/** Before the first new try, ms; doubled for each further one, up to the most. */
type PauseMs = { first: number; most: number };

/** A failover takes seconds, a lost connection none. */
export const PAUSE_MS: PauseMs = { first: 100, most: 1000 };

/** Tries a write that has failed until it is carried out. Rejects as the last try did, once `giveUp` has come. */
export async function retryUntilDeadline(
  write: () => Promise<void>,
  {
    stopping,
    pauseMs,
    monotonic,
    giveUp,
  }: Omit<BackgroundRetries, 'add'> & { monotonic: Monotonic; giveUp: number },
): Promise<void> {
  for (let ms = pauseMs.first; ; ms = Math.min(2 * ms, pauseMs.most)) {
    await pause(ms, undefined, { signal: stopping }).catch(() => undefined);
    try {
      return await write();
    } catch (error) {
      if (stopping.aborted || monotonic() >= giveUp) throw error;
    }
  }
}
