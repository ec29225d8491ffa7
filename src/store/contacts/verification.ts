import type { Document } from 'mongodb';
import { z } from 'zod';
import {
  DOORS,
  type LineType,
  type NumberFacts,
  REFUSED_LINES,
  type ReassignedFact,
  type Unknown,
  USUAL_VERIFICATION,
  type VerificationRules,
} from '../../domain/hygiene/number-verification.ts';
import { keptSeconds } from '../../domain/retention.ts';
import type { Resolved } from '../../domain/segments/tree.ts';
import { type Database, defineCollection } from '../collection.ts';
import { isDuplicateKey } from '../database-errors.ts';
import { randomSlice } from '../sealing/sealing.ts';
import { defineSetting } from '../settings.ts';
import { contacts, type Verified } from './contacts.ts';

/** A question about a number to the carrier; each package is paid for by itself. */
export type Package = 'line' | 'reassigned';
export type Fact = { line: NumberFacts; reassigned: ReassignedFact };

/**
 * One question to the carrier about a number, answered or under way. The process that writes the document asks, so
 * that no number is asked about twice while an answer is fresh, however many processes ask.
 */
export type NumberFactDoc = {
  /** Blind index and package. Contains no number, and exists also for numbers that nobody holds. */
  _id: string;
  askedAt: Date;
  /** Random id of the asker. */
  by: string;
  /** The verification run that asked; null for an entry point. */
  run: string | null;
  /** Null until the answer comes, and for ever when the process died. */
  answer: NumberFacts | ReassignedFact | null;
  /** The former answer, while the question is asked again. */
  before?: Pick<NumberFactDoc, 'askedAt' | 'run'> & { answer: NumberFacts | ReassignedFact };
};

export const numberFacts = defineCollection<NumberFactDoc>()('numberFacts', {
  kept: { key: { askedAt: 1 }, expireAfterSeconds: keptSeconds('numberFacts') },
});

export const factId = (index: string, of: Package): string => `${index} ${of}`;

export type NumberFactQuestion = Pick<NumberFactDoc, '_id' | 'by' | 'run'>;

type Claimed<F> = { kind: 'ours' } | { kind: 'answered'; fact: F; run: string | null } | { kind: 'asked' };

/** Contacts without a stored answer, or with one older than `since`. */
export const unverifiedSince = (since: Date): Record<string, unknown> => ({
  $or: [{ 'verified.at': { $exists: false } }, { 'verified.at': { $lt: since } }],
});

/** While a question is asked again, its former answer stays valid for callers that accept an older one. */
const OLDER = {
  $cond: [{ $gt: ['$answer', null] }, { askedAt: '$askedAt', run: '$run', answer: '$answer' }, '$$REMOVE'],
};

/** Claims a question, unless it was asked since `freshSince` and its answer is stored or under way. */
export async function claimQuestion<P extends Package>(
  database: Database,
  question: NumberFactQuestion,
  { now, freshSince }: { now: Date; freshSince: Date },
): Promise<Claimed<Fact[P]>> {
  const { _id, by, run } = question;
  const asked = { askedAt: now, by: { $literal: by }, run: { $literal: run }, answer: null };
  try {
    const again = { _id, askedAt: { $lt: freshSince } };
    await numberFacts(database).updateOne(again, [{ $set: { ...asked, before: OLDER } }], { upsert: true });
    return { kind: 'ours' };
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
  }
  const found = await numberFacts(database).findOne({ _id });
  // The asker dropped the question between the two reads; the next caller may claim it.
  if (found === null) return { kind: 'asked' };
  const { before } = found;
  const told = found.answer === null && before !== undefined && before.askedAt >= freshSince ? before : found;
  if (told.answer === null) return { kind: 'asked' };
  return { kind: 'answered', fact: told.answer as Fact[P], run: told.run };
}

/** Stores the answer to a question that this process claimed. */
export async function answerQuestion(
  database: Database,
  { _id, by }: NumberFactQuestion,
  answer: NumberFacts | ReassignedFact,
): Promise<void> {
  await numberFacts(database).updateOne({ _id, by }, { $set: { answer }, $unset: { before: '' } });
}

/** Releases a question that was not asked or got no answer. A former answer is valid again. */
export async function dropQuestion(database: Database, { _id, by }: NumberFactQuestion): Promise<void> {
  const older = { _id, by, answer: null, before: { $exists: true } };
  const restored = [{ $replaceWith: { $mergeObjects: [{ _id: '$_id', by: '$by' }, '$before'] } }];
  if ((await numberFacts(database).updateOne(older, restored)).matchedCount === 1) return;
  await numberFacts(database).deleteOne({ _id, by, answer: null });
}

export async function noteVerified(database: Database, contact: string, verified: Verified): Promise<void> {
  await contacts(database).updateOne({ _id: contact, sealed: { $ne: null } }, { $set: { verified } });
}

const RULES = defineSetting<VerificationRules>(
  'verification rules',
  z.strictObject({
    doors: z.record(z.enum(DOORS), z.enum(['lookup', 'plan'])),
    accepted: z.array(z.enum(REFUSED_LINES)),
    cacheDays: z.number(),
    dailyBudget: z.number(),
    reassignedAfterDays: z.number(),
    questionMicros: z.number().nullable(),
  }),
  USUAL_VERIFICATION,
);

/** Id of the mark that counts a day's questions. */
export const BUDGET = 'lookup budget';

/** The rules in force: the defaults until an operator sets others. */
export const readVerificationRules = (database: Database): Promise<VerificationRules> => RULES.read(database);

export const writeVerificationRules = (
  database: Database,
  rules: VerificationRules,
  at: Date,
): Promise<void> => RULES.write(database, rules, at);

/** Questions of one UTC day, by the database's clock. `granted`: the last question was within the budget. */
type LookupBudget = { day: string; used: number; granted: boolean };
const LOOKUP_BUDGET = defineSetting<LookupBudget, null>(
  BUDGET,
  z.strictObject({ day: z.string(), used: z.int(), granted: z.boolean() }),
  null,
);

/**
 * Counts one question against the day's budget and returns the day; returns null and counts nothing when the budget
 * is spent. One atomic command, so that all processes together never exceed the budget. A new day begins at
 * midnight UTC of the database; a clock that is set back starts no day again. Tests pass a time.
 */
export async function takeFromBudget(
  database: Database,
  most: number,
  now: '$$NOW' | Date = '$$NOW',
): Promise<string | null> {
  const found = await LOOKUP_BUDGET.in(database).findOneAndUpdate({ _id: BUDGET }, budgetStages(most, now), {
    upsert: true,
    returnDocument: 'after',
  });
  if (found === null) return null;
  const { granted, day } = LOOKUP_BUDGET.check(found.value);
  return granted ? day : null;
}

function budgetStages(most: number, now: '$$NOW' | Date): Document[] {
  const day = { $max: ['$value.day', { $dateToString: { date: now, format: '%Y-%m-%d' } }] };
  const used = { $cond: [{ $eq: ['$value.day', day] }, '$value.used', 0] };
  const granted = { $lt: ['$value.used', most] };
  return [
    { $set: { at: now, value: { day, used } } },
    { $set: { 'value.granted': granted } },
    { $set: { 'value.used': { $add: ['$value.used', { $cond: ['$value.granted', 1, 0] }] } } },
  ];
}

/** Takes back a question that was counted and not asked; does nothing when its day is over. */
export async function giveBackToBudget(database: Database, day: string): Promise<void> {
  await LOOKUP_BUDGET.in(database).updateOne(
    { _id: BUDGET, 'value.day': day },
    { $inc: { 'value.used': -1 } },
  );
}

/** Null before the first question. */
export const readBudget = (database: Database): Promise<LookupBudget | null> => LOOKUP_BUDGET.read(database);

/** The result for one person: the line type, or why there is none. */
export type VerificationOutcome = LineType | 'invalid' | 'unreadable';

/** A run over the numbers of many contacts. */
export type VerificationDoc = {
  /** Later ones sort after earlier ones. */
  _id: string;
  /** Present while people are left. */
  open?: true;
  state: 'running' | 'done' | 'canceled';
  /** Null: everybody. */
  segment: Resolved | null;
  /** People whose answer is older than this are asked about again. */
  since: Date;
  /** Whether Lookup was configured when the run began. Such a run waits when Lookup is no longer configured. */
  lookup: boolean;
  /** How many people matched when the run began; null when counting took too long. */
  people: number | null;
  /** The last contact that is done. */
  cursor: string | null;
  counts: Partial<Record<VerificationOutcome, number>>;
  /** Of all people looked at: asked about in this run; refused by the rules; with consent to end. */
  asked: number;
  refused: number;
  /** Why the run waits; null while it continues. */
  waiting: Unknown | null;
  /**
   * The contact whose number gets no answer, and the number of tries. `beside`: other numbers got answers
   * meanwhile.
   */
  stuck: { contact: string; times: number; beside?: true } | null;
  createdAt: Date;
  createdBy: string;
  endedAt: Date | null;
  /** Why the run was canceled, when nobody asked for it. */
  why?: string;
};

export const verifications = defineCollection<VerificationDoc>()('verifications', {
  open: { key: { open: 1 }, partialFilterExpression: { open: true } },
});

type Begin = Pick<VerificationDoc, 'segment' | 'since' | 'lookup' | 'people' | 'createdAt' | 'createdBy'>;

export const newVerificationId = (at: Date): string =>
  `v_${at.getTime().toString(36).padStart(9, '0')}${randomSlice(6).toString('hex')}`;

/** Stores a new run. `isNew`: false when a run of this id was stored before, which is then returned. */
export async function beginVerification(
  database: Database,
  id: string,
  begin: Begin,
): Promise<{ run: VerificationDoc; isNew: boolean }> {
  const run: VerificationDoc = {
    ...begin,
    _id: id,
    open: true,
    state: 'running',
    cursor: null,
    counts: {},
    asked: 0,
    refused: 0,
    waiting: null,
    stuck: null,
    endedAt: null,
  };
  try {
    await verifications(database).insertOne(run);
    return { run, isNew: true };
  } catch (error) {
    const before = isDuplicateKey(error) ? await findVerification(database, id) : null;
    if (before === null) throw error;
    return { run: before, isNew: false };
  }
}

export async function findVerification(database: Database, id: string): Promise<VerificationDoc | null> {
  return verifications(database).findOne({ _id: id });
}

/** Runs, newest first. */
export async function pageVerifications(
  database: Database,
  { before, limit }: { before: string | null; limit: number },
): Promise<VerificationDoc[]> {
  const filter = before === null ? {} : { _id: { $lt: before } };
  return verifications(database).find(filter).sort({ _id: -1 }).limit(limit).toArray();
}

/** Runs with people left, oldest first. */
export async function openVerifications(database: Database): Promise<VerificationDoc[]> {
  return verifications(database).find({ open: true }).sort({ _id: 1 }).toArray();
}

/** The result of one batch. */
export type VerificationStep = {
  cursor: string | null;
  counts: VerificationDoc['counts'];
  asked: number;
  refused: number;
  waiting: VerificationDoc['waiting'];
  stuck: VerificationDoc['stuck'];
  complete: boolean;
};

/**
 * Advances a run from the cursor at which the batch began. False when the run was canceled, or another process
 * advanced it.
 */
export async function moveVerification(
  database: Database,
  { _id, cursor }: VerificationDoc,
  step: VerificationStep,
  now: Date,
): Promise<boolean> {
  const { counts, asked, refused, complete, ...rest } = step;
  const $inc: Document = { asked, refused };
  for (const [outcome, count] of Object.entries(counts)) $inc[`counts.${outcome}`] = count;
  const moved = await verifications(database).updateOne(
    { _id, open: true, cursor },
    {
      $inc,
      $set: { ...rest, ...(complete ? { state: 'done' as const, endedAt: now } : {}) },
      ...(complete ? { $unset: { open: true as const } } : {}),
    },
  );
  return moved.matchedCount === 1;
}

/** Cancels a run. False when the run has ended. `why`: the reason when nobody asked for it. */
export async function cancelVerification(
  database: Database,
  id: string,
  now: Date,
  why?: string,
): Promise<boolean> {
  const $set = {
    state: 'canceled' as const,
    waiting: null,
    endedAt: now,
    ...(why === undefined ? {} : { why }),
  };
  const canceled = await verifications(database).updateOne(
    { _id: id, open: true },
    { $set, $unset: { open: true } },
  );
  return canceled.matchedCount === 1;
}
