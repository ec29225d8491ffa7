import { type FileHandle, mkdir, open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { InboundSms } from '../../sending/inbound-sms.ts';
import type { KeyRing } from '../../store/sealing/keys.ts';
import {
  lineOf,
  newFileName,
  type Replayed,
  removeLeftovers,
  replayOrKeep,
  spoolFiles,
  type Taking,
  textsIn,
} from './spool-files.ts';

/**
 * Stores texts that came while the database was unavailable: sealed, one per line, on disk before they are answered.
 */
export type Spool = {
  /** On disk when it resolves. */
  append: (message: InboundSms) => Promise<void>;
  /** Number of texts in the folder, including those of an earlier process. */
  waiting: () => number;
  /**
   * Whether the disk accepts a text now. Checked with a probe file, so that a full disk is noticed before a text
   * needs it.
   */
  isWritable: () => Promise<boolean>;
  /**
   * Feeds the texts in the folder through `take`, those for which `goesFirst` is true first, across all files. A file
   * that cannot be read or written stays and does not block the others. Rejects when the database is unavailable.
   */
  replay: (take: Taking['take'], goesFirst?: Taking['isDue']) => Promise<Replayed>;
  close: () => Promise<void>;
};

/** The file that tests whether the folder is writable. A process killed during the test leaves only this file. */
export const PROBE = 'probe';

/**
 * Size of the probe in bytes, more than the longest text takes: 1,600 Cyrillic characters take about 9,500. A full
 * disk may still accept an empty file.
 */
const PROBE_BYTES = 16_384;

/** Error codes for a full disk and an exhausted quota. */
const FULL: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT']);

/**
 * Opens the folder, and creates it when missing. Its files belong to this process while `holds` returns true: nothing
 * is read or written in a folder that another process has taken over. Rejects when the folder cannot be written. A
 * full disk does not reject: the process then handles texts without a spool, reports that it is not ready, and spools
 * again as soon as there is room.
 */
export async function openSpool(
  dir: string,
  ring: KeyRing,
  holds: () => boolean = () => true,
): Promise<Spool> {
  await prepare(dir);
  await removeLeftovers(dir);
  const pages = createPages(dir);
  /** Number of texts by file path. */
  const waiting = new Map<string, number>();
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(work, work);
    last = next.catch(() => undefined);
    return next;
  };
  const append = async (message: InboundSms): Promise<void> => {
    refuseUnheld(dir, holds);
    const path = await pages.add(lineOf(ring, message));
    waiting.set(path, (waiting.get(path) ?? 0) + 1);
  };
  /** Closes the current file. Returns all files; an operator may have added or removed some. */
  const turn = async (): Promise<string[]> => {
    refuseUnheld(dir, holds);
    await pages.turn();
    const paths = await spoolFiles(dir);
    for (const path of waiting.keys()) if (!paths.includes(path)) waiting.delete(path);
    for (const path of paths) if (!waiting.has(path)) waiting.set(path, await textsIn(path));
    return paths;
  };
  await turn();
  return {
    append: (message) => inTurn(() => append(message)),
    waiting: () => [...waiting.values()].reduce((sum, count) => sum + count, 0),
    isWritable: async () => holds() && (await takes(dir)),
    replay: async (take, goesFirst = () => false) =>
      replayFiles(await inTurn(turn), { ring, waiting }, { take, goesFirst }),
    close: () => inTurn(pages.turn),
  };
}

function refuseUnheld(dir: string, holds: () => boolean): void {
  if (holds()) return;
  throw new Error(
    `The spool ${dir} was taken over by another web process. Give each its own DATA_DIR, and start this one again.`,
  );
}

const takes = (dir: string): Promise<boolean> =>
  probe(dir).then(
    () => true,
    () => false,
  );

/** Replays every file twice, because texts that go first may lie in any of them. */
async function replayFiles(
  paths: readonly string[],
  { ring, waiting }: { ring: KeyRing; waiting: Map<string, number> },
  { take, goesFirst }: { take: Taking['take']; goesFirst: Taking['isDue'] },
): Promise<Replayed> {
  const sum: Replayed = { taken: 0, kept: 0, torn: 0 };
  for (const isDue of [goesFirst, () => true]) {
    sum.kept = 0;
    delete sum.why;
    for (const path of paths) {
      const texts = waiting.get(path);
      if (texts === undefined) continue;
      const { taken, kept, torn, why } = await replayOrKeep(path, ring, { take, isDue, texts });
      // The file is deleted with its last text.
      if (kept === 0) waiting.delete(path);
      else waiting.set(path, kept);
      sum.taken += taken;
      sum.kept += kept;
      sum.torn += torn;
      if (why !== undefined) sum.why ??= why;
    }
  }
  return sum;
}

/** Appends lines to one file after another. Calls must not overlap. */
function createPages(dir: string) {
  let serial = 0;
  let path = '';
  let file: FileHandle | null = null;
  /** Closes the current file. The next line starts a new file. */
  const turn = async (): Promise<void> => {
    const full = file;
    file = null;
    await full?.close();
  };
  /** Appends a line. The line is on disk when it resolves with the path of its file. */
  const add = async (line: string): Promise<string> => {
    if (file === null) {
      serial += 1;
      path = join(dir, newFileName(serial));
      file = await open(path, 'ax', 0o600);
      await syncFolder(dir);
    }
    try {
      await file.appendFile(line);
      await file.datasync();
      return path;
    } catch (error) {
      // The file may end in half a line, and the next line must not be joined to it.
      await turn();
      throw error;
    }
  };
  return { add, turn };
}

async function prepare(dir: string): Promise<void> {
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    await probe(dir).catch((failure: unknown) => {
      if (!FULL.has((failure as NodeJS.ErrnoException).code ?? '')) throw failure;
    });
  } catch (failure) {
    const why = (failure as Error).message;
    throw new Error(
      `The spool ${dir} cannot be written: ${why}. Let the user of this process write it, or set another DATA_DIR.`,
    );
  }
}

async function probe(dir: string): Promise<void> {
  const path = join(dir, PROBE);
  try {
    await writeFile(path, Buffer.alloc(PROBE_BYTES), { mode: 0o600, flush: true });
  } finally {
    await rm(path, { force: true });
  }
}

async function syncFolder(dir: string): Promise<void> {
  const folder = await open(dir, 'r');
  await folder.sync();
  await folder.close();
}
