import type { Document, FindCursor } from 'mongodb';
import { firstOptOut, scopesOf } from '../../domain/campaigns/results.ts';
import { DAY_MS } from '../../domain/durations.ts';
import { grouped } from '../../domain/grouped.ts';
import type { Database } from '../collection.ts';
import { optOutsAmong } from '../consent/consent-events.ts';
import { inbound } from '../consent/inbound-texts.ts';
import { suppressions } from '../consent/suppressions.ts';
import { events } from '../contacts/activity.ts';
import { deliveries, OF_CAMPAIGN } from '../deliveries/delivery.ts';
import {
  BUDGET_MS,
  type CountedRecipient,
  counted,
  countGroups,
  GROUP,
  isWithin,
  lastOf,
  type OutcomeQuestion,
  START,
} from '../deliveries/outcomes.ts';
import { type ClickDoc, clicks } from '../templates/links.ts';
import { campaignRowId } from './messages.ts';

/**
 * Counts, for each group, the people who opened a link of the campaign themselves within the counted days. It
 * starts from the clicks, which are fewer than the deliveries. An event of type `click` names no campaign and does
 * not count.
 */
async function clickersOf(
  database: Database,
  question: OutcomeQuestion,
  slice: number,
): Promise<ReadonlyMap<string, number>> {
  return countGroups(clicksOn(database, question), slice, (clicks) =>
    clickedWithin(database, question, clicks),
  );
}

type Click = Pick<ClickDoc, 'delivery' | 'firstAt'>;

/** The first click of each link and day is enough: if any click of a day counts, the first one does. */
function clicksOn(database: Database, question: OutcomeQuestion): FindCursor<Click> {
  const { campaign, since } = question;
  return clicks(database).find<Click>(
    { campaign, kind: 'person', firstAt: { $gte: since, $lte: lastOf(question) } },
    {
      projection: { _id: 0, delivery: 1, firstAt: 1 },
      hint: clicks.hint('of-campaign'),
      maxTimeMS: BUDGET_MS,
    },
  );
}

type Row = CountedRecipient & { _id: string };

async function clickedWithin(
  database: Database,
  question: OutcomeQuestion,
  clicks: readonly Click[],
): Promise<Row[]> {
  const times = grouped(clicks, ({ delivery }) => delivery);
  const rows = await deliveries(database)
    .find<Row>(
      { _id: { $in: [...times.keys()] }, ...counted(question) },
      { projection: { contact: 1, group: GROUP, start: START }, hint: { _id: 1 }, maxTimeMS: BUDGET_MS },
    )
    .toArray();
  return rows.filter(({ _id, start }) =>
    times.get(_id)?.some(({ firstAt }) => isWithin(firstAt, start, question.days)),
  );
}

/**
 * `hits`: people of the group who did it. `sum`: their total amount. `squares`: the sum of each person's squared
 * amount, for the variance.
 */
type Hits = { _id: string; hits: number; sum: number; squares: number };

/**
 * An event that is reported later than this after the last counted day does not count, ms. A month's sales may come
 * in one list.
 */
const TOLD_LATE_MS = 30 * DAY_MS;

/**
 * Counts the events within the counted days, by group. It starts from the events, which are fewer than the
 * deliveries. By coupon, an event belongs to the delivery of the code, whoever the event's contact is; otherwise to
 * the contact's delivery.
 */
function eventsOf(database: Database, question: OutcomeQuestion): Promise<Hits[]> {
  const { days, via } = question;
  const until = { $add: ['$row.start', days * DAY_MS] };
  const from = via === 'click' ? '$clicked' : '$row.start';
  const stages = [
    {
      $match: via === 'coupon' ? { 'coupon.campaign': question.campaign, ...done(question) } : done(question),
    },
    { $lookup: { ...(via === 'coupon' ? OF_CODE : OF_PERSON), pipeline: rowsOf(question), as: 'row' } },
    { $unwind: '$row' },
    ...(via === 'click' ? FIRST_CLICK : []),
    {
      $match: {
        $expr: { $and: [{ $gte: ['$at', '$row.start'] }, { $gte: ['$at', from] }, { $lte: ['$at', until] }] },
      },
    },
    {
      $group: {
        _id: '$row._id',
        group: { $first: '$row.group' },
        did: { $max: DID },
        sum: { $sum: '$amount' },
      },
    },
    ...BY_GROUP,
  ];
  const hint = via === 'coupon' ? { hint: events.hint('by-coupon') } : {};
  return events(database)
    .aggregate<Hits>(stages, { ...hint, maxTimeMS: BUDGET_MS })
    .toArray();
}

/** Events are always received after they happen, so an index by the time of receipt finds them. */
function done(question: OutcomeQuestion): Document {
  const { by, since } = question;
  const last = lastOf(question);
  const told = { $gte: since, $lte: new Date(last.getTime() + TOLD_LATE_MS) };
  return { type: by, receivedAt: told, at: { $gte: since, $lte: last } };
}

const OF_PERSON = { from: 'deliveries', localField: 'contact', foreignField: 'contact' };
const OF_CODE = { from: 'deliveries', localField: 'coupon.delivery', foreignField: '_id' };

/** The campaign is named so that its index is used. By coupon, the id of the delivery is enough. */
const rowsOf = (question: OutcomeQuestion): Document[] => [
  { $match: { ...(question.via === 'coupon' ? {} : { campaign: question.campaign }), ...counted(question) } },
  { $project: { group: GROUP, start: START } },
];

/** Adds when the person first opened a link of the delivery, and drops deliveries without a click by a person. */
const FIRST_CLICK: Document[] = [
  {
    $lookup: {
      from: 'clicks',
      localField: 'row._id',
      foreignField: 'delivery',
      pipeline: [{ $match: { kind: 'person' } }, { $project: { _id: 0, firstAt: 1 } }],
      as: 'clicks',
    },
  },
  { $match: { 'clicks.0': { $exists: true } } },
  { $set: { clicked: { $min: '$clicks.firstAt' } } },
];

/** A person who only returned goods did not buy. */
const DID = { $cond: [{ $lt: [{ $ifNull: ['$amount', 0] }, 0] }, 0, 1] };

const BY_GROUP: Document[] = [
  {
    $group: {
      _id: '$group',
      hits: { $sum: '$did' },
      sum: { $sum: '$sum' },
      squares: { $sum: { $multiply: ['$sum', '$sum'] } },
    },
  },
];

/**
 * Counts, for each group, the people who opted out within the counted days. It starts from the opt-outs, which are
 * fewer than the deliveries. A suppression shows only the last opt-out, so the ledger tells the first.
 */
async function optOutsOf(
  database: Database,
  question: OutcomeQuestion,
  slice: number,
): Promise<ReadonlyMap<string, number>> {
  return countGroups(raisedSince(database, question), slice, (raised) =>
    optedOutWithin(database, question, raised),
  );
}

type Raised = { index: string };

/**
 * The numbers that opted out since. Only a suppression of the first generation shows the time of the only opt-out;
 * later generations must be looked up in the ledger.
 */
function raisedSince(database: Database, question: OutcomeQuestion): FindCursor<Raised> {
  return suppressions(database).find<Raised>(
    {
      kind: 'opt-out',
      scope: { $in: scopesOf(question) },
      since: { $gte: question.since },
      $or: [{ generation: { $gt: 1 } }, { since: { $lte: lastOf(question) } }],
    },
    { projection: { _id: 0, index: 1 }, hint: suppressions.hint('opt-outs-since'), maxTimeMS: BUDGET_MS },
  );
}

async function optedOutWithin(
  database: Database,
  question: OutcomeQuestion,
  raised: readonly Raised[],
): Promise<CountedRecipient[]> {
  const ids = raised.map(({ index }) => campaignRowId(question.campaign, index));
  const rows = await deliveries(database)
    .find<CountedRecipient>(
      { _id: { $in: ids }, ...counted(question) },
      {
        projection: { _id: 0, contact: 1, group: GROUP, start: START },
        hint: { _id: 1 },
        maxTimeMS: BUDGET_MS,
      },
    )
    .toArray();
  const contacts = rows.map(({ contact }) => contact);
  const entries = await optOutsAmong(database, contacts, BUDGET_MS);
  const ledgers = grouped(entries, ({ contact }) => contact);
  return rows.filter(({ contact, start }) => {
    const first = start === null ? null : firstOptOut(ledgers.get(contact) ?? [], question, start);
    return isWithin(first, start, question.days);
  });
}

/** The batch size for deliveries, clicks and opt-outs. */
const SLICE = 5000;

/**
 * The outcome of one group: its people, those who did it (`hits`), their total amount, and the sum of each person's
 * squared amount.
 */
export type RecipientOutcome = { group: string; people: number; hits: number; sum: number; squares: number };

/**
 * What the people of each group did within `days` after their message, or, for the holdout, after they would have
 * got one.
 */
export async function outcomesOf(
  database: Database,
  question: OutcomeQuestion,
  slice = SLICE,
): Promise<RecipientOutcome[]> {
  const groups = await deliveries(database)
    .aggregate<{ _id: string; people: number }>(
      [
        { $match: { campaign: question.campaign, ...counted(question) } },
        { $group: { _id: GROUP, people: { $sum: 1 } } },
        { $sort: { _id: 1 } },
      ],
      { hint: OF_CAMPAIGN, maxTimeMS: BUDGET_MS },
    )
    .toArray();
  const hits = await hitsOf(database, question, slice);
  return groups.map(({ _id: group, people }) => {
    const found = hits.find((hits) => hits._id === group);
    return { group, people, hits: found?.hits ?? 0, sum: found?.sum ?? 0, squares: found?.squares ?? 0 };
  });
}

/** Outcomes that are not events and are counted separately. */
const COUNTED_APART = { click: clickersOf, reply: repliesOf, 'opt-out': optOutsOf };

async function hitsOf(database: Database, question: OutcomeQuestion, slice: number): Promise<Hits[]> {
  const { by } = question;
  if (by !== 'click' && by !== 'reply' && by !== 'opt-out') return eventsOf(database, question);
  const counts = await COUNTED_APART[by](database, question, slice);
  return [...counts].map(([_id, hits]) => ({ _id, hits, sum: 0, squares: 0 }));
}

/** Reads batch by batch in contact order, which stays the same when a delivery's state changes meanwhile. */
async function repliesOf(
  database: Database,
  question: OutcomeQuestion,
  slice: number,
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (let after: string | null = null; ; ) {
    const rows = await rowsAfter(database, question, { after, slice });
    for (const { group } of await answeredWithin(database, question, rows)) {
      counts.set(group, (counts.get(group) ?? 0) + 1);
    }
    after = rows.at(-1)?.contact ?? null;
    if (rows.length < slice || after === null) break;
  }
  return counts;
}

function rowsAfter(
  database: Database,
  question: OutcomeQuestion,
  { after, slice }: { after: string | null; slice: number },
): Promise<CountedRecipient[]> {
  const rest = after === null ? {} : { contact: { $gt: after } };
  return deliveries(database)
    .find<CountedRecipient>(
      { campaign: question.campaign, ...rest, ...counted(question) },
      {
        projection: { _id: 0, contact: 1, group: GROUP, start: START },
        hint: deliveries.hint('campaign-contact'),
        maxTimeMS: BUDGET_MS,
      },
    )
    .sort({ contact: 1 })
    .limit(slice)
    .toArray();
}

/**
 * Any text except an opt-out counts as an answer. Texts of the holdout count, too, or that group could only lose.
 */
async function answeredWithin(
  database: Database,
  question: OutcomeQuestion,
  rows: readonly CountedRecipient[],
): Promise<CountedRecipient[]> {
  const texts = await inbound(database)
    .find(
      {
        contact: { $in: rows.map(({ contact }) => contact) },
        receivedAt: { $gte: question.since, $lte: lastOf(question) },
        'reading.kind': { $nin: ['stop-all', 'stop-some'] },
      },
      {
        projection: { _id: 0, contact: 1, receivedAt: 1 },
        hint: inbound.hint('of-contact'),
        maxTimeMS: BUDGET_MS,
      },
    )
    .toArray();
  const times = grouped(texts, ({ contact }) => contact ?? '');
  return rows.filter(({ contact, start }) =>
    times.get(contact)?.some(({ receivedAt }) => isWithin(receivedAt, start, question.days)),
  );
}
