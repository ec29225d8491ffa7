import type { Document } from 'mongodb';
import { Schema } from 'mongoose';
import type { Tally } from '../../domain/reports/tally.ts';
import { randomSlice } from '../sealing/random.ts';
import type { Store } from '../store.ts';
import type { Grouping } from './deliveries.ts';
import { REPORT_MS } from './removals.ts';

/** Messages of one group, of one day. */
export type DayGroup = Tally & { by: Grouping; key: string };

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
