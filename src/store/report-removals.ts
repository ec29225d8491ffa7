import { HYGIENE_KINDS, type HygieneCount, type HygieneKind } from '../domain/reports/list-quality.ts';
import { BY_HYGIENE, type ConsentEventDoc } from './consent-events.ts';
import type { Store } from './store.ts';

/** Longest that one figure of a report may take in the database, ms. */
export const REPORT_MS = 20_000;

/** The index is partial on these kinds: a query for fewer of them would not use it. */
const OF_HYGIENE = { kind: { $in: [...HYGIENE_KINDS] } };
const read = { hint: BY_HYGIENE, maxTimeMS: REPORT_MS };

/** Every zone's midnight is one of these moments, so that days are told by our own rules on zones. */
export const QUARTER = { unit: 'minute', binSize: 15 } as const;

/** Entries of a time by kind, reason and the quarter of an hour in which they were written. */
export async function countHygiene(
  store: Store,
  { from, to }: { from: Date; to: Date },
): Promise<(Omit<HygieneCount, 'day'> & { at: Date })[]> {
  const at = { $dateTrunc: { date: '$recordedAt', ...QUARTER } };
  return store.consentEvents
    .aggregate<Omit<HygieneCount, 'day'> & { at: Date }>(
      [
        { $match: { ...OF_HYGIENE, recordedAt: { $gte: from, $lt: to } } },
        { $group: { _id: { at, kind: '$kind', reason: '$reason' }, count: { $sum: 1 } } },
        { $replaceWith: { $mergeObjects: ['$_id', { count: '$count' }] } },
      ],
      read,
    )
    .toArray();
}

/** An entry with its place in the list of all. */
export type Removal = ConsentEventDoc & { place: RemovalPlace };
export type RemovalPlace = { at: Date; id: string };

const LEAVES: readonly HygieneKind[] = ['number-suppressed', 'ended'];

/** One page of the entries by which numbers left the active list, oldest first, from behind the place given. */
export async function pageRemovals(
  store: Store,
  page: { from: Date; to: Date; after: RemovalPlace | null; limit: number },
): Promise<Removal[]> {
  const { from, to, after, limit } = page;
  const later =
    after === null
      ? {}
      : {
          $or: [
            { recordedAt: { $gt: after.at } },
            { recordedAt: after.at, _id: { $gt: store.objectId(after.id) } },
          ],
        };
  const rows = await store.consentEvents
    .find(
      {
        $and: [
          OF_HYGIENE,
          { kind: { $in: [...LEAVES] } },
          { recordedAt: { $gte: after?.at ?? from, $lt: to } },
          later,
        ],
      },
      read,
    )
    .sort({ recordedAt: 1, _id: 1 })
    .limit(limit)
    .toArray();
  return rows.map(({ _id, ...row }) => ({ ...row, place: { at: row.recordedAt, id: String(_id) } }));
}
