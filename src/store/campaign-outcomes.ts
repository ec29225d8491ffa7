import type { Document } from 'mongodb';
import { HOLDOUT } from '../domain/campaigns/split.ts';
import { LEFT } from './campaign-figures.ts';
import { campaignRowId } from './campaign-row.ts';
import { OF_CAMPAIGN } from './deliveries.ts';
import type { Store } from './store.ts';

/** Longest that one question may take in the database, ms. */
const BUDGET_MS = 20_000;
const DAY_MS = 86_400_000;
const MOST_OPT_OUTS = 100_000;

/** Of one group: people, those who did it, and what it was worth to them, with the sum of squares of a person's. */
export type Outcome = { group: string; people: number; hits: number; sum: number; squares: number };

/** `since`: nothing of the campaign left before. `days`: counted from each person's own message. */
export type Question = { campaign: string; by: string; since: Date; days: number };

/** Rows that count: what left, and whoever was held out and would have got it. */
const COUNTED: Document = {
  $or: [{ state: { $in: [...LEFT] } }, { state: 'skipped', 'decision.reasons': [HOLDOUT] }],
};

const GROUP = { $ifNull: ['$variant', 'everyone'] };

/** What people of each group did within so many days after their message, or after it was decided to send them none. */
export async function outcomesOf(store: Store, question: Question): Promise<Outcome[]> {
  const groups = await store.deliveries
    .aggregate<{ _id: string; people: number }>(
      [
        { $match: { campaign: question.campaign, ...COUNTED } },
        { $group: { _id: GROUP, people: { $sum: 1 } } },
        { $sort: { _id: 1 } },
      ],
      { hint: OF_CAMPAIGN, maxTimeMS: BUDGET_MS },
    )
    .toArray();
  const hits = await hitsOf(store, question);
  return groups.map(({ _id: group, people }) => {
    const found = hits.find((one) => one._id === group);
    return { group, people, hits: found?.hits ?? 0, sum: found?.sum ?? 0, squares: found?.squares ?? 0 };
  });
}

type Hits = { _id: string; hits: number; sum: number; squares: number };

function hitsOf(store: Store, question: Question): Promise<Hits[]> {
  if (question.by === 'reply') return repliesOf(store, question);
  return question.by === 'opt-out' ? optOutsOf(store, question) : eventsOf(store, question);
}

/** From the events to the rows: there are fewer of them. */
function eventsOf(store: Store, { campaign, by, since, days }: Question): Promise<Hits[]> {
  const until = { $add: ['$row.decision.at', days * DAY_MS] };
  const stages = [
    // What was done since came since: journeys' index leads to it.
    { $match: { type: by, receivedAt: { $gte: since }, at: { $gte: since } } },
    {
      $lookup: {
        from: 'deliveries',
        localField: 'contact',
        foreignField: 'contact',
        pipeline: [{ $match: { campaign, ...COUNTED } }, { $project: { group: GROUP, 'decision.at': 1 } }],
        as: 'row',
      },
    },
    { $unwind: '$row' },
    { $match: { $expr: { $and: [{ $gte: ['$at', '$row.decision.at'] }, { $lte: ['$at', until] }] } } },
    { $group: { _id: '$contact', group: { $first: '$row.group' }, sum: { $sum: '$amount' } } },
    ...BY_GROUP,
  ];
  return store.events.aggregate<Hits>(stages, { maxTimeMS: BUDGET_MS }).toArray();
}

/** Any text but an opt-out counts as an answer; of those held out too, else their group could only lose. */
function repliesOf(store: Store, { campaign, days }: Question): Promise<Hits[]> {
  const until = { $add: ['$$at', days * DAY_MS] };
  const stages = [
    { $match: { campaign, ...COUNTED, decision: { $ne: null } } },
    {
      $lookup: {
        from: 'inbound',
        localField: 'contact',
        foreignField: 'contact',
        let: { at: '$decision.at' },
        pipeline: [
          {
            $match: {
              'reading.kind': { $nin: ['stop-all', 'stop-some'] },
              $expr: { $and: [{ $gte: ['$receivedAt', '$$at'] }, { $lte: ['$receivedAt', until] }] },
            },
          },
          { $limit: 1 },
          { $project: { _id: 1 } },
        ],
        as: 'answer',
      },
    },
    { $match: { 'answer.0': { $exists: true } } },
    { $project: { group: GROUP, sum: { $literal: 0 } } },
    ...BY_GROUP,
  ];
  return store.deliveries.aggregate<Hits>(stages, { hint: OF_CAMPAIGN, maxTimeMS: BUDGET_MS }).toArray();
}

async function optOutsOf(store: Store, { campaign, since, days }: Question): Promise<Hits[]> {
  const rows = await store.suppressions
    .find(
      { kind: 'opt-out', since: { $gte: since } },
      { projection: { _id: 0, index: 1, since: 1 }, limit: MOST_OPT_OUTS, maxTimeMS: BUDGET_MS },
    )
    .toArray();
  const at = new Map(rows.map((row) => [campaignRowId(campaign, row.index), row.since.getTime()]));
  const texted = await store.deliveries
    .find(
      { _id: { $in: [...at.keys()] }, ...COUNTED },
      { projection: { variant: 1, decision: 1 }, hint: { _id: 1 } },
    )
    .toArray();
  const counts = new Map<string, number>();
  for (const { _id, variant = 'everyone', decision } of texted) {
    const waited = (at.get(_id) ?? 0) - (decision?.at.getTime() ?? Number.POSITIVE_INFINITY);
    if (waited >= 0 && waited <= days * DAY_MS) counts.set(variant, (counts.get(variant) ?? 0) + 1);
  }
  return [...counts].map(([_id, hits]) => ({ _id, hits, sum: 0, squares: 0 }));
}

const BY_GROUP: Document[] = [
  {
    $group: {
      _id: '$group',
      hits: { $sum: 1 },
      sum: { $sum: '$sum' },
      squares: { $sum: { $multiply: ['$sum', '$sum'] } },
    },
  },
];
