import { type ConsentEndReason, endConsent, programsBefore } from './ending.ts';
import type { Act, EventDraft } from './outcome.ts';
import { isOpen, type Person } from './person.ts';
import type { Suppression } from './suppression.ts';

/**
 * The person after the number was found to have left its holder: consent given before `until`, and questions put before
 * it, end; what came since is the new holder's. Null where nothing was open from before.
 * Source: CTIA Principles 5.1.5; 47 CFR 64.1200(m).
 */
export function endFormerHolder(
  before: Person,
  { until, reason, at }: { until: Date; reason: ConsentEndReason; at: Date },
): { person: Person; events: EventDraft[] } | null {
  return endConsent(before, { reason, at, programs: programsBefore(before, until) });
}

/**
 * Whether a text begins with a new holder of the number: it was said to be the wrong one, and now somebody asks to join
 * from it. Name, profile and other numbers of the person before are not theirs. False where something is open, or the text
 * is from before an opt-out: that is still about the one before.
 */
export function beginsNewHolder(
  { wrongNumberAt = null, lastOptOutAt, subscriptions }: Person,
  { reading, receivedAt }: Pick<Act, 'reading' | 'receivedAt'>,
): boolean {
  const asks = reading.kind === 'join' || reading.kind === 'start';
  if (!asks || wrongNumberAt === null || receivedAt <= wrongNumberAt) return false;
  if (lastOptOutAt !== null && receivedAt <= lastOptOutAt) return false;
  return !subscriptions.some(isOpen);
}

/**
 * What a holder had opted out of as the number leaves them: it goes on binding their other numbers, and what the next
 * holder says changes nothing of it. Words that nobody had decided about count as an opt-out, as they would have in the end.
 * Undefined where they never opted out: rows of the number are then of somebody before them.
 */
export function lastWordOf({
  suppressions,
  lastOptOutAt,
}: Pick<Person, 'suppressions' | 'lastOptOutAt'>): Suppression[] | undefined {
  if (lastOptOutAt === null) return undefined;
  const own = suppressions.filter(({ kind }) => kind === 'opt-out' || kind === 'hold');
  return own.map((row) => ({ ...row, kind: 'opt-out', until: null }));
}
