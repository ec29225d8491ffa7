import type { Document } from 'mongodb';
import { HOLDOUT } from '../domain/campaigns/split.ts';
import { grouped } from '../domain/reports/grouped.ts';
import { LEFT } from './campaign-figures.ts';
import { CAMPAIGN_CANCELED } from './campaign-plan.ts';
import { campaignRowId } from './campaign-row.ts';
import { OF_CAMPAIGN } from './deliveries.ts';
import type { Store } from './store.ts';

/** Longest that one question may take in the database, ms. */
const BUDGET_MS = 20_000;
const DAY_MS = 86_400_000;
const MOST_OPT_OUTS = 100_000;

/** So long after a campaign's end one of its messages may yet turn out to have left, ms: no lease is longer. */
const AFTER_END_MS = DAY_MS;

/** An event that is told so long after the last day that counts does not count, ms: a month's sales may come in one list. */
const TOLD_LATE_MS = 30 * DAY_MS;

/** Rows of a campaign whose answers are looked for at once. */
const SLICE = 5000;

/** Of one group: people, those who did it, and what it was worth to them, with the sum of squares of a person's. */
export type Outcome = { group: string; people: number; hits: number; sum: number; squares: number };

/**
 * Nothing of the campaign left before `since` or after `ended`. `days`: counted from each person's own message. `meant`:
 * whoever was to get it counts, also where a cap, a deadline or an opt-out came between, as none comes between for those
 * who are held out.
 */
export type Question = {
  campaign: string;
  by: string;
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
function counted({ ended, meant }: Question): Document {
  const heldOut = { state: 'skipped', 'decision.reasons': [HOLDOUT], dueAt: { $lte: ended } };
  const keptBack = meant ? [{ $and: [{ $or: KEPT_BACK }, dueBy(ended)] }] : [];
  return { $or: [{ state: { $in: [...LEFT] } }, heldOut, ...keptBack] };
}

/** From when on what a person does counts: when it left, or else when it was due. Null where nobody knows. */
const START: Document = {
  $cond: [
    { $in: ['$state', ['skipped', 'canceled']] },
    '$dueAt',
    { $min: [{ $cond: [{ $eq: ['$state', 'expired'] }, '$dueAt', null] }, '$decision.at'] },
  ],
};

const GROUP = { $ifNull: ['$variant', 'everyone'] };

/** What people of each group did within so many days after their message, or after they would have got one. */
export async function outcomesOf(store: Store, question: Question, slice = SLICE): Promise<Outcome[]> {
  const groups = await store.deliveries
    .aggregate<{ _id: string; people: number }>(
      [
        { $match: { campaign: question.campaign, ...counted(question) } },
        { $group: { _id: GROUP, people: { $sum: 1 } } },
        { $sort: { _id: 1 } },
      ],
      { hint: OF_CAMPAIGN, maxTimeMS: BUDGET_MS },
    )
    .toArray();
  const hits = await hitsOf(store, question, slice);
  return groups.map(({ _id: group, people }) => {
    const found = hits.find((one) => one._id === group);
    return { group, people, hits: found?.hits ?? 0, sum: found?.sum ?? 0, squares: found?.squares ?? 0 };
  });
}

type Hits = { _id: string; hits: number; sum: number; squares: number };

function hitsOf(store: Store, question: Question, slice: number): Promise<Hits[]> {
  if (question.by === 'reply') return repliesOf(store, question, slice);
  return question.by === 'opt-out' ? optOutsOf(store, question) : eventsOf(store, question);
}

/** From the events to the rows: there are fewer of them. */
function eventsOf(store: Store, question: Question): Promise<Hits[]> {
  const { campaign, by, since, days } = question;
  const until = { $add: ['$row.start', days * DAY_MS] };
  const last = lastOf(question);
  const told = { $gte: since, $lte: new Date(last.getTime() + TOLD_LATE_MS) };
  const stages = [
    // What was done since came since: journeys' index leads to it.
    { $match: { type: by, receivedAt: told, at: { $gte: since, $lte: last } } },
    {
      $lookup: {
        from: 'deliveries',
        localField: 'contact',
        foreignField: 'contact',
        pipeline: [
          { $match: { campaign, ...counted(question) } },
          { $project: { group: GROUP, start: START } },
        ],
        as: 'row',
      },
    },
    { $unwind: '$row' },
    { $match: { $expr: { $and: [{ $gte: ['$at', '$row.start'] }, { $lte: ['$at', until] }] } } },
    { $group: { _id: '$contact', group: { $first: '$row.group' }, sum: { $sum: '$amount' } } },
    ...BY_GROUP,
  ];
  return store.events.aggregate<Hits>(stages, { maxTimeMS: BUDGET_MS }).toArray();
}

/** Nothing that people did later counts for any of them. */
const lastOf = ({ ended, days }: Question): Date => new Date(ended.getTime() + AFTER_END_MS + days * DAY_MS);

/** A slice after the other, in the order of people: nobody moves in it when a row's state changes meanwhile. */
async function repliesOf(store: Store, question: Question, slice: number): Promise<Hits[]> {
  const counts = new Map<string, number>();
  for (let after: string | null = null; ; ) {
    const rows = await rowsAfter(store, question, { after, slice });
    for (const { group } of await answeredWithin(store, question, rows)) {
      counts.set(group, (counts.get(group) ?? 0) + 1);
    }
    after = rows.at(-1)?.contact ?? null;
    if (rows.length < slice || after === null) break;
  }
  return [...counts].map(([_id, hits]) => ({ _id, hits, sum: 0, squares: 0 }));
}

type Counted = { contact: string; group: string; start: Date | null };

function rowsAfter(
  store: Store,
  question: Question,
  { after, slice }: { after: string | null; slice: number },
): Promise<Counted[]> {
  const rest = after === null ? {} : { contact: { $gt: after } };
  return store.deliveries
    .find<Counted>(
      { campaign: question.campaign, ...rest, ...counted(question) },
      {
        projection: { _id: 0, contact: 1, group: GROUP, start: START },
        hint: 'campaign-contact',
        maxTimeMS: BUDGET_MS,
      },
    )
    .sort({ contact: 1 })
    .limit(slice)
    .toArray();
}

/** Any text but an opt-out counts as an answer; of those held out too, else their group could only lose. */
async function answeredWithin(
  store: Store,
  question: Question,
  rows: readonly Counted[],
): Promise<Counted[]> {
  const texts = await store.inbound
    .find(
      {
        contact: { $in: rows.map(({ contact }) => contact) },
        receivedAt: { $gte: question.since, $lte: lastOf(question) },
        'reading.kind': { $nin: ['stop-all', 'stop-some'] },
      },
      { projection: { _id: 0, contact: 1, receivedAt: 1 }, hint: 'of-contact', maxTimeMS: BUDGET_MS },
    )
    .toArray();
  const times = grouped(texts, ({ contact }) => contact ?? '');
  return rows.filter(({ contact, start }) =>
    times.get(contact)?.some(({ receivedAt }) => isWithin(receivedAt, start, question.days)),
  );
}

async function optOutsOf(store: Store, question: Question): Promise<Hits[]> {
  const { campaign, since, days } = question;
  const rows = await store.suppressions
    .find(
      { kind: 'opt-out', since: { $gte: since, $lte: lastOf(question) } },
      { projection: { _id: 0, index: 1, since: 1 }, limit: MOST_OPT_OUTS, maxTimeMS: BUDGET_MS },
    )
    .toArray();
  const at = new Map(rows.map((row) => [campaignRowId(campaign, row.index), row.since]));
  const texted = await store.deliveries
    .find<{ _id: string; group: string; start: Date | null }>(
      { _id: { $in: [...at.keys()] }, ...counted(question) },
      { projection: { group: GROUP, start: START }, hint: { _id: 1 } },
    )
    .toArray();
  const counts = new Map<string, number>();
  for (const { _id, group, start } of texted) {
    if (isWithin(at.get(_id), start, days)) counts.set(group, (counts.get(group) ?? 0) + 1);
  }
  return [...counts].map(([_id, hits]) => ({ _id, hits, sum: 0, squares: 0 }));
}

function isWithin(at: Date | undefined, start: Date | null, days: number): boolean {
  if (at === undefined || start === null) return false;
  const waited = at.getTime() - start.getTime();
  return waited >= 0 && waited <= days * DAY_MS;
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
