import type { Counted } from '../../domain/reports/tally.ts';
import { isTimeLimit } from '../../store/database-failure.ts';
import { countDeliveries, type Grouping, type Span } from '../../store/reports/deliveries.ts';
import type { Store } from '../../store/store.ts';

/** Parts are not halved below this, ms. */
const LEAST_MS = 60_000;

/**
 * The same as `countDeliveries`, for those who can wait: a span that takes the database too long is counted by halves,
 * whose groups stand beside each other in the answer. Rejects where a minute takes too long.
 */
export async function countInParts(store: Store, span: Span, by: Grouping): Promise<Counted[]> {
  try {
    return await countDeliveries(store, span, by);
  } catch (error) {
    const [from, to] = [span.from.getTime(), span.to.getTime()];
    if (!isTimeLimit(error) || to - from <= LEAST_MS) throw error;
    const middle = new Date(Math.floor((from + to) / 2));
    const first = await countInParts(store, { ...span, to: middle }, by);
    return [...first, ...(await countInParts(store, { ...span, from: middle }, by))];
  }
}
