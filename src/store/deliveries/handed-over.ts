import { OUTCOMES } from '../../domain/reports/tally.ts';

/** The index that reports read deliveries by: program and time of the decision. */
export const HANDED_OVER = 'handed-over';

/**
 * What was handed over, or may have been, and answers no text. Answers are not counted: whoever has just texted is
 * reached, and a text that comes in pays nothing for the index. A row comes into it when the carrier takes it, and no
 * receipt moves it.
 */
export const WAS_HANDED_OVER = { answers: { $type: 'null' as const }, state: { $in: [...OUTCOMES] } };
