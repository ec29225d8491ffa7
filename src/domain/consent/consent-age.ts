import { DAY_MS } from '../durations.ts';
import type { Program, Purpose } from '../program.ts';
import type { Subscription } from './consent-state.ts';

/** How old consent to marketing grows where a program says nothing, and how long before that it is asked for anew. */
export const CONSENT_AGE = { months: 18, askDays: 30 } as const;

const SHORTEST_MONTH_DAYS = 28;

/** Most days before it lapses at which consent of so many months may be asked for: with more, who just said YES would be asked. */
export const mostAskDays = (months: number): number => months * SHORTEST_MONTH_DAYS - 1;

/** The age that a program sets, or the usual one. */
export const consentAgeOf = ({ consentAge = CONSENT_AGE }: Pick<Program, 'consentAge'>) => consentAge;

/** Topics of marketing that are on. */
export function marketingOn({ topics }: Pick<Subscription, 'topics'>, program: Program): string[] {
  return program.topics
    .filter(({ id, purpose }) => purpose === 'marketing' && topics.includes(id))
    .map(({ id }) => id);
}

/**
 * When consent to marketing lapses unless it is confirmed anew; null: it does not, for no topic of marketing is on. It
 * counts from its last confirmation. No law sets an age; 18 months is how long an established business relationship
 * lasts after a purchase (47 CFR 64.1200(f)(5)).
 */
export function lapsesAt(subscription: Subscription, program: Program): Date | null {
  const { state, purposes } = subscription;
  if (state !== 'subscribed' || !purposes.includes('marketing')) return null;
  return marketingOn(subscription, program).length === 0 ? null : agedAt(subscription, program);
}

const agedAt = ({ basis, since }: Subscription, program: Program): Date =>
  monthsAfter(basis?.at ?? since, consentAgeOf(program).months);

/** Whether a topic of this purpose may be turned on without a question; for marketing, while the consent to it is young. */
export function agreesTo(subscription: Subscription, program: Program, purpose: Purpose, now: Date): boolean {
  const { state, purposes } = subscription;
  if (state !== 'subscribed' || !purposes.includes(purpose)) return false;
  return purpose !== 'marketing' || agedAt(subscription, program) > now;
}

/** Marketing may not rest on it any more, whether or not it was ended by then. */
export function isLapsed(subscription: Subscription, program: Program, now: Date): boolean {
  const at = lapsesAt(subscription, program);
  return at !== null && at <= now;
}

/** What consent of this age calls for now. */
export function ageingOf(subscription: Subscription, program: Program, now: Date): 'ask' | 'lapse' | null {
  const at = lapsesAt(subscription, program);
  if (at === null) return null;
  if (at <= now) return 'lapse';
  const { askDays } = consentAgeOf(program);
  const due = askDays > 0 && now.getTime() >= at.getTime() - askDays * DAY_MS;
  return due && subscription.renewalAskedAt === undefined ? 'ask' : null;
}

/** Calendar months on, the same time of day in UTC; the last day of a shorter month. */
export function monthsAfter(date: Date, months: number): Date {
  const moved = new Date(date);
  moved.setUTCDate(1);
  moved.setUTCMonth(moved.getUTCMonth() + months);
  const last = new Date(Date.UTC(moved.getUTCFullYear(), moved.getUTCMonth() + 1, 0)).getUTCDate();
  moved.setUTCDate(Math.min(date.getUTCDate(), last));
  return moved;
}
