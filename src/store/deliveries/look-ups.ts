import { DAY_MS } from '../../domain/durations.ts';
import type { Look, NextStep } from '../../domain/sending/after-crash.ts';
import type { Store } from '../store.ts';
import type { DeliveryDoc } from './deliveries.ts';
import { firstLookUps, NONE_LEFT, toPlanned, toUnknown } from './moves.ts';

/**
 * Rows still flagged so many ms after their lease, by the database's clock: their process died. Unknown from now on,
 * and to be looked up. Returns how many.
 */
export async function expireFlags(store: Store, graceMs: number, now: Date): Promise<number> {
  const over = { $lt: ['$leaseUntil', { $subtract: ['$$NOW', graceMs] }] };
  const stuck = { open: true as const, state: 'sending' as const, $expr: over };
  let rows = 0;
  for (const { lane, lookUpAt } of firstLookUps(now)) {
    const update = toUnknown('the process ended before the answer was known', lookUpAt);
    rows += (await store.deliveries.updateMany({ ...stuck, lane }, update)).modifiedCount;
  }
  return rows;
}

/** Unknown rows whose next look-up is due, the longest waiting first. One flagged again since is its new owner's. */
export async function findLookUps(store: Store, now: Date, limit: number): Promise<DeliveryDoc[]> {
  return store.deliveries
    .find({ lookUpAt: { $lte: now }, state: 'unknown' })
    .sort({ lookUpAt: 1 })
    .limit(limit)
    .toArray();
}

/** What one look found, and what follows it. False where the row moved meanwhile: a receipt came, or told of an earlier attempt. */
export async function recordLook(
  store: Store,
  row: DeliveryDoc,
  look: Look,
  step: NextStep,
): Promise<boolean> {
  const unsettled = { _id: row._id, state: 'unknown' as const, epoch: row.epoch };
  const filter = step.kind === 'plan-again' ? { ...unsettled, ...NONE_LEFT } : unsettled;
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
      return toPlanned(now);
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
