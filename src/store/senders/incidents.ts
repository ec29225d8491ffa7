import { Schema } from 'mongoose';
import { HOUR_MS } from '../../domain/durations.ts';
import type { Dismissed, IncidentHour } from '../../domain/hygiene/incident.ts';
import type { DayOutcome, IncidentKey, IncidentKind, OutcomeCount } from '../../domain/hygiene/incidents.ts';
import { FAILURES } from '../deliveries/deliveries.ts';
import { firstHandedOver, HANDED_OVER, WAS_HANDED_OVER } from '../deliveries/handed-over.ts';
import { readMark, writeMark } from '../marks.ts';
import type { Store } from '../store.ts';

/** Made anew from the deliveries as long as receipts of its hour come. */
export const incidentSchema = new Schema(
  {
    _id: String,
    of: { type: String, required: true },
    key: { type: String, required: true },
    hour: { type: Date, required: true },
    ended: { type: Number, required: true },
    failed: { type: Number, required: true },
    numbers: { type: Number, required: true },
    usual: { type: Number, required: true },
    codes: { type: [Schema.Types.Mixed], required: true },
    dismissed: Schema.Types.Mixed,
  },
  { collection: 'incidents', strict: 'throw', versionKey: false, autoIndex: false },
);
incidentSchema.index({ hour: 1 }, { name: 'by-hour' });

export const incidentId = (of: IncidentKind, key: IncidentKey, hour: Date): string =>
  `${of} ${key} ${hour.toISOString()}`;

export type Hours = { from: Date; to: Date };

/** Messages of so many hours are counted at once, and for so long at most, ms: a day of a million has its parts. */
const HOURS_AT_ONCE = 3;
const LOOK_MS = 60_000;

const ENDED = ['delivered', ...FAILURES] as const;

const handedOver = (programs: readonly string[], { from, to }: Hours) => ({
  program: { $in: [...programs] },
  ...WAS_HANDED_OVER,
  'decision.at': { $gte: from, $lt: to },
});

/**
 * How the messages of some whole hours ended; null where it is not to go on. Answers to texts are not counted: whoever wrote
 * is reached.
 */
export async function countOutcomes(
  store: Store,
  programs: readonly string[],
  { from, to }: Hours,
  goOn: () => boolean,
): Promise<OutcomeCount[] | null> {
  const counts: OutcomeCount[] = [];
  for (let next: Date | null = from; ; ) {
    if (!goOn()) return null;
    next = await firstHandedOver(store, programs, { from: next, to });
    if (next === null) return counts;
    const at = hourOf(next);
    const end = new Date(Math.min(at.getTime() + HOURS_AT_ONCE * HOUR_MS, to.getTime()));
    counts.push(...(await countPart(store, programs, { from: at, to: end })));
    next = end;
  }
}

const hourOf = (at: Date): Date => new Date(Math.floor(at.getTime() / HOUR_MS) * HOUR_MS);

async function countPart(store: Store, programs: readonly string[], hours: Hours): Promise<OutcomeCount[]> {
  // As they stand, without a word on what is missing: of one that arrived no error stands.
  const hour = { $dateTrunc: { date: '$decision.at', unit: 'hour' } };
  const found = await store.deliveries
    .aggregate<Grouped>(
      [
        { $match: handedOver(programs, hours) },
        { $match: { state: { $in: [...ENDED] } } },
        {
          $group: {
            _id: { hour, sender: '$sender', network: '$network', code: '$error' },
            messages: { $sum: 1 },
          },
        },
      ],
      { hint: HANDED_OVER, maxTimeMS: LOOK_MS },
    )
    .toArray();
  return found.map(({ _id: { network = null, code = null, ...of }, messages }) => ({
    ...of,
    network,
    code,
    messages,
  }));
}

type Grouped = {
  _id: { hour: Date; sender: string; network?: string | null; code?: string | null };
  messages: number;
};

/** Hours of incidents in a time, the newest first. */
export async function readIncidents(store: Store, { from, to }: Hours): Promise<IncidentHour[]> {
  return store.incidents
    .find({ hour: { $gte: from, $lt: to } })
    .sort({ hour: -1, _id: 1 })
    .toArray();
}

/** How many senders and networks had an incident since a moment that nobody dismissed. */
export async function countIncidents(store: Store, since: Date): Promise<number> {
  const keys = await store.incidents.distinct(
    'key',
    { hour: { $gte: since }, dismissed: { $exists: false } },
    { maxTimeMS: 1000 },
  );
  return keys.length;
}

/**
 * Makes the incidents of a time those that are given; what a person said of one stays, also while it is none: receipts that
 * are still to come may make it one again. How many changed.
 */
export async function writeIncidents(
  store: Store,
  { from, to }: Hours,
  found: readonly IncidentHour[],
): Promise<number> {
  const ids = found.map(({ _id }) => _id);
  const gone = await store.incidents.deleteMany({
    hour: { $gte: from, $lt: to },
    _id: { $nin: ids },
    dismissed: { $exists: false },
  });
  if (found.length === 0) return gone.deletedCount;
  const writes = found.map(({ _id, ...$set }) => ({
    updateOne: { filter: { _id }, update: { $set }, upsert: true },
  }));
  const result = await store.incidents.bulkWrite(writes, { ordered: false });
  return gone.deletedCount + result.modifiedCount + result.upsertedCount;
}

/** False where there are no such hours. */
export async function dismissIncident(
  store: Store,
  ids: readonly string[],
  dismissed: Dismissed,
): Promise<boolean> {
  const { matchedCount } = await store.incidents.updateMany(
    { _id: { $in: [...ids] } },
    { $set: { dismissed } },
  );
  return matchedCount > 0;
}

const markOf = (day: string): string => `outcomes ${day}`;

/** How the messages of a day (UTC, YYYY-MM-DD) ended, so that what is usual need not be counted again. */
export async function writeDayOutcomes(
  store: Store,
  day: string,
  { outcomes, at }: { outcomes: readonly DayOutcome[]; at: Date },
): Promise<void> {
  const before = await readMark(store, markOf(day));
  if (JSON.stringify(before?.value ?? []) === JSON.stringify(outcomes)) return;
  await writeMark(store, { _id: markOf(day), at, value: outcomes });
}

/** Of the days that are known, from one up to and without another. */
export async function readDayOutcomes(
  store: Store,
  from: string,
  to: string,
): Promise<Map<string, DayOutcome[]>> {
  const marks = await store.marks.find({ _id: { $gte: markOf(from), $lt: markOf(to) } }).toArray();
  return new Map(marks.map(({ _id, value }) => [_id.slice(markOf('').length), value as DayOutcome[]]));
}
