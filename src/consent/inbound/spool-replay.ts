import { hostname } from 'node:os';
import { isDatabaseAway } from '../../store/database-errors.ts';
import { KeyMissing } from '../../store/sealing/keys.ts';
import { withTimeLimit } from '../../store/transaction.ts';
import { forgetWebProcess, reportSpool } from '../../store/web-processes.ts';
import type { AppContext } from '../app-context.ts';
import { recordAndReply } from './handle-inbound.ts';
import { isFullOptOut } from './interpret.ts';
import type { Spool } from './spool.ts';
import type { Replayed } from './spool-files.ts';

/** Between two turns, ms. Each ends with a report to the workers: one that starts waits for it with its offers. */
const REPLAY_MS = 1000;

/** Longest time for one text, and for what a turn asks or tells of spools, ms: one that never ends would end all turns. */
const TAKE_MS = 30_000;
const REPORT_MS = 5000;

/** Called at every turn; and how a turn asks for the database's time. */
type Turns = { look: () => void; askTime: () => Promise<Date> };

/** Once, with those in front that go first. */
export const replaySpool = (desk: AppContext, spool: Spool): ReturnType<Spool['replay']> =>
  spool.replay(
    (message) => withTimeLimit(TAKE_MS, recordAndReply(desk, message)),
    (message) => isFullOptOut(desk, message),
  );

/**
 * Takes in what lies in the spool, in the folder `dir`, as long as a web process runs, and tells the workers how much is
 * left: after a loss of the database their marketing waits for it.
 */
export function startSpoolReplay(
  desk: AppContext,
  spool: Spool,
  dir: string,
  { look, askTime }: Turns,
): { stop: () => Promise<void> } {
  let running: Promise<unknown> = Promise.resolve();
  let busy = false;
  const teller = createTeller(desk);
  const reports = createReports(desk, dir, askTime);
  const replay = async (): Promise<void> => {
    teller.replayed(await replaySpool(desk, spool));
    await withTimeLimit(REPORT_MS, reports.tell(spool.waiting));
  };
  const timer = setInterval(() => {
    look();
    if (busy) return;
    busy = true;
    running = replay()
      .then(teller.done, teller.failed)
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

/** What the log says of turns: that texts are stuck where more are than before, and that turns fail at the first of a kind. */
function createTeller({ log }: AppContext) {
  let stuck = 0;
  let told: 'warn' | 'error' | null = null;
  return {
    replayed: ({ taken, kept, torn, why }: Replayed): void => {
      if (taken > 0) log.info({ count: taken }, 'spooled texts replayed');
      if (why !== undefined && kept > stuck) {
        const next = nextStep(why.error);
        log.error(
          { count: kept, ...why, next },
          'spooled texts cannot be taken; they are tried every second',
        );
      }
      if (torn > 0) log.error({ count: torn }, 'lines of the spool cannot be read; they are kept as .torn');
      stuck = kept;
    },
    done: (): void => {
      told = null;
    },
    failed: (error: unknown): void => {
      const level = isDatabaseAway(error) ? 'warn' : 'error';
      if (told !== level)
        log[level]({ error }, 'a turn of taking in the spool failed; another begins every second');
      told = level;
    },
  };
}

/** What an operator does about a text that cannot be taken in. Its file may hold a STOP. */
function nextStep(error: unknown): string {
  if (error instanceof KeyMissing) return 'put its key back into KEYRING';
  if (['ENOSPC', 'EDQUOT'].includes(Object(error).code)) return 'free space on the disk of DATA_DIR';
  if (typeof Object(error).syscall === 'string')
    return 'let this process read and write the folder and the file';
  return 'keep the file and report the error';
}

/** What is said of the spool is of its folder: the next web process that has it says it anew. */
function createReports({ store }: AppContext, dir: string, askTime: Turns['askTime']) {
  const me = `${hostname()}:${dir}`;
  return {
    tell: async (left: () => number): Promise<void> => {
      const at = await askTime();
      await reportSpool(store, me, { at, spooled: left() });
    },
    /** A folder in which texts are left goes on counting until another process has had time to take them. */
    stop: async (spooled: number): Promise<void> => {
      if (spooled === 0) await forgetWebProcess(store, me).catch(() => undefined);
    },
  };
}
