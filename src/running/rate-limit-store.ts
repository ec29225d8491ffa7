import type { Store } from 'express-rate-limit';

/**
 * Counts the hits of each key in its window, by a monotonic clock. With the machine's clock, one that was an hour
 * ahead and then set right would lock a key out for that hour. Each limiter needs a store of its own.
 */
export function createRateLimitStore(windowMs: number, monotonic: () => number): Store {
  /** In the order in which the windows end. */
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
      // The limiter subtracts the machine's current time again.
      return { totalHits: window.hits, resetTime: new Date(Date.now() + window.endsAt - now) };
    },
    decrement: (key) => {
      const window = windows.get(key);
      if (window !== undefined) window.hits -= 1;
    },
    resetKey: (key) => void windows.delete(key),
  };
}
