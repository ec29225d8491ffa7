import { type DeliveryDoc, OF_CAMPAIGN } from '../../../src/store/deliveries/delivery.ts';
import type { Store } from '../../../src/store/store.ts';

/** Rows of one insert, as many as a slice of a plan has, and of the floor in all. */
const SLICE = 500;
const ROWS = 20_000;

const SCRATCH = 'bench-floor';

/**
 * Rows a second where nothing is read, decided, merged or sealed: finished rows of a campaign, inserted one slice
 * after the other into a collection with the same indexes.
 */
export async function planFloor(store: Store, campaign: string): Promise<number> {
  const scratch = store.db.collection<DeliveryDoc>(SCRATCH, {
    writeConcern: { w: 'majority', journal: true },
  });
  const rows = await store.deliveries.find({ campaign }).hint(OF_CAMPAIGN).limit(ROWS).toArray();
  await scratch.drop().catch(() => undefined);
  for (const { key, name = '_id_', partialFilterExpression } of await store.deliveries.indexes()) {
    if (name === '_id_') continue;
    const partial = partialFilterExpression === undefined ? {} : { partialFilterExpression };
    await scratch.createIndex(key, { name, ...partial });
  }
  // As a planner writes them.
  const planned = rows.map((row): DeliveryDoc => ({ ...row, state: 'planned', open: true }));
  const began = performance.now();
  for (let from = 0; from < planned.length; from += SLICE)
    await scratch.insertMany(planned.slice(from, from + SLICE), { ordered: false });
  const ms = performance.now() - began;
  await scratch.drop();
  return (planned.length * 1000) / ms;
}
