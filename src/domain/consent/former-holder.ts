import { type EndReason, endConsent } from './ending.ts';
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
  const kept = before.subscriptions.filter(
    (one) => one.state === 'subscribed' && (one.basis?.at ?? one.since) >= until,
  );
  const old = before.subscriptions.filter((one) => one.state === 'subscribed' && !kept.includes(one));
  const asked = before.prompts.filter((one) => one.state === 'open' && one.issuedAt < until);
  const programs = [...old, ...asked].map(({ program }) => program);
  const ending = programs.filter((program) => !kept.some((one) => one.program === program));
  return endConsent(before, { reason, at, programs: ending });
}
