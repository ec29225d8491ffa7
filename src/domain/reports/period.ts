import { DAY_MS } from '../durations.ts';
import { dateAfter, instantOf, wallTimeAt } from '../hours/local-time.ts';

/** Days of a report, both ends included, "2026-03-01". */
export type Period = { since: string; until: string };

/** Longest period of a report, days: more than a year, and no more than a table can show. */
const MOST_DAYS = 400;
/** The default length. */
export const USUAL_DAYS = 30;

const lengthOf = ({ since, until }: Period): number =>
  Math.round((Date.parse(until) - Date.parse(since)) / DAY_MS) + 1;

/** All days in order; empty when the period ends before it begins. */
export function daysOf(period: Period): string[] {
  return Array.from({ length: Math.max(0, lengthOf(period)) }, (_, at) => dateAfter(period.since, at));
}

/** The period of the same length right before. */
export function periodBefore(period: Period): Period {
  return { since: dateAfter(period.since, -lengthOf(period)), until: dateAfter(period.since, -1) };
}

/** The requested period, with defaults for what is absent. */
export function periodOf(asked: Partial<Period>, today: string): Period {
  const until = asked.until ?? today;
  return { since: asked.since ?? dateAfter(until, 1 - USUAL_DAYS), until };
}

/** What is wrong with a period, and at which end; null when nothing is. */
export function faultIn(period: Period, today: string): { field: keyof Period; message: string } | null {
  if (period.since > period.until) return { field: 'since', message: 'It lies after the end.' };
  if (period.until > today) return { field: 'until', message: `It lies in the future; today is ${today}.` };
  if (lengthOf(period) <= MOST_DAYS) return null;
  return { field: 'since', message: `A report has at most ${MOST_DAYS} days; ask for them in parts.` };
}

export const dayAt = (zone: string, at: Date): string => wallTimeAt(zone, at).date;

/** From the first moment of the day to the first moment of the next one. */
export function boundsOf(zone: string, day: string): { from: Date; to: Date } {
  return {
    from: instantOf(zone, { date: day, minutes: 0 }),
    to: instantOf(zone, { date: day, minutes: 1440 }),
  };
}

/** The latest of the programs' current days, each in its own zone; without programs, the day in UTC. */
export function latestDay(programs: readonly { zone: string }[], at: Date): string {
  const days = programs.map(({ zone }) => dayAt(zone, at)).sort();
  return days.at(-1) ?? dayAt('UTC', at);
}

/** The zone label of a report in which each program counts by its own days. */
export const ownZones = (programs: readonly { zone: string }[]): string =>
  new Set(programs.map(({ zone }) => zone)).size > 1 ? "each program's own" : zoneOf(programs);

/** The common zone of some programs; UTC when they have several, or when there are none. */
export function zoneOf(programs: readonly { zone: string }[]): string {
  const zones = new Set(programs.map(({ zone }) => zone));
  const [only] = zones;
  return zones.size === 1 && only !== undefined ? only : 'UTC';
}
