import { mkdirSync } from 'node:fs';
import { lstat, lutimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { isSameProcess, ownName, pidOf, readLock, releaseLock, takeLock } from './data-dir-lock.ts';

/** Longest that a starting process waits for the holder of its spool, ms: the holder may be shutting down. */
const WAIT_MS = 15_000;

/** Time between two checks of a lock that another process holds, ms. */
const LOOK_MS = 200;

/** Time between two signs of life of a holder, ms. */
const SIGN_MS = 1000;

/**
 * A holder on another machine, whose process cannot be seen from here, counts as dead after this long without a
 * sign of life, ms.
 */
const SILENT_MS = 10_000;

type SpoolLock = {
  /** False once another process took over the lock because this process hung for too long. */
  holds: () => boolean;
  release: () => void;
};

type Log = Record<'info', (facts: Record<string, unknown>, line: string) => void>;

/**
 * Takes the spool folder for this web process, so that every file in it is this process's own. The lock is next to
 * the folder. Takes over the lock of a dead holder. Waits for a living holder, and rejects with its process id and
 * host when the holder keeps the lock.
 */
export async function lockSpool(
  dir: string,
  log: Log,
  { waitMs = WAIT_MS, silentMs = SILENT_MS } = {},
): Promise<SpoolLock> {
  const file = `${dir}.lock`;
  const own = `${ownName()} ${hostname()}`;
  const isLiving = watchHolder(silentMs);
  const giveUp = performance.now() + waitMs;
  for (let waits = false; ; waits = true) {
    const sign = await heartbeatOf(file);
    const holder = take(dir, file, own, (name) => isLiving(name, sign));
    if (holder === null) break;
    const facts = { pid: pidOf(holder), host: hostOf(holder) };
    if (performance.now() > giveUp)
      throw new Error(
        `The spool ${dir} is used by web process ${facts.pid} of ${facts.host}. Give each web process a DATA_DIR of its own, or end that process.`,
      );
    if (!waits) log.info(facts, 'waiting for the web process that uses the spool to end');
    await sleep(LOOK_MS);
  }
  const holds = (): boolean => holdsNow(file, own);
  const signs = setInterval(() => {
    const now = new Date();
    if (holds()) lutimes(file, now, now).catch(() => undefined);
  }, SIGN_MS).unref();
  return {
    holds,
    release: () => {
      clearInterval(signs);
      releaseLock(file, own);
    },
  };
}

const hostOf = (holder: string): string => holder.split(' ')[2] ?? '';

function take(dir: string, file: string, own: string, isLiving: (holder: string) => boolean): string | null {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    return takeLock(file, own, isLiving);
  } catch (failure) {
    const why = (failure as Error).message;
    throw new Error(
      `The spool ${dir} cannot be locked: ${why}. Let the user of this process write it, or set another DATA_DIR.`,
    );
  }
}

/** False when the lock cannot be read: then the lock is not known to be ours. */
function holdsNow(file: string, own: string): boolean {
  try {
    return readLock(file) === own;
  } catch {
    return false;
  }
}

/** When the holder last gave a sign of life, by the clock of the machine that has the file. */
const heartbeatOf = (file: string): Promise<number> =>
  lstat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );

/**
 * Returns a function that says whether a holder lives: by the process for a holder on this machine, by signs of
 * life for one on another machine. Only checks whether the sign changed, since the clocks of two machines cannot be
 * compared.
 */
function watchHolder(silentMs: number): (holder: string, sign: number) => boolean {
  let last = { holder: '', sign: 0, at: 0 };
  return (holder, sign) => {
    if (hostOf(holder) === hostname()) return isSameProcess(holder);
    if (last.holder !== holder || last.sign !== sign) last = { holder, sign, at: performance.now() };
    return performance.now() - last.at < silentMs;
  };
}
