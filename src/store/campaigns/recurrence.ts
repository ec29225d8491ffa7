import type { Filter } from 'mongodb';
import type { CampaignState } from '../../domain/campaigns/lifecycle.ts';
import type { Recurring } from '../../domain/campaigns/recurrence.ts';
import type { Store } from '../store.ts';
import { inTransaction } from '../transaction.ts';
import type { CampaignDoc } from './campaign-document.ts';

/** A campaign that is a recurrence. */
export type Repeated = CampaignDoc & { repeat: Recurring };

/** Time limit for making one run, ms. */
const BUDGET_MS = 5000;

/** Recurrences that are due, or that have no times left and wait for their last runs to end. */
export async function findDueRepeats(store: Store, now: Date): Promise<Repeated[]> {
  return store.campaigns
    .find<Repeated>({
      state: 'scheduled',
      repeat: { $exists: true },
      $or: [{ 'repeat.nextAt': null }, { 'repeat.nextAt': { $lte: now } }],
    })
    .toArray();
}

/**
 * Saves the recurrence's next state and inserts its run, both or neither. False where another process did so, or
 * the recurrence was paused or canceled meanwhile: a cancel finds every run made before.
 */
export async function takeTurn(
  store: Store,
  before: Repeated,
  repeat: Recurring,
  run: CampaignDoc | null,
  now: Date,
): Promise<boolean> {
  return inTransaction(store, BUDGET_MS, async (session) => {
    const { matchedCount } = await store.campaigns.updateOne(
      { _id: before._id, state: 'scheduled', 'repeat.nextAt': before.repeat.nextAt },
      { $set: { repeat, updatedAt: now } },
      { session },
    );
    if (matchedCount === 0) return false;
    if (run !== null) await store.campaigns.insertOne(run, { session });
    return true;
  });
}

/** Ids of a recurrence's runs that are in one of these states. */
export async function findRuns(
  store: Store,
  runOf: string,
  states: readonly CampaignState[],
): Promise<string[]> {
  return idsOf(store, { runOf, state: { $in: [...states] } });
}

/** The recurrences among these campaigns. */
export async function findRecurrencesAmong(store: Store, campaigns: readonly string[]): Promise<string[]> {
  if (campaigns.length === 0) return [];
  return idsOf(store, { _id: { $in: [...campaigns] }, repeat: { $exists: true } });
}

/** True where a run may still send something. A run that is paused past its deadline may not. */
export async function hasOpenRun(store: Store, runOf: string, now: Date): Promise<boolean> {
  const resumable = { state: 'paused' as const, $or: [{ deadline: null }, { deadline: { $gt: now } }] };
  const open = { runOf, $or: [{ state: { $in: ['scheduled' as const, 'sending' as const] } }, resumable] };
  return (await store.campaigns.findOne(open, { projection: { _id: 1 } })) !== null;
}

async function idsOf(store: Store, which: Filter<CampaignDoc>): Promise<string[]> {
  const found = await store.campaigns
    .find(which, { projection: { _id: 1 } })
    .sort({ _id: 1 })
    .toArray();
  return found.map(({ _id }) => _id);
}

/** Finishes a recurrence without times left when no run may send anything any more. False where it continues. */
export async function endRepeat(store: Store, id: string, now: Date): Promise<boolean> {
  if (await hasOpenRun(store, id, now)) return false;
  const { modifiedCount } = await store.campaigns.updateOne(
    // Without a next time the recurrence makes no run, so no run can have opened since the check.
    { _id: id, state: 'scheduled', 'repeat.nextAt': null },
    { $set: { state: 'finished', endedAt: now, updatedAt: now } },
  );
  return modifiedCount === 1;
}
