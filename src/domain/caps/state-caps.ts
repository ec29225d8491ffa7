import type { Cap } from '../program.ts';

/** How many commercial messages the law of a place allows to one person. */
export type StateCap = Cap & {
  /** A US state, or "unknown-state" where nobody knows which. */
  jurisdiction: string;
  /** ISO date from which it holds; null: since before any day known. None has an end so far. */
  effectiveFrom: string | null;
  source: string;
};

/**
 * Most of these count messages on one subject. We do not know what a subject is to a court, so that all marketing of
 * all programs counts as one.
 */
export const STATE_CAPS: readonly StateCap[] = [
  {
    jurisdiction: 'FL',
    count: 3,
    hours: 24,
    effectiveFrom: '2021-07-01',
    source: 'Fla. Stat. 501.616(6)(b)',
  },
  { jurisdiction: 'OK', count: 3, hours: 24, effectiveFrom: '2022-11-01', source: '15 O.S. 775C.4' },
  {
    jurisdiction: 'MD',
    count: 3,
    hours: 24,
    effectiveFrom: '2024-01-01',
    source: 'Md. Code, Com. Law 14-4502',
  },
  { jurisdiction: 'OR', count: 3, hours: 24, effectiveFrom: '2026-01-01', source: 'ORS 646.563 (HB 3865)' },
  { jurisdiction: 'ME', count: 1, hours: 8, effectiveFrom: null, source: '10 M.R.S. 1498' },
  {
    jurisdiction: 'unknown-state',
    count: 3,
    hours: 24,
    effectiveFrom: null,
    source: 'strictest of the states, but for 10 M.R.S. 1498',
  },
];

/** Longest window of the table, hours. */
export const STATE_HOURS = Math.max(...STATE_CAPS.map(({ hours }) => hours));

/** Whether any place has a cap that so many messages reach; asked before the costlier question of where someone is. */
export const mayReachLaw = (messagesIn: (hours: number) => number): boolean =>
  STATE_CAPS.some(({ count, hours }) => messagesIn(hours) >= count);

/** The caps of every place that may be a person's, on an ISO date. */
export function stateCaps(jurisdictions: readonly string[], date: string): StateCap[] {
  return STATE_CAPS.filter(
    ({ jurisdiction, effectiveFrom }) =>
      jurisdictions.includes(jurisdiction) && (effectiveFrom === null || effectiveFrom <= date),
  );
}
