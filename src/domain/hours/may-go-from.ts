import type { MessageClass } from '../sending/classes.ts';
import { mayTextAt } from './may-text-at.ts';
import type { Whereabouts } from './zones-of-person.ts';

/**
 * When a message that is due may go at the earliest, by every rule on hours that may bind; when it is due where no moment
 * of the next days suits them all. `spareMs`: as of `mayTextAt`. RangeError where no rule binds a marketing message.
 */
export function mayGoFrom(of: MessageClass, where: Whereabouts, due: Date, spareMs: number): Date {
  const verdict = mayTextAt(of, where, due, spareMs);
  return verdict.kind === 'held' ? verdict.next : due;
}
