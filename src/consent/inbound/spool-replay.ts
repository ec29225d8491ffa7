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

/**
 * Time between two replays, ms. Each ends with a report to the workers; a starting worker holds its marketing until
 * then.
 */
const REPLAY_MS = 1000;

/**
 * Time limits for taking one text and for one report, ms: without them a single hanging call would end all replays.
 */
const TAKE_MS = 30_000;
const REPORT_MS = 5000;

/** `look` is called at every replay; `askTime` asks the database for its time. */
type Turns = { look: () => void; askTime: () => Promise<Date> };

/** Replays the spool once, full opt-outs first. */
export const replaySpool = (context: AppContext, spool: Spool): ReturnType<Spool['replay']> =>
  spool.replay(
    (message) => withTimeLimit(TAKE_MS, recordAndReply(context, message)),
    (message) => isFullOptOut(context, message),
  );

/**
 * Replays the spool in folder `dir` while a web process runs, and reports to the workers how many texts are left:
 * after a database outage their marketing waits for these texts.
 */
export function startSpoolReplay(
  context: AppContext,
  spool: Spool,
  dir: string,
  { look, askTime }: Turns,
): { stop: () => Promise<void> } {
  let running: Promise<unknown> = Promise.resolve();
  let busy = false;
  const teller = createTeller(context);
  const reports = createReports(context, dir, askTime);
  const replay = async (): Promise<void> => {
    teller.replayed(await replaySpool(context, spool));
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

/** Logs replays: stuck texts when their number grows, and failed replays only when the level changes. */
function createTeller({ log }: Pick<AppContext, 'log'>) {
  let stuck = 0;
  let told: 'warn' | 'error' | null = null;
  return {
    replayed: ({ taken, kept, torn, why }: Replayed): void => {
      if (taken > 0) log.info({ count: taken }, 'texts of the spool were processed');
      if (why !== undefined && kept > stuck) {
        const next = nextStep(why.error);
        log.error(
          { count: kept, ...why, next },
          'spooled texts cannot be taken; they are tried every second',
        );
      }
      if (torn > 0)
        log.error({ count: torn }, 'lines of the spool cannot be read; the spool keeps them in a .torn file');
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

/** What an operator should do about a text that cannot be taken. Its file may hold a STOP. */
function nextStep(error: unknown): string {
  if (error instanceof KeyMissing) return 'put its key back into KEYRING';
  if (['ENOSPC', 'EDQUOT'].includes(Object(error).code)) return 'free space on the disk of DATA_DIR';
  if (typeof Object(error).syscall === 'string')
    return 'let this process read and write the folder and the file';
  return 'keep the file and report the error';
}

/** Reports are kept per folder, so that the next web process with the same folder replaces them. */
function createReports({ store }: Pick<AppContext, 'store'>, dir: string, askTime: Turns['askTime']) {
  const me = `${hostname()}:${dir}`;
  return {
    tell: async (left: () => number): Promise<void> => {
      const at = await askTime();
      await reportSpool(store, me, { at, spooled: left() });
    },
    /** A folder with texts left keeps its report until another process has had time to take them. */
    stop: async (spooled: number): Promise<void> => {
      if (spooled === 0) await forgetWebProcess(store, me).catch(() => undefined);
    },
  };
}
