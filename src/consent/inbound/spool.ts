import { type FileHandle, mkdir, open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KeyRing } from '../../store/sealing/keys.ts';
import type { InboundMessage } from './message.ts';
import {
  finishedFiles,
  isNamed,
  lineOf,
  newMark,
  type Replayed,
  removeLeftovers,
  replayOrKeep,
  spoolName,
  type Taking,
  textsOfOthers,
} from './spool-files.ts';

/** Texts that came while the database was away: sealed, one line each, on disk before they are answered. */
export type Spool = {
  /** On disk when it resolves. */
  append: (message: InboundMessage) => Promise<void>;
  /** Texts this process has not replayed yet. */
  waiting: () => number;
  /** Those, and what others left in the folder and no living process of this machine holds, as the last replay saw it. */
  lying: () => number;
  /** Whether the disk takes a text now; looked at with a file of its own, so that it is known before a text needs it. */
  isWritable: () => Promise<boolean>;
  /**
   * Feeds this process's own texts, and those of dead processes, through `take`: those of all files in front that go first. A
   * file that cannot be read or written stays and lets the others by. Rejects where the database is away.
   */
  replay: (take: Taking['take'], goesFirst?: Taking['isDue']) => Promise<Replayed>;
  close: () => Promise<void>;
};

/** A file is written for so long, ms. One that lies for ten minutes is another process's to take, and to remove. */
const PAGE_MS = 60_000;

/** The file by which a folder is tried. One name for all processes: one that is killed over it leaves no more than this. */
export const PROBE = 'probe';

/** More than the longest text takes, in bytes: 1,600 Cyrillic characters take some 9,500. A full disk may still take an empty file. */
const PROBE_BYTES = 16_384;

/** No room on the disk, or none left for this user. */
const FULL: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT']);

/**
 * Makes the folder where it is not there. Rejects where it cannot be written, but not because its disk is full: the process
 * takes texts without it, says of itself that it is not ready, and spools again as soon as there is room.
 */
export async function openSpool(
  dir: string,
  ring: KeyRing,
  monotonic: () => number = () => performance.now(),
): Promise<Spool> {
  const me = spoolName(process.pid, newMark());
  await prepare(dir);
  const pages = createPages(dir, me, monotonic);
  /** Texts of ours by the path of their file, until it is taken in: by us, or by a process that took us for dead. */
  const waiting = new Map<string, number>();
  let ofOthers = 0;
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(work, work);
    last = next.catch(() => undefined);
    return next;
  };
  const append = async (message: InboundMessage): Promise<void> => {
    const path = await pages.add(lineOf(ring, message));
    waiting.set(path, (waiting.get(path) ?? 0) + 1);
  };
  const turn = async () => ({ whole: await pages.turn(), own: [...waiting.keys()] });
  const replay: Spool['replay'] = async (take, goesFirst = () => false) => {
    const finished = await inTurn(turn);
    await removeLeftovers(dir);
    ofOthers = await textsOfOthers(dir, me);
    const sum = await replayFiles({ dir, me, ring, waiting }, finished, { take, goesFirst });
    if (ofOthers > 0) ofOthers = await textsOfOthers(dir, me);
    return sum;
  };
  const waitingNow = (): number => [...waiting.values()].reduce((sum, one) => sum + one, 0);
  return {
    append: (message) => inTurn(() => append(message)),
    waiting: waitingNow,
    lying: () => waitingNow() + ofOthers,
    isWritable: () => takes(dir),
    replay,
    close: () => inTurn(async () => void (await pages.turn())),
  };
}

const takes = (dir: string): Promise<boolean> =>
  probe(dir).then(
    () => true,
    () => false,
  );

/**
 * Each finished file, through `take`, twice: what goes first lies in any of them. `whole`: the last of ours that is written
 * no more; `own`: those of ours that waited then, of which one that is gone was taken in by another process.
 */
async function replayFiles(
  { dir, me, ring, waiting }: { dir: string; me: string; ring: KeyRing; waiting: Map<string, number> },
  { whole, own }: { whole: string; own: readonly string[] },
  { take, goesFirst }: { take: Taking['take']; goesFirst: Taking['isDue'] },
): Promise<Replayed> {
  // A later one of ours was begun since: it is still written.
  const paths = (await finishedFiles(dir, me)).filter((path) => !path.includes(me) || path <= whole);
  for (const path of own) if (!paths.includes(path)) waiting.delete(path);
  const sum: Replayed = { taken: 0, kept: 0, torn: 0 };
  for (const isDue of [goesFirst, () => true]) {
    sum.kept = 0;
    delete sum.why;
    for (const path of paths) {
      const taking = { take, isDue, texts: waiting.get(path) };
      const { taken, kept, torn, why } = await replayOrKeep(path, ring, taking);
      if (waiting.has(path)) waiting.set(path, kept);
      sum.taken += taken;
      sum.kept += kept;
      sum.torn += torn;
      if (why !== undefined) sum.why ??= why;
    }
  }
  return sum;
}

/** The files of one process, one after another; later ones have later names. Calls must not overlap. */
function createPages(dir: string, me: string, monotonic: () => number) {
  let serial = 0;
  let path = '';
  let file: FileHandle | null = null;
  let begunAt = 0;
  /** The next line goes to a new file; those up to this path are whole. */
  const turn = async (): Promise<string> => {
    const full = file;
    file = null;
    await full?.close();
    return path;
  };
  /** On disk when it resolves, with the path of its file. */
  const add = async (line: string): Promise<string> => {
    if (monotonic() - begunAt >= PAGE_MS) await turn();
    if (file === null) {
      serial += 1;
      begunAt = monotonic();
      path = join(dir, `${me}-${String(serial).padStart(8, '0')}.spool`);
      file = await open(path, 'a', 0o600);
      await syncFolder(dir);
    }
    try {
      await file.appendFile(line);
      await file.datasync();
      if (await isNamed(file, path)) return path;
    } catch (error) {
      // Half a line may be there: what comes next must not be joined to it.
      await turn();
      throw error;
    }
    // Another process took this one for dead, and takes in what it found there: that may not have been all.
    await turn();
    return add(line);
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
