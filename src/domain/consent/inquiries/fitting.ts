import { fitsTwilio } from '../../text/parts.ts';
import type { Reply } from '../outcome.ts';

/** Messages that the carrier takes in one answer to a text; it drops the others. Source: Twilio Docs, error 14109. */
export const MOST_MESSAGES = 10;

/** Deals things out in their order to as few messages as hold them, by the text that some of them make. */
export function dealt<Item>(items: readonly Item[], text: (items: readonly Item[]) => string): Item[][] {
  const hands: Item[][] = [];
  for (const item of items) {
    const hand = hands.at(-1);
    if (hand !== undefined && fitsTwilio(text([...hand, item]))) hand.push(item);
    else hands.push([item]);
  }
  return hands;
}

/**
 * Replies as one answer may hold them: as they are, or, where there are too many, several to a message, each in its own
 * words. What is beyond ten full messages is left out here, for the carrier would drop it.
 */
export function withinAnswer(replies: readonly Reply[]): Reply[] {
  if (replies.length <= MOST_MESSAGES) return [...replies];
  const together = (some: readonly Reply[]): string => some.map(({ text }) => text).join('\n');
  return dealt(replies, together)
    .slice(0, MOST_MESSAGES)
    .flatMap(([first, ...others]) =>
      first === undefined ? [] : [{ ...first, text: together([first, ...others]) }],
    );
}
