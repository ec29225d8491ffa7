import { randomBytes } from 'node:crypto';
import { open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { InboundSms } from '../../sending/inbound-sms.ts';
import { perPersonInParallel } from '../../store/batching.ts';
import { isDatabaseAway } from '../../store/database-errors.ts';
import { KeyMissing, type KeyRing, openByRing, sealByRing } from '../../store/sealing/keys.ts';

/** Number of texts assumed in a file that cannot be read, such as one owned by another user. */
const UNREAD = 1;

/** The context under which spool lines are sealed. */
const PLACE = 'spool:line';

/** Counts of what happened to the lines of one or more files. `why`: the first failure and its file. */
export type Replayed = {
  taken: number;
  kept: number;
  torn: number;
  why?: { error: unknown; file: string };
};

/**
 * Later files have later names. The random part keeps a file that an operator copies from another machine distinct.
 */
export const newFileName = (serial: number): string =>
  `${Date.now()}-${String(serial).padStart(8, '0')}-${randomBytes(4).toString('hex')}.spool`;

export function lineOf(ring: KeyRing, message: InboundSms): string {
  const { by, box } = sealByRing(ring, PLACE, JSON.stringify(message));
  return `${JSON.stringify({ by, box: box.toString('base64') })}\n`;
}

/** Sorted by name, oldest first. */
export async function spoolFiles(dir: string): Promise<string[]> {
  const names = (await readdir(dir)).filter((name) => name.endsWith('.spool')).sort();
  return names.map((name) => join(dir, name));
}

/** Removes files that a killed process had not finished writing. Their lines are still in the file to be replaced. */
export async function removeLeftovers(dir: string): Promise<void> {
  for (const name of (await readdir(dir)).filter((name) => name.endsWith('.part')))
    await rm(join(dir, name), { force: true }).catch(() => undefined);
}

export const textsIn = (path: string): Promise<number> =>
  readFile(path, 'utf8').then(
    (text) => linesIn(text).length,
    () => UNREAD,
  );

const linesIn = (text: string): string[] => text.split('\n').filter((line) => line !== '');

/** How a file is replayed: whether a text is due in this pass, and how many texts the file holds. */
export type Taking = {
  take: (message: InboundSms) => Promise<unknown>;
  isDue: (message: InboundSms) => boolean;
  texts: number;
};

/**
 * Replays a file. A file that cannot be read or written is kept and does not block the others. Rejects when the
 * database is unavailable.
 */
export async function replayOrKeep(path: string, ring: KeyRing, taking: Taking): Promise<Replayed> {
  try {
    return await replayFile(path, ring, taking);
  } catch (error) {
    if (isDatabaseAway(error)) throw error;
    return { taken: 0, kept: taking.texts, torn: 0, why: { error, file: basename(path) } };
  }
}

/**
 * Feeds every due line through `take`, several people in parallel. When the database is unavailable, rejects and
 * leaves the file unchanged. A line that is not due, that fails for any other reason, or whose key this process lacks
 * is kept for the next pass and does not block the others.
 */
async function replayFile(path: string, ring: KeyRing, { take, isDue }: Taking): Promise<Replayed> {
  const lines = linesIn(await readFile(path, 'utf8')).map((line) => ({ line, message: parse(ring, line) }));
  const torn = lines.filter(({ message }) => message === 'torn');
  const due = lines.flatMap((line) =>
    isUnopened(line.message) || !isDue(line.message) ? [] : { ...line.message, at: line },
  );
  const done = new Set(torn);
  const failures: unknown[] = lines
    .map(({ message }) => message)
    .filter((error) => error instanceof KeyMissing);
  await perPersonInParallel(
    due,
    ({ from }) => from,
    async ({ at, ...message }) => {
      const refusal = await tryToTake(message, take);
      if (refusal === null) done.add(at);
      else failures.push(refusal.error);
    },
  );
  const kept = lines.filter((line) => !done.has(line));
  // A torn line was never answered with a 2xx, so Twilio still has its text. The line is kept for inspection.
  if (torn.length > 0) await writeWhole(path.replace(/spool$/, 'torn'), torn);
  const counts = { taken: lines.length - kept.length - torn.length, kept: kept.length, torn: torn.length };
  if (kept.length < lines.length || lines.length === 0) await replaceBy(path, kept);
  return failures.length === 0 ? counts : { ...counts, why: { error: failures[0], file: basename(path) } };
}

/** Replaces the content of a file by these lines. */
async function replaceBy(path: string, lines: readonly { line: string }[]): Promise<void> {
  // kill point: replay-ends
  if (lines.length === 0) await rm(path, { force: true });
  else await writeWhole(path, lines);
}

/** Null when the text was taken; otherwise the error. */
async function tryToTake(message: InboundSms, take: Taking['take']): Promise<{ error: unknown } | null> {
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

/** Writes all lines or none, by way of a temporary file. They are on disk when it resolves. */
async function writeWhole(path: string, lines: readonly { line: string }[]): Promise<void> {
  const part = `${path}.part`;
  try {
    const handle = await open(part, 'w', 0o600);
    try {
      await handle.writeFile(lines.map(({ line }) => `${line}\n`).join(''));
      await handle.datasync();
    } finally {
      await handle.close();
    }
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true }).catch(() => undefined);
    throw error;
  }
}

/** The parsed line. `KeyMissing`: this process lacks its key. `torn`: half a line, or none of ours. */
type Parsed = InboundSms | KeyMissing | 'torn';

const isUnopened = (parsed: Parsed): parsed is KeyMissing | 'torn' =>
  parsed === 'torn' || parsed instanceof KeyMissing;

function parse(ring: KeyRing, line: string): Parsed {
  try {
    const { by, box } = JSON.parse(line) as { by: string; box: string };
    const plain = openByRing(ring, PLACE, { by, box: Buffer.from(box, 'base64') });
    const message = JSON.parse(plain.toString('utf8')) as InboundSms;
    return { ...message, receivedAt: new Date(message.receivedAt) };
  } catch (error) {
    return error instanceof KeyMissing ? error : 'torn';
  }
}
