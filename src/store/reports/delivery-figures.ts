import type { Document } from 'mongodb';
import { Schema } from 'mongoose';
import { HOUR_MS } from '../../domain/durations.ts';
import { numberCodes } from '../../domain/reports/carrier-errors.ts';
import {
  type CountedOutcome,
  type DeliveryTally,
  STEPS_A_DOUBLING,
} from '../../domain/reports/delivery-tally.ts';
import { HANDED_OVER, HANDED_OVER_FILTER } from '../deliveries/delivery.ts';
import { randomSlice } from '../sealing/sealing.ts';
import { readClassedCodes } from '../senders/error-codes.ts';
import { readIncidents } from '../senders/incidents.ts';
import type { Store } from '../store.ts';
import { QUARTER, REPORT_MS } from './limits.ts';

/** Messages of one group, of one day. */
export type DayGroup = DeliveryTally & { by: Grouping; key: string };

/** What became of the messages that one program handed over on one day, as it was known when the day was last made. */
export type DailyFigures = {
  /** "<program> <day>" */
  _id: string;
  program: string;
  /** Of the program's zone, "2026-03-01". */
  day: string;
  zone: string;
  groups: DayGroup[];
  /**
   * The id of what made the day stale: people said since what some of its failures mean, or the carrier told late of a message.
   * Absent while the day need not be made anew.
   */
  stale?: string;
};

export const dailyFiguresSchema = new Schema(
  {
    _id: String,
    program: { type: String, required: true },
    day: { type: String, required: true },
    zone: { type: String, required: true },
    groups: { type: [Schema.Types.Mixed], required: true },
    stale: String,
  },
  { collection: 'dailyFigures', strict: 'throw', versionKey: false, autoIndex: false },
);

export const figuresId = (program: string, day: string): string => `${program} ${day}`;

/** Of some days of a program, the groups by one thing. A day that is not there was never made. */
export async function readDays(
  store: Store,
  { program, since, until }: { program: string; since: string; until: string },
  by: Grouping,
): Promise<DailyFigures[]> {
  const filter = { _id: { $gte: figuresId(program, since), $lte: figuresId(program, until) } };
  const ofGroup = { $filter: { input: '$groups', as: 'one', cond: { $eq: ['$$one.by', by] } } };
  return store.dailyFigures
    .find(filter, {
      projection: { program: 1, day: 1, zone: 1, groups: ofGroup },
      hint: { _id: 1 },
      maxTimeMS: REPORT_MS,
    })
    .sort({ _id: 1 })
    .toArray();
}

/**
 * The zone whose day it was, how many of its messages had no end yet, or an unknown one, and what made it stale; null where
 * nothing did.
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

/** Days of a program that were made. */
export async function madeDays(store: Store, program: string): Promise<Map<string, MadeDay>> {
  const filter = { _id: { $gte: figuresId(program, ''), $lt: figuresId(program, ':') } };
  const projection = { day: 1, zone: 1, stale: 1, waiting: WAITING, unknown: UNKNOWN };
  const found = await store.dailyFigures
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

/** The last day of a program before one that was made; null where none was. */
export async function lastDayBefore(store: Store, program: string, day: string): Promise<string | null> {
  const filter = { _id: { $gte: figuresId(program, ''), $lt: figuresId(program, day) } };
  const options = {
    projection: { day: 1 },
    sort: { _id: -1 },
    hint: { _id: 1 },
    maxTimeMS: REPORT_MS,
  } as const;
  return (await store.dailyFigures.findOne(filter, options))?.day ?? null;
}

const newSaying = (): string => randomSlice(9).toString('base64url');

/** Days from one on are made anew by the next run; until then they say what they said. */
export async function makeStale(store: Store, since: string): Promise<void> {
  await store.dailyFigures.updateMany({ day: { $gte: since } }, { $set: { stale: newSaying() } });
}

/** The same of one day of a program; nothing where it was never made. */
export async function makeDayStale(store: Store, program: string, day: string): Promise<void> {
  await store.dailyFigures.updateOne({ _id: figuresId(program, day) }, { $set: { stale: newSaying() } });
}

/**
 * False where the day stood there already, just so: the database writes nothing then. `stale`: what it was by before it was
 * counted; what people said meanwhile it does not know, and stays stale by.
 */
export async function writeDay(
  store: Store,
  { _id, ...fields }: Omit<DailyFigures, 'stale'>,
  stale: string | null,
): Promise<boolean> {
  const result = await store.dailyFigures.updateOne({ _id }, { $set: fields }, { upsert: true });
  const written = result.modifiedCount + result.upsertedCount;
  if (stale === null) return written > 0;
  const fresh = await store.dailyFigures.updateOne({ _id, stale }, { $unset: { stale: '' } });
  return written + fresh.modifiedCount > 0;
}

/**
 * What messages are told apart by. `error`: of those that failed alone; `bounce`: by source, of those that failed for
 * their number and in no incident.
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

/** Of one program: messages that were handed over, or may have been, from a moment until before another. */
export type DaySpan = { program: string; from: Date; to: Date };

const KEYS: Record<Grouping, Document | string> = {
  program: '$program',
  sender: '$sender',
  // A quarter of an hour in UTC: whose hour it is, is told by our own rules on zones.
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

/** Time from the carrier's taking it to its last word, s: never less than one. */
const SECONDS = { $max: [1, { $divide: [{ $subtract: ['$finalAt', '$acceptedAt'] }, 1000] }] };
const IS_TIMED = {
  $and: [{ $eq: ['$state', 'delivered'] }, { $gt: ['$finalAt', null] }, { $gt: ['$acceptedAt', null] }],
};
const STEP = {
  $cond: [IS_TIMED, { $floor: { $multiply: [STEPS_A_DOUBLING, { $log: [SECONDS, 2] }] } }, null],
};

/** Messages of a span by one thing, what became of them and how long it took. `ms`: longest that it may take. */
export async function countDeliveries(
  store: Store,
  span: DaySpan,
  by: Grouping,
  ms = REPORT_MS,
): Promise<CountedOutcome[]> {
  return store.deliveries
    .aggregate<CountedOutcome>(
      [
        { $match: handedOver(span) },
        ...(by === 'bounce' ? await ofNumbers(store, span) : []),
        ...STAGES[by],
        { $group: { _id: { key: KEYS[by], state: '$state', step: STEP }, count: { $sum: 1 } } },
        { $replaceWith: { $mergeObjects: ['$_id', { count: '$count' }] } },
      ],
      { hint: HANDED_OVER, maxTimeMS: ms },
    )
    .toArray();
}

async function ofNumbers(store: Store, span: DaySpan): Promise<Document[]> {
  const error = { $in: numberCodes(await readClassedCodes(store)) };
  return [{ $match: { error } }, ...(await withoutIncidents(store, span))];
}

/** What failed in an incident that nobody dismissed says nothing of numbers. */
async function withoutIncidents(store: Store, { from, to }: DaySpan): Promise<Document[]> {
  const earliest = new Date(from.getTime() - HOUR_MS);
  const hours = await readIncidents(store, { from: earliest, to });
  const $nor = hours.flatMap(({ key, hour, codes, dismissed }): Document[] => {
    if (dismissed !== undefined) return [];
    const [field = '', ...name] = key.split(' ');
    const during = { $gte: hour, $lt: new Date(hour.getTime() + HOUR_MS) };
    const error = { $in: codes.map(({ code }) => code) };
    return [{ 'decision.at': during, [field]: name.join(' '), error }];
  });
  return $nor.length === 0 ? [] : [{ $match: { $nor } }];
}

/** A row whose process died before it could write its decision is dated by its lease. */
function handedOver({ program, from, to }: DaySpan): Document {
  const during = { $gte: from, $lt: to };
  return {
    program,
    ...HANDED_OVER_FILTER,
    $or: [{ 'decision.at': during }, { 'decision.at': null, leaseUntil: during }],
  };
}
