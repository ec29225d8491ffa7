import { type Lane, laneOf } from '../../domain/sending/lanes.ts';
import {
  DELIVERY_STATES,
  type DeliveryDoc,
  type DeliveryState,
  OF_CAMPAIGN,
} from '../deliveries/deliveries.ts';
import { MAY_LEAVE } from '../deliveries/due.ts';
import { toEnd } from '../deliveries/moves.ts';
import type { Store } from '../store.ts';
import { NOT_ALL_PASSES } from './campaigns.ts';
import { LEFT } from './figures.ts';
import { replaceOlder } from './rewrite.ts';

/** Rows of a slice; those that are there already, from a planner that died, stay as they are, but for an older edition's words. */
export async function insertPlanned(store: Store, rows: readonly DeliveryDoc[]): Promise<void> {
  if (rows.length === 0) return;
  const writes = rows.map((row) => ({
    updateOne: { filter: { _id: row._id }, update: { $setOnInsert: row }, upsert: true },
  }));
  const { matchedCount } = await store.deliveries.bulkWrite(writes, { ordered: false });
  if (matchedCount > 0) await replaceOlder(store, rows);
}

/** What became of rows, of those that are there. */
export async function rowStates(
  store: Store,
  ids: readonly string[],
): Promise<Pick<DeliveryDoc, '_id' | 'contact' | 'state' | 'decision' | 'edition' | 'sender'>[]> {
  const projection = { contact: 1, state: 1, decision: 1, edition: 1, sender: 1 };
  return store.deliveries.find({ _id: { $in: [...ids] } }, { projection, hint: { _id: 1 } }).toArray();
}

/** What ended rows say of a campaign that was canceled; those that an opt-out canceled say something else. */
export const CAMPAIGN_CANCELED = 'the campaign was canceled';

/** Ends the rows of a campaign that have not left. */
export async function cancelRows(store: Store, campaign: string): Promise<void> {
  await store.deliveries.updateMany(
    { campaign, state: 'planned' },
    toEnd('canceled', { error: CAMPAIGN_CANCELED }),
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
      toEnd('expired', { decision }),
      { hint: OF_CAMPAIGN },
    );
    rows += modifiedCount;
  }
  return rows;
}

/** Longest that a count may take, ms. */
const COUNT_MS = 10_000;

/** People of a campaign by what became of their message. Rejects where the database needs longer than it may. */
export async function countRows(store: Store, campaign: string): Promise<Record<DeliveryState, number>> {
  const stages = [{ $match: { campaign } }, { $group: { _id: '$state', people: { $sum: 1 } } }];
  const found = await store.deliveries
    .aggregate<{ _id: DeliveryState; people: number }>(stages, {
      hint: OF_CAMPAIGN,
      maxTimeMS: COUNT_MS,
    })
    .toArray();
  const counts = new Map(found.map(({ _id, people }) => [_id, people]));
  const entries = DELIVERY_STATES.map((state) => [state, counts.get(state) ?? 0]);
  return Object.fromEntries(entries) as Record<DeliveryState, number>;
}

/** Whether any of a campaign's rows is in one of some states. */
export async function hasAny(
  store: Store,
  campaign: string,
  states: readonly DeliveryState[],
): Promise<boolean> {
  const options = { projection: { _id: 0, state: 1 }, hint: OF_CAMPAIGN };
  return (await store.deliveries.findOne({ campaign, state: { $in: [...states] } }, options)) !== null;
}

/** Whether any of a campaign's rows is written. */
export async function hasRows(store: Store, campaign: string): Promise<boolean> {
  const options = { projection: { _id: 1 }, hint: OF_CAMPAIGN };
  return (await store.deliveries.findOne({ campaign }, options)) !== null;
}

/** Whether anything of a campaign may still leave. All rows at one moment: one that is put back meanwhile is not missed. */
async function isUnderWay(store: Store, campaign: string): Promise<boolean> {
  const options = {
    projection: { _id: 1 },
    hint: OF_CAMPAIGN,
    readConcern: { level: 'snapshot' as const },
  };
  return (await store.deliveries.findOne({ campaign, ...MAY_LEAVE }, options)) !== null;
}

/**
 * Whether a test still waits for messages that have not left: those that leave now, and those due until a moment. Whom a
 * cap keeps back is not waited for, unless nobody has got it yet: of nobody no variant is the best.
 */
export async function isTestUnderWay(store: Store, campaign: string, until: Date): Promise<boolean> {
  const capped = (await hasAny(store, campaign, LEFT)) ? { cappedBy: { $exists: false } } : {};
  const open = {
    campaign,
    state: { $in: ['planned' as const, 'sending' as const] },
    $or: [{ state: 'sending' as const }, { dueAt: { $lte: until }, ...capped }],
  };
  return (await store.deliveries.findOne(open, { projection: { _id: 1 }, hint: OF_CAMPAIGN })) !== null;
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
export async function closedLanes(store: Store): Promise<Set<Lane>> {
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
