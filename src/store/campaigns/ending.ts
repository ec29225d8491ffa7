import { type Lane, laneOf } from '../../domain/sending/lanes.ts';
import { OF_CAMPAIGN } from '../deliveries/delivery.ts';
import { MAY_STILL_LEAVE } from '../deliveries/queue.ts';
import { CAMPAIGN_CANCELED, endedRow } from '../deliveries/transitions.ts';
import type { Store } from '../store.ts';
import { NOT_ALL_PASSES } from './campaign-document.ts';

/** Ends the rows of a campaign that have not left. */
export async function cancelRows(store: Store, campaign: string): Promise<void> {
  await store.deliveries.updateMany(
    { campaign, state: 'planned' },
    endedRow('canceled', { error: CAMPAIGN_CANCELED }),
    { hint: OF_CAMPAIGN },
  );
}

/** Ends what waits of a campaign that was canceled; whether nothing of it may leave any more. */
export async function endCanceled(store: Store, campaign: string): Promise<boolean> {
  await cancelRows(store, campaign);
  return !(await isUnderWay(store, campaign));
}

/**
 * Ends the rows of campaigns whose deadline has passed that have not left, paused ones too; how many. A row goes by the deadline
 * that it was written by: the campaign's may have been moved since it was read. What waits to be written anew by a sooner one
 * ends when it is.
 */
export async function expireLate(store: Store, now: Date, goOn: () => boolean = () => true): Promise<number> {
  const late = {
    state: { $in: ['scheduled' as const, 'sending' as const, 'paused' as const] },
    deadline: { $lte: now },
  };
  let rows = 0;
  for (const { _id: campaign } of await store.campaigns.find(late, { projection: { _id: 1 } }).toArray()) {
    if (!goOn()) break;
    const decision = { allowed: false, reasons: ['too-late' as const], at: now };
    const { modifiedCount } = await store.deliveries.updateMany(
      { campaign, state: 'planned', validUntil: { $lte: now } },
      endedRow('expired', { decision }),
      { hint: OF_CAMPAIGN },
    );
    rows += modifiedCount;
  }
  return rows;
}

/** Whether anything of a campaign may still leave. All rows at one moment: one that is put back meanwhile is not missed. */
async function isUnderWay(store: Store, campaign: string): Promise<boolean> {
  const options = {
    projection: { _id: 1 },
    hint: OF_CAMPAIGN,
    readConcern: { level: 'snapshot' as const },
  };
  return (await store.deliveries.findOne({ campaign, ...MAY_STILL_LEAVE }, options)) !== null;
}

/** Ends campaigns all of whose rows are written and none of which is under way any more. */
export async function finishCampaigns(store: Store, now: Date): Promise<string[]> {
  const over: string[] = [];
  const flying = await store.campaigns
    .find(
      { state: 'sending', 'plan.complete': true, awaitsWinner: { $ne: true } },
      { projection: { _id: 1 } },
    )
    .toArray();
  for (const { _id } of flying) {
    if (await isUnderWay(store, _id)) continue;
    const { modifiedCount } = await store.campaigns.updateOne(
      { _id, state: 'sending', 'plan.complete': true, awaitsWinner: { $ne: true } },
      { $set: { state: 'finished', endedAt: now, updatedAt: now } },
    );
    if (modifiedCount === 1) over.push(_id);
  }
  return over;
}

/**
 * Lanes of campaigns that are paused, or were canceled in the last days: nothing of them may be picked. Of one that was
 * canceled before that no row waits any more: they are ended with each pass of what it sent, and none may leave with the
 * last, also where the planner that wrote them late was killed before it could end them.
 */
export async function pausedLanes(store: Store): Promise<Set<Lane>> {
  const canceled = { state: 'canceled' as const, passes: NOT_ALL_PASSES };
  const closed = await store.campaigns
    .find({ $or: [{ state: 'paused' }, canceled] }, { projection: { _id: 1 } })
    .toArray();
  return new Set(closed.map(({ _id }) => laneOf('marketing', _id)));
}

/**
 * Ends what is left of campaigns that were canceled: what a planner wrote meanwhile, rows that were flagged then and put
 * back since, and all of them where whoever canceled died over it; again and again until none is under way. One that fails
 * leaves the others their turn.
 */
export async function sweepCanceled(
  store: Store,
  now: Date,
  onFailure: (campaign: string, error: unknown) => void,
): Promise<void> {
  const left = {
    state: 'canceled' as const,
    passes: NOT_ALL_PASSES,
    'plan.leaseUntil': { $ne: null, $lte: now },
  };
  for (const { _id } of await store.campaigns.find(left, { projection: { _id: 1 } }).toArray()) {
    try {
      if (!(await endCanceled(store, _id))) continue;
      await store.campaigns.updateOne({ _id, state: 'canceled' }, { $set: { 'plan.leaseUntil': null } });
    } catch (error) {
      onFailure(_id, error);
    }
  }
}
