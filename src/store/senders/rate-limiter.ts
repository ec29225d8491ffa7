import type { Document } from 'mongodb';
import type { Database } from '../collection.ts';
import { deliveries } from '../deliveries/delivery.ts';
import { senderStates } from './sender-state.ts';

/** Slots that begin more than this many ms from now are not granted. A batch holds what it sends in this time. */
export const AHEAD_MS = 250;

/** A grant covers at least this many ms of slots, or all that were wanted: each smaller grant would cost a command. */
const CRUMB_MS = 100;

/** A clock further back than `STEP_MS` was stepped: no command waits that long in the server (`maxTimeMS`). */
const STEP_MS = 2000;
const COMMAND_MS = 1000;

/**
 * Field `pace` of a sender's state. Times in ms since the epoch on the database's clock, with fractions. `slot`: the
 * next free slot. `latest`: the latest value that the clock ever had. `now`: the clock at the last request. `begin`,
 * `parts`: what that request got.
 */
export type Slots = { slot: number; latest: number; now: number; begin: number; parts: number };

export type SlotRequest = {
  number: string;
  /** Ms between two slots. */
  spacing: number;
  /** Parts. */
  wants: number;
  /** Parts of the first message, granted as a whole or not at all, however far ahead they reach. */
  least: number;
  /** Ms from now before which no message is ready to be sent. */
  lead: number;
  /**
   * Where too few slots are free soon, the first message gets the next ones if they begin at most this many ms later,
   * beyond `AHEAD_MS`.
   */
  reach: number;
};

/**
 * Takes consecutive free slots of a sender, or none (`parts` 0) where too few begin soon. One command, so no two
 * processes hold the same slot. Unused slots of the past are not granted later. Not journaled: slots reach 250 ms
 * ahead, and a restart or an election takes longer. The slots of an answer reach up to 1,250 ms ahead (`reach`); a
 * faster election could grant them twice. `$$NOW` is the server's clock in whole ms; tests pass a time.
 */
export async function acquireSlots(
  database: Database,
  ask: SlotRequest,
  now: '$$NOW' | Date = '$$NOW',
): Promise<Slots> {
  const found = await senderStates(database).findOneAndUpdate({ _id: ask.number }, slotStages(ask, now), {
    upsert: true,
    returnDocument: 'after',
    projection: { pace: 1 },
    writeConcern: { w: 1 },
    maxTimeMS: COMMAND_MS,
  });
  return found?.pace as unknown as Slots;
}

/** How many slots must begin soon; otherwise none is granted. */
export const enoughFor = ({ spacing, wants }: SlotRequest): number =>
  Math.min(wants, Math.max(1, Math.ceil(CRUMB_MS / spacing)));

function slotStages(ask: SlotRequest, now: '$$NOW' | Date): Document[] {
  const { spacing, wants, least, reach } = ask;
  const latest = { $ifNull: ['$pace.latest', '$$now'] };
  const stored = { $ifNull: ['$pace.slot', 0] };
  // Otherwise a clock that was stepped back would stop the sender until the clock caught up.
  const back = { $subtract: ['$$latest', '$$now'] };
  const soon = { $divide: [{ $subtract: [{ $add: ['$$now', AHEAD_MS] }, '$$begin'] }, spacing] };
  const given = { $max: [least, { $min: [wants, '$$free'] }] };
  const reached = { $lte: ['$$begin', { $add: ['$$now', AHEAD_MS + reach] }] };
  const next = reach === 0 ? 0 : { $cond: [reached, least, 0] };
  return [
    {
      $set: {
        pace: within(
          { now: { $toDouble: now } },
          { latest },
          { stepped: { $gt: [back, STEP_MS] } },
          { slot: { $cond: ['$$stepped', { $subtract: [stored, back] }, stored] } },
          { begin: { $max: ['$$slot', { $add: ['$$now', ask.lead] }] } },
          { free: { $ceil: soon } },
          { parts: { $cond: [{ $gte: ['$$free', enoughFor(ask)] }, given, next] } },
          {
            slot: {
              $cond: ['$$parts', { $add: ['$$begin', { $multiply: ['$$parts', spacing] }] }, '$$slot'],
            },
            latest: { $cond: ['$$stepped', '$$now', { $max: ['$$latest', '$$now'] }] },
            now: '$$now',
            begin: '$$begin',
            parts: '$$parts',
          },
        ),
      },
    },
  ];
}

/** Nested `$let`: each step may use the steps before it; the last is the result. */
function within(...steps: Document[]): Document {
  const [step, ...rest] = steps as [Document, ...Document[]];
  return rest.length === 0 ? step : { $let: { vars: step, in: within(...rest) } };
}

/** Returns slots that end at `end`, unless later ones were taken meanwhile. The next free slot is then `slot`. */
export async function releaseSlots(
  database: Database,
  number: string,
  end: number,
  slot: number,
): Promise<void> {
  await senderStates(database).updateOne(
    { _id: number, 'pace.slot': end },
    { $set: { 'pace.slot': slot } },
    { hint: { _id: 1 }, writeConcern: { w: 1 } },
  );
}

/** Messages without a delivery report for this long are not counted, ms: some carriers post none at all. */
const SILENT_MS = 60_000;

/**
 * Parts of a sender that the carrier accepted in the last minute and has not passed on, by its delivery reports.
 * Reads at most `most` deliveries, because a backlog of that size is already full.
 */
export async function partsAtCarrier(database: Database, number: string, most: number): Promise<number> {
  const [found] = await deliveries(database)
    .aggregate<{ parts: number }>(waitingStages(number, most), {
      hint: deliveries.hint('at-carrier'),
      maxTimeMS: COMMAND_MS,
    })
    .toArray();
  return found?.parts ?? 0;
}

/** By the database's clock, like all of the rate limiter. Exported for the test of its query plan. */
export function waitingStages(number: string, most: number): Document[] {
  const recent = { $gte: ['$acceptedAt', { $subtract: ['$$NOW', SILENT_MS] }] };
  return [
    { $match: { sender: number, state: 'accepted', $expr: recent } },
    { $limit: most },
    { $group: { _id: null, parts: { $sum: '$parts' } } },
  ];
}

/** The count of a daily cap is stored among the senders' states, because all senders of a brand share it. */
const countId = (capId: string): string => `cap ${capId}`;

/**
 * Counts up to `wanted` parts against a daily cap, and returns how many it granted: never more than are left. Atomic.
 * A newer `day` (YYYY-MM-DD) starts a new count. An older one gets nothing, because that process's clock is behind.
 */
export async function reserveDailyQuota(
  database: Database,
  capId: string,
  day: string,
  wanted: number,
  limit: number,
): Promise<number> {
  const used = { $cond: [{ $eq: ['$pace.day', day] }, '$pace.used', 0] };
  const left = { $cond: [{ $gt: ['$pace.day', day] }, 0, { $max: [0, { $subtract: [limit, '$$used'] }] }] };
  const found = await senderStates(database).findOneAndUpdate(
    { _id: countId(capId) },
    [
      {
        $set: {
          pace: within(
            { used },
            { granted: { $min: [wanted, left] } },
            {
              day: { $max: ['$pace.day', day] },
              used: {
                $cond: [{ $gt: ['$pace.day', day] }, '$pace.used', { $add: ['$$used', '$$granted'] }],
              },
              granted: '$$granted',
            },
          ),
        },
      },
    ],
    { upsert: true, returnDocument: 'after', projection: { pace: 1 }, maxTimeMS: COMMAND_MS },
  );
  return (found?.pace as { granted: number } | undefined)?.granted ?? 0;
}

/** Returns counted parts that were not sent. Does nothing once the day is over. */
export async function returnDaily(
  database: Database,
  capId: string,
  day: string,
  unused: number,
): Promise<void> {
  await senderStates(database).updateOne(
    { _id: countId(capId), 'pace.day': day },
    [{ $set: { 'pace.used': { $max: [0, { $subtract: ['$pace.used', unused] }] } } }],
    { hint: { _id: 1 } },
  );
}
