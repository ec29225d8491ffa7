import type { Store } from 'express-rate-limit';

/**
 * How often each key came in its window, by a clock that nobody sets: by the machine's own, one that was an hour ahead
 * when it was set right would keep a key out for that hour. A store for each limiter.
 */
export function createRateLimitStore(windowMs: number, monotonic: () => number): Store {
  /** In the order in which they end. */
  const windows = new Map<string, { hits: number; endsAt: number }>();
  const dropEnded = (now: number): void => {
    for (const [key, { endsAt }] of windows) {
      if (endsAt > now) return;
      windows.delete(key);
    }
  };
  return {
    localKeys: true,
    get: (key) => {
      dropEnded(monotonic());
      const window = windows.get(key);
      return window === undefined ? undefined : { totalHits: window.hits, resetTime: undefined };
    },
    increment: (key) => {
      const now = monotonic();
      dropEnded(now);
      const window = windows.get(key) ?? { hits: 0, endsAt: now + windowMs };
      window.hits += 1;
      windows.set(key, window);
      // The limiter takes the machine's time of this moment from it again.
      return { totalHits: window.hits, resetTime: new Date(Date.now() + window.endsAt - now) };
    },
    decrement: (key) => {
      const window = windows.get(key);
      if (window !== undefined) window.hits -= 1;
    },
    resetKey: (key) => void windows.delete(key),
  };
}
