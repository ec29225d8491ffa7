import type { Filter } from 'mongodb';
import type { Store } from '../store.ts';
import { type CampaignDoc, NOT_ALL_PASSES } from './campaigns.ts';

/**
 * Whether there may be anything to plan, watch, write anew or end: all that the looks of `startFlight` find is of one
 * of these, so that where there is none they need not be made.
 */
export async function anyAtWork(store: Store, now: Date): Promise<boolean> {
  const begun = [{ startAt: null }, { startAt: { $lte: now } }];
  const turn = [{ 'repeat.nextAt': null }, { 'repeat.nextAt': { $lte: now } }];
  const atWork: Filter<CampaignDoc>[] = [
    { state: 'sending' },
    { state: 'scheduled', repeat: { $exists: false }, $or: begun },
    { state: 'scheduled', repeat: { $exists: true }, $or: turn },
    { state: 'paused', stale: true },
    { state: 'canceled', passes: NOT_ALL_PASSES, 'plan.leaseUntil': { $ne: null, $lte: now } },
  ];
  return (await store.campaigns.findOne({ $or: atWork }, { projection: { _id: 1 } })) !== null;
}
