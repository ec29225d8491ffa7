import type { Document } from 'mongodb';
import { HOLDOUT } from '../domain/campaigns/split.ts';
import { LEFT } from './campaign-figures.ts';
import { campaignRowId } from './campaign-row.ts';
import { type DeliveryDoc, OF_CAMPAIGN } from './deliveries.ts';
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

/** Nothing of the campaign left before `since` or after `ended`. `days`: counted from each person's own message. */
export type Question = { campaign: string; by: string; since: Date; ended: Date; days: number };

/** Rows that count: what left, and whoever was held out and would have got it. */
const COUNTED: Document = {
  $or: [{ state: { $in: [...LEFT] } }, { state: 'skipped', 'decision.reasons': [HOLDOUT] }],
};

const GROUP = { $ifNull: ['$variant', 'everyone'] };

/** What people of each group did within so many days after their message, or after it was decided to send them none. */
export async function outcomesOf(store: Store, question: Question, slice = SLICE): Promise<Outcome[]> {
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
  const until = { $add: ['$row.decision.at', days * DAY_MS] };
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

/** Nothing that people did later counts for any of them. */
const lastOf = ({ ended, days }: Question): Date => new Date(ended.getTime() + AFTER_END_MS + days * DAY_MS);

/** A slice after the other, by when it was decided about them: that moment stays when a row's state changes meanwhile. */
async function repliesOf(store: Store, question: Question, slice: number): Promise<Hits[]> {
  const counts = new Map<string, number>();
  let after = new Date(0);
  for (;;) {
    const upTo = await endOfSlice(store, question.campaign, after, slice);
    for (const { variant = 'everyone' } of await answeredWithin(store, question, { after, upTo })) {
      counts.set(variant, (counts.get(variant) ?? 0) + 1);
    }
    if (upTo === null) return [...counts].map(([_id, hits]) => ({ _id, hits, sum: 0, squares: 0 }));
    after = upTo;
  }
}

/** Null where the rest is one slice. Rows that were decided about in one moment stay in one. */
async function endOfSlice(store: Store, campaign: string, after: Date, rows: number): Promise<Date | null> {
  const match = { campaign, state: { $in: [...LEFT, 'skipped' as const] }, 'decision.at': { $gt: after } };
  const last = await store.deliveries.findOne(match, {
    ...{ projection: { _id: 0, 'decision.at': 1 }, sort: { 'decision.at': 1 }, skip: rows - 1 },
    ...{ hint: OF_CAMPAIGN, maxTimeMS: BUDGET_MS },
  });
  return last?.decision?.at ?? null;
}

type Slice = { after: Date; upTo: Date | null };
type Counted = Pick<DeliveryDoc, 'contact' | 'variant' | 'decision'>;

/** Any text but an opt-out counts as an answer; of those held out too, else their group could only lose. */
async function answeredWithin(store: Store, question: Question, { after, upTo }: Slice): Promise<Counted[]> {
  const decided = upTo === null ? { $gt: after } : { $gt: after, $lte: upTo };
  const state = { $in: [...LEFT, 'skipped' as const] };
  const rows: Counted[] = await store.deliveries
    .find(
      { campaign: question.campaign, state, 'decision.at': decided, ...COUNTED },
      {
        projection: { _id: 0, contact: 1, variant: 1, decision: 1 },
        hint: OF_CAMPAIGN,
        maxTimeMS: BUDGET_MS,
      },
    )
    .toArray();
  const texts = await store.inbound
    .find(
      {
        contact: { $in: rows.map(({ contact }) => contact) },
        receivedAt: { $gte: after, $lte: lastOf(question) },
        'reading.kind': { $nin: ['stop-all', 'stop-some'] },
      },
      { projection: { _id: 0, contact: 1, receivedAt: 1 }, hint: 'of-contact', maxTimeMS: BUDGET_MS },
    )
    .toArray();
  const times = new Map<string | null, Date[]>();
  for (const { contact, receivedAt } of texts) {
    const earlier = times.get(contact);
    if (earlier === undefined) times.set(contact, [receivedAt]);
    else earlier.push(receivedAt);
  }
  return rows.filter(({ contact, decision }) =>
    times.get(contact)?.some((at) => isWithin(at, decision, question.days)),
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
    .find(
      { _id: { $in: [...at.keys()] }, ...COUNTED },
      { projection: { variant: 1, decision: 1 }, hint: { _id: 1 } },
    )
    .toArray();
  const counts = new Map<string, number>();
  for (const { _id, variant = 'everyone', decision } of texted) {
    if (isWithin(at.get(_id), decision, days)) counts.set(variant, (counts.get(variant) ?? 0) + 1);
  }
  return [...counts].map(([_id, hits]) => ({ _id, hits, sum: 0, squares: 0 }));
}

/** Whether something came within so many days after it was decided. */
function isWithin(at: Date | undefined, decision: DeliveryDoc['decision'], days: number): boolean {
  if (at === undefined || decision === null) return false;
  const waited = at.getTime() - decision.at.getTime();
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
