import { randomBytes } from 'node:crypto';
import type { Filter } from 'mongodb';
import type { CampaignState } from '../../domain/campaigns/lifecycle.ts';
import type { Database } from '../collection.ts';
import { type CampaignDoc, campaigns, NOT_ALL_PASSES, type PlanningProgress } from './campaign-document.ts';
import { cancelRows } from './ending.ts';

/**
 * True where there may be something to plan, monitor, render anew or end. Everything that the tasks of
 * `startCampaignWorker` find matches one of these filters, so without a match no task needs to run.
 */
export async function hasWork(database: Database, now: Date): Promise<boolean> {
  const begun = [{ startAt: null }, { startAt: { $lte: now } }];
  const turn = [{ 'repeat.nextAt': null }, { 'repeat.nextAt': { $lte: now } }];
  const atWork: Filter<CampaignDoc>[] = [
    { state: 'sending' },
    { state: 'scheduled', repeat: { $exists: false }, $or: begun },
    { state: 'scheduled', repeat: { $exists: true }, $or: turn },
    { state: 'paused', stale: true },
    { state: 'canceled', passes: NOT_ALL_PASSES, 'plan.leaseUntil': { $ne: null, $lte: now } },
  ];
  return (await campaigns(database).findOne({ $or: atWork }, { projection: { _id: 1 } })) !== null;
}

/**
 * Records the actual start, once. A second process that plans at the same time gets the time that the first
 * recorded. A time before `since` is replaced: nothing was sent then, because the campaign was paused, its process
 * died, or its start was moved.
 */
export async function saveActualStart(
  database: Database,
  { _id }: CampaignDoc,
  { now, since }: { now: Date; since: Date },
): Promise<Date | undefined> {
  const stands = { $gte: ['$wentAt', since] };
  const noted = await campaigns(database).findOneAndUpdate(
    { _id },
    [{ $set: { wentAt: { $cond: [stands, '$wentAt', now] } } }],
    { returnDocument: 'after', projection: { wentAt: 1 } },
  );
  return noted?.wentAt;
}

/** Lease of a planning process, ms; each batch renews it. Longer than the lease of any claimed delivery. */
export const PLAN_LEASE_MS = 20_000;

/**
 * Claims a due campaign that no process plans: one that was never planned, otherwise the one that waited longest.
 */
export async function claimForPlanning(database: Database, now: Date): Promise<CampaignDoc | null> {
  return campaigns(database).findOneAndUpdate(
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

/** Matches only while no other process has claimed the campaign since. */
const ownedBy = ({ owner }: PlanningProgress) => (owner === undefined ? {} : { 'plan.owner': owner });

/**
 * Matches the campaign only as it was claimed. After an edit the batch would have old words; after the choice of a
 * winner the same cursor would belong to another pass. Apart from that, the cursor alone decides whose batch
 * counts. If the owner decided, too, two processes that take turns on a slow database would never get on.
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
  /** The lease ends with this batch, and the campaign that waited longest is next. */
  yields: boolean;
};

/**
 * Records a written batch. False where the batch was recorded before, or the campaign was edited or must not
 * continue.
 */
export async function completeBatch(
  database: Database,
  campaign: CampaignDoc,
  slice: NotedSlice,
  now: Date,
): Promise<boolean> {
  const { _id, plan } = campaign;
  const leaseUntil = slice.yields ? now : new Date(now.getTime() + PLAN_LEASE_MS);
  const { matchedCount } = await campaigns(database).updateOne(
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
 * Renews the lease before a batch is written, so that a cancel from now on sweeps the campaign once more after the
 * batch. False where the campaign must not continue, was edited or got its winner since the claim, or where another
 * process is further.
 */
export async function renewPlanningLease(
  database: Database,
  campaign: CampaignDoc,
  now: Date,
): Promise<boolean> {
  const { _id, plan } = campaign;
  const leaseUntil = new Date(now.getTime() + PLAN_LEASE_MS);
  const { matchedCount } = await campaigns(database).updateOne(
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
 * Postpones planning until `until`; campaigns that waited longer then come first. False where the campaign must not
 * continue, or another process is further.
 */
export async function postponePlanning(
  database: Database,
  { _id, plan }: CampaignDoc,
  { until, why, now }: { until: Date; why: string; now: Date },
): Promise<boolean> {
  const { matchedCount } = await campaigns(database).updateOne(
    { _id, state: 'sending', 'plan.cursor': plan.cursor, 'plan.complete': false, ...ownedBy(plan) },
    { $set: { restsUntil: until, 'plan.leaseUntil': now, halted: { why, at: now } } },
  );
  return matchedCount === 1;
}

/**
 * Ends the lease, so that another process can plan at once. The lease of a canceled campaign stays, because it says
 * when the sweep is due.
 */
export async function releasePlan(database: Database, { _id, plan }: CampaignDoc): Promise<void> {
  await campaigns(database).updateOne(
    { _id, state: { $ne: 'canceled' }, 'plan.complete': false, ...ownedBy(plan) },
    { $set: { 'plan.leaseUntil': null } },
  );
}

/** Ends the lease of a campaign that was paused during planning: the planner has written its last delivery. */
export async function releasePaused(database: Database, { _id, plan }: CampaignDoc): Promise<void> {
  await campaigns(database).updateOne(
    { _id, state: 'paused', ...ownedBy(plan) },
    { $set: { 'plan.leaseUntil': null } },
  );
}

/**
 * Abandons a batch because the campaign was moved or planned by another process meanwhile. Returns the campaign's
 * current state. A canceled campaign may have had its last sweep before the batch was written, so the batch is
 * canceled here.
 */
export async function abandonPlanning(
  database: Database,
  campaign: CampaignDoc,
): Promise<CampaignState | null> {
  const { _id } = campaign;
  await releasePaused(database, campaign);
  const now = await campaigns(database).findOne({ _id }, { projection: { state: 1 } });
  if (now?.state === 'canceled') await cancelRows(database, _id);
  return now?.state ?? null;
}
