import { MINUTE_MS } from '../durations.ts';
import type { MessageClass } from './lanes.ts';
import { CONFIRM_WITHIN_MS } from './send-rules.ts';

/**
 * Longest that the carrier may hold marketing, ms. A message at the carrier cannot be called back, so this is how
 * long after a STOP marketing may still arrive. The limit is many times the backlog that the rate limiter allows
 * there (5 s of a sender's traffic), so that a carrier that stalls for a minute or two loses nothing. It is far above
 * the 5 s that the carrier advises at least. Our choice. Source: Twilio Docs, "Create a Message", `ValidityPeriod` (1
 * to 36,000 s; default 36,000).
 */
export const MARKETING_HELD_MS = 3 * MINUTE_MS;

/** What limits the validity of a message. */
export type ValidityEnds = {
  class: MessageClass;
  /** The message's own end; null: none. */
  end: Date | null;
  /** End of the permitted hours; null where no hours apply. */
  hoursEnd: Date | null;
  /** The text that the message answers; null where it answers none. */
  answers: { receivedAt: Date } | null;
};

/** The moment after which the carrier must not deliver a message handed over now; null: the message is always valid. */
export function goodUntil(
  { class: messageClass, end, hoursEnd, answers }: ValidityEnds,
  now: Date,
): Date | null {
  const held = messageClass === 'marketing' ? after(now, MARKETING_HELD_MS) : null;
  const presumed =
    messageClass === 'opt-out-confirmation' && answers !== null
      ? after(answers.receivedAt, CONFIRM_WITHIN_MS)
      : null;
  const ends = [end, hoursEnd, held, presumed].flatMap((time) => time?.getTime() ?? []);
  return ends.length === 0 ? null : new Date(Math.min(...ends));
}

const after = (from: Date, ms: number): Date => new Date(from.getTime() + ms);
