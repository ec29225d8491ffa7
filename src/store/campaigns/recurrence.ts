import type { Filter } from 'mongodb';
import type { CampaignState } from '../../domain/campaigns/lifecycle.ts';
import type { Recurring } from '../../domain/campaigns/recurrence.ts';
import type { Database } from '../collection.ts';
import { inTransaction } from '../transaction.ts';
import { type CampaignDoc, campaigns } from './campaign-document.ts';

/** A campaign that is a recurrence. */
export type Repeated = CampaignDoc & { repeat: Recurring };

/** Time limit for making one run, ms. */
const BUDGET_MS = 5000;

/** Recurrences that are due, or that have no times left and wait for their last runs to end. */
export async function findDueRepeats(database: Database, now: Date): Promise<Repeated[]> {
  return campaigns(database)
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
  database: Database,
  before: Repeated,
  repeat: Recurring,
  run: CampaignDoc | null,
  now: Date,
): Promise<boolean> {
  return inTransaction(database, BUDGET_MS, async (session) => {
    const { matchedCount } = await campaigns(database).updateOne(
      { _id: before._id, state: 'scheduled', 'repeat.nextAt': before.repeat.nextAt },
      { $set: { repeat, updatedAt: now } },
      { session },
    );
    if (matchedCount === 0) return false;
    if (run !== null) await campaigns(database).insertOne(run, { session });
    return true;
  });
}

/** Ids of a recurrence's runs that are in one of these states. */
export async function findRuns(
  database: Database,
  runOf: string,
  states: readonly CampaignState[],
): Promise<string[]> {
  return idsOf(database, { runOf, state: { $in: [...states] } });
}

/** The recurrences among these campaigns. */
export async function findRecurrencesAmong(
  database: Database,
  campaigns: readonly string[],
): Promise<string[]> {
  if (campaigns.length === 0) return [];
  return idsOf(database, { _id: { $in: [...campaigns] }, repeat: { $exists: true } });
}

/** True where a run may still send something. A run that is paused past its deadline may not. */
export async function hasOpenRun(database: Database, runOf: string, now: Date): Promise<boolean> {
  const resumable = { state: 'paused' as const, $or: [{ deadline: null }, { deadline: { $gt: now } }] };
  const open = { runOf, $or: [{ state: { $in: ['scheduled' as const, 'sending' as const] } }, resumable] };
  return (await campaigns(database).findOne(open, { projection: { _id: 1 } })) !== null;
}

async function idsOf(database: Database, which: Filter<CampaignDoc>): Promise<string[]> {
  const found = await campaigns(database)
    .find(which, { projection: { _id: 1 } })
    .sort({ _id: 1 })
    .toArray();
  return found.map(({ _id }) => _id);
}

/** Finishes a recurrence without times left when no run may send anything any more. False where it continues. */
export async function endRepeat(database: Database, id: string, now: Date): Promise<boolean> {
  if (await hasOpenRun(database, id, now)) return false;
  const { modifiedCount } = await campaigns(database).updateOne(
    // Without a next time the recurrence makes no run, so no run can have opened since the check.
    { _id: id, state: 'scheduled', 'repeat.nextAt': null },
    { $set: { state: 'finished', endedAt: now, updatedAt: now } },
  );
  return modifiedCount === 1;
}
