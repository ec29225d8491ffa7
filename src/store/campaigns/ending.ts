import { type Lane, laneOf } from '../../domain/sending/lanes.ts';
import type { Database } from '../collection.ts';
import { deliveries, OF_CAMPAIGN } from '../deliveries/delivery.ts';
import { MAY_STILL_LEAVE } from '../deliveries/queue.ts';
import { CAMPAIGN_CANCELED, endedRow } from '../deliveries/transitions.ts';
import { campaigns, NOT_ALL_PASSES } from './campaign-document.ts';

/** Cancels the planned deliveries of a campaign. */
export async function cancelRows(database: Database, campaign: string): Promise<void> {
  await deliveries(database).updateMany(
    { campaign, state: 'planned' },
    endedRow('canceled', { error: CAMPAIGN_CANCELED }),
    { hint: OF_CAMPAIGN },
  );
}

/** Cancels the planned deliveries of a canceled campaign. True where nothing more of it may be sent. */
export async function endCanceled(database: Database, campaign: string): Promise<boolean> {
  await cancelRows(database, campaign);
  return !(await isUnderWay(database, campaign));
}

/**
 * Expires planned deliveries of campaigns whose deadline has passed, paused ones included; returns how many. Each
 * delivery's own deadline (`validUntil`) decides, because the campaign's may have been moved since it was read. A
 * delivery whose deadline an edit brought forward ends when it is rendered anew.
 */
export async function expireLate(
  database: Database,
  now: Date,
  goOn: () => boolean = () => true,
): Promise<number> {
  const late = {
    state: { $in: ['scheduled' as const, 'sending' as const, 'paused' as const] },
    deadline: { $lte: now },
  };
  let rows = 0;
  for (const { _id: campaign } of await campaigns(database)
    .find(late, { projection: { _id: 1 } })
    .toArray()) {
    if (!goOn()) break;
    const decision = { allowed: false, reasons: ['too-late' as const], at: now };
    const { modifiedCount } = await deliveries(database).updateMany(
      { campaign, state: 'planned', validUntil: { $lte: now } },
      endedRow('expired', { decision }),
      { hint: OF_CAMPAIGN },
    );
    rows += modifiedCount;
  }
  return rows;
}

/**
 * True where anything of a campaign may still be sent. Reads one snapshot, so that a delivery that is put back
 * meanwhile is not missed.
 */
async function isUnderWay(database: Database, campaign: string): Promise<boolean> {
  const options = {
    projection: { _id: 1 },
    hint: OF_CAMPAIGN,
    readConcern: { level: 'snapshot' as const },
  };
  return (await deliveries(database).findOne({ campaign, ...MAY_STILL_LEAVE }, options)) !== null;
}

/** Finishes campaigns that are completely planned and of which nothing may be sent any more. Returns their ids. */
export async function finishCampaigns(database: Database, now: Date): Promise<string[]> {
  const over: string[] = [];
  const flying = await campaigns(database)
    .find(
      { state: 'sending', 'plan.complete': true, awaitsWinner: { $ne: true } },
      { projection: { _id: 1 } },
    )
    .toArray();
  for (const { _id } of flying) {
    if (await isUnderWay(database, _id)) continue;
    const { modifiedCount } = await campaigns(database).updateOne(
      { _id, state: 'sending', 'plan.complete': true, awaitsWinner: { $ne: true } },
      { $set: { state: 'finished', endedAt: now, updatedAt: now } },
    );
    if (modifiedCount === 1) over.push(_id);
  }
  return over;
}

/**
 * Lanes from which the dispatcher must pick nothing: those of paused campaigns, and of campaigns canceled in the
 * last days. Earlier canceled campaigns have no planned delivery any more: each pass over their send history
 * cancels what a planner, killed before it could clean up, may have written late.
 */
export async function pausedLanes(database: Database): Promise<Set<Lane>> {
  const canceled = { state: 'canceled' as const, passes: NOT_ALL_PASSES };
  const closed = await campaigns(database)
    .find({ $or: [{ state: 'paused' }, canceled] }, { projection: { _id: 1 } })
    .toArray();
  return new Set(closed.map(({ _id }) => laneOf('marketing', _id)));
}

/**
 * Cancels what is left of canceled campaigns: deliveries that a planner wrote meanwhile, deliveries that were
 * claimed at the cancel and put back since, and all deliveries where the process that canceled died. Repeats until
 * nothing may be sent. A failure in one campaign does not stop the others.
 */
export async function sweepCanceled(
  database: Database,
  now: Date,
  onFailure: (campaign: string, error: unknown) => void,
): Promise<void> {
  const left = {
    state: 'canceled' as const,
    passes: NOT_ALL_PASSES,
    'plan.leaseUntil': { $ne: null, $lte: now },
  };
  for (const { _id } of await campaigns(database)
    .find(left, { projection: { _id: 1 } })
    .toArray()) {
    try {
      if (!(await endCanceled(database, _id))) continue;
      await campaigns(database).updateOne({ _id, state: 'canceled' }, { $set: { 'plan.leaseUntil': null } });
    } catch (error) {
      onFailure(_id, error);
    }
  }
}
