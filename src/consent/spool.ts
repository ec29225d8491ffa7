import { randomBytes } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { KeyRing } from '../store/keys.ts';
import type { InboundMessage } from './inbound-message.ts';
import { finishedFiles, lineOf, type Replayed, replayFile, spoolName } from './spool-files.ts';

/** Texts that came while the database was away: sealed, one line each, on disk before they are answered. */
export type Spool = {
  /** On disk when it resolves. */
  append: (message: InboundMessage) => Promise<void>;
  /** Texts this process has not replayed yet. */
  waiting: () => number;
  /** Feeds this process's own texts, and those of dead processes, through `take`. Rejects where the database is away. */
  replay: (take: (message: InboundMessage) => Promise<unknown>) => Promise<Replayed>;
  close: () => Promise<void>;
};

/** Rejects where the folder cannot be written. */
export async function openSpool(dir: string, ring: KeyRing): Promise<Spool> {
  const me = spoolName(process.pid, randomBytes(4).toString('hex'));
  let serial = 0;
  let file: FileHandle | null = null;
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(work, work);
    last = next.catch(() => undefined);
    return next;
  };
  /** The next text goes to a new file; the finished ones are whole. */
  const turnPage = async (): Promise<void> => {
    const full = file;
    file = null;
    await full?.close();
  };
  await probe(dir, me);
  const append = async (message: InboundMessage): Promise<void> => {
    if (file === null) {
      serial += 1;
      file = await open(join(dir, `${me}-${String(serial).padStart(8, '0')}.spool`), 'a', 0o600);
      await syncFolder(dir);
    }
    try {
      await file.appendFile(lineOf(ring, message));
      await file.datasync();
    } catch (error) {
      // Half a line may be there: what comes next must not be joined to it.
      await turnPage();
      throw error;
    }
    waiting += 1;
  };
  const replay = async (take: (message: InboundMessage) => Promise<unknown>): Promise<Replayed> => {
    await inTurn(turnPage);
    const sum = { taken: 0, kept: 0, torn: 0 };
    for (const path of await finishedFiles(dir, me)) {
      const { taken, kept, torn } = await replayFile(path, ring, take);
      if (path.includes(me)) waiting = Math.max(0, waiting - taken - torn);
      sum.taken += taken;
      sum.kept += kept;
      sum.torn += torn;
    }
    return sum;
  };
  return {
    append: (message) => inTurn(() => append(message)),
    waiting: () => waiting,
    replay,
    close: () => inTurn(turnPage),
  };
}

async function probe(dir: string, me: string): Promise<void> {
  const path = join(dir, `${me}.probe`);
  const handle = await open(path, 'w', 0o600);
  await handle.close();
  await unlink(path);
}

async function syncFolder(dir: string): Promise<void> {
  const folder = await open(dir, 'r');
  await folder.sync();
  await folder.close();
}
