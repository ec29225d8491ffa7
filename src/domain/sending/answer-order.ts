import type { MessageClass } from './lanes.ts';

/** Clocks of two processes may differ by so much, ms: no answer waits for a clock that is behind. */
const SKEW_MS = 2000;

/** From when on a reply may leave: at once, in its place among the replies to one text. `since`: when its text came. */
export const replyDueAt = (since: Date, place: number): Date => new Date(since.getTime() - SKEW_MS + place);

/** Longest time that an answer waits for an earlier one to the same person, ms. */
export const ORDER_WAIT_MS = 5000;

/** An answer as far as its turn among those to one person depends on it. */
type Answer = {
  class: MessageClass;
  /** Revision of the contact that its text was written as: later texts have higher ones. */
  rev: number;
  /** Among the replies to one text. */
  place: number;
  createdAt: Date;
};

/**
 * Whether an answer waits for earlier ones to the same person that may still leave, so that they arrive in order. The
 * confirmation of an opt-out waits for none.
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

const isBefore = (one: Pick<Answer, 'rev' | 'place'>, other: Pick<Answer, 'rev' | 'place'>): boolean =>
  one.rev < other.rev || (one.rev === other.rev && one.place < other.place);
