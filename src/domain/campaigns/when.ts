import { DAY_MS, MINUTE_MS } from '../durations.ts';
import { instantOf } from '../hours/local-time.ts';
import { ZONES } from '../hours/state-zones.ts';
import { type Repeat, repeatFault, timesAfter, type WhenFault } from './repeat.ts';
import type { Split } from './split.ts';

/** A time of the person's own clock: an ISO date, and minutes since its midnight. */
export type Local = {
  date: string;
  minutes: number;
  /** What becomes of people for whom it has passed already: they get it at once, or nothing. */
  missed: 'send' | 'skip';
};

/** When the messages of one campaign are due. */
export type When = {
  local: Local | null;
  /** Over how long they are spread, evenly, ms; 0: all at once. */
  spreadMs: number;
};

/** When a campaign is asked to be sent: at most one of `at`, `local` and `repeat`; none: at once. */
export type Order = When & { at: Date | null; deadline: Date | null; repeat: Repeat | null };

/** A start may be named as "now" by a clock that is a little behind. */
const SLACK_MS = 60_000;

/** What is wrong with when a campaign is to be sent; null where nothing is. `zone`: the program's. `test`: of its split. */
export function whenFault(
  order: Order,
  zone: string,
  now: Date,
  test: Split['test'] = null,
): WhenFault | null {
  return orderFault(order, zone, now) ?? (test === null ? null : testFault(order, test, now));
}

export const TEST_RUNS = 'Its A/B test would still be running: set a later deadline.';

/** The others of a test get theirs once its winner is known, spread anew from then on. */
function testFault(
  { at, local, repeat, deadline, spreadMs }: Order,
  { waitMinutes }: NonNullable<Split['test']>,
  now: Date,
): WhenFault | null {
  const lastsMs = 2 * spreadMs + waitMinutes * MINUTE_MS;
  if (local !== null) {
    const why =
      'Who waits for the winner of its test would come after this time. Say "at", or leave the test out.';
    return { field: 'local', why };
  }
  if (repeat !== null && repeat.validMs !== null && repeat.validMs <= lastsMs) {
    return { field: 'repeat.valid_minutes', why: 'The test of a run would still run: raise it.' };
  }
  if (deadline !== null && deadline.getTime() <= (at ?? now).getTime() + lastsMs) {
    return { field: 'deadline', why: TEST_RUNS };
  }
  return null;
}

function orderFault(order: Order, zone: string, now: Date): WhenFault | null {
  const { at, local, repeat, deadline, spreadMs } = order;
  if (at !== null && local !== null) return { field: 'local', why: 'Say either "at" or "local".' };
  if (repeat !== null) return fixedBeside(order) ?? repeatFault(repeat, zone, spreadMs, now);
  if (at !== null && at.getTime() < now.getTime() - SLACK_MS) {
    return { field: 'at', why: 'This time has passed. Name a later one, or none to send at once.' };
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

function fixedBeside({ at, local, deadline }: Order): WhenFault | null {
  if (at !== null) return { field: 'at', why: 'A repeated campaign starts by its cron; leave "at" out.' };
  if (local !== null)
    return { field: 'local', why: 'A repeated campaign starts by its cron; leave "local" out.' };
  if (deadline === null) return null;
  return { field: 'deadline', why: 'Say "until" and "valid_minutes" in "repeat" instead of a deadline.' };
}

/** The later of two moments. */
export const later = (one: Date, other: Date): Date => (one > other ? one : other);

/** The zone whose clock is ahead of all others. Source: the tz database, file "australasia". */
const FURTHEST_EAST = 'Pacific/Kiritimati';

/** From the moment a local time comes first anywhere, to when it has come in all zones that we know people in. */
export function span(local: Local, zone: string): { first: Date; last: Date } {
  const last = [zone, ...Object.values(ZONES)].map((one) => instantOf(one, local).getTime());
  return { first: instantOf(FURTHEST_EAST, local), last: new Date(Math.max(...last)) };
}

/** Not before this are people of a campaign looked up, nor is any message of it due. */
export function startOf({ at, local, repeat }: Order, zone: string, now: Date): Date {
  if (local !== null) return later(now, span(local, zone).first);
  return repeat === null ? (at ?? now) : now;
}

/** When the audience of a start is asked first: of a recurrence at its first run. */
export function firstAsked(order: Order, zone: string, now: Date): Date {
  const { repeat } = order;
  return (repeat === null ? null : timesAfter(repeat, zone, now, 1)[0]) ?? startOf(order, zone, now);
}

/** Most that a campaign may be spread over: quiet hours and rates are forecast for as long. */
export const LONGEST_SPREAD_MS = 7 * DAY_MS;
