import type { Document } from 'mongodb';
import { Schema } from 'mongoose';
import type { LineType, Unknown } from '../../domain/hygiene/verifying.ts';
import type { Resolved } from '../../domain/segments/tree.ts';
import { randomSlice } from '../sealing/random.ts';
import type { Store } from '../store.ts';

/** What became of one person: their line, or why there is none. */
export type VerificationOutcome = LineType | 'invalid' | 'unreadable';

/** One pass over the numbers of many contacts. */
export type VerificationDoc = {
  /** Later ones sort after earlier ones. */
  _id: string;
  /** While people are left. */
  open?: true;
  state: 'running' | 'done' | 'canceled';
  /** Null: everybody. */
  segment: Resolved | null;
  /** Whose answer is older than this is asked about again. */
  since: Date;
  /** Whether Lookup was configured when it began: it then waits where it no longer is. */
  lookup: boolean;
  /** How many fitted when it began; null where counting took too long. */
  people: number | null;
  /** Last contact that is done. */
  cursor: string | null;
  counts: Partial<Record<VerificationOutcome, number>>;
  /** Of all that were looked at: asked about in this run; refused by the rules; whose consent it was to end. */
  asked: number;
  refused: number;
  /** Why it stands still; null while it goes on. */
  waiting: Unknown | null;
  /** The contact about whose number no answer comes, and how often. `beside`: answers about others came meanwhile. */
  stuck: { contact: string; times: number; beside?: true } | null;
  createdAt: Date;
  createdBy: string;
  endedAt: Date | null;
  /** Why it was canceled, where nobody asked for it. */
  why?: string;
};

export const verificationSchema = new Schema(
  {
    _id: String,
    open: Boolean,
    state: { type: String, required: true },
    segment: Schema.Types.Mixed,
    since: { type: Date, required: true },
    lookup: { type: Boolean, required: true },
    people: Number,
    cursor: String,
    counts: { type: Schema.Types.Mixed, required: true },
    asked: { type: Number, required: true },
    refused: { type: Number, required: true },
    waiting: String,
    stuck: Schema.Types.Mixed,
    createdAt: { type: Date, required: true },
    createdBy: { type: String, required: true },
    endedAt: Date,
    why: String,
  },
  { collection: 'verifications', strict: 'throw', versionKey: false, autoIndex: false, minimize: false },
);
verificationSchema.index({ open: 1 }, { partialFilterExpression: { open: true }, name: 'open' });

type Begin = Pick<VerificationDoc, 'segment' | 'since' | 'lookup' | 'people' | 'createdAt' | 'createdBy'>;

export async function beginVerification(store: Store, begin: Begin): Promise<VerificationDoc> {
  const time = begin.createdAt.getTime().toString(36).padStart(9, '0');
  const run: VerificationDoc = {
    ...begin,
    _id: `v_${time}${randomSlice(6).toString('hex')}`,
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
  await store.verifications.insertOne(run);
  return run;
}

export async function findVerification(store: Store, id: string): Promise<VerificationDoc | null> {
  return store.verifications.findOne({ _id: id });
}

/** Newest first. */
export async function pageVerifications(
  store: Store,
  { before, limit }: { before: string | null; limit: number },
): Promise<VerificationDoc[]> {
  const filter = before === null ? {} : { _id: { $lt: before } };
  return store.verifications.find(filter).sort({ _id: -1 }).limit(limit).toArray();
}

/** Those with people left, oldest first. */
export async function openVerifications(store: Store): Promise<VerificationDoc[]> {
  return store.verifications.find({ open: true }).sort({ _id: 1 }).toArray();
}

/** How far one slice came. */
export type VerificationStep = {
  cursor: string | null;
  counts: VerificationDoc['counts'];
  asked: number;
  refused: number;
  waiting: VerificationDoc['waiting'];
  stuck: VerificationDoc['stuck'];
  complete: boolean;
};

/** Moves a run on from where it was read. False where it was canceled, or another process moved it. */
export async function moveVerification(
  store: Store,
  { _id, cursor }: VerificationDoc,
  step: VerificationStep,
  now: Date,
): Promise<boolean> {
  const { counts, asked, refused, complete, ...rest } = step;
  const $inc: Document = { asked, refused };
  for (const [outcome, count] of Object.entries(counts)) $inc[`counts.${outcome}`] = count;
  const moved = await store.verifications.updateOne(
    { _id, open: true, cursor },
    {
      $inc,
      $set: { ...rest, ...(complete ? { state: 'done' as const, endedAt: now } : {}) },
      ...(complete ? { $unset: { open: true as const } } : {}),
    },
  );
  return moved.matchedCount === 1;
}

/** False where it has ended. `why`: where nobody asked for it. */
export async function cancelVerification(
  store: Store,
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
  const canceled = await store.verifications.updateOne(
    { _id: id, open: true },
    { $set, $unset: { open: true } },
  );
  return canceled.matchedCount === 1;
}
