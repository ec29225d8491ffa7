import { type Lane, laneOf } from '../../domain/sending/lanes.ts';
import { QUEUE } from '../deliveries/deliveries.ts';
import { closedJourneyLanes } from '../journeys/run-moves.ts';
import type { Store } from '../store.ts';
import { closedLanes } from './plan.ts';

/** Messages of other lanes are counted up to so many. */
const MOST_FIRST = 100_000;
/** Rows of which the parts are read. */
const SAMPLE = 500;
const BUDGET_MS = 5000;

const planned = (sender: string) => ({ sender, state: 'planned' as const });
const counted = { hint: QUEUE, maxTimeMS: BUDGET_MS };

/** What of a campaign waits for one number, and what goes before it or takes turns with it; keys of one index. */
export async function readQueue(store: Store, sender: string, campaign: string, now: Date) {
  const lane = laneOf('marketing', campaign);
  const mine = { ...planned(sender), lane };
  const own = await store.deliveries.countDocuments(mine, counted);
  if (own === 0) return { own, later: 0, latest: null, parts: 1, others: 0 };
  const later = await store.deliveries.countDocuments({ ...mine, dueAt: { $gt: now } }, counted);
  const rows = await store.deliveries
    .find(mine, { projection: { parts: 1, dueAt: 1 }, ...counted })
    .sort({ sender: -1, lane: -1, dueAt: -1 })
    .limit(SAMPLE)
    .toArray();
  const parts = rows.reduce((sum, row) => sum + row.parts, 0) / Math.max(1, rows.length);
  const shut = new Set([...(await closedLanes(store)), ...(await closedJourneyLanes(store))]);
  let others = 0;
  for (const other of await lanesOf(store, sender)) {
    // Lanes of one digit take turns: of each no more goes beside it than it has itself.
    const limit = other.startsWith('2-') ? own : MOST_FIRST;
    if (other !== lane && !shut.has(other)) {
      others += await store.deliveries.countDocuments(
        { ...planned(sender), lane: other, dueAt: { $lte: now } },
        { ...counted, limit },
      );
    }
  }
  return { own, later, latest: later > 0 ? (rows[0]?.dueAt ?? null) : null, parts, others };
}

async function lanesOf(store: Store, sender: string): Promise<Lane[]> {
  const lanes: Lane[] = [];
  for (;;) {
    const last = lanes.at(-1);
    const row = await store.deliveries.findOne(
      { ...planned(sender), ...(last === undefined ? {} : { lane: { $gt: last } }) },
      { sort: { lane: 1 }, projection: { _id: 0, lane: 1 }, ...counted },
    );
    if (row === null) return lanes;
    lanes.push(row.lane);
  }
}
