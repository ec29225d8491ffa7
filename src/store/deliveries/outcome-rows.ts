import type { Document, FindCursor } from 'mongodb';
import type { Via } from '../../domain/campaigns/credited.ts';
import type { About } from '../../domain/campaigns/opted-out.ts';
import { DAY_MS } from '../../domain/durations.ts';
import { LEFT } from '../campaigns/figures.ts';
import { CAMPAIGN_CANCELED } from '../campaigns/plan.ts';
import { inBatches } from '../in-batches.ts';
import { HELD_OUT } from './held-out.ts';

/** Longest that one question may take in the database, ms. */
export const BUDGET_MS = 20_000;

/** So long after a campaign's end one of its messages may yet turn out to have left, ms: no lease is longer. */
const AFTER_END_MS = DAY_MS;

/**
 * Nothing of the campaign left before `since` or after `ended`. `days`: counted from each person's own message. `meant`:
 * whoever was to get it counts, also where a cap, a deadline or an opt-out came between, as none comes between for those
 * who are held out. `via`: only what is the campaign's own by it; null: whatever people did, however they came by it.
 */
export type Question = About & {
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
export function counted({ ended, meant }: Question): Document {
  const heldOut = { ...HELD_OUT, dueAt: { $lte: ended } };
  const keptBack = meant ? [{ $and: [{ $or: KEPT_BACK }, dueBy(ended)] }] : [];
  return { $or: [{ state: { $in: [...LEFT] } }, heldOut, ...keptBack] };
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
export type Counted = { contact: string; group: string; start: Date | null };

/** Nothing that people did later counts for any of them. */
export const lastOf = ({ ended, days }: Question): Date =>
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
  look: (some: readonly T[]) => Promise<readonly Counted[]>,
): Promise<ReadonlyMap<string, number>> {
  const groups = new Map<string, string>();
  for await (const some of inBatches(done, slice)) {
    for (const { contact, group } of await look(some)) groups.set(contact, group);
  }
  const counts = new Map<string, number>();
  for (const group of groups.values()) counts.set(group, (counts.get(group) ?? 0) + 1);
  return counts;
}
