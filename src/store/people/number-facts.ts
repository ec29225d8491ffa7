import { Schema } from 'mongoose';
import type { NumberFacts, ReassignedFact } from '../../domain/hygiene/verifying.ts';
import { keptSeconds } from '../../domain/retention.ts';
import { isDuplicateKey } from '../database-failure.ts';
import type { Store } from '../store.ts';

/** What the carrier is asked about a number; each is paid for by itself. */
export type Package = 'line' | 'reassigned';
export type Fact = { line: NumberFacts; reassigned: ReassignedFact };

/**
 * One question to the carrier about a number, asked or being asked: whoever writes the row asks, so that no number is
 * asked about twice while an answer is good, on however many processes.
 */
export type NumberFactDoc = {
  /** Blind index and package: no number, and numbers that nobody holds have one too. */
  _id: string;
  askedAt: Date;
  /** Whose question it is, at random. */
  by: string;
  /** The verification run that asked; null at a door. */
  run: string | null;
  /** Null until it is answered, and for good where its process died. */
  answer: NumberFacts | ReassignedFact | null;
  /** What is asked for again, until it is answered. */
  before?: Pick<NumberFactDoc, 'askedAt' | 'run'> & { answer: NumberFacts | ReassignedFact };
};

export const numberFactSchema = new Schema(
  {
    _id: String,
    askedAt: { type: Date, required: true },
    by: { type: String, required: true },
    run: String,
    answer: Schema.Types.Mixed,
    before: Schema.Types.Mixed,
  },
  { collection: 'numberFacts', strict: 'throw', versionKey: false, autoIndex: false },
);
numberFactSchema.index({ askedAt: 1 }, { expireAfterSeconds: keptSeconds('numberFacts'), name: 'kept' });

export const factId = (index: string, of: Package): string => `${index} ${of}`;

export type Question = Pick<NumberFactDoc, '_id' | 'by' | 'run'>;

export type Claimed<F> =
  | { kind: 'ours' }
  | { kind: 'answered'; fact: F; run: string | null }
  | { kind: 'asked' };

/** Contacts with whom no answer is kept that is no older than `since`. */
export const unverifiedSince = (since: Date): Record<string, unknown> => ({
  $or: [{ 'verified.at': { $exists: false } }, { 'verified.at': { $lt: since } }],
});

/** An answer that is asked for again stays good for whoever is content with an older one. */
const OLDER = {
  $cond: [{ $gt: ['$answer', null] }, { askedAt: '$askedAt', run: '$run', answer: '$answer' }, '$$REMOVE'],
};

/** Takes a question on, unless it was asked since `freshSince` and an answer is kept or awaited. */
export async function claimQuestion<P extends Package>(
  store: Store,
  question: Question,
  { now, freshSince }: { now: Date; freshSince: Date },
): Promise<Claimed<Fact[P]>> {
  const { _id, by, run } = question;
  const asked = { askedAt: now, by: { $literal: by }, run: { $literal: run }, answer: null };
  try {
    const again = { _id, askedAt: { $lt: freshSince } };
    await store.numberFacts.updateOne(again, [{ $set: { ...asked, before: OLDER } }], { upsert: true });
    return { kind: 'ours' };
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
  }
  const found = await store.numberFacts.findOne({ _id });
  // Given up between the two looks: whoever asks next may take it.
  if (found === null) return { kind: 'asked' };
  const { before } = found;
  const told = found.answer === null && before !== undefined && before.askedAt >= freshSince ? before : found;
  if (told.answer === null) return { kind: 'asked' };
  return { kind: 'answered', fact: told.answer as Fact[P], run: told.run };
}

/** Keeps the answer to a question of ours. */
export async function answerQuestion(
  store: Store,
  { _id, by }: Question,
  answer: NumberFacts | ReassignedFact,
): Promise<void> {
  await store.numberFacts.updateOne({ _id, by }, { $set: { answer }, $unset: { before: '' } });
}

/** Gives a question back that was not asked, or got no answer; an older answer stands again. */
export async function dropQuestion(store: Store, { _id, by }: Question): Promise<void> {
  const older = { _id, by, answer: null, before: { $exists: true } };
  const restored = [{ $replaceWith: { $mergeObjects: [{ _id: '$_id', by: '$by' }, '$before'] } }];
  if ((await store.numberFacts.updateOne(older, restored)).matchedCount === 1) return;
  await store.numberFacts.deleteOne({ _id, by, answer: null });
}

/** What is known of a contact's number, kept with it for segments, reports and support. */
export type Verified = NumberFacts & {
  /** The verification run that looked at it last; null where a door did. */
  run: string | null;
};

export async function noteVerified(store: Store, contact: string, verified: Verified): Promise<void> {
  await store.contacts.updateOne({ _id: contact, sealed: { $ne: null } }, { $set: { verified } });
}
