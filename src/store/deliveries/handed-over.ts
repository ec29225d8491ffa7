import { OUTCOMES } from '../../domain/reports/tally.ts';
import type { Store } from '../store.ts';

/** The index that reports read deliveries by: program and time of the decision. */
export const HANDED_OVER = 'handed-over';

/**
 * What was handed over, or may have been, and answers no text. Answers are not counted: whoever has just texted is
 * reached, and a text that comes in pays nothing for the index. A row comes into it when the carrier takes it, and no
 * receipt moves it.
 */
export const WAS_HANDED_OVER = { answers: { $type: 'null' as const }, state: { $in: [...OUTCOMES] } };

/** One key of the index is read; whoever asks the API for a report waits for it, ms. */
const FIRST_MS = 20_000;

/** When the first message of some programs left, from a moment until before another; null where none did. */
export async function firstHandedOver(
  store: Store,
  programs: readonly string[],
  { from, to }: { from: Date; to: Date },
): Promise<Date | null> {
  const first = await store.deliveries
    .find<{ decision: { at: Date } }>(
      { program: { $in: [...programs] }, ...WAS_HANDED_OVER, 'decision.at': { $gte: from, $lt: to } },
      { projection: { 'decision.at': 1 }, hint: HANDED_OVER, maxTimeMS: FIRST_MS },
    )
    .sort({ 'decision.at': 1 })
    .limit(1)
    .next();
  return first?.decision.at ?? null;
}
