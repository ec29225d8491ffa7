import { DAY_MS } from '../../domain/durations.ts';
import type { Look, NextStep } from '../../domain/sending/unknown-outcome.ts';
import type { Store } from '../store.ts';
import type { DeliveryDoc, DeliveryState } from './delivery.ts';
import { firstLookUps, NO_ATTEMPT_LEFT, plannedAgainRow, unknownRow } from './transitions.ts';

/**
 * Rows still flagged so many ms after their lease, by the database's clock: their process died. Unknown from now on,
 * and to be looked up. Returns how many.
 */
export async function expireClaims(store: Store, graceMs: number, now: Date): Promise<number> {
  const over = { $lt: ['$leaseUntil', { $subtract: ['$$NOW', graceMs] }] };
  const stuck = { open: true as const, state: 'sending' as const, $expr: over };
  let rows = 0;
  for (const { lane, lookUpAt } of firstLookUps(now)) {
    const update = unknownRow('the process ended before the answer was known', lookUpAt);
    rows += (await store.deliveries.updateMany({ ...stuck, lane }, update)).modifiedCount;
  }
  return rows;
}

/** Unknown rows whose next look-up is due, the longest waiting first. One flagged again since is its new owner's. */
export async function findDueSearches(store: Store, now: Date, limit: number): Promise<DeliveryDoc[]> {
  return store.deliveries
    .find({ lookUpAt: { $lte: now }, state: 'unknown' })
    .sort({ lookUpAt: 1 })
    .limit(limit)
    .toArray();
}

/** What one look found, and what follows it. False where the row moved meanwhile: a receipt came, or told of an earlier attempt. */
export async function recordSearch(
  store: Store,
  row: DeliveryDoc,
  look: Look,
  step: NextStep,
): Promise<boolean> {
  const unsettled = { _id: row._id, state: 'unknown' as const, epoch: row.epoch };
  const filter = step.kind === 'plan-again' ? { ...unsettled, ...NO_ATTEMPT_LEFT } : unsettled;
  const result = await store.deliveries.updateOne(filter, {
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

/** Notes the look that found a row's message, whatever the row is by then. */
export async function recordFinding(store: Store, row: DeliveryDoc, look: Look): Promise<void> {
  await store.deliveries.updateOne({ _id: row._id }, { $push: { lookups: look } });
}

/** A look that could not be made is made later. */
export async function putOffLookUps(store: Store, ids: string[], until: Date): Promise<void> {
  await store.deliveries.updateMany(
    { _id: { $in: ids }, lookUpAt: { $exists: true } },
    { $set: { lookUpAt: until } },
    { hint: { _id: 1 } },
  );
}

/** How long before it left, or a receipt of it came, a message was planned at most, ms: it may have waited for hours, a cap, a spread. */
const PLANNED_BEFORE_MS = 30 * DAY_MS;

/** Rows of a contact that may have left, or have been told of by a receipt, from a moment on; newest first. */
export async function mayHaveLeftSince(store: Store, contact: string, since: Date): Promise<DeliveryDoc[]> {
  return store.deliveries
    .find({ contact, createdAt: { $gte: new Date(since.getTime() - PLANNED_BEFORE_MS) } })
    .sort({ createdAt: -1 })
    .toArray();
}

/** What the carrier has and has not told the end of. */
const MOVING = ['accepted', 'sent'] as const satisfies DeliveryState[];

/** Rows the carrier took before a moment and never told the end of, the longest waiting first. */
export async function findStuck(
  store: Store,
  { senders, before, limit }: { senders: readonly string[]; before: Date; limit: number },
): Promise<DeliveryDoc[]> {
  const acceptedAt = { $lte: before };
  // Each by the index of its own state; accepted ones by sender, as the pace counts them.
  const accepted = await store.deliveries
    .find({ state: 'accepted', sender: { $in: [...senders] }, acceptedAt })
    .limit(limit)
    .toArray();
  const sent = await store.deliveries
    .find({ state: 'sent', acceptedAt })
    .sort({ acceptedAt: 1 })
    .limit(limit - accepted.length + 1)
    .toArray();
  return [...accepted, ...sent].slice(0, limit);
}

/** Nobody will ever say how these ended. A receipt that comes after all still settles one. False where it has moved. */
export async function giveUp(store: Store, { _id, epoch }: DeliveryDoc, error: string): Promise<boolean> {
  const ended = await store.deliveries.updateOne(
    { _id, epoch, state: { $in: [...MOVING] } },
    unknownRow(error),
  );
  return ended.modifiedCount === 1;
}
