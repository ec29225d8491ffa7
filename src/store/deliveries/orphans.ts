import type { Store } from '../store.ts';

const ENDED = { orphanAt: { $exists: true } };
const BUDGET_MS = 5000;

/** Orphans of one day in UTC, status and error. */
export type OrphanCount = { day: string; status: string; error: string | null; count: number };

/** Receipts that ended without a delivery, by the day on which they came. */
export async function countOrphans(store: Store): Promise<OrphanCount[]> {
  const day = { $dateToString: { date: '$at', format: '%Y-%m-%d' } };
  const stages = [
    { $match: ENDED },
    { $group: { _id: { day, status: '$status', error: '$error' }, count: { $sum: 1 } } },
    { $sort: { '_id.day': -1, '_id.status': 1, '_id.error': 1 } },
    { $project: { _id: 0, day: '$_id.day', status: '$_id.status', error: '$_id.error', count: 1 } },
  ];
  return store.receipts.aggregate<OrphanCount>(stages, { hint: 'orphans', maxTimeMS: BUDGET_MS }).toArray();
}

/** All that are kept. */
export async function orphansInAll(store: Store): Promise<number> {
  return store.receipts.countDocuments(ENDED, { hint: 'orphans', maxTimeMS: BUDGET_MS });
}

/** Receipts that still look for their delivery. */
export async function waitingReceipts(store: Store): Promise<number> {
  return store.receipts.countDocuments(
    { tryAt: { $gt: new Date(0) } },
    { hint: 'due', maxTimeMS: BUDGET_MS },
  );
}
