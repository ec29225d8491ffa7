import { hash } from 'node:crypto';
import type { AnyBulkWriteOperation, ClientSession, Document } from 'mongodb';
import { Schema } from 'mongoose';
import type { Candidate, CandidateState } from '../../domain/merging/candidates.ts';
import type { Link } from '../../domain/merging/people.ts';
import { isDuplicatesOnly } from '../database-failure.ts';
import type { Store } from '../store.ts';

/** Who decided about a pair, and why. */
export type Decided = { by: string; reason: string; at: Date };

/** Two contacts that may be one person. Of the values they share only keyed hashes stand here. */
export type CandidateDoc = Candidate & {
  /** Follows from the two contacts alone. */
  _id: string;
  contacts: Link;
  decided: Decided | null;
};

export const mergeCandidateSchema = new Schema(
  {
    _id: String,
    contacts: { type: [String], required: true },
    score: { type: Number, required: true },
    evidence: { type: [String], required: true },
    marks: { type: [String], required: true },
    state: { type: String, required: true },
    dismissed: { type: [String], required: true },
    foundAt: { type: Date, required: true },
    changedAt: { type: Date, required: true },
    decided: Schema.Types.Mixed,
  },
  { collection: 'mergeCandidates', strict: 'throw', versionKey: false, autoIndex: false },
);
mergeCandidateSchema.index({ state: 1, score: -1, _id: 1 }, { name: 'by-score' });
mergeCandidateSchema.index({ contacts: 1 }, { name: 'of-contact' });
mergeCandidateSchema.index({ marks: 1 }, { name: 'by-mark' });

export const linkOf = (one: string, other: string): Link => (one < other ? [one, other] : [other, one]);

export const candidateId = ([one, other]: Link): string =>
  `k_${hash('sha256', `${one} ${other}`, 'base64url').slice(0, 16)}`;

export async function findCandidate(store: Store, id: string): Promise<CandidateDoc | null> {
  return store.mergeCandidates.findOne({ _id: id });
}

/** Every pair that one of some contacts is in. */
export async function candidatesOf(store: Store, contacts: readonly string[]): Promise<CandidateDoc[]> {
  return store.mergeCandidates.find({ contacts: { $in: [...contacts] } }).toArray();
}

/** `before` null: it is new; `after` null: nothing speaks for it any more. */
export type CandidateChange = { before: CandidateDoc | null; after: CandidateDoc | null };

/** Writes what a look found; not where somebody decided about a pair meanwhile. How many it wrote. */
export async function writeCandidates(store: Store, changes: readonly CandidateChange[]): Promise<number> {
  const operations = changes.flatMap(({ before, after }): AnyBulkWriteOperation<CandidateDoc>[] => {
    if (before === null) return after === null ? [] : [{ insertOne: { document: after } }];
    const filter = { _id: before._id, state: before.state, changedAt: before.changedAt };
    return [after === null ? { deleteOne: { filter } } : { replaceOne: { filter, replacement: after } }];
  });
  if (operations.length === 0) return 0;
  const done = await store.mergeCandidates
    .bulkWrite(operations, { ordered: false })
    .catch((error: unknown) => {
      if (isDuplicatesOnly(error)) return error.result;
      throw error;
    });
  return done.insertedCount + done.deletedCount + done.modifiedCount;
}

/** Drops open pairs that rest on one value alone, which too many turned out to share; dismissed ones are so again. How many. */
export async function dropCandidatesBy(store: Store, mark: string, at: Date): Promise<number> {
  const filter = { marks: mark, 'marks.1': { $exists: false }, state: 'open' as const };
  const { deletedCount } = await store.mergeCandidates.deleteMany({ ...filter, dismissed: [] });
  const $set = { state: 'dismissed' as const, changedAt: at };
  const { modifiedCount } = await store.mergeCandidates.updateMany(filter, { $set });
  return deletedCount + modifiedCount;
}

export type CandidatePlace = { score: number; id: string };

/** Highest score first. */
export async function pageCandidates(
  store: Store,
  { state, after, limit }: { state: CandidateState; after: CandidatePlace | null; limit: number },
): Promise<CandidateDoc[]> {
  const later: Document =
    after === null
      ? {}
      : { $or: [{ score: { $lt: after.score } }, { score: after.score, _id: { $gt: after.id } }] };
  return store.mergeCandidates
    .find({ state, ...later })
    .sort({ score: -1, _id: 1 })
    .limit(limit)
    .toArray();
}

/** What speaks for a pair, and what did when it was dismissed before. */
const ALL_SAID = { $setUnion: ['$dismissed', '$marks'] };

/** Says that an open pair is two people. False where it is not open. */
export async function dismissCandidate(store: Store, id: string, decided: Decided): Promise<boolean> {
  const change = { state: 'dismissed', dismissed: ALL_SAID, decided: { $literal: decided } };
  const done = await store.mergeCandidates.updateOne({ _id: id, state: 'open' }, [
    { $set: { ...change, changedAt: decided.at } },
  ]);
  return done.matchedCount === 1;
}

/** Takes that back. False where it is not dismissed. */
export async function reopenCandidate(store: Store, id: string, at: Date): Promise<boolean> {
  const done = await store.mergeCandidates.updateOne(
    { _id: id, state: 'dismissed' },
    { $set: { state: 'open', dismissed: [], decided: null, changedAt: at } },
  );
  return done.matchedCount === 1;
}

/** Pairs whose contacts became one person. */
export async function candidatesMerged(
  store: Store,
  contacts: readonly string[],
  decided: Decided,
  session: ClientSession,
): Promise<void> {
  const within = { $in: [...contacts], $not: { $elemMatch: { $nin: [...contacts] } } };
  await store.mergeCandidates.updateMany(
    { contacts: within, state: { $ne: 'merged' } } as Document,
    { $set: { state: 'merged', decided, changedAt: decided.at } },
    { session },
  );
}

/** Pairs of one person that somebody took apart: they were said to be two. */
export async function candidatesSplit(
  store: Store,
  [ones, others]: readonly [readonly string[], readonly string[]],
  decided: Decided,
  session: ClientSession,
): Promise<void> {
  const between = [{ contacts: { $in: [...ones] } }, { contacts: { $in: [...others] } }];
  const change = { state: 'dismissed', dismissed: ALL_SAID, decided: { $literal: decided } };
  await store.mergeCandidates.updateMany(
    { $and: between, state: 'merged' },
    [{ $set: { ...change, changedAt: decided.at } }],
    { session },
  );
}
