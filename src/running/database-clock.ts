import { clockErrorBy, NO_ERROR, rightTime } from '../domain/own-clock.ts';

type Log = Record<'info' | 'error', (facts: Record<string, unknown>, line: string) => void>;

type OwnClock = {
  /**
   * The current time by the machine's clock, or by the database's clock where the two are known to differ: the time
   * that processes with right clocks would give.
   */
  now: () => Date;
  /**
   * Asks for the database's time, and learns from the answer how far the machine's clock is off. When `ask` fails,
   * rejects and keeps what it knows.
   */
  look: (ask: () => Promise<Date>) => Promise<Date>;
};

/**
 * The clock of a process. A process whose machine has a wrong clock must still take texts, so it follows the
 * database's clock instead of stopping.
 */
export function createDatabaseClock(machine: {
  wall: () => Date;
  monotonic: () => number;
  log: Log;
}): OwnClock {
  const { wall, monotonic, log } = machine;
  let error = NO_ERROR;
  return {
    now: () => {
      const own = wall();
      return error.behind === 0 ? own : new Date(rightTime(own.getTime(), monotonic(), error));
    },
    look: async (ask) => {
      const asked = wall().getTime();
      const database = await ask();
      const look = { asked, told: wall().getTime(), database: database.getTime(), monotonic: monotonic() };
      const before = error.behind;
      error = clockErrorBy(look) ?? error;
      if (before === 0 && error.behind !== 0) log.error({ ms: -error.behind }, OFF);
      if (before !== 0 && error.behind === 0) log.info({}, RIGHT);
      return database;
    },
  };
}

const OFF =
  "this process's clock differs from the database's clock, so this process follows the database's clock; set its own clock by NTP";
const RIGHT = "this process's clock agrees with the database's clock again";
