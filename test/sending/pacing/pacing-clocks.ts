import { createDatabaseClock } from '../../../src/sending/database-clock.ts';
import { createCarrierBacklog, createRateLimiter } from '../../../src/sending/rate-limiter.ts';
import type { Store } from '../../../src/store/store.ts';

/**
 * The clocks of a test: one true time, the database's clock, and workers whose monotonic clocks began at different
 * times.
 */
export type PacingClocks = {
  /** The true time in ms. */
  now: number;
  /** How far the database's clock is ahead of the true time, in ms. */
  database: number;
  /** How many ms a question takes to reach the database, and its answer to come back. */
  way: { out: number; back: number };
};

export const newPacingClocks = (): PacingClocks => ({
  now: 0,
  database: 1_790_000_000_000,
  way: { out: 0.2, back: 0.2 },
});

export type PacingWorker = { pace: ReturnType<typeof createRateLimiter>; monotonic: () => number };

export function newWorker(store: Store, world: PacingClocks, skew: number): PacingWorker {
  const monotonic = (): number => world.now + skew;
  const databaseNow = (): Date => {
    world.now += world.way.out;
    const at = new Date(Math.floor(world.now + world.database));
    world.now += world.way.back;
    return at;
  };
  const wall = (): Date => new Date(world.now + world.database);
  const clock = createDatabaseClock({
    wall,
    monotonic,
    log: { info: () => undefined, error: () => undefined },
  });
  const backlog = createCarrierBacklog({ store, monotonic });
  const pace = createRateLimiter({ store, monotonic, clock, databaseNow, backlog });
  return { pace, monotonic };
}
