import { randomBytes } from 'node:crypto';
import { type FileHandle, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { isDatabaseAway } from '../../store/database-failure.ts';
import { KeyMissing, type KeyRing, openByRing, sealByRing } from '../../store/sealing/keys.ts';
import { sideBySide } from '../../store/side-by-side.ts';
import type { InboundMessage } from './message.ts';

/** A file nobody wrote for so long has lost its process, whatever runs under its process id now, ms. */
const ORPHAN_MS = 600_000;

/** As how many texts a file counts that cannot be read, as one of another user. */
const UNREAD = 1;

/** Where the lines of a spool are sealed. */
const PLACE = 'spool:line';

/** What became of the lines of one or more files. `why`: of the first that failed, what failed, and its file. */
export type Replayed = {
  taken: number;
  kept: number;
  torn: number;
  why?: { error: unknown; file: string };
};

/** The start of the names of one process's files; by its mark unlike those of an earlier process of the same id. */
export const spoolName = (pid: number, mark: string): string => `${hostname()}-${pid}-${mark}`;

export const newMark = (): string => randomBytes(4).toString('hex');

export function lineOf(ring: KeyRing, message: InboundMessage): string {
  const { by, box } = sealByRing(ring, PLACE, JSON.stringify(message));
  return `${JSON.stringify({ by, box: box.toString('base64') })}\n`;
}

/** Files nobody writes any more: our own finished ones, and those of processes that are gone. Oldest name first. */
export async function finishedFiles(dir: string, me: string): Promise<string[]> {
  const names = (await readdir(dir)).filter((name) => name.endsWith('.spool')).sort();
  const free = await Promise.all(
    names.map(async (name) => name.startsWith(me) || (await isOrphan(dir, name))),
  );
  return names.filter((_, at) => free[at]).map((name) => join(dir, name));
}

/** Removes what processes that are gone had not written whole: its lines stand in the file that it was to replace. */
export async function removeLeftovers(dir: string): Promise<void> {
  for (const name of (await readdir(dir)).filter((one) => one.endsWith('.part'))) {
    const { host, pid } = makerOf(name);
    const isLeft = (host === hostname() && !isAlive(pid)) || (await isLongUnwritten(dir, name));
    if (isLeft) await rm(join(dir, name), { force: true }).catch(() => undefined);
  }
}

/**
 * How many texts lie in files of others, of which nobody here knows that they are at work on them: of processes that are
 * gone, and of another machine.
 */
export async function textsOfOthers(dir: string, me: string): Promise<number> {
  const names = (await readdir(dir)).filter((name) => name.endsWith('.spool') && !name.startsWith(me));
  const counts = await Promise.all(
    names.map(async (name) => {
      if (makerOf(name).host === hostname() && !(await isOrphan(dir, name))) return 0;
      return unlessGone(readFile(join(dir, name), 'utf8')).then(
        (text) => linesIn(text ?? '').length,
        () => UNREAD,
      );
    }),
  );
  return counts.reduce((sum, one) => sum + one, 0);
}

const linesIn = (text: string): string[] => text.split('\n').filter((one) => one !== '');

function makerOf(name: string): { host: string | undefined; pid: number } {
  // Anchored at both ends: one mark in forty is all digits and would pass for the process id.
  const [, host, pid] = /^(.*)-(\d+)-[0-9a-f]{8}(?:-\d{8}\.spool|\.part)$/.exec(name) ?? [];
  return { host, pid: Number(pid) };
}

async function isOrphan(dir: string, name: string): Promise<boolean> {
  const { host, pid } = makerOf(name);
  // In a container every process has the same id: one that is ours and not of our making is of a dead one.
  if (host === hostname() && (pid === process.pid || !isAlive(pid))) return true;
  return isLongUnwritten(dir, name);
}

async function isLongUnwritten(dir: string, name: string): Promise<boolean> {
  // One that cannot be looked at is left alone, and must not keep the others from being taken.
  const found = await stat(join(dir, name)).catch(() => null);
  return found !== null && Date.now() - found.mtimeMs > ORPHAN_MS;
}

/** Null where the file is not there any more: another process has taken it in. */
async function unlessGone<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Whether the path still names this open file: what is written to it elsewhere is found by nobody. */
export async function isNamed(file: FileHandle, path: string): Promise<boolean> {
  const [written, named] = await Promise.all([file.stat(), unlessGone(stat(path))]);
  return named !== null && named.ino === written.ino && named.dev === written.dev;
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** How a file is taken in: whether a text is due in this round, and as how many texts the file counts where that fails. */
export type Taking = {
  take: (message: InboundMessage) => Promise<unknown>;
  isDue: (message: InboundMessage) => boolean;
  texts: number | undefined;
};

/**
 * Feeds every line that is due through `take`, and keeps a file that cannot be read or written, with as many texts as are
 * known to lie in it, so that it lets the others by. Rejects where the database is away.
 */
export async function replayOrKeep(path: string, ring: KeyRing, taking: Taking): Promise<Replayed> {
  try {
    return await replayFile(path, ring, taking);
  } catch (error) {
    if (isDatabaseAway(error)) throw error;
    return { taken: 0, kept: taking.texts ?? UNREAD, torn: 0, why: { error, file: basename(path) } };
  }
}

/**
 * Feeds every line that is due through `take`, some people's side by side. Where the database is away it rejects and leaves
 * the file as it is; a line that is not due, is refused for any other reason, or whose key this process lacks, is kept
 * for the next time and lets the others by. A file that is gone has no lines. Another process may be at work on the same
 * file: it leaves out only what it has taken, so once all lines that were found here are taken, every line is.
 */
async function replayFile(path: string, ring: KeyRing, { take, isDue }: Taking): Promise<Replayed> {
  const found = await unlessGone(Promise.all([readFile(path, 'utf8'), stat(path)]));
  if (found === null) return { taken: 0, kept: 0, torn: 0 };
  const [text, { mtime }] = found;
  const read = new Set(linesIn(text));
  const lines = linesIn(text).map((line) => ({ line, message: parse(ring, line) }));
  const torn = lines.filter(({ message }) => message === 'torn');
  const due = lines.flatMap((one) =>
    isUnopened(one.message) || !isDue(one.message) ? [] : { ...one.message, at: one },
  );
  const done = new Set(torn);
  const failures: unknown[] = lines.map(({ message }) => message).filter((one) => one instanceof KeyMissing);
  await sideBySide(
    due,
    ({ from }) => from,
    async ({ at, ...message }) => {
      const refusal = await tryToTake(message, take);
      if (refusal === null) done.add(at);
      else failures.push(refusal.error);
    },
  );
  const kept = lines.filter((one) => !done.has(one));
  // Half a line was never answered with a 2xx, so the carrier still has its text; it is kept for a look.
  if (torn.length > 0) await writeWhole(path.replace(/spool$/, 'torn'), torn, mtime);
  const counts = { taken: lines.length - kept.length - torn.length, kept: kept.length, torn: torn.length };
  const isOver = kept.length < lines.length || lines.length === 0;
  if (isOver && !(await replaceBy(path, kept, { mtime, read }))) counts.kept = lines.length;
  return failures.length === 0 ? counts : { ...counts, why: { error: failures[0], file: basename(path) } };
}

/**
 * Leaves only these lines of a file. False, and all of it stays, where others stand there than were read: its process was
 * taken for dead and lives. Out of the way first: who writes to it from then on finds it gone, and writes the line anew.
 */
async function replaceBy(
  path: string,
  lines: readonly { line: string }[],
  { mtime, read }: { mtime: Date; read: ReadonlySet<string> },
): Promise<boolean> {
  const aside = join(dirname(path), `${spoolName(process.pid, newMark())}-00000000.spool`);
  if ((await unlessGone(rename(path, aside).then(() => true))) === null) return true;
  // Not by its size: another process may have left out some lines, too.
  if (linesIn(await readFile(aside, 'utf8')).some((line) => !read.has(line)))
    return rename(aside, path).then(() => false);
  const putBack = async (error: unknown): Promise<never> => {
    await rename(aside, path);
    throw error;
  };
  if (lines.length > 0) await writeWhole(path, lines, mtime).catch(putBack);
  // kill point: replay-ends
  await rm(aside, { force: true });
  return true;
}

/** Null where it was taken; or why it was not. */
async function tryToTake(message: InboundMessage, take: Taking['take']): Promise<{ error: unknown } | null> {
  try {
    // kill point: replay-takes
    await take({ ...message, door: 'spool' });
    // kill point: replay-took
    return null;
  } catch (error) {
    if (isDatabaseAway(error)) throw error;
    return { error };
  }
}

/**
 * All of it or none, on disk when it resolves, by way of a file of its own. `writtenAt`: when somebody last wrote a text; a
 * file that looked younger would be left to a process that is gone.
 */
async function writeWhole(path: string, lines: readonly { line: string }[], writtenAt: Date): Promise<void> {
  const part = join(dirname(path), `${spoolName(process.pid, newMark())}.part`);
  try {
    const handle = await open(part, 'wx', 0o600);
    try {
      await handle.writeFile(lines.map(({ line }) => `${line}\n`).join(''));
      await handle.datasync();
      await handle.utimes(writtenAt, writtenAt);
    } finally {
      await handle.close();
    }
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true }).catch(() => undefined);
    throw error;
  }
}

/** What a line says. `KeyMissing`: this process was not given its key. `torn`: half a line, or none of ours. */
type Parsed = InboundMessage | KeyMissing | 'torn';

const isUnopened = (parsed: Parsed): parsed is KeyMissing | 'torn' =>
  parsed === 'torn' || parsed instanceof KeyMissing;

function parse(ring: KeyRing, line: string): Parsed {
  try {
    const { by, box } = JSON.parse(line) as { by: string; box: string };
    const plain = openByRing(ring, PLACE, { by, box: Buffer.from(box, 'base64') });
    const message = JSON.parse(plain.toString('utf8')) as InboundMessage;
    return { ...message, receivedAt: new Date(message.receivedAt) };
  } catch (error) {
    return error instanceof KeyMissing ? error : 'torn';
  }
}
