import {
  accessSync,
  constants,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs';
import { join } from 'node:path';

/** Another living process holds the folder. The message is for the operator. */
export class DataDirBusy extends Error {
  override readonly name = 'DataDirBusy';

  constructor(dataDir: string, pid: number) {
    super(`another Assent is running on ${dataDir} (pid ${pid}). End it, or set another DATA_DIR.`);
  }
}

/**
 * Takes the data folder for this process and returns the function that releases it. Takes over the lock of a dead
 * process. Throws DataDirBusy while the holder lives, and a plain Error when the folder cannot be written or the
 * lock can neither be read nor moved.
 */
export function lockDataDir(dataDir: string): () => void {
  const file = lockIn(dataDir);
  const own = ownName();
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    accessSync(dataDir, constants.W_OK);
  } catch (failure) {
    throw new Error(`DATA_DIR ${dataDir} cannot be written: ${(failure as Error).message}`);
  }
  const holder = takeLock(file, own, isSameProcess);
  if (holder !== null) throw new DataDirBusy(dataDir, pidOf(holder));
  return () => releaseLock(file, own);
}

/** The unique name of the living process that holds the folder; null when none holds it. */
export function holderOf(dataDir: string): string | null {
  const holder = readLock(lockIn(dataDir));
  return holder !== undefined && isSameProcess(holder) ? holder : null;
}

const lockIn = (dataDir: string): string => join(dataDir, 'assent.lock');

/** A name of this process that no other process of this machine has or had. */
export const ownName = (): string => `${process.pid} ${startOf(process.pid)}`;
export const pidOf = (holder: string): number => Number(holder.split(' ')[0]);

/**
 * Takes a lock. Returns null when the lock is ours, or the name of its living holder. A lock is a symbolic link
 * whose target is the name: the link appears whole or not at all, and on a full disk too.
 */
export function takeLock(file: string, own: string, isLiving: (holder: string) => boolean): string | null {
  while (!linked(own, file)) {
    const holder = readLock(file);
    if (holder === undefined) continue;
    if (isLiving(holder)) return holder;
    removeLock(file, holder);
  }
  return null;
}

/** Releases our own lock, and leaves the lock of another process alone. */
export function releaseLock(file: string, own: string): void {
  if (readLock(file) === own) unlinkSync(file);
}

/** Removes the lock of a dead holder. Puts a lock back that another process made meanwhile. */
function removeLock(file: string, deadHolder: string): void {
  const aside = `${file}.${process.pid}.aside`;
  try {
    renameSync(file, aside);
  } catch (failure) {
    if (isGone(failure)) return;
    throw stuck(file, failure);
  }
  const taken = readLock(aside);
  if (taken !== undefined && taken !== deadHolder) linked(taken, file);
  unlinkSync(aside);
}

/** False when a lock exists already. */
function linked(name: string, file: string): boolean {
  try {
    symlinkSync(name, file);
    return true;
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw failure;
  }
}

/** Whether the process that wrote this name still lives, and its id was not reused by another process. */
export function isSameProcess(holder: string): boolean {
  const [, start] = holder.split(' ');
  const pid = pidOf(holder);
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return startOf(pid) === start;
}

/** Start time in clock ticks since boot; "-" where the system does not tell. */
function startOf(pid: number): string {
  // The command, second in the line, may contain spaces, so fields are counted after its bracket (proc(5): 22nd of
  // all).
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return fields[19] ?? '-';
  } catch {
    return '-';
  }
}

/** Undefined when there is no lock. Throws when the lock cannot be read. */
export function readLock(file: string): string | undefined {
  try {
    return readlinkSync(file);
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
