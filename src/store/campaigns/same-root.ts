import type { DeliveryDoc } from '../deliveries/deliveries.ts';
import { toEnd } from '../deliveries/moves.ts';
import type { Store } from '../store.ts';
import type { CampaignDoc } from './campaigns.ts';
import { HAS_TURN, NO_TURN, ownedBy } from './plan-lease.ts';
import { servedBeside } from './served.ts';

/** Another campaign that makes up for the same one, and that a process has the turn of; null: none. */
export async function plannedBeside(store: Store, { _id, missed }: CampaignDoc): Promise<string | null> {
  if (missed === undefined) return null;
  const other = { 'missed.root': missed.root, _id: { $ne: _id }, ...HAS_TURN };
  return (await store.campaigns.findOne(other, { projection: { _id: 1 } }))?._id ?? null;
}

/** Ends the turn of a campaign; no process takes it before `until`. False where it was moved, or another has come further. */
export async function yieldPlan(
  store: Store,
  { _id, plan }: CampaignDoc,
  { until, now }: { until: Date; now: Date },
): Promise<boolean> {
  const { matchedCount } = await store.campaigns.updateOne(
    { _id, state: 'sending', 'plan.cursor': plan.cursor, 'plan.complete': false, ...ownedBy(plan) },
    { $set: { restsUntil: until, 'plan.leaseUntil': now }, $unset: NO_TURN },
  );
  return matchedCount === 1;
}

/** What ended rows say of a person whom another campaign of the root reaches, or holds out. */
export const SERVED_BESIDE =
  'another campaign that makes up for the same one reaches the person, or holds them out';

/**
 * Ends what was written of a slice for people whom another campaign of the root reaches, or holds out, where the turn that it was written in
 * had ended: while its process stood still another may have been planned.
 */
export async function endServed(
  store: Store,
  { _id, missed }: CampaignDoc,
  rows: readonly DeliveryDoc[],
): Promise<void> {
  if (missed === undefined || rows.length === 0) return;
  const contacts = rows.map(({ contact }) => contact);
  const served = await servedBeside(store, missed, _id, contacts);
  const theirs = rows.filter(({ contact }) => served.has(contact)).map((row) => row._id);
  await store.deliveries.updateMany(
    { _id: { $in: theirs }, state: 'planned' },
    toEnd('canceled', { error: SERVED_BESIDE }),
    { hint: { _id: 1 } },
  );
}

/**
 * The same of what stands already among the people of a slice, which is about to be noted: whoever wrote it in a turn that had
 * ended may have died before ending it. Until then nothing of it leaves.
 */
export async function endServedWithin(
  store: Store,
  campaign: CampaignDoc,
  { to, complete }: { to: string | null; complete: boolean },
): Promise<void> {
  const { _id, missed, plan } = campaign;
  if (missed === undefined) return;
  const within = [
    ...(plan.cursor === null ? [] : [{ contact: { $gt: plan.cursor } }]),
    ...(complete || to === null ? [] : [{ contact: { $lte: to } }]),
  ];
  const rows = await store.deliveries
    .find({ $and: [{ campaign: _id, state: 'planned' }, ...within] }, { hint: 'campaign-contact' })
    .toArray();
  await endServed(store, campaign, rows);
}
