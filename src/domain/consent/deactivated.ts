import { endConsent, programsBefore } from './ending.ts';
import type { EventDraft } from './outcome.ts';
import type { Person } from './person.ts';

/**
 * The person after a carrier listed the number as disconnected on a day (its first moment in UTC, which is before that
 * day anywhere it was): consent given before it, and questions put before it, end; what came since is the new holder's.
 * Null where nothing was open from before. Source: CTIA Principles 5.1.5.
 */
export function endDeactivated(
  before: Person,
  { day, at }: { day: Date; at: Date },
): { person: Person; events: EventDraft[] } | null {
  return endConsent(before, { reason: 'deactivated', at, programs: programsBefore(before, day) });
}
