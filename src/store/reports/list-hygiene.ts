import {
  CARRIER_KINDS,
  type CleanCount,
  HYGIENE_KINDS,
  type HygieneKind,
} from '../../domain/reports/list-hygiene.ts';
import type { Database } from '../collection.ts';
import { BY_HYGIENE, type ConsentEventDoc, consentEvents, OF_CARRIER } from '../consent/consent-events.ts';

import { QUARTER, REPORT_MS } from './limits.ts';

const LEAVES: readonly HygieneKind[] = ['number-suppressed', 'ended'];

/**
 * An opt-out that spares later confirmations has an entry for each program that it ended. It is one act and counts
 * once.
 */
const ONCE_AN_ACT = [
  {
    $group: {
      _id: { contact: '$contact', kind: '$kind', reason: '$reason', recordedAt: '$recordedAt' },
      scope: { $first: '$scope' },
    },
  },
  { $replaceWith: { $mergeObjects: ['$_id', { scope: '$scope' }] } },
];

/**
 * What list clean-up wrote, and what delivery reports caused, each with its partial index: a query for less would
 * not use the index. Acts of people also write the carrier's kinds of entries.
 */
const SOURCES = [
  {
    all: { kind: { $in: [...HYGIENE_KINDS] } },
    leaves: { kind: { $in: [...LEAVES] } },
    hint: BY_HYGIENE,
    acts: [],
  },
  {
    all: { actor: 'carrier' },
    leaves: { kind: { $in: [...CARRIER_KINDS] } },
    hint: OF_CARRIER,
    acts: ONCE_AN_ACT,
  },
] as const;
type Source = (typeof SOURCES)[number];
type Counted = Omit<CleanCount, 'day'> & { at: Date };

/**
 * Entries of a time span by kind, reason, whether they concern one sender, and the quarter of an hour in which they
 * were written.
 */
export async function countHygiene(
  database: Database,
  span: { from: Date; to: Date },
  ms = REPORT_MS,
): Promise<Counted[]> {
  return (await Promise.all(SOURCES.map((source) => countOf(database, source, { ...span, ms })))).flat();
}

async function countOf(
  database: Database,
  { all, hint, acts }: Source,
  { from, to, ms }: { from: Date; to: Date; ms: number },
): Promise<Counted[]> {
  const at = { $dateTrunc: { date: '$recordedAt', ...QUARTER } };
  const ofSender = { $regexMatch: { input: { $ifNull: ['$scope', ''] }, regex: '^sender:' } };
  return consentEvents(database)
    .aggregate<Counted>(
      [
        { $match: { ...all, recordedAt: { $gte: from, $lt: to } } },
        ...acts,
        { $group: { _id: { at, kind: '$kind', reason: '$reason', ofSender }, count: { $sum: 1 } } },
        { $replaceWith: { $mergeObjects: ['$_id', { count: '$count' }] } },
      ],
      { hint, maxTimeMS: ms },
    )
    .toArray();
}

/** An entry with its position in the list of all removals. */
export type Removal = ConsentEventDoc & { place: RemovalPlace };
export type RemovalPlace = { at: Date; id: string };

type Page = { from: Date; to: Date; after: RemovalPlace | null; limit: number };

/** One page of the entries by which numbers left the active list, oldest first, after the given position. */
export async function pageRemovals(database: Database, page: Page): Promise<Removal[]> {
  const found = await Promise.all(SOURCES.map((source) => pageOf(database, source, page)));
  return found.flat().sort(inOrder).slice(0, page.limit);
}

const inOrder = ({ place: a }: Removal, { place: b }: Removal): number =>
  a.at.getTime() - b.at.getTime() || (a.id < b.id ? -1 : 1);

async function pageOf(
  database: Database,
  { all, leaves, hint }: Source,
  { from, to, after, limit }: Page,
): Promise<Removal[]> {
  const later =
    after === null
      ? {}
      : {
          $or: [
            { recordedAt: { $gt: after.at } },
            { recordedAt: after.at, _id: { $gt: database.objectId(after.id) } },
          ],
        };
  const rows = await consentEvents(database)
    .find(
      { $and: [all, leaves, { recordedAt: { $gte: after?.at ?? from, $lt: to } }, later] },
      { hint, maxTimeMS: REPORT_MS },
    )
    .sort({ recordedAt: 1, _id: 1 })
    .limit(limit)
    .toArray();
  return rows.map(({ _id, ...row }) => ({ ...row, place: { at: row.recordedAt, id: String(_id) } }));
}
