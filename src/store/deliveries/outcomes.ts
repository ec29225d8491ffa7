import type { Document, FindCursor } from 'mongodb';
import type { CampaignSubject, Via } from '../../domain/campaigns/results.ts';
import { DAY_MS } from '../../domain/durations.ts';
import { HANDED_OVER_STATES } from '../../domain/reports/delivery-tally.ts';
import type { CancelCause } from '../../domain/sending/delivery-sentence.ts';
import { inBatches } from '../batching.ts';
import type { Database } from '../collection.ts';
import { deliveries, HANDED_OVER, HANDED_OVER_FILTER, IN_HOLDOUT } from './delivery.ts';

/** Time limit, ms. The query reads one index key, and callers of a report's API wait for it. */
const FIRST_MS = 20_000;

/** When the first message of some programs was sent within a time; null where none was. */
export async function firstHandedOver(
  database: Database,
  programs: readonly string[],
  { from, to }: { from: Date; to: Date },
): Promise<Date | null> {
  const first = await deliveries(database)
    .find<{ decision: { at: Date } }>(
      { program: { $in: [...programs] }, ...HANDED_OVER_FILTER, 'decision.at': { $gte: from, $lt: to } },
      { projection: { 'decision.at': 1 }, hint: HANDED_OVER, maxTimeMS: FIRST_MS },
    )
    .sort({ 'decision.at': 1 })
    .limit(1)
    .next();
  return first?.decision.at ?? null;
}

/** The classes of messages that a program sends on its own account. */
const OWN_ACCOUNT = ['marketing', 'transactional'] as const;

/** Whether any message of these programs, which is neither an answer nor a question, was handed to the carrier. */
export async function hasSentMessage(database: Database, programs: readonly string[]): Promise<boolean> {
  const found = await deliveries(database).findOne(
    { program: { $in: [...programs] }, ...HANDED_OVER_FILTER, class: { $in: [...OWN_ACCOUNT] } },
    { projection: { _id: 1 }, hint: HANDED_OVER, maxTimeMS: FIRST_MS },
  );
  return found !== null;
}

/** Time limit of one query in the database, ms. */
export const BUDGET_MS = 20_000;

/** How long after a campaign's end one of its messages may still turn out to have been sent, ms. No lease is longer. */
const AFTER_END_MS = DAY_MS;

/**
 * No message of the campaign was sent before `since` or after `ended`. `days`: counted from each person's own
 * message. `meant`: counts everyone the campaign was meant for, even where a cap, a deadline or an opt-out
 * intervened, because nothing intervenes for the holdout. `via`: counts only what came through the campaign; null:
 * counts what people did, whatever led them there.
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

/**
 * Deliveries that a cap, a rule or the person withheld after planning. Not deliveries that ended when they were
 * planned.
 */
const KEPT_BACK: Document[] = [
  { state: 'skipped', epoch: { $gt: 0 } },
  { state: 'canceled', endedBy: { $ne: 'campaign-canceled' satisfies CancelCause } },
  { state: 'expired', $expr: { $gt: ['$decision.at', '$createdAt'] } },
];

/**
 * Deliveries due by `ended`. A delivery withheld by a cap counts too: it is due again only when the cap frees, which
 * may be never.
 */
const dueBy = (ended: Date): Document => ({
  $or: [{ dueAt: { $lte: ended } }, { cappedBy: { $exists: true } }, { dailyCap: { $exists: true } }],
});

/**
 * Deliveries that count: those that were sent; withheld ones that were due by the end; and in the holdout, people who
 * would have got one.
 */
export function counted({ ended, meant }: OutcomeQuestion): Document {
  const heldOut = { ...IN_HOLDOUT, dueAt: { $lte: ended } };
  const keptBack = meant ? [{ $and: [{ $or: KEPT_BACK }, dueBy(ended)] }] : [];
  return { $or: [{ state: { $in: [...HANDED_OVER_STATES] } }, heldOut, ...keptBack] };
}

/**
 * The moment from which a person's actions count: when the message was sent, or else when it was due. Null where
 * neither is known.
 */
export const START: Document = {
  $cond: [
    { $in: ['$state', ['skipped', 'canceled']] },
    '$dueAt',
    { $min: [{ $cond: [{ $eq: ['$state', 'expired'] }, '$dueAt', null] }, '$decision.at'] },
  ],
};

export const GROUP = { $ifNull: ['$variant', 'everyone'] };

/** The person of a delivery that counts. */
export type CountedRecipient = { contact: string; group: string; start: Date | null };

/** No later action counts for anyone. */
export const lastOf = ({ ended, days }: OutcomeQuestion): Date =>
  new Date(ended.getTime() + AFTER_END_MS + days * DAY_MS);

/** Whether an action falls into the days that count. */
export function isWithin(at: Date | null, start: Date | null, days: number): boolean {
  if (at === null || start === null) return false;
  const waited = at.getTime() - start.getTime();
  return waited >= 0 && waited <= days * DAY_MS;
}

/**
 * Counts the people per group that `look` finds for a list of actions, each person once. `slice`: how many actions
 * are passed to `look` at a time.
 */
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
