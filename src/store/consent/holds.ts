import type { Store } from '../store.ts';
import type { SuppressionDoc } from './suppressions.ts';

/** A row of the kind `hold`, with its id. */
export type HoldRow = SuppressionDoc & { _id: string };

/** Where a page of holds goes on: behind the row of this end and id. */
export type HoldPlace = { until: Date; id: string };

/** Holds that await a decision, those whose timer ends first in front. A hold that is over keeps no `until`. */
export async function pageHolds(store: Store, after: HoldPlace | null, limit: number): Promise<HoldRow[]> {
  const rest =
    after === null
      ? { until: { $gt: new Date(0) } }
      : {
          until: { $gte: after.until },
          $or: [{ until: { $gt: after.until } }, { _id: { $gt: store.objectId(after.id) } }],
        };
  const rows = await store.suppressions
    .find({ kind: 'hold', ...rest })
    .sort({ until: 1, _id: 1 })
    .limit(limit)
    .toArray();
  return rows.map((row) => ({ ...row, _id: String(row._id) }));
}

export async function findHold(store: Store, id: string): Promise<HoldRow | null> {
  const filter = { _id: store.objectId(id), kind: 'hold' as const };
  const row = await store.suppressions.findOne(filter);
  return row === null ? null : { ...row, _id: id };
}
