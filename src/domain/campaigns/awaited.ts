import { DAY_MS } from '../durations.ts';
import { later } from './when.ts';

/** What of a campaign decides how long the messages of its test are waited for. */
export type TestFlight = {
  start: Date;
  /** When it was started, or last resumed. */
  flownSince: Date;
  spreadMs: number;
};

/**
 * Messages of a test that are due later than this are not waited for before its winner is chosen. Within a day after
 * the spread hours have come that suit, and a carrier's next day has begun; what is put off for longer may be put off
 * without end, and everybody else would wait with it.
 */
export function awaitedUntil({ start, flownSince, spreadMs }: TestFlight): Date {
  return new Date(later(start, flownSince).getTime() + spreadMs + DAY_MS);
}
