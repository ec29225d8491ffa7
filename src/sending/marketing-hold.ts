import { absenceOf, mayGoOn } from '../domain/sending/database-outage.ts';
import { watchPrimary } from '../store/connection.ts';
import type { Store } from '../store/store.ts';
import { readSpoolReports } from '../store/web-processes.ts';
import type { DatabaseClock } from './database-clock.ts';
import type { Monotonic } from './gate.ts';

/** How often the reports of web processes are read, ms. */
const LOOK_MS = 250;

type Log = Record<'info' | 'warn', (facts: Record<string, unknown>, line: string) => void>;

export type LossHold = {
  /**
   * True while marketing waits. The database was away, or may have been before this process started, and a STOP may
   * lie in a spool.
   */
  holds: () => boolean;
  stop: () => Promise<void>;
};

type Deps = { store: Store; log: Log; monotonic: Monotonic };

/** The state of the hold. */
type Hold = {
  /** Counts losses of the database: a wait for an older loss ends. */
  losses: number;
  held: 'from the start' | 'since a loss' | null;
  /**
   * Of several losses at short intervals, the time of the first. A web process that it cut off may not have reported
   * yet.
   */
  since: number;
  told: boolean;
};

/**
 * Holds a worker's marketing from its start, and whenever the database is lost, until the web processes have taken in
 * their spools.
 */
export function holdMarketingAfterOutage(deps: Deps): LossHold {
  const { store, log, monotonic } = deps;
  const hold: Hold = { losses: 0, held: 'from the start', since: monotonic(), told: false };
  let waiting = waitOut(deps, hold, hold.losses);
  const unwatch = watchPrimary(store, {
    lost: () => {
      hold.losses += 1;
      if (hold.held === null) hold.since = monotonic();
      if (hold.held !== 'since a loss')
        log.warn({}, 'marketing waits, because the database is down and opt-outs may be in a spool');
      hold.held = 'since a loss';
    },
    back: () => {
      const loss = hold.losses;
      waiting = waiting.then(() => waitOut(deps, hold, loss));
    },
  });
  return {
    holds: () => hold.held !== null,
    stop: async () => {
      unwatch();
      hold.losses += 1;
      await waiting;
    },
  };
}

/** Ends the hold once the web processes have reported, unless the database was lost again meanwhile. */
async function waitOut({ store, log, monotonic }: Deps, hold: Hold, loss: number): Promise<void> {
  let absence: ReturnType<typeof absenceOf> | null = null;
  while (hold.held !== null && loss === hold.losses) {
    const read = await readSpoolReports(store).catch(() => null);
    if (read !== null) {
      const { now, reports } = read;
      absence ??= absenceOf(now, monotonic() - hold.since, reports);
      if (loss === hold.losses && mayGoOn(absence, now, reports)) return mayContinue(hold, log);
      if (hold.held === 'from the start' && !hold.told) {
        hold.told = true;
        log.info({}, 'marketing of this process waits until every web process has reported on its spool');
      }
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

function mayContinue(hold: Hold, log: Log): void {
  if (hold.held === 'since a loss')
    log.info({}, 'marketing continues: the web processes have recorded their spooled texts');
  else if (hold.told) log.info({}, 'marketing starts: every web process has reported on its spool');
  hold.held = null;
}

/**
 * How far a clock of this process may be from the database's, ms. Quiet hours and the days of caps depend on that
 * clock.
 */
const CLOCK_MS = 2000;

/**
 * Ms by which the process's time is ahead of the database's; below 0 where it is behind; 0 where it may be right. The
 * time is corrected already (`database-clock.ts`). An error remains only before the first reading of the database's clock,
 * or after the machine's clock leapt.
 */
export const errorOf = (now: () => Date, clock: Pick<DatabaseClock, 'offBy'>) => (): number => {
  const ms = clock.offBy(now());
  return Math.abs(ms) > CLOCK_MS ? ms : 0;
};

/**
 * Holds a worker's marketing while its machine's clock, `wall`, is known to be wrong. `database-clock.ts` corrects
 * the process's time, but does not replace NTP.
 */
export function holdMarketingWhileClockOff(
  { wall, log }: { wall: () => Date; log: Record<'info' | 'error', Log['info']> },
  clock: Pick<DatabaseClock, 'offBy'>,
): { holds: () => boolean } {
  const errorNow = errorOf(wall, clock);
  let wasOff = false;
  return {
    holds: () => {
      const ms = errorNow();
      if (ms !== 0 && !wasOff) log.error({ ms: Math.round(ms) }, OFF);
      if (ms === 0 && wasOff) log.info({}, RIGHT);
      wasOff = ms !== 0;
      return wasOff;
    },
  };
}

const OFF =
  "marketing waits, because this process's clock differs from the database's clock. Set it by NTP; marketing then continues by itself";
const RIGHT = "marketing continues: this process's clock agrees with the database's clock again";
