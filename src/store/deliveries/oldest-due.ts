import { type LaneKind, laneKind } from '../../domain/sending/lanes.ts';
import type { Store } from '../store.ts';
import { QUEUE } from './deliveries.ts';
import { findDueLanes } from './due.ts';

export type OldestDue = Record<LaneKind, Date | null>;

const BUDGET_MS = 1000;

/** Since when what is due at some senders has been; null where nothing is. One look at the index for each lane. */
export async function oldestDue(store: Store, senders: readonly string[], now: Date): Promise<OldestDue> {
  const oldest: OldestDue = { answers: null, orders: null, offers: null };
  for (const sender of senders) {
    for (const lane of await findDueLanes(store, sender, now)) {
      const row = await store.deliveries.findOne(
        { sender, lane, state: 'planned', dueAt: { $lte: now } },
        {
          sort: { dueAt: 1 },
          projection: { _id: 0, dueAt: 1, createdAt: 1 },
          hint: QUEUE,
          maxTimeMS: BUDGET_MS,
        },
      );
      if (row === null) continue;
      const kind = laneKind(lane);
      // What answers a text from a spool is due since that came, and can leave only since it is here.
      const since = new Date(Math.max(row.createdAt.getTime(), row.dueAt.getTime()));
      if (oldest[kind] === null || since < oldest[kind]) oldest[kind] = since;
    }
  }
  return oldest;
}
