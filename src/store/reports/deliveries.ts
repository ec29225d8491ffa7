import type { Document } from 'mongodb';
import { HOUR_MS } from '../../domain/durations.ts';
import { numberCodes } from '../../domain/quality/number-codes.ts';
import { type Counted, STEPS_A_DOUBLING } from '../../domain/reports/tally.ts';
import { HANDED_OVER, WAS_HANDED_OVER } from '../deliveries/handed-over.ts';
import { readClassedCodes } from '../senders/error-classes.ts';
import { readIncidents } from '../senders/incidents.ts';
import type { Store } from '../store.ts';
import { QUARTER, REPORT_MS } from './removals.ts';

/**
 * What messages are told apart by. `error`: of those that failed alone; `bounce`: by source, of those that failed for
 * their number and in no incident.
 */
export const GROUPINGS = [
  'program',
  'sender',
  'hour',
  'campaign',
  'carrier',
  'source',
  'error',
  'bounce',
] as const;
export type Grouping = (typeof GROUPINGS)[number];

/** Of one program: messages that were handed over, or may have been, from a moment until before another. */
export type Span = { program: string; from: Date; to: Date };

const KEYS: Record<Grouping, Document | string> = {
  program: '$program',
  sender: '$sender',
  // A quarter of an hour in UTC: whose hour it is, is told by our own rules on zones.
  hour: { $toString: { $dateTrunc: { date: { $ifNull: ['$decision.at', '$leaseUntil'] }, ...QUARTER } } },
  campaign: { $ifNull: ['$campaign', ''] },
  carrier: { $ifNull: [{ $first: '$holder.carrier' }, ''] },
  source: { $ifNull: [{ $first: '$holder.source' }, ''] },
  bounce: { $ifNull: [{ $first: '$holder.source' }, ''] },
  error: { $ifNull: ['$error', ''] },
};

const OF_HOLDER: Document = {
  $lookup: {
    from: 'contacts',
    localField: 'contact',
    foreignField: '_id',
    pipeline: [{ $project: { _id: 0, source: 1, carrier: '$verified.carrier' } }],
    as: 'holder',
  },
};

const FAILED: Document = { $match: { state: { $in: ['failed', 'undelivered'] } } };

const STAGES: Record<Grouping, Document[]> = {
  program: [],
  sender: [],
  hour: [],
  campaign: [],
  carrier: [OF_HOLDER],
  source: [OF_HOLDER],
  error: [FAILED],
  bounce: [FAILED, OF_HOLDER],
};

/** Time from the carrier's taking it to its last word, s: never less than one. */
const SECONDS = { $max: [1, { $divide: [{ $subtract: ['$finalAt', '$acceptedAt'] }, 1000] }] };
const IS_TIMED = {
  $and: [{ $eq: ['$state', 'delivered'] }, { $gt: ['$finalAt', null] }, { $gt: ['$acceptedAt', null] }],
};
const STEP = {
  $cond: [IS_TIMED, { $floor: { $multiply: [STEPS_A_DOUBLING, { $log: [SECONDS, 2] }] } }, null],
};

/** Messages of a span by one thing, what became of them and how long it took. `ms`: longest that it may take. */
export async function countDeliveries(
  store: Store,
  span: Span,
  by: Grouping,
  ms = REPORT_MS,
): Promise<Counted[]> {
  return store.deliveries
    .aggregate<Counted>(
      [
        { $match: handedOver(span) },
        ...(by === 'bounce' ? await ofNumbers(store, span) : []),
        ...STAGES[by],
        { $group: { _id: { key: KEYS[by], state: '$state', step: STEP }, count: { $sum: 1 } } },
        { $replaceWith: { $mergeObjects: ['$_id', { count: '$count' }] } },
      ],
      { hint: HANDED_OVER, maxTimeMS: ms },
    )
    .toArray();
}

async function ofNumbers(store: Store, span: Span): Promise<Document[]> {
  const error = { $in: numberCodes(await readClassedCodes(store)) };
  return [{ $match: { error } }, ...(await withoutIncidents(store, span))];
}

/** What failed in an incident that nobody dismissed says nothing of numbers. */
async function withoutIncidents(store: Store, { from, to }: Span): Promise<Document[]> {
  const earliest = new Date(from.getTime() - HOUR_MS);
  const hours = await readIncidents(store, { from: earliest, to });
  const $nor = hours.flatMap(({ key, hour, codes, dismissed }): Document[] => {
    if (dismissed !== undefined) return [];
    const [field = '', ...name] = key.split(' ');
    const during = { $gte: hour, $lt: new Date(hour.getTime() + HOUR_MS) };
    const error = { $in: codes.map(({ code }) => code) };
    return [{ 'decision.at': during, [field]: name.join(' '), error }];
  });
  return $nor.length === 0 ? [] : [{ $match: { $nor } }];
}

/** A row whose process died before it could write its decision is dated by its lease. */
function handedOver({ program, from, to }: Span): Document {
  const during = { $gte: from, $lt: to };
  return {
    program,
    ...WAS_HANDED_OVER,
    $or: [{ 'decision.at': during }, { 'decision.at': null, leaseUntil: during }],
  };
}
