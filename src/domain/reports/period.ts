import { DAY_MS } from '../durations.ts';
import { dateAfter, instantOf, wallTimeAt } from '../hours/local-time.ts';

/** Days of a report, both included, "2026-03-01". */
export type Period = { since: string; until: string };

/** Longest period of a report, days: two years would hold no more than a table can show. */
const MOST_DAYS = 400;
/** Asked without days. */
export const USUAL_DAYS = 30;

const lengthOf = ({ since, until }: Period): number =>
  Math.round((Date.parse(until) - Date.parse(since)) / DAY_MS) + 1;

/** In order; none where it ends before it begins. */
export function daysOf(period: Period): string[] {
  return Array.from({ length: Math.max(0, lengthOf(period)) }, (_, at) => dateAfter(period.since, at));
}

/** As many days, right before. */
export function periodBefore(period: Period): Period {
  return { since: dateAfter(period.since, -lengthOf(period)), until: dateAfter(period.since, -1) };
}

/** What was asked for, with what is usual in place of what was not said. */
export function periodOf(asked: Partial<Period>, today: string): Period {
  const until = asked.until ?? today;
  return { since: asked.since ?? dateAfter(until, 1 - USUAL_DAYS), until };
}

/** What is wrong with a period, and at which end; null where nothing is. */
export function faultIn(period: Period, today: string): { field: keyof Period; message: string } | null {
  if (period.since > period.until) return { field: 'since', message: 'It lies after the end.' };
  if (period.until > today) return { field: 'until', message: `It lies in the future; today is ${today}.` };
  if (lengthOf(period) <= MOST_DAYS) return null;
  return { field: 'since', message: `A report has at most ${MOST_DAYS} days; ask for them in parts.` };
}

export const dayAt = (zone: string, at: Date): string => wallTimeAt(zone, at).date;

/** From its first moment to that of the next day. */
export function boundsOf(zone: string, day: string): { from: Date; to: Date } {
  return {
    from: instantOf(zone, { date: day, minutes: 0 }),
    to: instantOf(zone, { date: day, minutes: 1440 }),
  };
}

/** The day at a moment in the zone of each program, where it is furthest on; of no program, in UTC. */
export function latestDay(programs: readonly { zone: string }[], at: Date): string {
  const days = programs.map(({ zone }) => dayAt(zone, at)).sort();
  return days.at(-1) ?? dayAt('UTC', at);
}

/** Whose days a report counts that counts every program by its own. */
export const ownZones = (programs: readonly { zone: string }[]): string =>
  new Set(programs.map(({ zone }) => zone)).size > 1 ? "each program's own" : zoneOf(programs);

/** The one zone of some programs; UTC where they have several, or where there is none. */
export function zoneOf(programs: readonly { zone: string }[]): string {
  const zones = new Set(programs.map(({ zone }) => zone));
  const [only] = zones;
  return zones.size === 1 && only !== undefined ? only : 'UTC';
}
