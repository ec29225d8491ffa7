import { DAY_MS, MINUTE_MS, utcDay } from '../durations.ts';

/** What a wall clock in a zone shows: a calendar date, and minutes since its midnight (0 to 1439). */
type WallTime = { date: string; minutes: number };

const FORMATS = new Map<string, Intl.DateTimeFormat>();

/** `zone` is a name of the tz database. Throws RangeError where the runtime has no such zone. */
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

/** The wall clock of a zone, read as if it were UTC, ms. */
function wallClockAsUtc(zone: string, at: number): number {
  return at + offsetAt(zone, at);
}

/** Since 1972 every zone changes its clock at a quarter of an hour of UTC. Source: the tz database. */
const QUARTER_MS = 15 * MINUTE_MS;
const MOST_KEPT = 20_000;
const OFFSETS = new Map<string, Map<number, number>>();

/** The offset of a zone from UTC, ms. Cached, because asking the runtime costs 10 µs and more. */
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

/** Changes of law that a runtime's tz data may be too old for: the start in UTC, and the offset since, in hours. */
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
  if (parts === null) throw new RangeError('The runtime formats the date in an unexpected way.');
  const [, month = 1, day = 1, year = 0, ...clock] = parts.map(Number);
  return Date.UTC(year, month - 1, day, ...clock) - at;
}

export function wallTimeAt(zone: string, at: Date): WallTime {
  const shown = new Date(wallClockAsUtc(zone, at.getTime()));
  return {
    date: utcDay(shown),
    minutes: shown.getUTCHours() * 60 + shown.getUTCMinutes(),
  };
}

/**
 * The moment at which the clock of a zone shows a time. Where the clock shows the time twice because it goes back:
 * the first moment, or the last on request. Where it never shows the time because it goes forward: the first moment
 * after the gap. `minutes` may be 1440, the midnight that ends the date.
 */
export function instantOf(
  zone: string,
  { date, minutes }: WallTime,
  showing: 'first' | 'last' = 'first',
): Date {
  const wanted = Date.parse(`${date}T00:00:00Z`) + minutes * MINUTE_MS;
  const offsets = [wanted - DAY_MS, wanted + DAY_MS].map((near) => wallClockAsUtc(zone, near) - near);
  const around = offsets.map((offset) => wanted - offset).sort((a, b) => a - b);
  const exact = around.filter((at) => wallClockAsUtc(zone, at) === wanted).at(showing === 'first' ? 0 : -1);
  if (exact !== undefined) return new Date(exact);
  let [before = wanted, after = wanted] = around;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (wallClockAsUtc(zone, middle) < wanted) before = middle;
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

export const zoneName = (zone: string): string =>
  zone === 'UTC' ? zone : `${zone.replaceAll('_', ' ')} time`;
