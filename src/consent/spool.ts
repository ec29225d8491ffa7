import { randomBytes } from 'node:crypto';
import { type FileHandle, open, readdir, readFile, rename, stat, unlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { type KeyRing, openByRing, sealByRing } from '../store/keys.ts';
import type { InboundMessage } from './inbound-message.ts';

/** A file of another machine counts as orphaned when nobody wrote it for so long, ms. */
const FOREIGN_ORPHAN_MS = 600_000;

/** Texts that came while the database was away: sealed, one line each, on disk before they are answered. */
export type Spool = {
  /** On disk when it resolves. */
  append: (message: InboundMessage) => Promise<void>;
  /** Texts this process has not replayed yet. */
  waiting: () => number;
  /** Feeds this process's own texts, and those of dead processes, through `take`; stops at the first it rejects. */
  replay: (take: (message: InboundMessage) => Promise<unknown>) => Promise<number>;
  close: () => Promise<void>;
};

/** Rejects where the folder cannot be written. */
export async function openSpool(dir: string, ring: KeyRing): Promise<Spool> {
  const me = `${hostname()}-${process.pid}-${randomBytes(4).toString('hex')}`;
  let serial = 0;
  let file: { path: string; handle: FileHandle } | null = null;
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(work, work);
    last = next.catch(() => undefined);
    return next;
  };
  await probe(dir, me);
  const append = async (message: InboundMessage): Promise<void> => {
    if (file === null) {
      serial += 1;
      const path = join(dir, `${me}-${serial}.spool`);
      file = { path, handle: await open(path, 'a', 0o600) };
      await syncFolder(dir);
    }
    await file.handle.appendFile(`${line(ring, message)}\n`);
    await file.handle.datasync();
    waiting += 1;
  };
  /** The next text goes to a new file; the finished ones are whole. */
  const turnPage = async (): Promise<void> => {
    await file?.handle.close();
    file = null;
  };
  return {
    append: (message) => inTurn(() => append(message)),
    waiting: () => waiting,
    replay: async (take) => {
      await inTurn(turnPage);
      let count = 0;
      for (const path of await finished(dir, me)) {
        const taken = await replayFile(path, ring, take);
        count += taken;
        if (path.includes(me)) waiting = Math.max(0, waiting - taken);
      }
      return count;
    },
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

/** Files nobody writes any more: our own finished ones, and those of processes that are gone. Oldest name first. */
async function finished(dir: string, me: string): Promise<string[]> {
  const names = (await readdir(dir)).filter((name) => name.includes('.spool')).sort();
  const free = await Promise.all(
    names.map(async (name) => name.startsWith(me) || (await isOrphan(dir, name))),
  );
  return names.filter((_, at) => free[at]).map((name) => join(dir, name));
}

async function isOrphan(dir: string, name: string): Promise<boolean> {
  const [, host, pid] = /^(.*)-(\d+)-[0-9a-f]{8}/.exec(name) ?? [];
  if (host !== hostname()) {
    const { mtimeMs } = await stat(join(dir, name));
    return Date.now() - mtimeMs > FOREIGN_ORPHAN_MS;
  }
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

async function replayFile(
  path: string,
  ring: KeyRing,
  take: (message: InboundMessage) => Promise<unknown>,
): Promise<number> {
  const lines = (await readFile(path, 'utf8')).split('\n').filter((one) => one !== '');
  let torn = 0;
  for (const text of lines) {
    const message = parse(ring, text);
    if (message === null) torn += 1;
    else await take({ ...message, door: 'spool' });
  }
  // A torn line was never answered with a 2xx, so the carrier still has its text; it is kept for a look.
  await (torn === 0 ? unlink(path) : rename(path, `${path.replace('.spool', '.torn')}`));
  return lines.length - torn;
}

const PLACE = 'spool:line';

function line(ring: KeyRing, message: InboundMessage): string {
  const { by, box } = sealByRing(ring, PLACE, JSON.stringify(message));
  return JSON.stringify({ by, box: box.toString('base64') });
}

function parse(ring: KeyRing, text: string): InboundMessage | null {
  try {
    const { by, box } = JSON.parse(text) as { by: string; box: string };
    const plain = openByRing(ring, PLACE, { by, box: Buffer.from(box, 'base64') });
    const message = JSON.parse(plain.toString('utf8')) as InboundMessage;
    return { ...message, receivedAt: new Date(message.receivedAt) };
  } catch {
    return null;
  }
}
