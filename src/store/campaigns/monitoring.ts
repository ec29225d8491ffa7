import type { AutoPause } from '../../domain/campaigns/auto-pause.ts';
import type { Store } from '../store.ts';
import type { CampaignDoc } from './campaign-document.ts';

/** How long one process tends a campaign alone, ms, where it does not say so itself: longer than its figures may take. */
export const TEND_MS = 30_000;

/** Campaigns that fly, or whose rows are to be written anew, each for one process alone from when it is asked for. */
export async function* claimMonitoring(store: Store, clock: () => Date): AsyncGenerator<CampaignDoc> {
  const due = { $or: [{ state: 'sending' as const }, { state: 'paused' as const, stale: true }] };
  const freeAt = (now: Date) => ({
    $and: [due, { $or: [{ tendedUntil: { $exists: false } }, { tendedUntil: { $lte: now } }] }],
  });
  const found = await store.campaigns
    .find({ state: { $in: ['sending', 'paused'] }, ...freeAt(clock()) }, { projection: { _id: 1 } })
    .toArray();
  for (const { _id } of found) {
    const now = clock();
    const claimed = await store.campaigns.findOneAndUpdate(
      { _id, ...freeAt(now) },
      { $set: { tendedUntil: new Date(now.getTime() + TEND_MS) } },
      { returnDocument: 'after' },
    );
    if (claimed !== null) yield claimed;
  }
}

/** Nobody tends it again before; but at once where it was moved or edited since it was claimed. */
export async function releaseMonitoring(
  store: Store,
  { _id, state, edition }: CampaignDoc,
  until: Date,
): Promise<void> {
  await store.campaigns.updateOne(
    { _id, state, edition: edition ?? { $exists: false } },
    { $set: { tendedUntil: until } },
  );
}

/** Pauses a campaign that still flies. False where it does not, or somebody resumed it since it was judged. */
export async function autoPause(store: Store, campaign: CampaignDoc, trip: AutoPause): Promise<boolean> {
  const { modifiedCount } = await store.campaigns.updateOne(
    { _id: campaign._id, state: 'sending', watchedFrom: campaign.watchedFrom ?? { $exists: false } },
    // What it waited for would read as why.
    { $set: { state: 'paused', trip, halted: null, updatedAt: trip.at } },
  );
  return modifiedCount === 1;
}

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
