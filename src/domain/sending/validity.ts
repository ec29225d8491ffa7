import { MINUTE_MS } from '../durations.ts';
import type { MessageClass } from './lanes.ts';
import { CONFIRM_WITHIN_MS } from './send-rules.ts';

/**
 * Longest that the carrier may hold marketing, ms: what it took cannot be called back, so this is how long after a STOP an
 * offer may still come. Many times what pacing lets wait there (5 s of a sender's traffic), so that a carrier which stands
 * still for a minute or two loses nothing; and far above the 5 s that it advises at least. A choice.
 * Source: Twilio Docs, "Create a Message", `ValidityPeriod` (1 to 36,000 s, 36,000 where nothing is said).
 */
export const MARKETING_HELD_MS = 3 * MINUTE_MS;

/** What ends the time in which a message is good. */
export type ValidityEnds = {
  class: MessageClass;
  /** Its own; null: none. */
  end: Date | null;
  /** End of the hours in which it may be sent; null where none bind it. */
  hoursEnd: Date | null;
  /** The text it answers; null where it answers none. */
  answers: { receivedAt: Date } | null;
};

/** Moment after which the carrier shall not deliver it either, where it is handed over now; null: it is always good. */
export function goodUntil({ class: of, end, hoursEnd, answers }: ValidityEnds, now: Date): Date | null {
  const held = of === 'marketing' ? after(now, MARKETING_HELD_MS) : null;
  const presumed =
    of === 'opt-out-confirmation' && answers !== null ? after(answers.receivedAt, CONFIRM_WITHIN_MS) : null;
  const ends = [end, hoursEnd, held, presumed].flatMap((one) => one?.getTime() ?? []);
  return ends.length === 0 ? null : new Date(Math.min(...ends));
}

const after = (from: Date, ms: number): Date => new Date(from.getTime() + ms);
