import type { Store } from '../store.ts';
import type { CampaignDoc } from './campaigns.ts';

/** Notes when the test's people were all planned. */
export async function notePlanned(store: Store, id: string, at: Date): Promise<void> {
  await store.campaigns.updateOne(
    { _id: id, awaitsWinner: true, 'plan.complete': true, plannedAt: { $exists: false } },
    { $set: { plannedAt: at } },
  );
}

/** The winner of a test, once; the rest of the people are planned from the first on, and watched at once. */
export async function noteWinner(
  store: Store,
  id: string,
  winner: NonNullable<CampaignDoc['winner']>,
): Promise<boolean> {
  const { modifiedCount } = await store.campaigns.updateOne(
    { _id: id, state: 'sending', awaitsWinner: true, 'plan.complete': true },
    {
      $set: {
        winner,
        awaitsWinner: false,
        'plan.complete': false,
        'plan.cursor': null,
        'plan.leaseUntil': null,
      },
      $unset: { tendedUntil: '' },
    },
  );
  return modifiedCount === 1;
}

/** Pauses a test of which nobody got a message; resumed, it waits anew. False where it was moved meanwhile. */
export async function pauseUntried(
  store: Store,
  id: string,
  halted: { why: string; at: Date },
): Promise<boolean> {
  const { modifiedCount } = await store.campaigns.updateOne(
    { _id: id, state: 'sending', awaitsWinner: true, 'plan.complete': true },
    { $set: { state: 'paused', halted, updatedAt: halted.at }, $unset: { plannedAt: '' } },
  );
  return modifiedCount === 1;
}
