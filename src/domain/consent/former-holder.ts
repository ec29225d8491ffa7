import { type EndReason, endConsent, programsBefore } from './ending.ts';
import type { EventDraft } from './outcome.ts';
import type { Person } from './person.ts';

/**
 * The person after the number was found to have left its holder: consent given before `until`, and questions put before
 * it, end; what came since is the new holder's. Null where nothing was open from before.
 * Source: CTIA Principles 5.1.5; 47 CFR 64.1200(m).
 */
export function endFormerHolder(
  before: Person,
  { until, reason, at }: { until: Date; reason: EndReason; at: Date },
): { person: Person; events: EventDraft[] } | null {
  return endConsent(before, { reason, at, programs: programsBefore(before, until) });
}
