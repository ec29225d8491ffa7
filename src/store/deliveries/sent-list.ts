import type { Filter } from 'mongodb';
import { NO_REASON } from '../../domain/sending/first-reason.ts';
import type { Database } from '../collection.ts';
import { type DeliveryDoc, type DeliveryState, deliveries } from './delivery.ts';

/** Messages of a campaign or to a contact; an index leads to each. `reason`: the first reason, as `firstReason` gives it. */
export type SentFilter = ({ campaign: string } | { contact: string }) & {
  state: DeliveryState | null;
  reason: string | null;
};

/** Longest time that counting may take, ms. */
const COUNT_MS = 3000;

/** The same cases as in `firstReason`. */
const FIRST_REASON = {
  $cond: [
    { $eq: ['$state', 'canceled'] },
    { $ifNull: ['$endedBy', NO_REASON] },
    {
      $cond: [
        { $eq: ['$state', 'skipped'] },
        { $ifNull: [{ $first: '$decision.reasons' }, NO_REASON] },
        {
          $cond: [
            { $in: ['$state', ['undelivered', 'failed', 'expired', 'unknown']] },
            { $ifNull: ['$error', NO_REASON] },
            null,
          ],
        },
      ],
    },
  ],
};

const ofWhom = (filter: SentFilter): Filter<DeliveryDoc> =>
  'campaign' in filter ? { campaign: filter.campaign } : { contact: filter.contact };

const hintOf = (filter: SentFilter) =>
  deliveries.hint('campaign' in filter ? 'campaign-contact' : 'of-contact');

function matching(filter: SentFilter): Filter<DeliveryDoc> {
  const { state, reason } = filter;
  return {
    ...ofWhom(filter),
    ...(state === null ? {} : { state }),
    ...(reason === null ? {} : { $expr: { $eq: [FIRST_REASON, { $literal: reason }] } }),
  };
}

/** The messages of a campaign in the order of its people; those to a contact, the newest first. `after`: id of the last one seen. */
export async function pageSent(
  database: Database,
  filter: SentFilter,
  { after, limit }: { after: DeliveryDoc | null; limit: number },
): Promise<DeliveryDoc[]> {
  const isCampaign = 'campaign' in filter;
  const rest: Filter<DeliveryDoc> = after === null ? {} : isCampaign ? afterPerson(after) : olderThan(after);
  return deliveries(database)
    .find({ $and: [matching(filter), rest] }, { hint: hintOf(filter) })
    .sort(isCampaign ? { campaign: 1, contact: 1, _id: 1 } : { contact: 1, createdAt: -1, _id: -1 })
    .limit(limit)
    .toArray();
}

const afterPerson = ({ contact, _id }: DeliveryDoc): Filter<DeliveryDoc> => ({
  contact: { $gte: contact },
  $or: [{ contact: { $gt: contact } }, { _id: { $gt: _id } }],
});

const olderThan = ({ createdAt, _id }: DeliveryDoc): Filter<DeliveryDoc> => ({
  createdAt: { $lte: createdAt },
  $or: [{ createdAt: { $lt: createdAt } }, { _id: { $lt: _id } }],
});

/** Counting looks at this many messages at most. */
export const COUNTED_AT_MOST = 1_000_000;

export type SentCount = { state: DeliveryState; reason: string | null; count: number };

/**
 * How many messages of a filter are in each state, each under its first reason. Looks at `atMost` messages; `hasMore`
 * when there are others. Rejects when counting takes too long.
 */
export async function countSent(
  database: Database,
  filter: SentFilter,
  atMost = COUNTED_AT_MOST,
): Promise<{ counts: SentCount[]; hasMore: boolean }> {
  const found = await deliveries(database)
    .aggregate<{ _id: { state: DeliveryState; reason: string | null }; count: number }>(
      [
        { $match: matching(filter) },
        { $limit: atMost },
        { $group: { _id: { state: '$state', reason: FIRST_REASON }, count: { $sum: 1 } } },
      ],
      { hint: hintOf(filter), maxTimeMS: COUNT_MS },
    )
    .toArray();
  const counts = found.map(({ _id, count }) => ({ ..._id, count }));
  const counted = counts.reduce((all, { count }) => all + count, 0);
  return { counts, hasMore: counted === atMost && (await isAfter(database, filter, atMost)) };
}

async function isAfter(database: Database, filter: SentFilter, counted: number): Promise<boolean> {
  const options = { hint: hintOf(filter), skip: counted, limit: 1, maxTimeMS: COUNT_MS };
  return (await deliveries(database).countDocuments(matching(filter), options)) > 0;
}
