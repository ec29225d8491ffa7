import type { Monotonic } from './gate.ts';
import type { DatabaseClock } from './pacing/pace.ts';

/** How far a clock of this process may be from the database's, ms. Hours, and the days of caps, go by one. */
const CLOCK_MS = 2000;

/** While it is off, the database is asked anew as often as this, ms: slots may not be taken then, and its own clock be mended. */
const LOOK_MS = 10_000;

type Log = Record<'info' | 'error', (facts: Record<string, unknown>, line: string) => void>;
type Deps = { now: () => Date; monotonic: Monotonic; log: Log };

/**
 * Ms by which the time that a process goes by is ahead of the database's, below 0: behind; 0 where it may be right. It is
 * corrected (`own-clock.ts`), so it is off only where nobody could look yet, or since the machine's clock leapt.
 */
export const errorOf = (now: () => Date, clock: DatabaseClock) => (): number => {
  const ms = clock.offBy(now());
  return Math.abs(ms) > CLOCK_MS ? ms : 0;
};

/** Holds a worker's marketing while its machine's clock, `now`, is known to be off: what corrects it is no NTP. */
export function holdWhileOff({ now, monotonic, log }: Deps, clock: DatabaseClock): { holds: () => boolean } {
  let lookedAt: number | null = null;
  const lookAgain = (): void => {
    if (lookedAt !== null && monotonic() - lookedAt < LOOK_MS) return;
    lookedAt = monotonic();
    // A database that cannot be asked is told of by whatever needs it.
    void clock.lookAgain().catch(() => undefined);
  };
  return {
    holds: () => {
      const ms = clock.offBy(now());
      const off = Math.abs(ms) > CLOCK_MS;
      if (off && lookedAt === null) log.error({ ms: Math.round(ms) }, OFF);
      if (!off && lookedAt !== null) log.info({}, RIGHT);
      if (off) lookAgain();
      else lookedAt = null;
      return off;
    },
  };
}

const OFF =
  "marketing waits: this process's clock is not the database's. Set it by NTP; marketing then goes on by itself";
const RIGHT = "marketing goes on: this process's clock is the database's again";
