import { randomUUID } from 'node:crypto';
import { watchPrimary } from '../store/watch-primary.ts';
import { forgetWebProcess, reportSpool } from '../store/web-processes.ts';
import type { Desk } from './desk.ts';
import type { Spool } from './spool.ts';
import { take } from './take-in.ts';

const REPLAY_MS = 1000;

/** Between two reports to the workers while there is nothing new to say, ms. */
const REPORT_MS = 2000;

/**
 * Takes in what lies in the spool, as long as a web process runs, and tells the workers how much is left: after a loss of
 * the database their marketing waits for it. `look` is called at every turn.
 */
export function startReplaying(desk: Desk, spool: Spool, look: () => void): { stop: () => Promise<void> } {
  let running: Promise<unknown> = Promise.resolve();
  let busy = false;
  let stuck = 0;
  const reports = createReports(desk);
  const replay = async (): Promise<void> => {
    const { taken, kept, torn } = await spool.replay((message) => take(desk, message));
    if (taken > 0) desk.log.info({ count: taken }, 'spooled texts replayed');
    if (kept > stuck) desk.log.error({ count: kept }, 'spooled texts cannot be taken; they are tried again');
    if (torn > 0)
      desk.log.error({ count: torn }, 'lines of the spool cannot be read; they are kept as .torn');
    stuck = kept;
    await reports.tell(Math.max(spool.waiting(), kept));
  };
  const timer = setInterval(() => {
    look();
    if (busy) return;
    busy = true;
    running = replay()
      .catch(() => undefined)
      .finally(() => {
        busy = false;
      });
  }, REPLAY_MS);
  return {
    stop: async () => {
      clearInterval(timer);
      await running;
      await reports.stop(spool.waiting());
    },
  };
}

function createReports({ store, monotonic }: Desk) {
  const id = randomUUID();
  let last = { spooled: -1, at: 0 };
  const unwatch = watchPrimary(store, {
    lost: () => {
      last = { ...last, spooled: -1 };
    },
    back: () => undefined,
  });
  return {
    tell: async (spooled: number): Promise<void> => {
      const at = monotonic();
      if (spooled === last.spooled && at - last.at < REPORT_MS) return;
      last = { spooled, at };
      await reportSpool(store, id, spooled);
    },
    /** One that leaves texts behind goes on counting until another process has had time to take them. */
    stop: async (spooled: number): Promise<void> => {
      unwatch();
      if (spooled === 0) await forgetWebProcess(store, id).catch(() => undefined);
    },
  };
}
