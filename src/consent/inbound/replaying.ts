import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { findHousemates, forgetWebProcesses, reportSpool } from '../../store/web-processes.ts';
import type { Desk } from '../desk.ts';
import { goesFirst } from './goes-first.ts';
import type { Spool } from './spool.ts';
import { isAlive } from './spool-files.ts';
import { take } from './take-in.ts';

/** Between two turns, ms. Each ends with a report to the workers: one that starts waits for it with its offers. */
const REPLAY_MS = 1000;

/** Called at every turn; and how a turn asks for the database's time. */
type Turns = { look: () => void; askTime: () => Promise<Date> };

/** Once, with those in front that go first. */
export const replaySpool = (desk: Desk, spool: Spool): ReturnType<Spool['replay']> =>
  spool.replay(
    (message) => take(desk, message),
    (message) => goesFirst(desk, message),
  );

/**
 * Takes in what lies in the spool, in the folder `dir`, as long as a web process runs, and tells the workers how much is
 * left: after a loss of the database their marketing waits for it.
 */
export function startReplaying(
  desk: Desk,
  spool: Spool,
  dir: string,
  { look, askTime }: Turns,
): { stop: () => Promise<void> } {
  let running: Promise<unknown> = Promise.resolve();
  let busy = false;
  let stuck = 0;
  const reports = createReports(desk, dir, askTime);
  const replay = async (): Promise<void> => {
    const dead = await reports.dead();
    const { taken, kept, torn } = await replaySpool(desk, spool);
    if (taken > 0) desk.log.info({ count: taken }, 'spooled texts replayed');
    if (kept > stuck) desk.log.error({ count: kept }, 'spooled texts cannot be taken; they are tried again');
    if (torn > 0)
      desk.log.error({ count: torn }, 'lines of the spool cannot be read; they are kept as .torn');
    stuck = kept;
    await reports.tell(() => Math.max(spool.waiting(), kept), dead);
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

function createReports({ store }: Desk, dir: string, askTime: Turns['askTime']) {
  const me = { _id: randomUUID(), home: `${hostname()}:${dir}`, pid: process.pid };
  return {
    /** Asked before a turn, which then takes in what they left. In a container every process has the same id. */
    dead: async (): Promise<string[]> => {
      const mates = await findHousemates(store, me).catch(() => []);
      return mates.filter(({ pid }) => pid === me.pid || !isAlive(pid)).map(({ _id }) => _id);
    },
    tell: async (left: () => number, dead: readonly string[]): Promise<void> => {
      const at = await askTime();
      const spooled = left();
      await reportSpool(store, me, { at, spooled });
      if (spooled === 0) await forgetWebProcesses(store, dead);
    },
    /** One that leaves texts behind goes on counting until another process has had time to take them. */
    stop: async (spooled: number): Promise<void> => {
      if (spooled === 0) await forgetWebProcesses(store, [me._id]).catch(() => undefined);
    },
  };
}
