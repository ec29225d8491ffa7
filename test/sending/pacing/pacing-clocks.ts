import { createCarrierBacklog, createRateLimiter } from '../../../src/sending/rate-limiter.ts';
import type { Store } from '../../../src/store/store.ts';

/** Time of a test: one true time, the database's clock, and workers whose monotonic clocks began whenever they did. */
export type PacingClocks = {
  /** True time, ms. */
  now: number;
  /** What the database's clock is ahead of true time, ms. */
  database: number;
  /** Ms that an ask takes to reach the database, and its answer to come back. */
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
  const pace = createRateLimiter({
    store,
    monotonic,
    databaseNow,
    backlog: createCarrierBacklog({ store, monotonic }),
  });
  return { pace, monotonic };
}
