import { absenceOf, mayGoOn } from '../domain/sending/after-loss.ts';
import type { Store } from '../store/store.ts';
import { watchPrimary } from '../store/watch-primary.ts';
import { readSpoolReports } from '../store/web-processes.ts';
import type { Monotonic } from './gate.ts';

/** Between two looks at what web processes say, ms. */
const LOOK_MS = 250;

type Log = Record<'info' | 'warn', (facts: Record<string, unknown>, line: string) => void>;

export type LossHold = {
  /** Marketing waits: the database was away, or may have been before this process began, and a STOP may lie in a spool. */
  holds: () => boolean;
  stop: () => Promise<void>;
};

type Deps = { store: Store; log: Log; monotonic: Monotonic };

/** What is known of losses. */
type Hold = {
  /** Counts them: whoever waits for an older one leaves off. */
  losses: number;
  held: 'from the start' | 'since a loss' | null;
  /** Of several losses at short intervals the first: who was silenced by it has perhaps not spoken yet. */
  since: number;
  told: boolean;
};

/** Holds a worker's marketing from its start, and whenever the database is lost, until web processes have taken in what they spooled. */
export function holdAfterLoss(deps: Deps): LossHold {
  const { store, log, monotonic } = deps;
  const hold: Hold = { losses: 0, held: 'from the start', since: monotonic(), told: false };
  let waiting = waitOut(deps, hold, hold.losses);
  const unwatch = watchPrimary(store, {
    lost: () => {
      hold.losses += 1;
      if (hold.held === null) hold.since = monotonic();
      if (hold.held !== 'since a loss')
        log.warn({}, 'marketing waits: the database is away, and texts may be in a spool');
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

/** Ends the hold once the web processes have spoken, unless there was another loss meanwhile. */
async function waitOut({ store, log, monotonic }: Deps, hold: Hold, loss: number): Promise<void> {
  let absence: ReturnType<typeof absenceOf> | null = null;
  while (hold.held !== null && loss === hold.losses) {
    const read = await readSpoolReports(store).catch(() => null);
    if (read !== null) {
      const { now, reports } = read;
      absence ??= absenceOf(now, monotonic() - hold.since, reports);
      if (loss === hold.losses && mayGoOn(absence, now, reports)) return goOn(hold, log);
      if (hold.held === 'from the start' && !hold.told) {
        hold.told = true;
        log.info({}, 'offers of this process wait until every web process has told of its spool');
      }
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

function goOn(hold: Hold, log: Log): void {
  if (hold.held === 'since a loss')
    log.info({}, 'marketing goes on: the web processes have taken in what they spooled');
  else if (hold.told) log.info({}, 'offers begin: the web processes have told of their spools');
  hold.held = null;
}
