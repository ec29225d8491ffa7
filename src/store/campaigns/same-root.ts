import type { Store } from '../store.ts';
import type { CampaignDoc } from './campaigns.ts';
import { ownedBy } from './plan-lease.ts';

/** Another campaign that makes up for the same one, and that a process has the turn of; null: none. */
export async function plannedBeside(
  store: Store,
  { _id, missed }: CampaignDoc,
  now: Date,
): Promise<string | null> {
  if (missed === undefined) return null;
  const other = { 'missed.root': missed.root, _id: { $ne: _id }, 'plan.leaseUntil': { $gt: now } };
  return (await store.campaigns.findOne(other, { projection: { _id: 1 } }))?._id ?? null;
}

/** Ends the turn of a campaign; no process takes it before `until`. False where it was moved, or another has come further. */
export async function giveWay(
  store: Store,
  { _id, plan }: CampaignDoc,
  { until, now }: { until: Date; now: Date },
): Promise<boolean> {
  const { matchedCount } = await store.campaigns.updateOne(
    { _id, state: 'sending', 'plan.cursor': plan.cursor, 'plan.complete': false, ...ownedBy(plan) },
    { $set: { restsUntil: until, 'plan.leaseUntil': now } },
  );
  return matchedCount === 1;
}
