import type { CampaignState } from '../domain/campaigns/moves.ts';
import type { CampaignDoc, Recurring } from './campaigns.ts';
import type { Store } from './store.ts';
import { inTransaction } from './transaction.ts';

/** A campaign that runs again and again. */
export type Repeated = CampaignDoc & { repeat: Recurring };

/** Longest that making one run may take, ms. */
const BUDGET_MS = 5000;

/** Recurrences whose time has come, or that have none left. */
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
 * Notes a recurrence's turn and makes its run, both or neither. False where someone else did, or where it was paused or
 * canceled meanwhile: whoever cancels it finds every run that was made before.
 */
export async function takeTurn(
  store: Store,
  before: Repeated,
  after: Pick<CampaignDoc, 'state' | 'repeat' | 'endedAt'>,
  run: CampaignDoc | null,
  now: Date,
): Promise<boolean> {
  return inTransaction(store, BUDGET_MS, async (session) => {
    const { matchedCount } = await store.campaigns.updateOne(
      { _id: before._id, state: 'scheduled', 'repeat.nextAt': before.repeat.nextAt },
      { $set: { ...after, updatedAt: now } },
      { session },
    );
    if (matchedCount === 0) return false;
    if (run !== null) await store.campaigns.insertOne(run, { session });
    return true;
  });
}

/** Ids of the runs of a recurrence that are in one of some states. */
export async function findRuns(
  store: Store,
  runOf: string,
  states: readonly CampaignState[],
): Promise<string[]> {
  const found = await store.campaigns
    .find({ runOf, state: { $in: [...states] } }, { projection: { _id: 1 } })
    .toArray();
  return found.map(({ _id }) => _id);
}
