import type { Document } from 'mongodb';
import { LIKELY_SCORE } from '../../domain/merging/likeness.ts';
import type { Subject } from '../../domain/quality/alarm.ts';
import { readMark } from '../marks.ts';
import type { Store } from '../store.ts';

/** That everybody was compared once. */
export const DUPLICATES_KNOWN = 'duplicates known';

/** Longest that counting may take, ms: a job of the night makes it. */
const PASS_MS = 300_000;

/** People who are in an open pair that is likely one person. */
const LIKELY: readonly Document[] = [
  { $match: { state: 'open', score: { $gte: LIKELY_SCORE } } },
  { $unwind: '$contacts' },
  { $group: { _id: '$contacts' } },
  { $lookup: { from: 'contacts', localField: '_id', foreignField: '_id', as: 'of' } },
  { $unwind: '$of' },
  { $match: { 'of.current': true, 'of.sealed': { $ne: null } } },
];

const BY: Record<Subject['kind'], readonly Document[]> = {
  program: [
    { $unwind: '$of.subscriptions' },
    { $match: { 'of.subscriptions.state': 'subscribed' } },
    { $group: { _id: '$of.subscriptions.program', people: { $sum: 1 } } },
  ],
  source: [
    { $match: { 'of.source': { $exists: true } } },
    { $group: { _id: '$of.source', people: { $sum: 1 } } },
  ],
};

/** How many people of each program, or source, seem to be here twice; null until everybody was compared once. */
export async function countDuplicates(
  store: Store,
  kind: Subject['kind'],
): Promise<ReadonlyMap<string, number> | null> {
  if ((await readMark(store, DUPLICATES_KNOWN)) === null) return null;
  const rows = await store.mergeCandidates
    .aggregate<{ _id: string; people: number }>([...LIKELY, ...BY[kind]], { maxTimeMS: PASS_MS })
    .toArray();
  return new Map(rows.map(({ _id, people }) => [_id, people]));
}
