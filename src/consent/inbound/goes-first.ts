import type { Desk } from '../desk.ts';
import { type InboundMessage, readingOf, toOneOfOurs } from './message.ts';

/**
 * Whether a text is taken before all others that nobody was there for: an opt-out of everything. What is older than it does
 * nothing then, and no question to a JOIN from before it leaves. False where the text cannot be read: that fails, and is told,
 * where it is taken in.
 */
export function goesFirst({ catalog }: Desk, message: InboundMessage): boolean {
  const current = catalog.current();
  try {
    return readingOf(toOneOfOurs(message, current), current).kind === 'stop-all';
  } catch {
    return false;
  }
}
