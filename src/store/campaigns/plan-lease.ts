import { randomBytes } from 'node:crypto';
import type { CampaignState } from '../../domain/campaigns/moves.ts';
import type { Store } from '../store.ts';
import type { CampaignDoc, Plan } from './campaigns.ts';
import { cancelRows } from './plan.ts';

/** How long a process that plans holds a campaign, ms; each slice renews it. Longer than any flag stands. */
export const PLAN_LEASE_MS = 20_000;

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
const ownedBy = ({ owner }: Plan) => (owner === undefined ? {} : { 'plan.owner': owner });

/**
 * As it was claimed: edited since its rows would have old words, and with its winner chosen since the same cursor would be
 * another's. Beside that the cursor alone decides whose slice counts: by their owner two that take turns on a slow database
 * would come no further.
 */
const fenced = ({ edition, winner }: CampaignDoc) => ({
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
export async function advancePlan(
  store: Store,
  campaign: CampaignDoc,
  slice: NotedSlice,
  now: Date,
): Promise<boolean> {
  const { _id, plan } = campaign;
  const leaseUntil = slice.yields ? now : new Date(now.getTime() + PLAN_LEASE_MS);
  const { matchedCount } = await store.campaigns.updateOne(
    { _id, state: 'sending', 'plan.cursor': plan.cursor, 'plan.complete': false, ...fenced(campaign) },
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
export async function renewPlan(store: Store, campaign: CampaignDoc, now: Date): Promise<boolean> {
  const { _id, plan } = campaign;
  const leaseUntil = new Date(now.getTime() + PLAN_LEASE_MS);
  const { matchedCount } = await store.campaigns.updateOne(
    {
      _id,
      state: 'sending',
      'plan.cursor': plan.cursor,
      'plan.complete': false,
      ...fenced(campaign),
    },
    { $set: { 'plan.leaseUntil': leaseUntil, ...ownedBy(plan) } },
  );
  return matchedCount === 1;
}

/**
 * No process takes it before `until`, and then whoever waited longer has its turn first. False where it is not to go on, or
 * another process has come further.
 */
export async function restPlan(
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
export async function leavePlan(store: Store, campaign: CampaignDoc): Promise<CampaignState | null> {
  const { _id } = campaign;
  await releasePaused(store, campaign);
  const now = await store.campaigns.findOne({ _id }, { projection: { state: 1 } });
  if (now?.state === 'canceled') await cancelRows(store, _id);
  return now?.state ?? null;
}
