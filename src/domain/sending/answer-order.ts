import type { MessageClass } from './lanes.ts';

/**
 * The clocks of two processes may differ by this much, ms. A reply is due earlier by it, so that no reply waits for a
 * clock that is behind.
 */
const SKEW_MS = 2000;

/** When a reply is due: at once, in its place among the replies to one text. `since`: when the text came. */
export const replyDueAt = (since: Date, place: number): Date => new Date(since.getTime() - SKEW_MS + place);

/** Longest time that an answer waits for an earlier one to the same person, ms. */
export const ORDER_WAIT_MS = 5000;

/** The fields of an answer that decide its order among the answers to one person. */
type Answer = {
  class: MessageClass;
  /** Revision of the contact under which its text was written. Later texts have higher revisions. */
  rev: number;
  /** Place among the replies to one text. */
  place: number;
  createdAt: Date;
};

/**
 * Whether an answer waits for earlier ones to the same person that may still be sent, so that they arrive in order.
 * The confirmation of an opt-out never waits.
 */
export function mustWait(
  answer: Answer,
  others: readonly Pick<Answer, 'rev' | 'place'>[],
  now: Date,
): boolean {
  if (answer.class === 'opt-out-confirmation') return false;
  if (now.getTime() - answer.createdAt.getTime() > ORDER_WAIT_MS) return false;
  return others.some((other) => isBefore(other, answer));
}

const isBefore = (first: Pick<Answer, 'rev' | 'place'>, second: Pick<Answer, 'rev' | 'place'>): boolean =>
  first.rev < second.rev || (first.rev === second.rev && first.place < second.place);
