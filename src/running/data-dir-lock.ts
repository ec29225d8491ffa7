import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Another living process holds the folder. The message is for the operator. */
export class DataDirBusy extends Error {
  override readonly name = 'DataDirBusy';

  constructor(dataDir: string, pid: number) {
    super(`another Assent is running on ${dataDir} (pid ${pid}). End it, or set another DATA_DIR.`);
  }
}

/**
 * Takes the data folder for this process and returns what lets it go. The lock of a process that died, however it died,
 * is taken over. Throws DataDirBusy while its holder lives, and a plain Error when the folder cannot be written or the lock neither read nor moved.
 */
export function lockDataDir(dataDir: string): () => void {
  const file = join(dataDir, 'assent.lock');
  const own = `${file}.${process.pid}`;
  const content = `${process.pid} ${startOf(process.pid)}`;
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    writeFileSync(own, content);
  } catch (failure) {
    throw new Error(`DATA_DIR ${dataDir} cannot be written: ${(failure as Error).message}`);
  }
  try {
    while (!linked(own, file)) {
      const holder = read(file);
      if (holder === undefined) continue;
      const pid = Number(holder.split(' ')[0]);
      if (isSameProcess(holder)) throw new DataDirBusy(dataDir, pid);
      takeAway(file, holder);
    }
  } finally {
    rmSync(own);
  }
  return () => {
    if (read(file) === content) rmSync(file);
  };
}

/** What the living process that holds the folder is told from every other one by; null where none holds it. */
export function holderOf(dataDir: string): string | null {
  const holder = read(join(dataDir, 'assent.lock'));
  return holder !== undefined && isSameProcess(holder) ? holder : null;
}

/** Removes the lock of a dead holder; a lock that another starter made meanwhile is put back. */
function takeAway(file: string, deadHolder: string): void {
  const aside = `${file}.${process.pid}.aside`;
  try {
    renameSync(file, aside);
  } catch (failure) {
    if (isGone(failure)) return;
    throw stuck(file, failure);
  }
  if (read(aside) !== deadHolder) linked(aside, file);
  rmSync(aside);
}

/** A hard link appears with its content, or not at all. False when `to` is there already. */
function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw failure;
  }
}

/** Whether the process that wrote this still lives, and is not another one that was given its id. */
function isSameProcess(holder: string): boolean {
  const [text, start] = holder.split(' ');
  const pid = Number(text);
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return startOf(pid) === start;
}

/** Start time in clock ticks since boot, where the system tells; else "-". */
function startOf(pid: number): string {
  // The command, second in the line, may hold spaces; the fields after its bracket are counted (proc(5): 22nd of all).
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return fields[19] ?? '-';
  } catch {
    return '-';
  }
}

/** Undefined where there is none. Throws where it cannot be read. */
function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (failure) {
    if (isGone(failure)) return undefined;
    throw stuck(file, failure);
  }
}

const isGone = (failure: unknown): boolean => (failure as NodeJS.ErrnoException).code === 'ENOENT';

const stuck = (file: string, failure: unknown): Error =>
  new Error(
    `The lock ${file} cannot be read or taken over: ${(failure as Error).message}. Remove it, or run as its owner.`,
  );
