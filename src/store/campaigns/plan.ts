import type { Lane } from '../../domain/sending/lanes.ts';
import { laneOf } from '../../domain/sending/lanes.ts';
import {
  DELIVERY_STATES,
  type DeliveryDoc,
  type DeliveryState,
  OF_CAMPAIGN,
} from '../deliveries/deliveries.ts';
import { toEnd } from '../deliveries/moves.ts';
import type { Store } from '../store.ts';
import type { CampaignDoc } from './campaigns.ts';
import { LEFT } from './figures.ts';

/** How long a process that plans holds a campaign, ms; each slice renews it. Longer than any flag stands. */
export const LEASE_MS = 20_000;

/** Takes, of the campaigns whose time has come and that no process plans, one whose turn never was, or was longest ago. */
export async function claimPlan(store: Store, now: Date): Promise<CampaignDoc | null> {
  return store.campaigns.findOneAndUpdate(
    {
      state: { $in: ['scheduled', 'sending'] },
      'plan.complete': false,
      repeat: { $exists: false },
      $and: [
        { $or: [{ startAt: null }, { startAt: { $lte: now } }] },
        { $or: [{ 'plan.leaseUntil': null }, { 'plan.leaseUntil': { $lte: now } }] },
        { $or: [{ restsUntil: null }, { restsUntil: { $lte: now } }] },
      ],
    },
    { $set: { state: 'sending', 'plan.leaseUntil': new Date(now.getTime() + LEASE_MS) } },
    { sort: { 'plan.leaseUntil': 1, startAt: 1 }, returnDocument: 'after' },
  );
}

type NotedSlice = {
  from: string | null;
  to: string | null;
  complete: boolean;
  people: number;
  skipped: number;
  /** The lease ends with this slice: whoever waited longest is next. */
  yields: boolean;
};

/** Notes a slice that was written. False where it was noted before, or the campaign is not to go on. */
export async function advancePlan(store: Store, id: string, slice: NotedSlice, now: Date): Promise<boolean> {
  const leaseUntil = slice.yields ? now : new Date(now.getTime() + LEASE_MS);
  const { matchedCount } = await store.campaigns.updateOne(
    { _id: id, state: 'sending', 'plan.cursor': slice.from, 'plan.complete': false },
    {
      $set: {
        'plan.cursor': slice.to ?? slice.from,
        halted: null,
        'plan.complete': slice.complete,
        'plan.leaseUntil': slice.complete ? null : leaseUntil,
      },
      $inc: { 'plan.people': slice.people, 'plan.skipped': slice.skipped },
    },
  );
  return matchedCount === 1;
}

/**
 * Keeps the lease of a campaign before a slice of it is written, so that whoever cancels it from now on ends its rows once
 * more after the slice. False where it is not to go on, another process has come further, or its turn has ended and another
 * that makes up for the same one may have had its own. `besideMs`: what comes before that slice and may take as long.
 */
export async function renewPlan(
  store: Store,
  { _id, plan, missed }: CampaignDoc,
  now: Date,
  besideMs = 0,
): Promise<boolean> {
  const leaseUntil = new Date(now.getTime() + besideMs + LEASE_MS);
  const held = missed === undefined ? {} : { 'plan.leaseUntil': { $gt: now } };
  const { matchedCount } = await store.campaigns.updateOne(
    { _id, state: 'sending', 'plan.cursor': plan.cursor, 'plan.complete': false, ...held },
    { $set: { 'plan.leaseUntil': leaseUntil } },
  );
  return matchedCount === 1;
}

/**
 * No process takes it before `until`, and then whoever waited longer has its turn first. False where it is not to go on, or
 * another process has come further.
 */
export async function restPlan(
  store: Store,
  id: string,
  { until, why, now }: { until: Date; why: string; now: Date },
): Promise<boolean> {
  const { matchedCount } = await store.campaigns.updateOne(
    { _id: id, state: 'sending', 'plan.cursor': null, 'plan.complete': false },
    { $set: { restsUntil: until, 'plan.leaseUntil': now, halted: { why, at: now } } },
  );
  return matchedCount === 1;
}

/** Lets another process plan on at once. Of a campaign that was canceled the lease says when it is swept: it stays. */
export async function releasePlan(store: Store, id: string): Promise<void> {
  await store.campaigns.updateOne(
    { _id: id, state: { $ne: 'canceled' }, 'plan.complete': false },
    { $set: { 'plan.leaseUntil': null } },
  );
}

/** Of a campaign that was paused while it was planned: whoever planned it has written its last row. */
export async function releasePaused(store: Store, id: string): Promise<void> {
  await store.campaigns.updateOne({ _id: id, state: 'paused' }, { $set: { 'plan.leaseUntil': null } });
}

/**
 * Of a campaign that was moved while a slice of it was written. One that was canceled may have been swept before that, the
 * last time: what the slice planned ends here.
 */
export async function leavePlan(store: Store, id: string): Promise<void> {
  await releasePaused(store, id);
  const canceled = { _id: id, state: 'canceled' as const };
  if ((await store.campaigns.findOne(canceled, { projection: { _id: 1 } })) !== null)
    await cancelRows(store, id);
}

/** Rows of a slice; those that are there already, from a planner that died, stay as they are. */
export async function insertPlanned(store: Store, rows: readonly DeliveryDoc[]): Promise<void> {
  if (rows.length === 0) return;
  const writes = rows.map((row) => ({
    updateOne: { filter: { _id: row._id }, update: { $setOnInsert: row }, upsert: true },
  }));
  await store.deliveries.bulkWrite(writes, { ordered: false });
}

/** What became of rows, of those that are there. */
export async function rowStates(
  store: Store,
  ids: readonly string[],
): Promise<Pick<DeliveryDoc, '_id' | 'contact' | 'state' | 'decision' | 'edition'>[]> {
  const options = { projection: { contact: 1, state: 1, decision: 1, edition: 1 }, hint: { _id: 1 } };
  return store.deliveries.find({ _id: { $in: [...ids] } }, options).toArray();
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

/** Ends the rows of campaigns whose deadline has passed that have not left, paused ones too; how many. */
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
      { campaign, state: 'planned' },
      toEnd('expired', { decision }),
      { hint: OF_CAMPAIGN },
    );
    rows += modifiedCount;
  }
  return rows;
}

/** People of a campaign by what became of their message. */
export async function countRows(store: Store, campaign: string): Promise<Record<DeliveryState, number>> {
  const stages = [{ $match: { campaign } }, { $group: { _id: '$state', people: { $sum: 1 } } }];
  const found = await store.deliveries
    .aggregate<{ _id: DeliveryState; people: number }>(stages, { hint: OF_CAMPAIGN })
    .toArray();
  const counts = new Map(found.map(({ _id, people }) => [_id, people]));
  const entries = DELIVERY_STATES.map((state) => [state, counts.get(state) ?? 0]);
  return Object.fromEntries(entries) as Record<DeliveryState, number>;
}

/** Whether anything of a campaign may still leave. */
export async function isUnderWay(store: Store, campaign: string): Promise<boolean> {
  const open = { campaign, state: { $in: ['planned' as const, 'sending' as const] } };
  return (await store.deliveries.findOne(open, { projection: { _id: 1 }, hint: OF_CAMPAIGN })) !== null;
}

/**
 * Whether a test still waits for messages that have not left: those that leave now, and those due until a moment. Whom a
 * cap keeps back is not waited for, unless nobody has got it yet: of nobody no variant is the best.
 */
export async function isTestUnderWay(store: Store, campaign: string, until: Date): Promise<boolean> {
  const left = { campaign, state: { $in: [...LEFT] } };
  const key = { projection: { _id: 0, state: 1 }, hint: OF_CAMPAIGN };
  const capped = (await store.deliveries.findOne(left, key)) === null ? {} : { cappedBy: { $exists: false } };
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

/** Lanes of campaigns that are paused or canceled: nothing of them may be picked. */
export async function closedLanes(store: Store): Promise<Set<Lane>> {
  const closed = await store.campaigns
    .find({ state: { $in: ['paused', 'canceled'] } }, { projection: { _id: 1 } })
    .toArray();
  return new Set(closed.map(({ _id }) => laneOf('marketing', _id)));
}

/**
 * Ends what is left of campaigns that were canceled: what a planner wrote meanwhile, rows that were flagged then and put
 * back since, and all of them where whoever canceled died over it.
 */
export async function sweepCanceled(store: Store, now: Date): Promise<void> {
  const left = { state: 'canceled' as const, 'plan.leaseUntil': { $ne: null, $lte: now } };
  for (const { _id } of await store.campaigns.find(left, { projection: { _id: 1 } }).toArray()) {
    await cancelRows(store, _id);
    await store.campaigns.updateOne({ _id, state: 'canceled' }, { $set: { 'plan.leaseUntil': null } });
  }
}
