import { clockErrorBy, NO_ERROR, rightTime } from '../domain/own-clock.ts';

type Log = Record<'info' | 'error', (facts: Record<string, unknown>, line: string) => void>;

type OwnClock = {
  /** By the wall clock, or by the database's where that is known to be another: as processes with right clocks would say it. */
  now: () => Date;
  /** Asks for the database's time, and learns from the answer. Rejects where there is none: what was known stays known. */
  look: (ask: () => Promise<Date>) => Promise<Date>;
};

/** The clock of a process that does not stop where its machine's is wrong: it must take texts in all the same. */
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

const OFF = "this process's clock is not the database's, which it goes by from now on: set its own, by NTP";
const RIGHT = "this process's clock is the database's again";
