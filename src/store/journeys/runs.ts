import { Schema } from 'mongoose';
import type { JourneyEndReason } from '../../domain/journeys/ending.ts';
import type { StepOutcome } from '../../domain/journeys/sentences.ts';
import type { Reason } from '../../domain/sending/may-receive.ts';
import type { Store } from '../store.ts';

/** One step that someone has behind them. `delivery`: the row of its message, planned or skipped. */
export type StepDone = {
  step: string;
  at: Date;
  did: StepOutcome;
  delivery?: string;
  reasons?: Reason[];
};

/** One person's way through one version of a journey. `_id` names person, journey and how many-eth: it begins once. */
export type JourneyRunDoc = {
  _id: string;
  contact: string;
  journey: string;
  program: string;
  nth: number;
  version: number;
  /** Id of the version. */
  plan: string;
  triggeredAt: Date;
  /** When the subscription it rests on had begun: another one is another consent. */
  since: Date;
  /** Present and true until it ended; partial indexes filter on it. */
  open?: true;
  /** The step it waits for, or ended at. */
  step: string;
  dueAt: Date;
  done: StepDone[];
  reason?: JourneyEndReason;
  endedAt?: Date;
  startedAt: Date;
};

export const journeyRunSchema = new Schema(
  {
    _id: String,
    contact: { type: String, required: true },
    journey: { type: String, required: true },
    program: { type: String, required: true },
    nth: { type: Number, required: true },
    version: { type: Number, required: true },
    plan: { type: String, required: true },
    triggeredAt: { type: Date, required: true },
    since: { type: Date, required: true },
    open: Boolean,
    step: { type: String, required: true },
    dueAt: { type: Date, required: true },
    done: [Schema.Types.Mixed],
    reason: String,
    endedAt: Date,
    startedAt: { type: Date, required: true },
  },
  { collection: 'journeyRuns', strict: 'throw', versionKey: false, autoIndex: false },
);
journeyRunSchema.index(
  { journey: 1, dueAt: 1 },
  { partialFilterExpression: { open: true }, name: 'due-of-journey' },
);
// Whether anybody still goes by an older version is asked again and again, and mostly nobody does.
journeyRunSchema.index(
  { journey: 1, version: 1 },
  { partialFilterExpression: { open: true }, name: 'version-of-journey' },
);
// Counts people by step and by how they ended without reading a run.
journeyRunSchema.index({ journey: 1, open: 1, step: 1, reason: 1 }, { name: 'progress' });

export const runId = (contact: string, journey: string, nth: number): string =>
  `${contact}.${journey}.${nth}`;

/** Ids that begin so; neither an id of a contact nor one of a journey means anything in a pattern. */
const beginning = (start: string): RegExp => new RegExp(`^${start.replaceAll('.', '\\.')}\\.`);

/** Everybody's latest run of a journey, by contact. */
export async function latestRuns(
  store: Store,
  journey: string,
  contacts: readonly string[],
): Promise<Map<string, JourneyRunDoc>> {
  const ids = contacts.map((contact) => beginning(`${contact}.${journey}`));
  const found = await store.journeyRuns.find({ _id: { $in: ids as unknown as string[] } }).toArray();
  const latest = new Map<string, JourneyRunDoc>();
  for (const run of found) {
    const known = latest.get(run.contact);
    if (known === undefined || known.nth < run.nth) latest.set(run.contact, run);
  }
  return latest;
}

/** Runs of people, newest first. */
export async function runsOf(
  store: Store,
  contacts: readonly string[],
  which: { open: true } | Record<string, never> = {},
): Promise<JourneyRunDoc[]> {
  const ids = contacts.map(beginning) as unknown as string[];
  const runs = await store.journeyRuns.find({ _id: { $in: ids }, ...which }).toArray();
  return runs.sort((a, b) => b.startedAt.getTime() - a.startedAt.getTime());
}

/** Begins runs; those that are there already stay as they are. Returns the ids of those that began. */
export async function beginRuns(store: Store, runs: readonly JourneyRunDoc[]): Promise<string[]> {
  if (runs.length === 0) return [];
  const writes = runs.map((run) => ({
    updateOne: { filter: { _id: run._id }, update: { $setOnInsert: run }, upsert: true },
  }));
  const { upsertedIds } = await store.journeyRuns.bulkWrite(writes, { ordered: false });
  return Object.values(upsertedIds);
}

/** Takes back runs that should not have begun, as long as nothing of them is done. */
export async function takeBackRuns(store: Store, ids: readonly string[]): Promise<void> {
  await store.journeyRuns.deleteMany({ _id: { $in: [...ids] }, done: [] });
}

/** Runs of a journey whose step is due, those that waited longest first. */
export async function dueRuns(
  store: Store,
  journey: string,
  now: Date,
  limit: number,
): Promise<JourneyRunDoc[]> {
  return store.journeyRuns
    .find({ journey, open: true, dueAt: { $lte: now } })
    .sort({ dueAt: 1 })
    .limit(limit)
    .toArray();
}
