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

/**
 * Runs work in the background while the dispatcher serves other deliveries. The dispatcher's stop waits for that
 * work.
 */
export type BackgroundRetries = {
  /** `lost`: the log line for work that failed for good. */
  add: (work: Promise<void>, lost: string) => void;
  /** Once aborted, work is tried once more and then ends. */
  stopping: AbortSignal;
  pauseMs: PauseMs;
};

/** Pause before the first retry, ms; doubled for each further retry, up to `most`. */
type PauseMs = { first: number; most: number };

/** A lost connection recovers at once; a failover takes seconds. */
export const PAUSE_MS: PauseMs = { first: 100, most: 1000 };

/** Retries a failed write until it succeeds. After `giveUp`, rejects with the error of the last try. */
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
