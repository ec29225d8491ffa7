import type { Document, FindCursor } from 'mongodb';
import type { CampaignSubject, Via } from '../../domain/campaigns/results.ts';
import { DAY_MS } from '../../domain/durations.ts';
import { HANDED_OVER_STATES } from '../../domain/reports/delivery-tally.ts';
import { inBatches } from '../batching.ts';
import type { Store } from '../store.ts';
import { HANDED_OVER, HANDED_OVER_FILTER, IN_HOLDOUT } from './delivery.ts';
import { CAMPAIGN_CANCELED } from './transitions.ts';

/** One key of the index is read; whoever asks the API for a report waits for it, ms. */
const FIRST_MS = 20_000;

/** When the first message of some programs left, from a moment until before another; null where none did. */
export async function firstHandedOver(
  store: Store,
  programs: readonly string[],
  { from, to }: { from: Date; to: Date },
): Promise<Date | null> {
  const first = await store.deliveries
    .find<{ decision: { at: Date } }>(
      { program: { $in: [...programs] }, ...HANDED_OVER_FILTER, 'decision.at': { $gte: from, $lt: to } },
      { projection: { 'decision.at': 1 }, hint: HANDED_OVER, maxTimeMS: FIRST_MS },
    )
    .sort({ 'decision.at': 1 })
    .limit(1)
    .next();
  return first?.decision.at ?? null;
}

/** Longest that one question may take in the database, ms. */
export const BUDGET_MS = 20_000;

/** So long after a campaign's end one of its messages may yet turn out to have left, ms: no lease is longer. */
const AFTER_END_MS = DAY_MS;

/**
 * Nothing of the campaign left before `since` or after `ended`. `days`: counted from each person's own message. `meant`:
 * whoever was to get it counts, also where a cap, a deadline or an opt-out came between, as none comes between for those
 * who are held out. `via`: only what is the campaign's own by it; null: whatever people did, however they came by it.
 */
export type OutcomeQuestion = CampaignSubject & {
  campaign: string;
  by: string;
  via: Via | null;
  since: Date;
  ended: Date;
  days: number;
  meant: boolean;
};

/** Whom it was planned for and a cap, a rule or the person kept it from: no row that was ended as it was planned. */
const KEPT_BACK: Document[] = [
  { state: 'skipped', epoch: { $gt: 0 } },
  { state: 'canceled', error: { $ne: CAMPAIGN_CANCELED } },
  { state: 'expired', $expr: { $gt: ['$decision.at', '$createdAt'] } },
];

/** By when it was due: what a cap keeps back is due again when the cap lets it go, which may be never. */
const dueBy = (ended: Date): Document => ({
  $or: [{ dueAt: { $lte: ended } }, { cappedBy: { $exists: true } }, { dailyCap: { $exists: true } }],
});

/** Rows that count: what left, and of what did not whatever was due by the end; of those held out, who would have got it. */
export function counted({ ended, meant }: OutcomeQuestion): Document {
  const heldOut = { ...IN_HOLDOUT, dueAt: { $lte: ended } };
  const keptBack = meant ? [{ $and: [{ $or: KEPT_BACK }, dueBy(ended)] }] : [];
  return { $or: [{ state: { $in: [...HANDED_OVER_STATES] } }, heldOut, ...keptBack] };
}

/** From when on what a person does counts: when it left, or else when it was due. Null where nobody knows. */
export const START: Document = {
  $cond: [
    { $in: ['$state', ['skipped', 'canceled']] },
    '$dueAt',
    { $min: [{ $cond: [{ $eq: ['$state', 'expired'] }, '$dueAt', null] }, '$decision.at'] },
  ],
};

export const GROUP = { $ifNull: ['$variant', 'everyone'] };

/** A row that counts. */
export type CountedRecipient = { contact: string; group: string; start: Date | null };

/** Nothing that people did later counts for any of them. */
export const lastOf = ({ ended, days }: OutcomeQuestion): Date =>
  new Date(ended.getTime() + AFTER_END_MS + days * DAY_MS);

/** Whether something was done in the days that count. */
export function isWithin(at: Date | null, start: Date | null, days: number): boolean {
  if (at === null || start === null) return false;
  const waited = at.getTime() - start.getTime();
  return waited >= 0 && waited <= days * DAY_MS;
}

/** How many of each group `look` finds behind what was done, each of them once; `slice` of it is looked at at a time. */
export async function countGroups<T>(
  done: FindCursor<T>,
  slice: number,
  look: (some: readonly T[]) => Promise<readonly CountedRecipient[]>,
): Promise<ReadonlyMap<string, number>> {
  const groups = new Map<string, string>();
  for await (const some of inBatches(done, slice)) {
    for (const { contact, group } of await look(some)) groups.set(contact, group);
  }
  const counts = new Map<string, number>();
  for (const group of groups.values()) counts.set(group, (counts.get(group) ?? 0) + 1);
  return counts;
}
