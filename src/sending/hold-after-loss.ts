import { mayGoOn } from '../domain/sending/after-loss.ts';
import type { Store } from '../store/store.ts';
import { watchPrimary } from '../store/watch-primary.ts';
import { readSpoolReports } from '../store/web-processes.ts';

/** Between two looks at what web processes say, ms. */
const LOOK_MS = 250;

type Log = Record<'info' | 'warn', (facts: Record<string, unknown>, line: string) => void>;

export type LossHold = {
  /** Marketing waits: the database was away, and a STOP may lie in a spool. */
  holds: () => boolean;
  stop: () => Promise<void>;
};

/** Holds a worker's marketing from the moment the database is lost until web processes have taken in what they spooled. */
export function holdAfterLoss({ store, log }: { store: Store; log: Log }): LossHold {
  /** Counts losses: whoever waits for an older one leaves off. */
  let losses = 0;
  let held = false;
  let waiting: Promise<void> = Promise.resolve();
  const waitOut = async (loss: number): Promise<void> => {
    let backAt: Date | null = null;
    while (held && loss === losses) {
      const read = await readSpoolReports(store).catch(() => null);
      if (read !== null) {
        backAt ??= read.now;
        if (loss === losses && mayGoOn(backAt, read.now, read.reports)) {
          held = false;
          log.info({}, 'marketing goes on: the web processes have taken in what they spooled');
          return;
        }
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  };
  const unwatch = watchPrimary(store, {
    lost: () => {
      losses += 1;
      if (!held) log.warn({}, 'marketing waits: the database is away, and texts may be in a spool');
      held = true;
    },
    back: () => {
      const loss = losses;
      waiting = waiting.then(() => waitOut(loss));
    },
  });
  return {
    holds: () => held,
    stop: async () => {
      unwatch();
      losses += 1;
      await waiting;
    },
  };
}
