import { randomBytes } from 'node:crypto';
import type { CampaignState } from '../../domain/campaigns/moves.ts';
import type { Store } from '../store.ts';
import type { CampaignDoc, Plan } from './campaigns.ts';
import { cancelRows } from './plan.ts';

/** How long a process that plans holds a campaign, ms; each slice renews it. Longer than any flag stands. */
export const PLAN_LEASE_MS = 20_000;

/**
 * Its turn lasts so long from now, ms, by the database's clock. Leases are compared by processes' own, which are that to a
 * second once they have looked; of two campaigns of a root that thought each other's over the same people would get both.
 */
const turnFor = (ms: number) => ({ $add: ['$$NOW', ms] });

/** Of campaigns that make up for another alone: others have none. */
export const HAS_TURN = { $expr: { $gt: ['$plan.turnUntil', '$$NOW'] } };

export const NO_TURN = { 'plan.turnUntil': '' } as const;

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
    [
      {
        $set: {
          state: 'sending',
          'plan.leaseUntil': new Date(now.getTime() + PLAN_LEASE_MS),
          'plan.owner': randomBytes(12).toString('base64url'),
          'plan.turnUntil': { $cond: [{ $ifNull: ['$missed', false] }, turnFor(PLAN_LEASE_MS), '$$REMOVE'] },
        },
      },
    ],
    { sort: { 'plan.leaseUntil': 1, startAt: 1 }, returnDocument: 'after' },
  );
}

/** Unless another process has claimed it since. */
export const ownedBy = ({ owner }: Plan) => (owner === undefined ? {} : { 'plan.owner': owner });

/**
 * As it was claimed: edited since its rows would have old words, and with its winner chosen since the same cursor would be
 * another's. Beside that the cursor alone decides whose slice counts: by their owner two that take turns on a slow database
 * would come no further.
 */
const fenced = ({ missed, plan, edition, winner }: CampaignDoc) => ({
  edition: edition ?? { $exists: false },
  'winner.at': winner?.at ?? { $exists: false },
  ...(missed === undefined ? {} : { ...ownedBy(plan), ...HAS_TURN }),
});

type NotedSlice = {
  to: string | null;
  complete: boolean;
  people: number;
  skipped: number;
  /** The lease ends with this slice: whoever waited longest is next. */
  yields: boolean;
};

/**
 * Notes a slice that was written. False where it was noted before, the campaign was edited since, or is not to go on; of one
 * that makes up for another also where its turn had ended.
 */
export async function advancePlan(
  store: Store,
  campaign: CampaignDoc,
  slice: NotedSlice,
  now: Date,
): Promise<boolean> {
  const { _id, plan, missed } = campaign;
  const over = slice.complete || slice.yields;
  const leaseUntil = slice.yields ? now : new Date(now.getTime() + PLAN_LEASE_MS);
  const { matchedCount } = await store.campaigns.updateOne(
    { _id, state: 'sending', 'plan.cursor': plan.cursor, 'plan.complete': false, ...fenced(campaign) },
    [
      {
        $set: {
          'plan.cursor': { $literal: slice.to ?? plan.cursor },
          halted: null,
          'plan.complete': slice.complete,
          'plan.leaseUntil': slice.complete ? null : leaseUntil,
          'plan.people': { $add: ['$plan.people', slice.people] },
          'plan.skipped': { $add: ['$plan.skipped', slice.skipped] },
          ...(missed === undefined ? {} : { 'plan.turnUntil': over ? '$$REMOVE' : turnFor(PLAN_LEASE_MS) }),
        },
      },
    ],
  );
  return matchedCount === 1;
}

/**
 * Keeps the lease of a campaign before a slice of it is written, so that whoever cancels it from now on ends its rows once
 * more after the slice. False where it is not to go on, was edited or has its winner since it was claimed, another process
 * has come further, or the turn that this process had of it has ended and another that makes up for the same one may have had
 * its own. `besideMs`: what comes before that slice and may take as long.
 */
export async function renewPlan(
  store: Store,
  campaign: CampaignDoc,
  now: Date,
  besideMs = 0,
): Promise<boolean> {
  const { _id, plan, missed } = campaign;
  const leaseUntil = new Date(now.getTime() + besideMs + PLAN_LEASE_MS);
  const { matchedCount } = await store.campaigns.updateOne(
    {
      _id,
      state: 'sending',
      'plan.cursor': plan.cursor,
      'plan.complete': false,
      ...fenced(campaign),
    },
    [
      {
        $set: {
          'plan.leaseUntil': leaseUntil,
          ...ownedBy(plan),
          ...(missed === undefined ? {} : { 'plan.turnUntil': turnFor(besideMs + PLAN_LEASE_MS) }),
        },
      },
    ],
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
    { $set: { restsUntil: until, 'plan.leaseUntil': now, halted: { why, at: now } }, $unset: NO_TURN },
  );
  return matchedCount === 1;
}

/** Lets another process plan on at once. Of a campaign that was canceled the lease says when it is swept: it stays. */
export async function releasePlan(store: Store, { _id, plan }: CampaignDoc): Promise<void> {
  await store.campaigns.updateOne(
    { _id, state: { $ne: 'canceled' }, 'plan.complete': false, ...ownedBy(plan) },
    { $set: { 'plan.leaseUntil': null }, $unset: NO_TURN },
  );
}

/** Of a campaign that was paused while it was planned: whoever planned it has written its last row. */
export async function releasePaused(store: Store, { _id, plan }: CampaignDoc): Promise<void> {
  await store.campaigns.updateOne(
    { _id, state: 'paused', ...ownedBy(plan) },
    { $set: { 'plan.leaseUntil': null }, $unset: NO_TURN },
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
