import { randomBytes } from 'node:crypto';
import type { Filter } from 'mongodb';
import type { CampaignState } from '../../domain/campaigns/lifecycle.ts';
import type { Store } from '../store.ts';
import { type CampaignDoc, NOT_ALL_PASSES, type PlanningProgress } from './campaign-document.ts';
import { cancelRows } from './ending.ts';

/**
 * Whether there may be anything to plan, watch, write anew or end: all that the looks of `startCampaignWorker` find is of one
 * of these, so that where there is none they need not be made.
 */
export async function hasWork(store: Store, now: Date): Promise<boolean> {
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

/**
 * Notes when it went, once: of two processes that plan it at a time the second is told what the first noted. What was noted
 * before `since` counts no more: nothing came of it then, since it was paused or its process died, or another time was set.
 */
export async function saveActualStart(
  store: Store,
  { _id }: CampaignDoc,
  { now, since }: { now: Date; since: Date },
): Promise<Date | undefined> {
  const stands = { $gte: ['$wentAt', since] };
  const noted = await store.campaigns.findOneAndUpdate(
    { _id },
    [{ $set: { wentAt: { $cond: [stands, '$wentAt', now] } } }],
    { returnDocument: 'after', projection: { wentAt: 1 } },
  );
  return noted?.wentAt;
}

/** How long a process that plans holds a campaign, ms; each slice renews it. Longer than any flag stands. */
export const PLAN_LEASE_MS = 20_000;

/** Takes, of the campaigns whose time has come and that no process plans, one whose turn never was, or was longest ago. */
export async function claimForPlanning(store: Store, now: Date): Promise<CampaignDoc | null> {
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
    {
      $set: {
        state: 'sending',
        'plan.leaseUntil': new Date(now.getTime() + PLAN_LEASE_MS),
        'plan.owner': randomBytes(12).toString('base64url'),
      },
    },
    { sort: { 'plan.leaseUntil': 1, startAt: 1 }, returnDocument: 'after' },
  );
}

/** Unless another process has claimed it since. */
const ownedBy = ({ owner }: PlanningProgress) => (owner === undefined ? {} : { 'plan.owner': owner });

/**
 * As it was claimed: edited since its rows would have old words, and with its winner chosen since the same cursor would be
 * another's. Beside that the cursor alone decides whose slice counts: by their owner two that take turns on a slow database
 * would come no further.
 */
const leaseGuard = ({ edition, winner }: CampaignDoc) => ({
  edition: edition ?? { $exists: false },
  'winner.at': winner?.at ?? { $exists: false },
});

type NotedSlice = {
  to: string | null;
  complete: boolean;
  people: number;
  planned: number;
  /** The lease ends with this slice: whoever waited longest is next. */
  yields: boolean;
};

/** Notes a slice that was written. False where it was noted before, the campaign was edited since, or is not to go on. */
export async function completeBatch(
  store: Store,
  campaign: CampaignDoc,
  slice: NotedSlice,
  now: Date,
): Promise<boolean> {
  const { _id, plan } = campaign;
  const leaseUntil = slice.yields ? now : new Date(now.getTime() + PLAN_LEASE_MS);
  const { matchedCount } = await store.campaigns.updateOne(
    { _id, state: 'sending', 'plan.cursor': plan.cursor, 'plan.complete': false, ...leaseGuard(campaign) },
    {
      $set: {
        'plan.cursor': slice.to ?? plan.cursor,
        halted: null,
        'plan.complete': slice.complete,
        'plan.leaseUntil': slice.complete ? null : leaseUntil,
      },
      $inc: { 'plan.people': slice.people, 'plan.planned': slice.planned },
    },
  );
  return matchedCount === 1;
}

/**
 * Keeps the lease of a campaign before a slice of it is written, so that whoever cancels it from now on ends its rows once
 * more after the slice. False where it is not to go on, was edited or has its winner since it was claimed, or another process
 * has come further.
 */
export async function renewPlanningLease(store: Store, campaign: CampaignDoc, now: Date): Promise<boolean> {
  const { _id, plan } = campaign;
  const leaseUntil = new Date(now.getTime() + PLAN_LEASE_MS);
  const { matchedCount } = await store.campaigns.updateOne(
    {
      _id,
      state: 'sending',
      'plan.cursor': plan.cursor,
      'plan.complete': false,
      ...leaseGuard(campaign),
    },
    { $set: { 'plan.leaseUntil': leaseUntil, ...ownedBy(plan) } },
  );
  return matchedCount === 1;
}

/**
 * No process takes it before `until`, and then whoever waited longer has its turn first. False where it is not to go on, or
 * another process has come further.
 */
export async function postponePlanning(
  store: Store,
  { _id, plan }: CampaignDoc,
  { until, why, now }: { until: Date; why: string; now: Date },
): Promise<boolean> {
  const { matchedCount } = await store.campaigns.updateOne(
    { _id, state: 'sending', 'plan.cursor': plan.cursor, 'plan.complete': false, ...ownedBy(plan) },
    { $set: { restsUntil: until, 'plan.leaseUntil': now, halted: { why, at: now } } },
  );
  return matchedCount === 1;
}

/** Lets another process plan on at once. Of a campaign that was canceled the lease says when it is swept: it stays. */
export async function releasePlan(store: Store, { _id, plan }: CampaignDoc): Promise<void> {
  await store.campaigns.updateOne(
    { _id, state: { $ne: 'canceled' }, 'plan.complete': false, ...ownedBy(plan) },
    { $set: { 'plan.leaseUntil': null } },
  );
}

/** Of a campaign that was paused while it was planned: whoever planned it has written its last row. */
export async function releasePaused(store: Store, { _id, plan }: CampaignDoc): Promise<void> {
  await store.campaigns.updateOne(
    { _id, state: 'paused', ...ownedBy(plan) },
    { $set: { 'plan.leaseUntil': null } },
  );
}

/**
 * Of a campaign that was moved, or that another process planned on, while a slice of it was made; its state by now. One that
 * was canceled may have been swept before that, the last time: what the slice planned ends here.
 */
export async function abandonPlanning(store: Store, campaign: CampaignDoc): Promise<CampaignState | null> {
  const { _id } = campaign;
  await releasePaused(store, campaign);
  const now = await store.campaigns.findOne({ _id }, { projection: { state: 1 } });
  if (now?.state === 'canceled') await cancelRows(store, _id);
  return now?.state ?? null;
}
