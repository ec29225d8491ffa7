import type { Document } from 'mongodb';
import { HOUR_MS } from '../../domain/durations.ts';
import { numberCodes } from '../../domain/reports/carrier-errors.ts';
import {
  type CountedOutcome,
  type DeliveryTally,
  STEPS_A_DOUBLING,
} from '../../domain/reports/delivery-tally.ts';
import { type Database, defineCollection } from '../collection.ts';
import { deliveries, HANDED_OVER, HANDED_OVER_FILTER } from '../deliveries/delivery.ts';
import { randomSlice } from '../sealing/sealing.ts';
import { readClassedCodes } from '../senders/error-codes.ts';
import { readIncidents } from '../senders/incidents.ts';

import { QUARTER, REPORT_MS } from './limits.ts';

/** Messages of one group on one day. */
export type DayGroup = DeliveryTally & { by: Grouping; key: string };

/** What became of the messages that one program sent on one day, as known when the day was last summed up. */
export type DailyFigures = {
  /** "<program> <day>" */
  _id: string;
  program: string;
  /** In the program's zone, "2026-03-01". */
  day: string;
  zone: string;
  groups: DayGroup[];
  /**
   * Id of the change that made the day stale: people reclassified failures, or the carrier reported late. Absent
   * while the day is up to date.
   */
  stale?: string;
};

export const dailyFigures = defineCollection<DailyFigures>()('dailyFigures', {});

export const figuresId = (program: string, day: string): string => `${program} ${day}`;

/** The groups of some days of a program, by one property. A missing day was never summed up. */
export async function readDays(
  database: Database,
  { program, since, until }: { program: string; since: string; until: string },
  by: Grouping,
): Promise<DailyFigures[]> {
  const filter = { _id: { $gte: figuresId(program, since), $lte: figuresId(program, until) } };
  const ofGroup = { $filter: { input: '$groups', as: 'one', cond: { $eq: ['$$one.by', by] } } };
  return dailyFigures(database)
    .find(filter, {
      projection: { program: 1, day: 1, zone: 1, groups: ofGroup },
      hint: { _id: 1 },
      maxTimeMS: REPORT_MS,
    })
    .sort({ _id: 1 })
    .toArray();
}

/**
 * Of a summed-up day: its zone, how many of its messages had no outcome yet or an unknown one, and its stale mark
 * (null for none).
 */
export type MadeDay = { zone: string; waiting: number; unknown: number; stale: string | null };

const sumOfAll = (messages: Document): Document => ({
  $sum: {
    $map: {
      input: { $filter: { input: '$groups', cond: { $eq: ['$$this.by', 'program'] } } },
      in: messages,
    },
  },
});
const WAITING = sumOfAll({ $add: ['$$this.accepted', '$$this.sent'] });
const UNKNOWN = sumOfAll({ $add: ['$$this.unknown'] });

/** Days of a program that are summed up. */
export async function madeDays(database: Database, program: string): Promise<Map<string, MadeDay>> {
  const filter = { _id: { $gte: figuresId(program, ''), $lt: figuresId(program, ':') } };
  const projection = { day: 1, zone: 1, stale: 1, waiting: WAITING, unknown: UNKNOWN };
  const found = await dailyFigures(database)
    .find<Pick<DailyFigures, '_id' | 'day' | 'zone' | 'stale'> & Pick<MadeDay, 'waiting' | 'unknown'>>(
      filter,
      {
        projection,
        hint: { _id: 1 },
        maxTimeMS: REPORT_MS,
      },
    )
    .toArray();
  return new Map(found.map(({ _id, day, stale = null, ...of }) => [day, { ...of, stale }]));
}

/** The last summed-up day of a program before a day; null when there is none. */
export async function lastDayBefore(
  database: Database,
  program: string,
  day: string,
): Promise<string | null> {
  const filter = { _id: { $gte: figuresId(program, ''), $lt: figuresId(program, day) } };
  const options = {
    projection: { day: 1 },
    sort: { _id: -1 },
    hint: { _id: 1 },
    maxTimeMS: REPORT_MS,
  } as const;
  return (await dailyFigures(database).findOne(filter, options))?.day ?? null;
}

const newSaying = (): string => randomSlice(9).toString('base64url');

/** Marks days from `since` on as stale. The next run sums them up anew; until then they keep their figures. */
export async function makeStale(database: Database, since: string): Promise<void> {
  await dailyFigures(database).updateMany({ day: { $gte: since } }, { $set: { stale: newSaying() } });
}

/** Marks one day of a program as stale; does nothing when the day was never summed up. */
export async function makeDayStale(database: Database, program: string, day: string): Promise<void> {
  await dailyFigures(database).updateOne({ _id: figuresId(program, day) }, { $set: { stale: newSaying() } });
}

/**
 * Writes a day. False when the stored day is equal; the database then writes nothing. `stale`: the stale mark
 * before counting. When the mark changed meanwhile, the new change is not in the counts, so the day stays stale.
 */
export async function writeDay(
  database: Database,
  { _id, ...fields }: Omit<DailyFigures, 'stale'>,
  stale: string | null,
): Promise<boolean> {
  const result = await dailyFigures(database).updateOne({ _id }, { $set: fields }, { upsert: true });
  const written = result.modifiedCount + result.upsertedCount;
  if (stale === null) return written > 0;
  const fresh = await dailyFigures(database).updateOne({ _id, stale }, { $unset: { stale: '' } });
  return written + fresh.modifiedCount > 0;
}

/**
 * Properties by which messages are grouped. `error`: failed messages only. `bounce`: by source, only messages that
 * failed because of their number and in no incident.
 */
export const GROUPINGS = [
  'program',
  'sender',
  'hour',
  'campaign',
  'carrier',
  'source',
  'error',
  'bounce',
] as const;
export type Grouping = (typeof GROUPINGS)[number];

/** Messages of one program that were sent, or may have been, from one time until before another. */
export type DaySpan = { program: string; from: Date; to: Date };

const KEYS: Record<Grouping, Document | string> = {
  program: '$program',
  sender: '$sender',
  // A quarter of an hour in UTC. Our own zone rules then say to which hour it belongs.
  hour: { $toString: { $dateTrunc: { date: { $ifNull: ['$decision.at', '$leaseUntil'] }, ...QUARTER } } },
  campaign: { $ifNull: ['$campaign', ''] },
  carrier: { $ifNull: [{ $first: '$holder.carrier' }, ''] },
  source: { $ifNull: [{ $first: '$holder.source' }, ''] },
  bounce: { $ifNull: [{ $first: '$holder.source' }, ''] },
  error: { $ifNull: ['$error', ''] },
};

const OF_HOLDER: Document = {
  $lookup: {
    from: 'contacts',
    localField: 'contact',
    foreignField: '_id',
    pipeline: [{ $project: { _id: 0, source: 1, carrier: '$verified.carrier' } }],
    as: 'holder',
  },
};

const FAILED: Document = { $match: { state: { $in: ['failed', 'undelivered'] } } };

const STAGES: Record<Grouping, Document[]> = {
  program: [],
  sender: [],
  hour: [],
  campaign: [],
  carrier: [OF_HOLDER],
  source: [OF_HOLDER],
  error: [FAILED],
  bounce: [FAILED, OF_HOLDER],
};

/** Time from the carrier's acceptance to its last report, s; at least one. */
const SECONDS = { $max: [1, { $divide: [{ $subtract: ['$finalAt', '$acceptedAt'] }, 1000] }] };
const IS_TIMED = {
  $and: [{ $eq: ['$state', 'delivered'] }, { $gt: ['$finalAt', null] }, { $gt: ['$acceptedAt', null] }],
};
const STEP = {
  $cond: [IS_TIMED, { $floor: { $multiply: [STEPS_A_DOUBLING, { $log: [SECONDS, 2] }] } }, null],
};

/**
 * Messages of a span by one property, with their outcomes and how long they took. `ms`: longest that the query may
 * take.
 */
export async function countDeliveries(
  database: Database,
  span: DaySpan,
  by: Grouping,
  ms = REPORT_MS,
): Promise<CountedOutcome[]> {
  return deliveries(database)
    .aggregate<CountedOutcome>(
      [
        { $match: handedOver(span) },
        ...(by === 'bounce' ? await ofNumbers(database, span) : []),
        ...STAGES[by],
        { $group: { _id: { key: KEYS[by], state: '$state', step: STEP }, count: { $sum: 1 } } },
        { $replaceWith: { $mergeObjects: ['$_id', { count: '$count' }] } },
      ],
      { hint: HANDED_OVER, maxTimeMS: ms },
    )
    .toArray();
}

async function ofNumbers(database: Database, span: DaySpan): Promise<Document[]> {
  const error = { $in: numberCodes(await readClassedCodes(database)) };
  return [{ $match: { error } }, ...(await withoutIncidents(database, span))];
}

/** A failure in an incident that nobody dismissed says nothing about the number. */
async function withoutIncidents(database: Database, { from, to }: DaySpan): Promise<Document[]> {
  const earliest = new Date(from.getTime() - HOUR_MS);
  const hours = await readIncidents(database, { from: earliest, to });
  const $nor = hours.flatMap(({ key, hour, codes, dismissed }): Document[] => {
    if (dismissed !== undefined) return [];
    const [field = '', ...name] = key.split(' ');
    const during = { $gte: hour, $lt: new Date(hour.getTime() + HOUR_MS) };
    const error = { $in: codes.map(({ code }) => code) };
    return [{ 'decision.at': during, [field]: name.join(' '), error }];
  });
  return $nor.length === 0 ? [] : [{ $match: { $nor } }];
}

/** A delivery whose process died before writing the decision is dated by its lease. */
function handedOver({ program, from, to }: DaySpan): Document {
  const during = { $gte: from, $lt: to };
  return {
    program,
    ...HANDED_OVER_FILTER,
    $or: [{ 'decision.at': during }, { 'decision.at': null, leaseUntil: during }],
  };
}
