import { HOUR_MS } from '../durations.ts';

/** Ms. */
const AGAIN = { least: 60_000, most: HOUR_MS };

/**
 * When a message whose keys could not be opened is looked at again: after as long as it has waited, within bounds. Where
 * its key came back it goes soon; where none ever does it is looked at, and told of, once an hour.
 */
export function readAgainAt(createdAt: Date, now: Date): Date {
  const waited = now.getTime() - createdAt.getTime();
  return new Date(now.getTime() + Math.min(AGAIN.most, Math.max(AGAIN.least, waited)));
}
