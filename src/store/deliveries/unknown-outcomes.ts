import { DAY_MS } from '../../domain/durations.ts';
import type { NextStep, OutcomeSearch } from '../../domain/sending/unknown-outcome.ts';
import type { Database } from '../collection.ts';
import { type DeliveryDoc, type DeliveryState, deliveries } from './delivery.ts';
import { firstLookUps, NO_ATTEMPT_LEFT, plannedAgainRow, unknownRow } from './transitions.ts';

/**
 * Makes deliveries unknown that are still claimed `graceMs` after their lease, by the database's clock: their process
 * died. Schedules their search. Returns how many.
 */
export async function expireClaims(database: Database, graceMs: number, now: Date): Promise<number> {
  const over = { $lt: ['$leaseUntil', { $subtract: ['$$NOW', graceMs] }] };
  const stuck = { open: true as const, state: 'sending' as const, $expr: over };
  let rows = 0;
  for (const { lane, lookUpAt } of firstLookUps(now)) {
    const update = unknownRow('the process ended before the answer was known', lookUpAt);
    rows += (await deliveries(database).updateMany({ ...stuck, lane }, update)).modifiedCount;
  }
  return rows;
}

/**
 * Unknown deliveries whose next search is due, longest waiting first. A delivery claimed again since belongs to its
 * new owner.
 */
export async function findDueSearches(database: Database, now: Date, limit: number): Promise<DeliveryDoc[]> {
  return deliveries(database)
    .find({ lookUpAt: { $lte: now }, state: 'unknown' })
    .sort({ lookUpAt: 1 })
    .limit(limit)
    .toArray();
}

/**
 * Records the result of one search and the next step. False where the delivery changed meanwhile, because a delivery
 * report came or revealed an earlier attempt.
 */
export async function recordSearch(
  database: Database,
  row: DeliveryDoc,
  look: OutcomeSearch,
  step: NextStep,
): Promise<boolean> {
  const unsettled = { _id: row._id, state: 'unknown' as const, epoch: row.epoch };
  const filter = step.kind === 'plan-again' ? { ...unsettled, ...NO_ATTEMPT_LEFT } : unsettled;
  const result = await deliveries(database).updateOne(filter, {
    $push: { lookups: look },
    ...changeOf(step, look.at),
  });
  return result.matchedCount === 1;
}

function changeOf(step: NextStep, now: Date) {
  switch (step.kind) {
    case 'look-again':
      return { $set: { lookUpAt: step.at } };
    case 'plan-again':
      return plannedAgainRow(now);
    case 'final':
      return { $unset: { lookUpAt: '' as const } };
    default:
      return step satisfies never;
  }
}

/** Records the search that found a delivery's message, whatever the delivery's state by then. */
export async function recordFinding(
  database: Database,
  row: DeliveryDoc,
  look: OutcomeSearch,
): Promise<void> {
  await deliveries(database).updateOne({ _id: row._id }, { $push: { lookups: look } });
}

/** Postpones searches that could not be made. */
export async function putOffLookUps(database: Database, ids: string[], until: Date): Promise<void> {
  await deliveries(database).updateMany(
    { _id: { $in: ids }, lookUpAt: { $exists: true } },
    { $set: { lookUpAt: until } },
    { hint: { _id: 1 } },
  );
}

/**
 * How long a message may have been planned before it was sent or reported, ms: it may have waited for quiet hours, a
 * cap or a spread.
 */
const PLANNED_BEFORE_MS = 30 * DAY_MS;

/** A contact's deliveries that may have been sent, or reported, from a moment on; newest first. */
export async function mayHaveLeftSince(
  database: Database,
  contact: string,
  since: Date,
): Promise<DeliveryDoc[]> {
  return deliveries(database)
    .find({ contact, createdAt: { $gte: new Date(since.getTime() - PLANNED_BEFORE_MS) } })
    .sort({ createdAt: -1 })
    .toArray();
}

/** States in which the carrier has the message and has sent no final report. */
const MOVING = ['accepted', 'sent'] as const satisfies DeliveryState[];

/** Deliveries that the carrier accepted before a moment without a final report, longest waiting first. */
export async function findStuck(
  database: Database,
  { senders, before, limit }: { senders: readonly string[]; before: Date; limit: number },
): Promise<DeliveryDoc[]> {
  const acceptedAt = { $lte: before };
  // Each by the index of its own state; accepted ones by sender, as the rate limiter counts them.
  const accepted = await deliveries(database)
    .find({ state: 'accepted', sender: { $in: [...senders] }, acceptedAt })
    .limit(limit)
    .toArray();
  const sent = await deliveries(database)
    .find({ state: 'sent', acceptedAt })
    .sort({ acceptedAt: 1 })
    .limit(limit - accepted.length + 1)
    .toArray();
  return [...accepted, ...sent].slice(0, limit);
}

/**
 * Ends deliveries that will get no final report. A later report still settles one. False where the delivery changed
 * meanwhile.
 */
export async function giveUp(
  database: Database,
  { _id, epoch }: DeliveryDoc,
  error: string,
): Promise<boolean> {
  const ended = await deliveries(database).updateOne(
    { _id, epoch, state: { $in: [...MOVING] } },
    unknownRow(error),
  );
  return ended.modifiedCount === 1;
}
