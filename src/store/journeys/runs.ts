import type { JourneyStep } from '../../domain/journeys/journey.ts';
import type { StepOutcome } from '../../domain/journeys/sentences.ts';
import type { JourneyEndReason, Position } from '../../domain/journeys/steps.ts';
import { journeyStream, type Lane, laneOf } from '../../domain/sending/lanes.ts';
import type { Reason } from '../../domain/sending/send-rules.ts';
import { type Database, defineCollection } from '../collection.ts';
import { deliveries, QUEUE } from '../deliveries/delivery.ts';
import { canceledRow } from '../deliveries/transitions.ts';
import { journeys } from './journeys.ts';

/** A step that a run has completed. `delivery`: the id of its message, planned or skipped. */
export type StepDone = {
  step: string;
  at: Date;
  did: StepOutcome;
  delivery?: string;
  reasons?: Reason[];
};

/**
 * One run of a person through one version of a journey. `_id` contains the person, the journey and the number of
 * the run, so that each run begins only once.
 */
export type JourneyRunDoc = {
  _id: string;
  contact: string;
  journey: string;
  program: string;
  nth: number;
  version: number;
  /** The version's id. */
  plan: string;
  triggeredAt: Date;
  /** When the subscription behind the run began. A later subscription is another consent. */
  since: Date;
  /** Present and true until the run ends; partial indexes filter on it. */
  open?: true;
  /** The step that the run waits for, or at which it ended. */
  step: string;
  dueAt: Date;
  done: StepDone[];
  reason?: JourneyEndReason;
  endedAt?: Date;
  startedAt: Date;
};

export const journeyRuns = defineCollection<JourneyRunDoc>()('journeyRuns', {
  'due-of-journey': { key: { journey: 1, dueAt: 1 }, partialFilterExpression: { open: true } },
  // The worker keeps asking whether anybody is still in an older version, and mostly nobody is.
  'version-of-journey': { key: { journey: 1, version: 1 }, partialFilterExpression: { open: true } },
  // Counts people by step and by how they ended without reading a run.
  progress: { key: { journey: 1, open: 1, step: 1, reason: 1 } },
});

export const runId = (contact: string, journey: string, nth: number): string =>
  `${contact}.${journey}.${nth}`;

/**
 * Matches ids with this prefix. Ids of contacts and journeys contain no other character that is special in a
 * regular expression.
 */
const beginning = (start: string): RegExp => new RegExp(`^${start.replaceAll('.', '\\.')}\\.`);

/** The latest run of each contact through a journey. */
export async function latestRuns(
  database: Database,
  journey: string,
  contacts: readonly string[],
): Promise<Map<string, JourneyRunDoc>> {
  const ids = contacts.map((contact) => beginning(`${contact}.${journey}`));
  const found = await journeyRuns(database)
    .find({ _id: { $in: ids as unknown as string[] } })
    .toArray();
  const latest = new Map<string, JourneyRunDoc>();
  for (const run of found) {
    const known = latest.get(run.contact);
    if (known === undefined || known.nth < run.nth) latest.set(run.contact, run);
  }
  return latest;
}

/** The runs of these contacts, newest first. */
export async function runsOf(
  database: Database,
  contacts: readonly string[],
  which: { open: true } | Record<string, never> = {},
): Promise<JourneyRunDoc[]> {
  const ids = contacts.map(beginning) as unknown as string[];
  const runs = await journeyRuns(database)
    .find({ _id: { $in: ids }, ...which })
    .toArray();
  return runs.sort((a, b) => b.startedAt.getTime() - a.startedAt.getTime());
}

/** Inserts runs; existing ones stay as they are. Returns the ids of the runs inserted. */
export async function beginRuns(database: Database, runs: readonly JourneyRunDoc[]): Promise<string[]> {
  if (runs.length === 0) return [];
  const writes = runs.map((run) => ({
    updateOne: { filter: { _id: run._id }, update: { $setOnInsert: run }, upsert: true },
  }));
  const { upsertedIds } = await journeyRuns(database).bulkWrite(writes, { ordered: false });
  return Object.values(upsertedIds);
}

/** Deletes runs that should not have begun, unless a step is done. */
export async function takeBackRuns(database: Database, ids: readonly string[]): Promise<void> {
  await journeyRuns(database).deleteMany({ _id: { $in: [...ids] }, done: [] });
}

/** Runs of a journey whose step is due, those that waited longest first. */
export async function dueRuns(
  database: Database,
  journey: string,
  now: Date,
  limit: number,
): Promise<JourneyRunDoc[]> {
  return journeyRuns(database)
    .find({ journey, open: true, dueAt: { $lte: now } })
    .sort({ dueAt: 1 })
    .limit(limit)
    .toArray();
}

type JourneyProgress = {
  entered: number;
  /** People who wait for each step, in the order of the steps; steps that only older versions have come last. */
  waiting: { step: string; people: number }[];
  ended: { reason: JourneyEndReason; people: number }[];
};

/** Counts the people at each step of a journey, and the ended runs by reason. */
export async function journeyProgress(
  database: Database,
  journey: string,
  steps: readonly JourneyStep[],
): Promise<JourneyProgress> {
  const counts = await countRuns(database, journey);
  const waiting = new Map(steps.map(({ id }) => [id, 0]));
  const ended = new Map<JourneyEndReason, number>();
  let entered = 0;
  for (const { step, reason, people } of counts) {
    entered += people;
    if (reason === null) waiting.set(step, (waiting.get(step) ?? 0) + people);
    else ended.set(reason, (ended.get(reason) ?? 0) + people);
  }
  return {
    entered,
    waiting: [...waiting].map(([step, people]) => ({ step, people })),
    ended: [...ended].map(([reason, people]) => ({ reason, people })),
  };
}

/** The result of a run's step: a wait, a completed step, or the end. */
export type RunMove = { run: JourneyRunDoc } & (
  | { wait: Date }
  | { done: StepDone; next: Position | null }
  | { end: JourneyEndReason }
);

/**
 * Writes moves. A move is written only where the run still waits for the step, in the version, for which it was
 * decided. A message that was written is recorded even in a run that ended meanwhile, because the message may be
 * sent.
 */
export async function moveRuns(database: Database, moves: readonly RunMove[], now: Date): Promise<void> {
  if (moves.length === 0) return;
  const writes = moves.map((move) => writeOf(move, now));
  const { matchedCount } = await journeyRuns(database).bulkWrite(writes, { ordered: false });
  if (matchedCount === writes.length) return;
  const late = moves.flatMap((move) => {
    if (!('done' in move) || move.done.delivery === undefined) return [];
    const { _id, step, version } = move.run;
    const filter = { _id, step, version, open: { $exists: false }, 'done.step': { $ne: step } };
    // The reason of the end stays. `step` moves on, since the run ended before the later step.
    const further = move.next === null ? {} : { $set: { ...move.next } };
    const update = { ...further, $push: { done: move.done } };
    return [{ updateOne: { filter, update, hint: { _id: 1 } as const } }];
  });
  if (late.length > 0) await journeyRuns(database).bulkWrite(late, { ordered: false });
}

function writeOf(move: RunMove, now: Date) {
  const { _id, step, version } = move.run;
  const filter = { open: true as const, _id, step, version };
  return { updateOne: { filter, update: updateOf(move, now), hint: { _id: 1 } } };
}

function updateOf(move: RunMove, now: Date) {
  if ('wait' in move) return { $set: { dueAt: move.wait } };
  if ('end' in move) return over(move.end, now);
  const $push = { done: move.done };
  return move.next === null ? { ...over('completed', now), $push } : { $set: { ...move.next }, $push };
}

const over = (reason: JourneyEndReason, endedAt: Date) => ({
  $set: { reason, endedAt },
  $unset: { open: '' as const },
});

/** Ends every run of a journey, and cancels its planned marketing. */
export async function endRunsOf(
  database: Database,
  journey: string,
  senders: readonly string[],
  now: Date,
): Promise<void> {
  const open = { journey, open: true as const };
  await journeyRuns(database).updateMany(open, over('stopped', now), {
    hint: journeyRuns.hint('due-of-journey'),
  });
  const lane = laneOf('marketing', journeyStream(journey));
  await deliveries(database).updateMany(
    { sender: { $in: [...senders] }, lane, state: 'planned' },
    canceledRow('journey-stopped'),
    { hint: QUEUE },
  );
}

/** Lanes of paused and stopped journeys: the dispatcher must pick nothing from them. */
export async function closedJourneyLanes(database: Database): Promise<Lane[]> {
  const shut = await journeys(database)
    .find({ state: { $in: ['paused', 'stopped'] } }, { projection: { _id: 1 } })
    .toArray();
  return shut.map(({ _id }) => laneOf('marketing', journeyStream(_id)));
}

/** Versions below `version` in which people still are. */
export async function olderVersions(database: Database, journey: string, version: number): Promise<string[]> {
  const older = { journey, open: true, version: { $lt: version } };
  const stages = [{ $match: older }, { $group: { _id: '$plan' } }];
  const hint = journeyRuns.hint('version-of-journey');
  const found = await journeyRuns(database).aggregate<{ _id: string }>(stages, { hint }).toArray();
  return found.map(({ _id }) => _id);
}

/** True where anybody waits for this step of this version. */
export async function hasRunAt(
  database: Database,
  from: { journey: string; plan: string; step: string },
): Promise<boolean> {
  const options = { projection: { _id: 1 }, hint: journeyRuns.hint('due-of-journey') } as const;
  return (await journeyRuns(database).findOne({ ...from, open: true }, options)) !== null;
}

/**
 * Moves the runs that wait for a step of one version, and have completed all of `did`, to a step of another
 * version; null ends the runs. Runs that have completed the new step stay.
 */
export async function moveRunsToVersion(
  database: Database,
  { did, ...from }: { journey: string; plan: string; step: string; did: readonly string[] },
  to: { plan: string; version: number; step: string; dueAt: Date | null } | null,
  now: Date,
): Promise<void> {
  // An empty `$all` matches nothing.
  const behind = did.length === 0 ? {} : { $all: [...did] };
  const filter = { ...from, open: true as const, ...(did.length === 0 ? {} : { 'done.step': behind }) };
  if (to === null) {
    await journeyRuns(database).updateMany(filter, over('completed', now), {
      hint: journeyRuns.hint('due-of-journey'),
    });
    return;
  }
  const { dueAt, ...place } = to;
  const $set = dueAt === null ? place : { ...place, dueAt };
  const yet = { ...filter, 'done.step': { ...behind, $ne: to.step } };
  await journeyRuns(database).updateMany(yet, { $set }, { hint: journeyRuns.hint('due-of-journey') });
}

/** Counts a journey's people by the step they wait for, and by the reason of the end. */
export async function countRuns(
  database: Database,
  journey: string,
): Promise<{ open: boolean; step: string; reason: JourneyEndReason | null; people: number }[]> {
  const stages = [
    { $match: { journey } },
    { $group: { _id: { open: '$open', step: '$step', reason: '$reason' }, people: { $sum: 1 } } },
  ];
  type Group = { _id: { open?: true; step: string; reason?: JourneyEndReason }; people: number };
  const groups = await journeyRuns(database)
    .aggregate<Group>(stages, { hint: journeyRuns.hint('progress') })
    .toArray();
  return groups.map(({ _id, people }) => ({
    open: _id.open === true,
    step: _id.step,
    people,
    reason: _id.reason ?? null,
  }));
}
