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

/** Holds a worker's marketing from its start, and whenever the database is lost, until web processes have taken in what they spooled. */
export function holdAfterLoss({ store, log, monotonic }: Deps): LossHold {
  /** Counts losses: whoever waits for an older one leaves off. */
  let losses = 0;
  let held: 'from the start' | 'since a loss' | null = 'from the start';
  /** Of several losses at short intervals the first: who was silenced by it has perhaps not spoken yet. */
  let since = monotonic();
  let told = false;
  const goOn = (): void => {
    if (held === 'since a loss')
      log.info({}, 'marketing goes on: the web processes have taken in what they spooled');
    else if (told) log.info({}, 'offers begin: the web processes have told of their spools');
    held = null;
  };
  const waitOut = async (loss: number): Promise<void> => {
    let absence: ReturnType<typeof absenceOf> | null = null;
    while (held !== null && loss === losses) {
      const read = await readSpoolReports(store).catch(() => null);
      if (read !== null) {
        const { now, reports } = read;
        absence ??= absenceOf(now, monotonic() - since, reports);
        if (loss === losses && mayGoOn(absence, now, reports)) return goOn();
        if (held === 'from the start' && !told) {
          told = true;
          log.info({}, 'offers of this process wait until every web process has told of its spool');
        }
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  };
  let waiting = waitOut(losses);
  const unwatch = watchPrimary(store, {
    lost: () => {
      losses += 1;
      if (held === null) since = monotonic();
      if (held !== 'since a loss')
        log.warn({}, 'marketing waits: the database is away, and texts may be in a spool');
      held = 'since a loss';
    },
    back: () => {
      const loss = losses;
      waiting = waiting.then(() => waitOut(loss));
    },
  });
  return {
    holds: () => held !== null,
    stop: async () => {
      unwatch();
      losses += 1;
      await waiting;
    },
  };
}
