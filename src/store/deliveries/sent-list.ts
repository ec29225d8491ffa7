import type { Filter } from 'mongodb';
import { BILLINGS, type Billing } from '../../domain/campaigns/cost.ts';
import { MAY_HAVE_ARRIVED } from '../../domain/hygiene/error-codes.ts';
import { NO_REASON, statesWithReason } from '../../domain/sending/first-reason.ts';
import type { Database } from '../collection.ts';
import {
  type DeliveryDoc,
  type DeliveryState,
  deliveries,
  MAY_HAVE_MISSED,
  NOT_GOT,
  OF_CAMPAIGN,
} from './delivery.ts';

/** Where a list looks; an index leads to each. `programs`: messages of these programs that answer no text. */
export type SentScope =
  | { campaign: string }
  | { contact: string }
  | { journey: string }
  | { programs: readonly string[] };

/** Which messages of a scope. `reason`: the first reason, as `firstReason` gives it. `from` to `before`: when planned. */
export type SentFilter = SentScope & {
  states: readonly DeliveryState[] | null;
  reason: string | null;
  from: Date | null;
  before: Date | null;
  /** Only messages of these programs; null: of all, and of none. */
  within: readonly string[] | null;
};

/** A place in a list: the message that was seen last. */
export type SentPosition = Pick<DeliveryDoc, '_id' | 'contact' | 'createdAt'>;

/** Longest time that one count, or one page, may take, ms. */
const COUNT_MS = 3000;
const PAGE_MS = 10_000;

type Case = [when: object, result: unknown];

/** The result of the first case that holds, else the last value. */
const firstCase = (cases: readonly Case[], otherwise: unknown): unknown =>
  cases.reduceRight<unknown>((rest, [when, result]) => ({ $cond: [when, result, rest] }), otherwise);

const stateIn = (...states: DeliveryState[]): object => ({ $in: ['$state', states] });

/** The same cases as in `firstReason`. */
const FIRST_REASON = firstCase(
  [
    [stateIn('canceled'), { $ifNull: ['$endedBy', NO_REASON] }],
    [stateIn('skipped'), { $ifNull: [{ $first: '$decision.reasons' }, NO_REASON] }],
    [stateIn('undelivered', 'failed', 'expired', 'unknown'), { $ifNull: ['$error', NO_REASON] }],
  ],
  null,
);

const [BILLED, OPEN, UNCERTAIN, FREE] = BILLINGS;
const MAY_HAVE_LEFT = { $in: ['$error', MAY_HAVE_ARRIVED] };

/** The same cases as in `billingOf`. */
const BILLING = firstCase(
  [
    [stateIn('accepted', 'sent', 'delivered', 'undelivered'), BILLED],
    [stateIn('planned', 'sending'), OPEN],
    [stateIn('failed'), { $cond: [MAY_HAVE_LEFT, UNCERTAIN, FREE] }],
    [stateIn('unknown'), UNCERTAIN],
  ],
  FREE,
);

function inScope(filter: SentFilter): Filter<DeliveryDoc> {
  if ('campaign' in filter) return { campaign: filter.campaign };
  if ('contact' in filter) return { contact: filter.contact };
  if ('journey' in filter) return { journey: filter.journey };
  // Spelled as in the index, which has no other messages.
  return { program: { $in: [...filter.programs] }, answers: { $type: 'null' } };
}

/** The states that a filter lets through; null: any. A reason alone says in which states a message can be. */
function statesOf({ states, reason }: SentFilter): DeliveryState[] | null {
  if (reason === null) return states === null ? null : [...states];
  return statesWithReason(reason).filter((state) => states === null || states.includes(state));
}

/** The index that leads to the messages in the order of a page. */
function pageHintOf(filter: SentFilter): string {
  const states = statesOf(filter);
  const areMissed = states?.every((state) => MAY_HAVE_MISSED.some((missed) => missed === state)) ?? false;
  return 'campaign' in filter && areMissed ? deliveries.hint(NOT_GOT) : hintOf(filter);
}

/** The index that leads to the fewest messages, in any order. */
const countHintOf = (filter: SentFilter): string =>
  'campaign' in filter && statesOf(filter) !== null ? deliveries.hint(OF_CAMPAIGN) : hintOf(filter);

function hintOf(filter: SentFilter): string {
  if ('campaign' in filter) return deliveries.hint('campaign-contact');
  if ('contact' in filter) return deliveries.hint('of-contact');
  return 'journey' in filter ? deliveries.hint('of-journey') : deliveries.hint('of-program');
}

function matching(filter: SentFilter): Filter<DeliveryDoc> {
  const { reason, from, before, within } = filter;
  const states = statesOf(filter);
  const found: Filter<DeliveryDoc>[] = [inScope(filter)];
  if (within !== null) found.push({ program: { $in: [...within] } });
  if (states !== null) found.push({ state: { $in: states } });
  if (reason !== null) found.push({ $expr: { $eq: [FIRST_REASON, { $literal: reason }] } });
  if (from !== null) found.push({ createdAt: { $gte: from } });
  if (before !== null) found.push({ createdAt: { $lt: before } });
  return { $and: found };
}

/** The messages of a campaign in the order of its people; all others the newest first. `after`: the last one seen. */
export async function pageSent(
  database: Database,
  filter: SentFilter,
  { after, limit }: { after: SentPosition | null; limit: number },
): Promise<DeliveryDoc[]> {
  const isCampaign = 'campaign' in filter;
  const rest: Filter<DeliveryDoc> = after === null ? {} : isCampaign ? afterPerson(after) : olderThan(after);
  return deliveries(database)
    .find({ $and: [matching(filter), rest] }, { hint: pageHintOf(filter), maxTimeMS: PAGE_MS })
    .sort(isCampaign ? { campaign: 1, contact: 1, _id: 1 } : { createdAt: -1, _id: -1 })
    .limit(limit)
    .toArray();
}

const afterPerson = ({ contact, _id }: SentPosition): Filter<DeliveryDoc> => ({
  contact: { $gte: contact },
  $or: [{ contact: { $gt: contact } }, { _id: { $gt: _id } }],
});

/** With `$or`, the planner would sort the messages of several programs instead of merging them. */
const olderThan = ({ createdAt, _id }: SentPosition): Filter<DeliveryDoc> => ({
  createdAt: { $lte: createdAt },
  $nor: [{ createdAt, _id: { $gte: _id } }],
});

/** Counting looks at this many messages at most. */
const COUNTED_AT_MOST = 1_000_000;

/** Messages that agree in all of this. `day`: null where no days were asked for. */
export type SentCount = {
  state: DeliveryState;
  reason: string | null;
  billing: Billing;
  sender: string;
  mms: boolean;
  day: string | null;
  count: number;
  parts: number;
};

/** A day in a zone, and when it begins. */
export type DayStart = { day: string; at: Date };

type CountLimits = { atMost?: number; days?: readonly DayStart[] };

/**
 * How many messages of a filter are in each state, each under its first reason, with their parts. Looks at `atMost`
 * messages; `hasMore` when there are others. `days`: counts them by the day too, in the order of time. Rejects when
 * counting takes too long.
 */
export async function countSent(
  database: Database,
  filter: SentFilter,
  { atMost = COUNTED_AT_MOST, days = [] }: CountLimits = {},
): Promise<{ counts: SentCount[]; hasMore: boolean }> {
  const key = {
    state: '$state',
    reason: FIRST_REASON,
    billing: BILLING,
    sender: '$sender',
    mms: { $gt: ['$media', 0] },
    day: dayOf(days),
  };
  const found = await deliveries(database)
    .aggregate<{ _id: Omit<SentCount, 'count' | 'parts'>; count: number; parts: number }>(
      [
        { $match: matching(filter) },
        { $limit: atMost },
        { $group: { _id: key, count: { $sum: 1 }, parts: { $sum: '$parts' } } },
      ],
      { hint: countHintOf(filter), maxTimeMS: COUNT_MS },
    )
    .toArray();
  const counts = found.map(({ _id, count, parts }) => ({ ..._id, count, parts }));
  const counted = counts.reduce((all, { count }) => all + count, 0);
  return { counts, hasMore: counted === atMost && (await isAfter(database, filter, atMost)) };
}

/** The last of the days that had begun when a message was planned. */
const dayOf = (days: readonly DayStart[]): unknown =>
  firstCase(
    days.toReversed().map(({ day, at }): Case => [{ $gte: ['$createdAt', at] }, { $literal: day }]),
    null,
  );

async function isAfter(database: Database, filter: SentFilter, counted: number): Promise<boolean> {
  const options = { hint: countHintOf(filter), skip: counted, limit: 1, maxTimeMS: COUNT_MS };
  return (await deliveries(database).countDocuments(matching(filter), options)) > 0;
}
