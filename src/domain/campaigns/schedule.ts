import { DAY_MS, later, MINUTE_MS } from '../durations.ts';
import { instantOf } from '../hours/local-time.ts';
import { ZONES_OF_STATES } from '../hours/zone-tables.ts';
import type { Whereabouts } from '../hours/zones-of-person.ts';
import type { Split } from './experiment.ts';
import { type Repeat, repeatFault, timesAfter, type WhenFault } from './recurrence.ts';

/** When one person's message is due. `missed`: the local time had passed, and the campaign skips such people. */
export type DueAt = { at: Date; missed: boolean };

/**
 * A local time that passed at most this long ago counts as now, minutes, because planning a campaign takes a while.
 */
const GRACE_MINUTES = 15;
const GRACE_MS = GRACE_MINUTES * 60_000;

/** Warns that people whose local time passes during a wait are left out. */
export const SKIPS_MEANWHILE = `People whose local time has passed by more than ${GRACE_MINUTES} minutes then are left out.`;

/**
 * How many of a digest's last characters (6 bits each, 48 in all) place a delivery in the spread. The first bits
 * are left to other splits of people.
 */
const PLACE = 8;
const PLACES = 64 ** PLACE;

/**
 * When a message is due. Planning the same message again gives the same time. `start`: the campaign's. `digest`:
 * the delivery's own, base64url. Where clocks go back and show a local time twice, the first one counts; where
 * clocks skip it, the first moment after the gap counts. Where a person may be in several zones, the latest of the
 * times counts, so that the time has come in all of them.
 */
export function dueAt(
  { local, spreadMs }: When,
  start: Date,
  person: { where: Whereabouts; digest: string },
  programZone: string,
  now: Date,
): DueAt {
  const offset = Math.floor(placeIn(person.digest) * spreadMs);
  if (local === null) return { at: new Date(start.getTime() + offset), missed: false };
  const zones = localZones(person.where, programZone);
  const hour = Math.max(...zones.map((zone) => instantOf(zone, local).getTime()));
  const at = hour + offset;
  const missed = at < now.getTime() - GRACE_MS;
  return { at: new Date(at), missed: missed && local.missed === 'skip' };
}

/**
 * The moment from which a campaign's messages are spread: the planned start, or the actual start where that was
 * later.
 */
export const placedFrom = (startAt: Date, wentAt: Date | undefined): Date =>
  later(startAt, wentAt ?? startAt);

/** Shortens the spread to the time left before a deadline, for a campaign that starts late. */
export function within(when: When, from: Date, deadline: Date | null): When {
  if (when.local !== null || deadline === null) return when;
  return { ...when, spreadMs: Math.min(when.spreadMs, Math.max(0, deadline.getTime() - from.getTime())) };
}

/**
 * The zones in which a local time is read: the zone that the person declared, otherwise all zones in which they may
 * be, otherwise the program's.
 */
export function localZones({ zones, source, home }: Whereabouts, programZone: string): string[] {
  if (source === 'none') return [programZone];
  return home.length === 1 ? home : zones;
}

/** Maps a digest to a number from 0 to below 1. */
function placeIn(digest: string): number {
  let sum = 0;
  for (const character of digest.slice(-PLACE)) sum = sum * 64 + ALPHABET.indexOf(character);
  return sum / PLACES;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** A time on the person's own clock: an ISO date, and minutes since midnight. */
export type Local = {
  date: string;
  minutes: number;
  /** What people get for whom the time has already passed: `send`, the message at once; `skip`, nothing. */
  missed: 'send' | 'skip';
};

/** When the messages of one campaign are due. */
export type When = {
  local: Local | null;
  /** How long the messages are spread over, evenly, ms; 0: all at once. */
  spreadMs: number;
};

/** The requested sending time: at most one of `at`, `local` and `repeat`; none: at once. */
export type ScheduleRequest = When & { at: Date | null; deadline: Date | null; repeat: Repeat | null };

/** How far in the past a start may lie: a client's clock may be a little behind. */
const SLACK_MS = 60_000;

/**
 * Says what is wrong with the requested sending time; null where nothing is. `zone`: the program's. `test`: the A/B
 * test of the campaign's split.
 */
export function whenFault(
  order: ScheduleRequest,
  zone: string,
  now: Date,
  test: Split['test'] = null,
): WhenFault | null {
  return orderFault(order, zone, now) ?? (test === null ? null : testFault(order, test, now));
}

export const TEST_RUNS = 'Its A/B test would still be running then. Set a later deadline.';

/** The people outside the test get their message when the winner is known, spread anew from that moment. */
function testFault(
  { at, local, repeat, deadline, spreadMs }: ScheduleRequest,
  { waitMinutes }: NonNullable<Split['test']>,
  now: Date,
): WhenFault | null {
  const lastsMs = 2 * spreadMs + waitMinutes * MINUTE_MS;
  if (local !== null) {
    const why =
      'The people who wait for the winner of its test would get it after this local time. Use "at", or leave the test out.';
    return { field: 'local', why };
  }
  if (repeat !== null && repeat.validMs !== null && repeat.validMs <= lastsMs) {
    return {
      field: 'repeat.valid_minutes',
      why: 'The test of a run would still be running then. Raise this value.',
    };
  }
  if (deadline !== null && deadline.getTime() <= (at ?? now).getTime() + lastsMs) {
    return { field: 'deadline', why: TEST_RUNS };
  }
  return null;
}

function orderFault(order: ScheduleRequest, zone: string, now: Date): WhenFault | null {
  const { at, local, repeat, deadline, spreadMs } = order;
  if (at !== null && local !== null) return { field: 'local', why: 'Say either "at" or "local".' };
  if (repeat !== null) return fixedBeside(order) ?? repeatFault(repeat, zone, spreadMs, now);
  if (at !== null && at.getTime() < now.getTime() - SLACK_MS) {
    return { field: 'at', why: 'This time has passed. Name a later time, or none to send at once.' };
  }
  if (local !== null && span(local, zone).last <= now) {
    return { field: 'local', why: 'This time has passed in every zone. Name a later date or time.' };
  }
  if (deadline === null) return null;
  const first = local === null ? (at ?? now) : later(now, span(local, zone).first);
  if (deadline <= first) return { field: 'deadline', why: 'The deadline must come after the start.' };
  const last = local === null ? first : later(now, instantOf(zone, local));
  if (last.getTime() + spreadMs <= deadline.getTime()) return null;
  return spreadMs === 0
    ? { field: 'deadline', why: `In the program's own zone this time comes after the deadline.` }
    : {
        field: 'spread_minutes',
        why: 'The spread goes on after the deadline. Shorten it, or move the deadline.',
      };
}

function fixedBeside({ at, local, deadline }: ScheduleRequest): WhenFault | null {
  if (at !== null) return { field: 'at', why: 'A repeated campaign starts by its cron; leave "at" out.' };
  if (local !== null)
    return { field: 'local', why: 'A repeated campaign starts by its cron; leave "local" out.' };
  if (deadline === null) return null;
  return { field: 'deadline', why: 'Say "until" and "valid_minutes" in "repeat" instead of a deadline.' };
}

/** The zone whose clock is ahead of all others. Source: the tz database, file "australasia". */
const FURTHEST_EAST = 'Pacific/Kiritimati';

/**
 * The moment when a local time comes first anywhere, and the moment when it has come in all zones where contacts
 * may be.
 */
export function span(local: Local, zone: string): { first: Date; last: Date } {
  const last = [zone, ...Object.values(ZONES_OF_STATES)].map((zoneName) =>
    instantOf(zoneName, local).getTime(),
  );
  return { first: instantOf(FURTHEST_EAST, local), last: new Date(Math.max(...last)) };
}

/** The start of a campaign: its audience is not read, and no message is due, before this moment. */
export function startOf({ at, local, repeat }: ScheduleRequest, zone: string, now: Date): Date {
  if (local !== null) return later(now, span(local, zone).first);
  return repeat === null ? (at ?? now) : now;
}

/** When the audience is first read: for a recurrence, at its first run. */
export function firstAsked(order: ScheduleRequest, zone: string, now: Date): Date {
  const { repeat } = order;
  return (repeat === null ? null : timesAfter(repeat, zone, now, 1)[0]) ?? startOf(order, zone, now);
}

/** The longest spread: quiet hours and rates are forecast for as long. */
export const LONGEST_SPREAD_MS = 7 * DAY_MS;
