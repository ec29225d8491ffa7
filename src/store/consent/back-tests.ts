import type { Document } from 'mongodb';
import type { ProposedChange, ReadingChange } from '../../domain/words/proposed-change.ts';
import type { ProgramWords } from '../../domain/words/reading.ts';
import { type Database, defineCollection } from '../collection.ts';
import { randomSlice } from '../sealing/sealing.ts';

/** Why a text could not be read again. */
const UNREAD = ['erased', 'not_kept', 'unreadable', 'of_nobody'] as const;
export type Unread = (typeof UNREAD)[number];

/** One text whose reading changes, without its words. */
type Sample = {
  text: string;
  contact: string;
  at: Date;
  /** The rule that reads the text today, and the rule that would. */
  rule: string;
  wouldRule: string;
};

/** The texts with one kind of change, and samples of them. */
export type ReadingGroup = ReadingChange & { count: number; samples: Sample[] };

/** A run that reads past texts again under changed rules and reports what would change. */
export type BackTestDoc = {
  /** Later ones sort after earlier ones. */
  _id: string;
  /** Present while texts are left. */
  open?: true;
  state: 'running' | 'done' | 'canceled' | 'failed';
  /** Version of the rules in force when the run began, to which `changes` apply. */
  version: string;
  changes: ProposedChange[];
  warnings: string[];
  /** Words of the programs on each of our numbers when the run began. All texts are read with the same words. */
  words: { number: string; vocabulary: ProgramWords }[];
  since: Date;
  /** When the run began. Later texts are not read. */
  until: Date;
  /** Number of texts when the run began; null when counting took too long. */
  texts: number | null;
  /** The last text that is done, "<contact> <ms>". */
  cursor: string | null;
  read: number;
  unread: Record<Unread, number>;
  /** Keyed by "<from> <to> <lost>". */
  groups: Record<string, ReadingGroup>;
  createdBy: string;
  endedAt: Date | null;
};

/** Most samples per group. */
const SAMPLES = 20;

export const backTests = defineCollection<BackTestDoc>()('backTests', {
  open: { key: { open: 1 }, partialFilterExpression: { open: true } },
});

type NewBackTest = Pick<
  BackTestDoc,
  'version' | 'changes' | 'warnings' | 'words' | 'since' | 'until' | 'texts' | 'createdBy'
>;

export async function beginBackTest(database: Database, begin: NewBackTest): Promise<BackTestDoc> {
  const time = begin.until.getTime().toString(36).padStart(9, '0');
  const unread = { erased: 0, not_kept: 0, unreadable: 0, of_nobody: 0 };
  const run: BackTestDoc = {
    ...begin,
    _id: `b_${time}${randomSlice(6).toString('hex')}`,
    open: true,
    state: 'running',
    cursor: null,
    read: 0,
    unread,
    groups: {},
    endedAt: null,
  };
  await backTests(database).insertOne(run);
  return run;
}

export async function findBackTest(database: Database, id: string): Promise<BackTestDoc | null> {
  return backTests(database).findOne({ _id: id });
}

/** Back-tests, newest first. */
export async function pageBackTests(
  database: Database,
  { before, limit }: { before: string | null; limit: number },
): Promise<BackTestDoc[]> {
  const filter = before === null ? {} : { _id: { $lt: before } };
  return backTests(database).find(filter).sort({ _id: -1 }).limit(limit).toArray();
}

/** Back-tests with texts left, oldest first. */
export async function openBackTests(database: Database): Promise<BackTestDoc[]> {
  return backTests(database).find({ open: true }).sort({ _id: 1 }).toArray();
}

/** The result of one batch. */
export type BackTestStep = {
  cursor: string | null;
  read: number;
  unread: Partial<Record<Unread, number>>;
  found: (ReadingChange & { sample: Sample })[];
  complete: boolean;
};

/**
 * Advances a run from the cursor at which the batch began, in one write. False when the run has ended, or another
 * process has advanced it.
 */
export async function moveBackTest(
  database: Database,
  { _id, cursor }: BackTestDoc,
  step: BackTestStep,
  now: Date,
): Promise<boolean> {
  const { $inc, $push, $set } = groupsOf(step);
  for (const [why, count] of Object.entries(step.unread)) $inc[`unread.${why}`] = count;
  const end = step.complete ? { state: 'done', endedAt: now } : {};
  const update = {
    $inc: { ...$inc, read: step.read },
    $set: { ...$set, ...end, cursor: step.cursor },
    ...(Object.keys($push).length === 0 ? {} : { $push }),
    ...(step.complete ? { $unset: { open: true } } : {}),
  };
  const moved = await backTests(database).updateOne({ _id, open: true, cursor }, update as Document);
  return moved.matchedCount === 1;
}

function groupsOf({ found }: BackTestStep) {
  const $inc: Record<string, number> = {};
  const $set: Record<string, unknown> = {};
  const $push: Record<string, { $each: Sample[]; $slice: number }> = {};
  for (const { from, to, lost, sample } of found) {
    const at = `groups.${from} ${to} ${lost}`;
    $inc[`${at}.count`] = ($inc[`${at}.count`] ?? 0) + 1;
    Object.assign($set, { [`${at}.from`]: from, [`${at}.to`]: to, [`${at}.lost`]: lost });
    const samples = $push[`${at}.samples`] ?? { $each: [], $slice: SAMPLES };
    samples.$each.push(sample);
    $push[`${at}.samples`] = samples;
  }
  return { $inc, $set, $push };
}

/** False when the run has ended already. */
export async function endBackTest(
  database: Database,
  id: string,
  state: 'canceled' | 'failed',
  now: Date,
): Promise<boolean> {
  const $set = { state, endedAt: now };
  const ended = await backTests(database).updateOne(
    { _id: id, open: true },
    { $set, $unset: { open: true } },
  );
  return ended.matchedCount === 1;
}
