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

/** Texts that came while the database was away: sealed, one line each, on disk before they are answered. */
export type Spool = {
  /** On disk when it resolves. */
  append: (message: InboundSms) => Promise<void>;
  /** Texts that lie in the folder, those that an earlier process left among them. */
  waiting: () => number;
  /** Whether the disk takes a text now; looked at with a file of its own, so that it is known before a text needs it. */
  isWritable: () => Promise<boolean>;
  /**
   * Feeds what lies in the folder through `take`: those of all files in front that go first. A file that cannot be read or
   * written stays and lets the others by. Rejects where the database is away.
   */
  replay: (take: Taking['take'], goesFirst?: Taking['isDue']) => Promise<Replayed>;
  close: () => Promise<void>;
};

/** The file by which a folder is tried. A process that is killed over it leaves no more than this. */
export const PROBE = 'probe';

/** More than the longest text takes, in bytes: 1,600 Cyrillic characters take some 9,500. A full disk may still take an empty file. */
const PROBE_BYTES = 16_384;

/** No room on the disk, or none left for this user. */
const FULL: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT']);

/**
 * Opens the folder, and makes it where it is not there. Every file in it is this process's own as long as `holds` says so: of a folder that
 * another process has taken over nothing is read, and nothing is written there. Rejects where it cannot be written, but not
 * because its disk is full: the process takes texts without it, says of itself that it is not ready, and spools again as
 * soon as there is room.
 */
export async function openSpool(
  dir: string,
  ring: KeyRing,
  holds: () => boolean = () => true,
): Promise<Spool> {
  await prepare(dir);
  await removeLeftovers(dir);
  const pages = createPages(dir);
  /** Texts by the path of their file. */
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
  /** Files that are written no more. An operator may have brought some, or taken some away. */
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
    waiting: () => [...waiting.values()].reduce((sum, one) => sum + one, 0),
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

/** Each file, through `take`, twice: what goes first lies in any of them. */
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
      // Its file is gone with the last text.
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

/** The files that are written, one after another. Calls must not overlap. */
function createPages(dir: string) {
  let serial = 0;
  let path = '';
  let file: FileHandle | null = null;
  /** The next line goes to a new file; those before are whole. */
  const turn = async (): Promise<void> => {
    const full = file;
    file = null;
    await full?.close();
  };
  /** On disk when it resolves, with the path of its file. */
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
      // Half a line may be there: what comes next must not be joined to it.
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
