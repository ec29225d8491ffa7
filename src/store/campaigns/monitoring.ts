import type { AutoPause } from '../../domain/campaigns/auto-pause.ts';
import type { Database } from '../collection.ts';
import { type CampaignDoc, campaigns } from './campaign-document.ts';

/** Duration of a monitoring claim, ms, unless the process releases it earlier: longer than the figures may take. */
export const TEND_MS = 30_000;

/**
 * Claims each campaign that is being sent, or whose deliveries must be rendered anew, for this process alone. A
 * claim starts when the campaign is yielded.
 */
export async function* claimMonitoring(database: Database, clock: () => Date): AsyncGenerator<CampaignDoc> {
  const due = { $or: [{ state: 'sending' as const }, { state: 'paused' as const, stale: true }] };
  const freeAt = (now: Date) => ({
    $and: [due, { $or: [{ tendedUntil: { $exists: false } }, { tendedUntil: { $lte: now } }] }],
  });
  const found = await campaigns(database)
    .find({ state: { $in: ['sending', 'paused'] }, ...freeAt(clock()) }, { projection: { _id: 1 } })
    .toArray();
  for (const { _id } of found) {
    const now = clock();
    const claimed = await campaigns(database).findOneAndUpdate(
      { _id, ...freeAt(now) },
      { $set: { tendedUntil: new Date(now.getTime() + TEND_MS) } },
      { returnDocument: 'after' },
    );
    if (claimed !== null) yield claimed;
  }
}

/**
 * Sets when the campaign may next be claimed. Where it was moved or edited since the claim, nothing is written,
 * because an edit must be taken up at once.
 */
export async function releaseMonitoring(
  database: Database,
  { _id, state, edition }: CampaignDoc,
  until: Date,
): Promise<void> {
  await campaigns(database).updateOne(
    { _id, state, edition: edition ?? { $exists: false } },
    { $set: { tendedUntil: until } },
  );
}

/**
 * Pauses a campaign that is being sent. False where it is not, or where a person resumed it since it was judged.
 */
export async function autoPause(
  database: Database,
  campaign: CampaignDoc,
  trip: AutoPause,
): Promise<boolean> {
  const { modifiedCount } = await campaigns(database).updateOne(
    { _id: campaign._id, state: 'sending', watchedFrom: campaign.watchedFrom ?? { $exists: false } },
    // An old reason for waiting would read as the reason for this pause.
    { $set: { state: 'paused', trip, halted: null, updatedAt: trip.at } },
  );
  return modifiedCount === 1;
}

/** Records when all people of the test were planned. */
export async function notePlanned(database: Database, id: string, at: Date): Promise<void> {
  await campaigns(database).updateOne(
    { _id: id, awaitsWinner: true, 'plan.complete': true, plannedAt: { $exists: false } },
    { $set: { plannedAt: at } },
  );
}

/**
 * Records the winner of a test, once. Planning then starts again from the first contact for the other people, and
 * monitoring resumes at once.
 */
export async function noteWinner(
  database: Database,
  id: string,
  winner: NonNullable<CampaignDoc['winner']>,
): Promise<boolean> {
  const { modifiedCount } = await campaigns(database).updateOne(
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

/**
 * Pauses a test that reached nobody. After a resume the test waits anew. False where the campaign was moved
 * meanwhile.
 */
export async function pauseUntried(
  database: Database,
  id: string,
  halted: { why: string; at: Date },
): Promise<boolean> {
  const { modifiedCount } = await campaigns(database).updateOne(
    { _id: id, state: 'sending', awaitsWinner: true, 'plan.complete': true },
    { $set: { state: 'paused', halted, updatedAt: halted.at }, $unset: { plannedAt: '' } },
  );
  return modifiedCount === 1;
}
