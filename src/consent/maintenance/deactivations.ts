import { z } from 'zod';
import { DAY_MS, utcDay } from '../../domain/durations.ts';
import { DoneInPart } from '../../domain/reports/job-counts.ts';
import { type DeactivationFile, LineTooLong } from '../../sending/twilio/deactivation-file.ts';
import { type ContactDoc, findHolders, noteDeactivated } from '../../store/contacts/contacts.ts';
import { KeyMissing } from '../../store/sealing/keys.ts';
import { defineSetting } from '../../store/settings.ts';
import { closedAmong } from '../../store/startup-checks.ts';
import type { AppContext } from '../app-context.ts';
import { skipIfUnopenable } from '../lost-keys.ts';
import { endFormerHolderConsent } from './number-findings.ts';

const JOB = 'deactivations';

/** Numbers looked up in one batch. */
const BATCH = 500;

/** How far the first run reaches back, days. A carrier waits 45 days before it gives a number to a new holder. */
const FIRST_DAYS = 30;

/** The last day whose file was read to its end. */
const LAST_DAY = defineSetting('deactivation files', z.string(), null);

/** Days whose file was no list of numbers. They are read again after the new days, and do not delay those. */
const UNREAD = defineSetting('deactivation files unread', z.array(z.string()), []);

/** A day whose file is still missing after this many days is treated as empty, so that later days are not delayed. */
const LATEST_DAYS = 3;

type Deactivated = {
  days: number;
  missing: number;
  listed: number;
  /** Lines without a US number, and contacts that cannot be opened, including those whose key is lost. */
  unreadable: number;
  ended: number;
  /** Number of days to be read again; absent when there are none. */
  left?: number;
};

/**
 * Reads the carriers' lists of disconnected numbers, day by day from the last day that was read to its end up to
 * yesterday, and ends consent given before that day. Opt-outs and suppressions stay. Safe to run anywhere, twice, or
 * half: an interrupted day is read again. `only`: reads just that day, even if it was read before. Rejects when a
 * file cannot be read; the days before it are done. A file in which most lines are no numbers, or a line is too long,
 * is left for later runs, which read it after their new days; the other days are done before the call rejects.
 */
export async function readDeactivations(
  context: AppContext,
  file: DeactivationFile,
  { only, goOn }: { only: string | null; goOn: () => boolean },
): Promise<Deactivated> {
  const counts = { days: 0, missing: 0, listed: 0, unreadable: 0, ended: 0 };
  if (only !== null) {
    const read = await readOne(context, { day: only, file, goOn }, counts).catch(asNoList);
    if (read instanceof NoList) throw new DoneInPart({ ...counts }, read);
    return counts;
  }
  const known = await unreadDays(context);
  const unread: Unread = new Map(known.map((day) => [day, null]));
  // New days come first, so that a failure of an old day cannot delay them.
  await readNew(context, { file, goOn }, unread, counts);
  await readAgain(context, known, { file, goOn }, unread, counts);
  const bad = [...unread.values()].filter((error) => error !== null);
  if (bad.length > 0) throw new DoneInPart({ ...counts, left: unread.size }, bad[0]);
  return unread.size === 0 ? counts : { ...counts, left: unread.size };
}

/** Days to be read again, with the error of this run or null. */
type Unread = Map<string, unknown>;
type Files = { file: DeactivationFile; goOn: () => boolean };

async function readNew(
  context: AppContext,
  files: Files,
  unread: Unread,
  counts: Deactivated,
): Promise<void> {
  for (const day of await missedDays(context)) {
    if (!files.goOn()) return;
    const read = await readOne(context, { day, ...files }, counts).catch(asNoList);
    if (read === false) return;
    if (read !== true) {
      context.log.error({ job: JOB, day }, UNREAD_ADVICE);
      unread.set(day, read);
      await writeUnread(context, unread);
    }
    await LAST_DAY.write(context.store, day, context.now());
  }
}

/**
 * Reads again each day whose file was no list. A file that is missing now stays on the list however old: it existed,
 * so the day was not empty.
 */
async function readAgain(
  context: AppContext,
  days: readonly string[],
  { file, goOn }: Files,
  unread: Unread,
  counts: Deactivated,
): Promise<void> {
  for (const day of days) {
    if (!goOn()) return;
    try {
      const lines = await file(day);
      if (lines === null || !(await readDay(context, { day, lines, goOn }, counts))) continue;
      unread.delete(day);
      await writeUnread(context, unread);
    } catch (error) {
      unread.set(day, error);
      if (error instanceof NoList) context.log.error({ job: JOB, day }, UNREAD_ADVICE);
      else context.log.error({ job: JOB, day, error }, FAILED_ADVICE);
    }
  }
}

const writeUnread = ({ store, now }: Pick<AppContext, 'now' | 'store'>, unread: Unread): Promise<void> =>
  UNREAD.write(store, [...unread.keys()], now());

const UNREAD_ADVICE =
  "a day's deactivation file is no list of numbers; look at what the carrier sends for the day; the next run reads the file again";

const FAILED_ADVICE =
  "a day's deactivation file, which was no list of numbers before, could not be read; the next run reads the file again";

/** The file is something else, such as a login page, or its format changed. */
class NoList extends Error {
  constructor(day: string, how: string) {
    super(`the carrier's deactivation file is no list of numbers: ${how}`);
    this.name = `the file of ${day} is no list of numbers; see what the carrier gives for it, and read it again`;
  }
}

function asNoList(error: unknown): NoList {
  if (error instanceof NoList) return error;
  throw error;
}

type Day = Files & { day: string };

/** False when the file has not arrived yet or time ran out before its end. */
async function readOne(context: AppContext, { day, file, goOn }: Day, counts: Deactivated): Promise<boolean> {
  const lines = await file(day);
  if (lines !== null) {
    return readDay(context, { day, lines, goOn }, counts);
  }
  if (!isLongOver(context, day)) return false;
  counts.missing += 1;
  return true;
}

/** Days to be read again. Older ones are dropped: their numbers may have a new holder by now. */
async function unreadDays(context: Pick<AppContext, 'now' | 'store'>): Promise<string[]> {
  const days = await UNREAD.read(context.store);
  const first = utcDay(new Date(context.now().getTime() - (FIRST_DAYS + 1) * DAY_MS));
  return days.filter((day) => day >= first);
}

const isLongOver = (context: Pick<AppContext, 'now'>, day: string): boolean =>
  context.now().getTime() - Date.parse(day) > (LATEST_DAYS + 1) * DAY_MS;

async function missedDays(context: Pick<AppContext, 'now' | 'store'>): Promise<string[]> {
  const lastDay = await LAST_DAY.read(context.store);
  const today = Date.parse(utcDay(context.now()));
  const last = lastDay === null ? today - (FIRST_DAYS + 1) * DAY_MS : Date.parse(lastDay);
  const count = Math.max(0, Math.round((today - last) / DAY_MS) - 1);
  return Array.from({ length: count }, (_, at) => utcDay(new Date(last + (at + 1) * DAY_MS)));
}

type Reading = { day: string; lines: AsyncIterable<string>; goOn: () => boolean };

/** False when time ran out before the end of the file. */
async function readDay(
  context: AppContext,
  { day, lines, goOn }: Reading,
  counts: Deactivated,
): Promise<boolean> {
  let batch: string[] = [];
  const flush = async (): Promise<void> => {
    const { ended, unreadable } = await endAll(context, day, batch);
    counts.ended += ended;
    counts.unreadable += unreadable;
    batch = [];
  };
  let [all, without] = [0, 0];
  for await (const line of ofNumbers(day, lines)) {
    all += 1;
    counts.listed += 1;
    const number = usNumber(line);
    if (number === null) {
      without += 1;
      counts.unreadable += 1;
    } else batch.push(context.indexOf(number));
    if (batch.length < BATCH) continue;
    await flush();
    if (!goOn()) return false;
  }
  await flush();
  if (without * 2 > all) throw new NoList(day, `${without} of ${all} lines have no number`);
  counts.days += 1;
  return true;
}

async function* ofNumbers(day: string, lines: AsyncIterable<string>): AsyncGenerator<string> {
  try {
    yield* lines;
  } catch (error) {
    throw error instanceof LineTooLong ? new NoList(day, 'a line is too long for a number') : error;
  }
}

/** The E.164 form of a US number in any notation; null when the line holds none. */
function usNumber(line: string): string | null {
  const digits = /^\+?[\d ().-]+$/.test(line) ? line.replace(/\D/g, '') : '';
  const [, national] = /^1?([2-9]\d{9})$/.exec(digits) ?? [];
  return national === undefined ? null : `+1${national}`;
}

async function endAll(
  context: AppContext,
  day: string,
  indexes: string[],
): Promise<Pick<Deactivated, 'ended' | 'unreadable'>> {
  if (indexes.length === 0) return { ended: 0, unreadable: 0 };
  // Recorded before consent is read: an overturn that happens meanwhile is then either read here or sees this record.
  await noteDeactivated(context.store, indexes, new Date(day));
  const holders = await findHolders(context.store, indexes);
  const open = holders.filter(
    ({ sealed, subscriptions, prompts }) =>
      sealed !== null &&
      (subscriptions.some(({ state }) => state === 'subscribed') ||
        prompts.some(({ state }) => state === 'open')),
  );
  const ended = await Promise.all(
    open.map((contact) =>
      skipIfUnopenable(context, { job: JOB, contact }, () => endOne(context, day, contact)),
    ),
  );
  const { closed, lost } = await closedAmong(context, open);
  // The day must not count as done: these contacts would never be checked again. Contacts whose key is lost for good
  // are left out, since they would block all later days.
  if (closed.length > lost.length)
    throw new KeyMissing('the key ring lacks a key of a contact on the deactivation list');
  const count = (what: boolean | null): number => ended.filter((result) => result === what).length;
  return { ended: count(true), unreadable: count(null) };
}

/** Ends consent from before the day began in UTC, which is the earliest that the day can have meant. */
const endOne = (context: AppContext, date: string, holder: ContactDoc): Promise<boolean> =>
  endFormerHolderConsent(context, holder, {
    until: new Date(date),
    reason: 'deactivated',
    job: JOB,
    rules: 'deactivations-1',
    evidence: { rule: 'deactivation-file', date },
  });
