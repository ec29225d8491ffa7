import { z } from 'zod';
import type { JourneyPlan, JourneyState } from '../../domain/journeys/journey.ts';
import { type Database, defineCollection } from '../collection.ts';
import { isDuplicateKey } from '../database-errors.ts';
import { defineSetting } from '../settings.ts';

/**
 * A journey: steps that a program takes with each person for whom a trigger fires. Trigger and steps are stored in
 * its versions.
 */
export type JourneyDoc = {
  _id: string;
  name: string;
  program: string;
  state: JourneyState;
  /** `version` grows with every change of trigger or steps. `plan`: the id of that version. */
  version: number;
  plan: string;
  /** People in versions below this one are moved to the newest. */
  moveBelow: number;
  /** Triggers before this time start no run; null in a draft. */
  startedAt: Date | null;
  /** Present for a segment trigger: the last contact read, in id order, and when the next sweep may begin. */
  sweep: { after: string | null; dueAt: Date } | null;
  /** Who paused the journey: a key of staff, or a rule, with its sentence. Null where it is not paused. */
  pausedBy: JourneyPause | null;
  createdAt: Date;
  updatedAt: Date;
};

export type JourneyPause = { by: 'staff'; key: string; at: Date } | { by: 'rule'; why: string; at: Date };

export const journeys = defineCollection<JourneyDoc>()('journeys', {});

export async function findJourney(database: Database, id: string): Promise<JourneyDoc | null> {
  return journeys(database).findOne({ _id: id });
}

/** All journeys except drafts; typically some dozens. */
export async function startedJourneys(database: Database): Promise<JourneyDoc[]> {
  return journeys(database)
    .find({ state: { $ne: 'draft' } })
    .toArray();
}

export async function pageJourneys(
  database: Database,
  page: { after: string | null; limit: number },
): Promise<JourneyDoc[]> {
  const filter = page.after === null ? {} : { _id: { $gt: page.after } };
  return journeys(database).find(filter).sort({ _id: 1 }).limit(page.limit).toArray();
}

/** Adds a draft, or replaces the version of the journey `before`. Null where another process wrote first. */
export async function writeJourney(
  database: Database,
  before: JourneyDoc | null,
  next: Pick<JourneyDoc, '_id' | 'name' | 'program' | 'version' | 'plan' | 'moveBelow'>,
  at: Date,
): Promise<JourneyDoc | null> {
  const { _id, ...said } = next;
  if (before !== null) {
    return journeys(database).findOneAndUpdate(
      { _id, version: before.version, state: before.state },
      { $set: { ...said, updatedAt: at } },
      { returnDocument: 'after' },
    );
  }
  const added: JourneyDoc = {
    _id,
    ...said,
    state: 'draft',
    startedAt: null,
    sweep: null,
    pausedBy: null,
    createdAt: at,
    updatedAt: at,
  };
  const { upsertedCount } = await journeys(database).updateOne(
    { _id },
    { $setOnInsert: added },
    { upsert: true },
  );
  return upsertedCount === 1 ? added : null;
}

/** Moves a journey in one conditional write; null where its state changed meanwhile. */
export async function writeMove(
  database: Database,
  { _id, state }: JourneyDoc,
  $set: Pick<JourneyDoc, 'state' | 'pausedBy' | 'updatedAt'> &
    Partial<Pick<JourneyDoc, 'startedAt' | 'sweep'>>,
): Promise<JourneyDoc | null> {
  return journeys(database).findOneAndUpdate({ _id, state }, { $set }, { returnDocument: 'after' });
}

/**
 * Matches a journey while it enrolls people under the start with which it was read. After a stop and a new start
 * its trigger may differ.
 */
const going = ({ _id, startedAt }: JourneyDoc) => ({
  _id,
  startedAt,
  state: { $in: ['running', 'paused'] as JourneyState[] },
});

export async function goesStill(database: Database, journey: JourneyDoc): Promise<boolean> {
  return (await journeys(database).findOne(going(journey), { projection: { _id: 1 } })) !== null;
}

/** Saves how far a segment was read. False where the journey was stopped meanwhile, or started anew. */
export async function noteSweep(
  database: Database,
  journey: JourneyDoc,
  sweep: JourneyDoc['sweep'],
): Promise<boolean> {
  return (await journeys(database).updateOne(going(journey), { $set: { sweep } })).matchedCount === 1;
}

/** The process that runs the journeys, and the time up to which all triggers were read. */
type Leader = { owner: string; until: Date; readTo: Date | null };

const LEADER = defineSetting<Leader, null>(
  'journeys driver',
  z.strictObject({ owner: z.string(), until: z.date(), readTo: z.date().nullable() }),
  null,
);
const ID = LEADER.id;

/** The current leader; null where there never was one. */
export const readDriver = (database: Database): Promise<Leader | null> => LEADER.read(database);

/**
 * Acquires or renews the leadership, and updates `readTo` unless it is null. False while another process is the
 * leader.
 */
export async function acquireLeadership(
  database: Database,
  { owner, readTo }: { owner: string; readTo: Date | null },
  now: Date,
  leaseMs: number,
): Promise<boolean> {
  const until = new Date(now.getTime() + leaseMs);
  const moved = readTo === null ? {} : { 'value.readTo': readTo };
  const taken = await LEADER.in(database).updateOne(
    { _id: ID, $or: [{ 'value.owner': owner }, { 'value.until': { $lte: now } }] },
    { $set: { at: now, 'value.owner': owner, 'value.until': until, ...moved } },
  );
  if (taken.matchedCount === 1) return true;
  try {
    const value: Leader = { owner, until, readTo };
    const added = await LEADER.in(database).updateOne(
      { _id: ID },
      { $setOnInsert: { at: now, value } },
      { upsert: true },
    );
    return added.upsertedCount === 1;
  } catch (error) {
    if (isDuplicateKey(error)) return false;
    throw error;
  }
}

/** Releases the leadership, so that another process can take over at once. */
export async function releaseLeadership(database: Database, owner: string, now: Date): Promise<void> {
  await LEADER.in(database).updateOne({ _id: ID, 'value.owner': owner }, { $set: { 'value.until': now } });
}

/**
 * One saved version of a journey. Versions are only inserted, since runs follow the version in which they began.
 */
export type JourneyVersionDoc = JourneyPlan & {
  _id: string;
  journey: string;
  version: number;
  createdAt: Date;
};

export const journeyVersions = defineCollection<JourneyVersionDoc>()('journeyVersions', {});

export async function addVersion(database: Database, version: JourneyVersionDoc): Promise<void> {
  await journeyVersions(database).insertOne(version);
}

/** The names of all journeys, with their newest versions. */
export async function journeyNames(
  database: Database,
): Promise<Pick<JourneyDoc, '_id' | 'name' | 'version' | 'plan'>[]> {
  return journeys(database)
    .find({}, { projection: { name: 1, version: 1, plan: 1 } })
    .toArray();
}

export async function findVersions(database: Database, ids: readonly string[]): Promise<JourneyVersionDoc[]> {
  return journeyVersions(database)
    .find({ _id: { $in: [...new Set(ids)] } })
    .toArray();
}
