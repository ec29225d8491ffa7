import { endConsent } from './ending.ts';
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
  const kept = before.subscriptions.filter(
    (one) => one.state === 'subscribed' && (one.basis?.at ?? one.since) >= day,
  );
  const old = before.subscriptions.filter((one) => one.state === 'subscribed' && !kept.includes(one));
  const asked = before.prompts.filter((one) => one.state === 'open' && one.issuedAt < day);
  const programs = [...old, ...asked].map(({ program }) => program);
  const ending = programs.filter((program) => !kept.some((one) => one.program === program));
  return endConsent(before, { reason: 'deactivated', at, programs: ending });
}
