import {
  boundClock,
  type ClockBounds,
  clockErrorBy,
  NO_ERROR,
  offBy,
  rightTime,
  UNKNOWN_CLOCK,
} from '../domain/database-clock.ts';
import type { Monotonic } from './gate.ts';

type Log = Record<'info' | 'error', (facts: Record<string, unknown>, line: string) => void>;

/** What this process knows of the database's clock, by every answer that contains the database's time. */
export type DatabaseClock = {
  /**
   * The current time by the machine's clock, or by the database's clock where the two are known to differ: the time
   * that processes with right clocks would give.
   */
  now: () => Date;
  /** The distance between the database's clock and this process's monotonic clock. */
  bounds: () => ClockBounds;
  /**
   * The least number of ms by which `wall` is ahead of the database's clock; below 0 where `wall` is behind. 0 where
   * `wall` may be right, or nothing is known yet.
   */
  offBy: (wall: Date) => number;
  /**
   * Calls the database and learns from the time in its answer, ms since the epoch. When the call fails, rejects and
   * keeps what is known.
   */
  measure: <T>(call: () => Promise<T>, timeOf: (answer: T) => number) => Promise<T>;
};

/**
 * Creates the clock of a process. A process whose machine has a wrong clock must still take texts, so it follows the
 * database's clock instead of stopping.
 */
export function createDatabaseClock(machine: {
  wall: () => Date;
  monotonic: Monotonic;
  log: Log;
}): DatabaseClock {
  const { wall, monotonic, log } = machine;
  let error = NO_ERROR;
  let bounds = UNKNOWN_CLOCK;
  return {
    now: () => {
      const own = wall();
      return error.behind === 0 ? own : new Date(rightTime(own.getTime(), monotonic(), error));
    },
    bounds: () => bounds,
    offBy: (time) => offBy(time.getTime(), monotonic(), bounds),
    measure: async (call, timeOf) => {
      const before = { sent: monotonic(), wallSent: wall().getTime() };
      const answer = await call();
      const after = { received: monotonic(), wall: wall().getTime() };
      const reading = { ...before, ...after, database: timeOf(answer) };
      bounds = boundClock(bounds, reading);
      const wasRight = error.behind === 0;
      error = clockErrorBy(reading, error) ?? error;
      if (wasRight && error.behind !== 0) log.error({ ms: -error.behind }, OFF);
      if (!wasRight && error.behind === 0) log.info({}, RIGHT);
      return answer;
    },
  };
}

const OFF =
  "This process's clock differs from the database's clock, which it follows from now on. Set the machine's clock by NTP.";
const RIGHT = "This process's clock agrees with the database's clock again.";
