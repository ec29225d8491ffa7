import { wallTimeAt } from '../hours/local-time.ts';
import type { Whereabouts } from '../hours/zones-of-person.ts';
import type { Fate } from './forecast.ts';

/** One person's message: what becomes of it, and whether its local time had passed. `zone`: whose clock it goes by. */
export type Placed = Fate & { missed: boolean; late: boolean; where: Whereabouts; zone: string };

/** People by when and where they get a campaign. */
export type SumUp = {
  first: Date | null;
  /** By the hour of UTC in which they get it, and by that of their own clock, "2026-12-01T10:00"; in order. */
  byHour: Map<string, number>;
  byLocalHour: Map<string, number>;
  /** By the end of the quiet hours that they wait for, and the rule on these; the soonest first. */
  held: { until: Date; by: string; people: number }[];
  /** By the zone whose clock theirs goes by, most first. */
  zones: Map<string, number>;
  /** Whose zone is a guess: by the area code alone, one of several, or of nothing at all. */
  weak: { areaCode: number; several: number; unknown: number };
  /** Whose local time had passed: left out, or sent at once. */
  skipped: number;
  atOnce: number;
  /** Who gets nothing: the deadline comes first, or no hour suits every place they may be in. */
  expired: number;
  nowhere: number;
};

export function sumUp(people: readonly Placed[]): SumUp {
  const going = people.flatMap(({ at, zone }) => (at === null ? [] : [{ at, zone }]));
  const times = going.map(({ at }) => at.getTime());
  const count = (test: (one: Placed) => boolean): number => people.filter(test).length;
  return {
    first: times.length === 0 ? null : new Date(times.reduce((a, b) => Math.min(a, b))),
    byHour: sorted(tally(going.map(({ at }) => `${at.toISOString().slice(0, 13)}:00Z`))),
    byLocalHour: sorted(tally(going.map(({ at, zone }) => localHour(zone, at)))),
    held: holds(people),
    zones: new Map([...tally(people.map(({ zone }) => zone))].sort(([, a], [, b]) => b - a)),
    weak: {
      areaCode: count(({ where }) => where.source === 'area-code'),
      several: count(({ where }) => isSeveral(where)),
      unknown: count(({ where }) => where.source === 'none'),
    },
    skipped: count(({ missed }) => missed),
    atOnce: count(({ missed, late }) => late && !missed),
    expired: count(({ why }) => why === 'deadline'),
    nowhere: count(({ why }) => why === 'nowhere'),
  };
}

const isSeveral = ({ source, confidence }: Whereabouts): boolean =>
  confidence === 'weak' && (source === 'declared' || source === 'zip');

function localHour(zone: string, at: Date): string {
  const { date, minutes } = wallTimeAt(zone, at);
  return `${date}T${String(Math.floor(minutes / 60)).padStart(2, '0')}:00`;
}

function holds(people: readonly Placed[]): SumUp['held'] {
  const groups = new Map<string, SumUp['held'][number]>();
  for (const { held } of people) {
    if (held === null) continue;
    const key = `${held.until.toISOString()} ${held.by}`;
    groups.set(key, { ...held, people: (groups.get(key)?.people ?? 0) + 1 });
  }
  return [...groups.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
}

function tally(keys: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

const sorted = (counts: Map<string, number>): Map<string, number> =>
  new Map([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
