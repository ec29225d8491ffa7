import type { Document } from 'mongodb';
import { DAY_MS } from '../../domain/durations.ts';
import { BUDGET_MS, counted, GROUP, lastOf, type Question, START } from '../deliveries/outcome-rows.ts';
import type { Store } from '../store.ts';

/** Of one group: those who did it, and what it was worth to them, with the sum of squares of a person's. */
export type Hits = { _id: string; hits: number; sum: number; squares: number };

/** An event that is told so long after the last day that counts does not count, ms: a month's sales may come in one list. */
const TOLD_LATE_MS = 30 * DAY_MS;

/**
 * What was done in the days that count, by group. From the events to the rows: there are fewer of them. By coupon the
 * row is that of the code, whoever told it to us; else that of whom the event is of.
 */
export function eventsOf(store: Store, question: Question): Promise<Hits[]> {
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
  const hint = via === 'coupon' ? { hint: 'by-coupon' } : {};
  return store.events.aggregate<Hits>(stages, { ...hint, maxTimeMS: BUDGET_MS }).toArray();
}

/** What was done since came since: journeys' index leads to it. */
function done(question: Question): Document {
  const { by, since } = question;
  const last = lastOf(question);
  const told = { $gte: since, $lte: new Date(last.getTime() + TOLD_LATE_MS) };
  return { type: by, receivedAt: told, at: { $gte: since, $lte: last } };
}

const OF_PERSON = { from: 'deliveries', localField: 'contact', foreignField: 'contact' };
const OF_CODE = { from: 'deliveries', localField: 'coupon.delivery', foreignField: '_id' };

/** The campaign is named for its index; the id of a code's delivery leads to it alone. */
const rowsOf = (question: Question): Document[] => [
  { $match: { ...(question.via === 'coupon' ? {} : { campaign: question.campaign }), ...counted(question) } },
  { $project: { group: GROUP, start: START } },
];

/** When the person of the row first opened a link of it; rows of which nobody did are dropped. */
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

/** Who only gave back did not do it. */
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
