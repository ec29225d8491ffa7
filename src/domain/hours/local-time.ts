import { DAY_MS, MINUTE_MS, utcDay } from '../durations.ts';

/** What a clock on the wall of a zone shows: a calendar date, and minutes since its midnight (0 to 1439). */
type WallTime = { date: string; minutes: number };

const FORMATS = new Map<string, Intl.DateTimeFormat>();

/** `zone` is a name of the tz database; RangeError where the runtime has none of that name. */
function formatOf(zone: string): Intl.DateTimeFormat {
  const known = FORMATS.get(zone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  FORMATS.set(zone, format);
  return format;
}

/** The wall clock as if it stood in UTC, ms. */
function etagFrom(zone: string, at: number): number {
  return at + offsetAt(zone, at);
}

/** Clocks change at a quarter of an hour of UTC alone, in every zone since 1972. Source: the tz database. */
const QUARTER_MS = 15 * MINUTE_MS;
const MOST_KEPT = 20_000;
const OFFSETS = new Map<string, Map<number, number>>();

/** What a zone adds to UTC, ms. Asking the runtime costs 10 µs and more, so that answers are kept. */
function offsetAt(zone: string, at: number): number {
  const quarter = Math.floor(at / QUARTER_MS) * QUARTER_MS;
  const kept = OFFSETS.get(zone) ?? new Map<number, number>();
  const known = kept.get(quarter);
  if (known !== undefined) return known;
  const offset = newerOffset(zone, quarter) ?? readOffset(zone, quarter);
  if (kept.size >= MOST_KEPT) kept.clear();
  kept.set(quarter, offset);
  OFFSETS.set(zone, kept);
  return offset;
}

/** Changes of law that the tz data of a runtime may be too old for: from when, in UTC, and the offset since, hours. */
const NEWER_LAW = [
  // British Columbia, Interpretation Amendment Act, 2019, in force since March 2026; tz database, 2026b.
  { zones: ['America/Vancouver', 'Canada/Pacific'], from: Date.UTC(2026, 10, 1, 9), hours: -7 },
  // Alberta, Red Tape Reduction Statutes Amendment Act, 2026 (Bill 31); tz database, after 2026b.
  { zones: ['America/Edmonton', 'Canada/Mountain'], from: Date.UTC(2026, 10, 1, 8), hours: -6 },
];

function newerOffset(zone: string, at: number): number | null {
  const law = NEWER_LAW.find(({ zones, from }) => at >= from && zones.includes(zone));
  return law === undefined ? null : law.hours * 60 * MINUTE_MS;
}

function readOffset(zone: string, at: number): number {
  const parts = /^(\d+)\/(\d+)\/(\d+), (\d+):(\d+):(\d+)$/.exec(formatOf(zone).format(at));
  if (parts === null) throw new RangeError('The runtime does not write the date as expected.');
  const [, month = 1, day = 1, year = 0, ...clock] = parts.map(Number);
  return Date.UTC(year, month - 1, day, ...clock) - at;
}

export function wallTimeAt(zone: string, at: Date): WallTime {
  const shown = new Date(etagFrom(zone, at.getTime()));
  return {
    date: utcDay(shown),
    minutes: shown.getUTCHours() * 60 + shown.getUTCMinutes(),
  };
}

/**
 * The moment at which the clock of a zone shows a time. Shown twice, when clocks go back: the first, or the last if
 * asked. Never shown, when they go forward: the first moment after the gap. `minutes` may be 1440, the midnight
 * that ends the date.
 */
export function instantOf(
  zone: string,
  { date, minutes }: WallTime,
  showing: 'first' | 'last' = 'first',
): Date {
  const wanted = Date.parse(`${date}T00:00:00Z`) + minutes * MINUTE_MS;
  const offsets = [wanted - DAY_MS, wanted + DAY_MS].map((near) => etagFrom(zone, near) - near);
  const around = offsets.map((offset) => wanted - offset).sort((a, b) => a - b);
  const exact = around.filter((at) => etagFrom(zone, at) === wanted).at(showing === 'first' ? 0 : -1);
  if (exact !== undefined) return new Date(exact);
  let [before = wanted, after = wanted] = around;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (etagFrom(zone, middle) < wanted) before = middle;
    else after = middle;
  }
  return new Date(after);
}

/** The calendar date some days later. */
export function dateAfter(date: string, days: number): string {
  return utcDay(new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY_MS));
}

/** 0 is Sunday. */
export function weekdayOf(date: string): number {
  return new Date(`${date}T00:00:00Z`).getUTCDay();
}

const DAY = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'long',
  year: 'numeric',
  timeZone: 'UTC',
});

export const zoneName = (zone: string): string =>
  zone === 'UTC' ? zone : `${zone.replaceAll('_', ' ')} time`;

/** "21 May 2026", of a date as YYYY-MM-DD. */
export const dayWords = (date: string): string => DAY.format(new Date(`${date}T00:00:00Z`));

/** "8:00 on 21 May 2026 (America/Chicago time)", of the minute that has begun. */
export function momentWords(at: Date, zone = 'UTC'): string {
  const { date, minutes } = wallTimeAt(zone, at);
  const time = `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}`;
  return `${time} on ${dayWords(date)} (${zoneName(zone)})`;
}

/** The same of a moment before which nothing happens: a minute that has begun is rounded up. */
export const notBeforeWords = (at: Date, zone = 'UTC'): string =>
  momentWords(new Date(Math.ceil(at.getTime() / MINUTE_MS) * MINUTE_MS), zone);
