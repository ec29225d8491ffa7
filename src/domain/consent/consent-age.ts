import { DAY_MS } from '../durations.ts';
import type { Program, Purpose } from '../program.ts';
import type { Subscription } from './consent-state.ts';

/**
 * Defaults for a program that sets none: months after which consent to marketing lapses, and days before that to send
 * a renewal prompt.
 */
export const CONSENT_AGE = { months: 18, askDays: 30 } as const;

const SHORTEST_MONTH_DAYS = 28;

/** Maximum `askDays` for this many months. With more, a person who has just said YES would be asked again. */
export const mostAskDays = (months: number): number => months * SHORTEST_MONTH_DAYS - 1;

/** The consent age of a program, or the default. */
export const consentAgeOf = ({ consentAge = CONSENT_AGE }: Pick<Program, 'consentAge'>) => consentAge;

/** Marketing topics that are on. */
export function marketingOn({ topics }: Pick<Subscription, 'topics'>, program: Program): string[] {
  return program.topics
    .filter(({ id, purpose }) => purpose === 'marketing' && topics.includes(id))
    .map(({ id }) => id);
}

/**
 * When consent to marketing lapses unless renewed, counted from the last confirmation; null when no marketing topic
 * is on. No law sets an age; 18 months is how long an established business relationship lasts after a purchase (47
 * CFR 64.1200(f)(5)).
 */
export function lapsesAt(subscription: Subscription, program: Program): Date | null {
  const { state, purposes } = subscription;
  if (state !== 'subscribed' || !purposes.includes('marketing')) return null;
  return marketingOn(subscription, program).length === 0 ? null : agedAt(subscription, program);
}

const agedAt = ({ basis, since }: Subscription, program: Program): Date =>
  monthsAfter(basis?.at ?? since, consentAgeOf(program).months);

/**
 * Whether a topic of this purpose may be turned on without a prompt; for marketing, only while the consent is not too
 * old.
 */
export function agreesTo(subscription: Subscription, program: Program, purpose: Purpose, now: Date): boolean {
  const { state, purposes } = subscription;
  if (state !== 'subscribed' || !purposes.includes(purpose)) return false;
  return purpose !== 'marketing' || agedAt(subscription, program) > now;
}

/** Whether consent to marketing has lapsed, even if no job has ended it yet. */
export function isLapsed(subscription: Subscription, program: Program, now: Date): boolean {
  const at = lapsesAt(subscription, program);
  return at !== null && at <= now;
}

/** What the age of the consent requires now. */
export function ageingOf(subscription: Subscription, program: Program, now: Date): 'ask' | 'lapse' | null {
  const at = lapsesAt(subscription, program);
  if (at === null) return null;
  if (at <= now) return 'lapse';
  const { askDays } = consentAgeOf(program);
  const due = askDays > 0 && now.getTime() >= at.getTime() - askDays * DAY_MS;
  return due && subscription.renewalAskedAt === undefined ? 'ask' : null;
}

/** Adds calendar months, at the same time of day in UTC; in a shorter month, its last day. */
export function monthsAfter(date: Date, months: number): Date {
  const moved = new Date(date);
  moved.setUTCDate(1);
  moved.setUTCMonth(moved.getUTCMonth() + months);
  const last = new Date(Date.UTC(moved.getUTCFullYear(), moved.getUTCMonth() + 1, 0)).getUTCDate();
  moved.setUTCDate(Math.min(date.getUTCDate(), last));
  return moved;
}
