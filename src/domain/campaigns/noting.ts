import { HOUR_MS } from '../durations.ts';

/**
 * How long after the end of a campaign its messages are noted on the contacts, ms: at once, and again when late receipts
 * have told what became of them. Carriers report within 72 hours or never.
 */
const PASSES = [0, HOUR_MS, 24 * HOUR_MS, 73 * HOUR_MS] as const;

export const ALL_PASSES = PASSES.length;

/** Whether the next pass is due, after so many. */
export function isNotingDue(endedAt: Date, passes: number, now: Date): boolean {
  const after = PASSES[passes];
  return after !== undefined && now.getTime() >= endedAt.getTime() + after;
}
