import type { JourneyEndReason } from '../../domain/journeys/ending.ts';
import type { Position } from '../../domain/journeys/next-step.ts';
import { journeyStream, type Lane, laneOf } from '../../domain/sending/lanes.ts';
import { QUEUE } from '../deliveries/deliveries.ts';
import { toEnd } from '../deliveries/moves.ts';
import type { Store } from '../store.ts';
import type { JourneyRunDoc, StepDone } from './runs.ts';

/** What becomes of a run at its step. */
export type RunMove = { run: JourneyRunDoc } & (
  | { wait: Date }
  | { done: StepDone; next: Position | null }
  | { end: JourneyEndReason }
);

/**
 * Each move counts only where the run still waits for the step, in the version, it was decided for. A message that was
 * written is noted of a run that ended meanwhile too: it may leave.
 */
export async function moveRuns(store: Store, moves: readonly RunMove[], now: Date): Promise<void> {
  if (moves.length === 0) return;
  const writes = moves.map((move) => writeOf(move, now));
  const { matchedCount } = await store.journeyRuns.bulkWrite(writes, { ordered: false });
  if (matchedCount === writes.length) return;
  const late = moves.flatMap((move) => {
    if (!('done' in move) || move.done.delivery === undefined) return [];
    const { _id, step, version } = move.run;
    const filter = { _id, step, version, open: { $exists: false }, 'done.step': { $ne: step } };
    // It ended as it ended; a later step is what it ended before.
    const further = move.next === null ? {} : { $set: { ...move.next } };
    const update = { ...further, $push: { done: move.done } };
    return [{ updateOne: { filter, update, hint: { _id: 1 } as const } }];
  });
  if (late.length > 0) await store.journeyRuns.bulkWrite(late, { ordered: false });
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

/** Ends every run of a journey, and what is planned of its marketing. */
export async function endRunsOf(
  store: Store,
  journey: string,
  senders: readonly string[],
  now: Date,
): Promise<void> {
  const open = { journey, open: true as const };
  await store.journeyRuns.updateMany(open, over('stopped', now), { hint: 'due-of-journey' });
  const lane = laneOf('marketing', journeyStream(journey));
  await store.deliveries.updateMany(
    { sender: { $in: [...senders] }, lane, state: 'planned' },
    toEnd('canceled', { error: 'the journey was stopped' }),
    { hint: QUEUE },
  );
}

/** Lanes of journeys that are paused or stopped: nothing of them may be picked. */
export async function closedJourneyLanes(store: Store): Promise<Lane[]> {
  const shut = await store.journeys
    .find({ state: { $in: ['paused', 'stopped'] } }, { projection: { _id: 1 } })
    .toArray();
  return shut.map(({ _id }) => laneOf('marketing', journeyStream(_id)));
}

/** Versions below `version` that people still go by. */
export async function olderVersions(store: Store, journey: string, version: number): Promise<string[]> {
  const older = { journey, open: true, version: { $lt: version } };
  const stages = [{ $match: older }, { $group: { _id: '$plan' } }];
  const hint = 'version-of-journey';
  const found = await store.journeyRuns.aggregate<{ _id: string }>(stages, { hint }).toArray();
  return found.map(({ _id }) => _id);
}

/** Whether anybody waits for a step of one version. */
export async function hasRunAt(
  store: Store,
  from: { journey: string; plan: string; step: string },
): Promise<boolean> {
  const options = { projection: { _id: 1 }, hint: 'due-of-journey' } as const;
  return (await store.journeyRuns.findOne({ ...from, open: true }, options)) !== null;
}

/**
 * Takes people who wait for a step of one version, and have all of some others behind them, over to a step of another;
 * null ends their runs. Whoever has that step behind them stays.
 */
export async function takeOver(
  store: Store,
  { did, ...from }: { journey: string; plan: string; step: string; did: readonly string[] },
  to: { plan: string; version: number; step: string; dueAt: Date | null } | null,
  now: Date,
): Promise<void> {
  // `$all` of none finds nobody.
  const behind = did.length === 0 ? {} : { $all: [...did] };
  const filter = { ...from, open: true as const, ...(did.length === 0 ? {} : { 'done.step': behind }) };
  if (to === null) {
    await store.journeyRuns.updateMany(filter, over('completed', now), { hint: 'due-of-journey' });
    return;
  }
  const { dueAt, ...place } = to;
  const $set = dueAt === null ? place : { ...place, dueAt };
  const yet = { ...filter, 'done.step': { ...behind, $ne: to.step } };
  await store.journeyRuns.updateMany(yet, { $set }, { hint: 'due-of-journey' });
}

/** People of a journey by the step they wait for, and by how they ended. */
export async function countRuns(
  store: Store,
  journey: string,
): Promise<{ open: boolean; step: string; reason: JourneyEndReason | null; people: number }[]> {
  const stages = [
    { $match: { journey } },
    { $group: { _id: { open: '$open', step: '$step', reason: '$reason' }, people: { $sum: 1 } } },
  ];
  type Group = { _id: { open?: true; step: string; reason?: JourneyEndReason }; people: number };
  const groups = await store.journeyRuns.aggregate<Group>(stages, { hint: 'progress' }).toArray();
  return groups.map(({ _id, people }) => ({
    open: _id.open === true,
    step: _id.step,
    people,
    reason: _id.reason ?? null,
  }));
}
