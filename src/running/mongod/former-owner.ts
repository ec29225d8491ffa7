import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MongodError } from './mongod-error.ts';

/** A mongod whose Assent was killed gets its own SIGTERM within two seconds; then it needs a moment to shut down. */
const PATIENCE_MS = 20_000;

/**
 * Waits until no mongod of a former run holds this folder. A lock file of a dead process is no obstacle.
 * Throws MongodError when a living one stays.
 */
export async function formerOwnerGone(
  dbPath: string,
  log: (line: string) => void,
  patienceMs = PATIENCE_MS,
): Promise<void> {
  const deadline = performance.now() + patienceMs;
  for (let waited = false; ; waited = true) {
    const pid = await owner(dbPath);
    if (pid === undefined) return;
    if (performance.now() > deadline) {
      throw new MongodError(
        `Another mongod (pid ${pid}) is using ${dbPath}.\nEnd it, or set DATA_DIR to another folder.`,
      );
    }
    if (!waited) log(`waiting for the mongod of the last run (pid ${pid}) to end ...`);
    await sleep(100);
  }
}

async function owner(dbPath: string): Promise<number | undefined> {
  // mongod empties the file on a clean end and leaves its pid in it after a kill.
  const text = await readFile(join(dbPath, 'mongod.lock'), 'utf8').catch(() => '');
  const pid = Number(text.trim());
  if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid)) return undefined;
  // Process ids are used again: where the system tells, it must be a mongod.
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => undefined);
  return command === undefined || /^([^\0]*\/)?mongod[^/\0]*(\0|$)/.test(command) ? pid : undefined;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (failure) {
    return (failure as NodeJS.ErrnoException).code === 'EPERM';
  }
}
