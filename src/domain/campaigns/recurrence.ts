import { Cron } from 'croner';
import { DAY_MS, MINUTE_MS } from '../durations.ts';
import { instantOf, wallTimeAt } from '../hours/local-time.ts';

/** A recurrence before its first run. */
export function recurring(repeat: Repeat, zone: string, now: Date): Recurring {
  const [nextAt = null] = timesAfter(repeat, zone, now, 1);
  return { ...repeat, zone, nextAt, runs: 0, missed: 0, lastRun: null };
}

/** A recurrence as it goes on after a pause: times of the pause are not made up for. */
export function afterPause(repeat: Recurring, now: Date): Recurring {
  if (repeat.nextAt === null) return repeat;
  const { missed, next } = turnAfterPause(repeat, repeat.zone, repeat.nextAt, now);
  return { ...repeat, nextAt: next, missed: repeat.missed + missed };
}

/** When a campaign runs again and again. */
export type Repeat = {
  /** Five fields, on the clock of the program's zone. */
  cron: string;
  /** No run begins at or after it; null: until it is canceled. */
  until: Date | null;
  /** How long after its time nothing of a run leaves any more, ms; null: no limit. */
  validMs: number | null;
};

/** One minute of each hour at most: the rest of the pattern cannot make it run more often than hourly. */
const ONE_MINUTE = /^[0-5]?\d( +[^ ]+){4}$/;

/** What is wrong with when a campaign is to be sent: a field of the order, and a sentence with the next step. */
export type WhenFault = { field: string; why: string };

/** What is wrong with a recurrence; null where nothing is. `zone`: the program's. */
export function repeatFault(repeat: Repeat, zone: string, spreadMs: number, now: Date): WhenFault | null {
  const { cron, until, validMs } = repeat;
  const no = (field: string, why: string): WhenFault => ({ field: `repeat.${field}`, why });
  if (cron.trim().split(/ +/).length !== 5) return no('cron', 'It must have five fields, "0 10 * * 1".');
  const parsed = parse(cron);
  if (parsed === null) return no('cron', 'It is no cron pattern, such as "0 10 * * 1" for Mondays at 10:00.');
  if (!ONE_MINUTE.test(cron.trim())) {
    return no('cron', 'It may run once an hour at most: name one minute, "0 10 * * 1".');
  }
  if (until !== null && until <= now) return no('until', 'This time has passed.');
  const [next] = timesAfter(repeat, zone, now, 1);
  if (next === undefined) {
    return timesAfter({ ...repeat, until: null }, zone, now, 1).length === 0
      ? no('cron', 'No date ever fits it.')
      : no('until', 'It ends before its first time.');
  }
  if (validMs !== null && spreadMs >= validMs) {
    return {
      field: 'spread_minutes',
      why: 'The spread is longer than a run is valid. Shorten it, or raise "valid_minutes".',
    };
  }
  return null;
}

function parse(cron: string): Cron | null {
  try {
    // On a clock without changes; `instantOf` says what a local time is in a zone that has them.
    return new Cron(cron, { paused: true, timezone: 'UTC', mode: '5-part' });
  } catch {
    return null;
  }
}

/**
 * The next times after a moment, at most `most`. A time that the zone's clock shows twice is the first of them; one
 * that it never shows, the first moment after the gap. Throws TypeError where the pattern is none.
 */
export function timesAfter({ cron, until }: Repeat, zone: string, after: Date, most: number): Date[] {
  const pattern = parse(cron);
  if (pattern === null) throw new TypeError('a cron pattern was kept unchecked');
  const { date, minutes } = wallTimeAt(zone, after);
  // An hour earlier on the wall: a clock that goes back shows some times again, which then lie behind.
  let wall: Date | null = new Date(Date.parse(`${date}T00:00:00Z`) + (minutes - 61) * MINUTE_MS);
  const times: Date[] = [];
  while (times.length < most) {
    wall = pattern.nextRun(wall);
    if (wall === null) break;
    const shown = wall.toISOString();
    const at = instantOf(zone, {
      date: shown.slice(0, 10),
      minutes: wall.getUTCHours() * 60 + wall.getUTCMinutes(),
    });
    if (until !== null && at >= until) break;
    if (at > (times.at(-1) ?? after)) times.push(at);
  }
  return times;
}

/** A run that is made no later than this after its time begins at it, ms; a later one, when it is made. */
export const PUNCTUAL_MS = MINUTE_MS;

/** Times kept apart from one look; after more of them, missed ones are no longer counted. */
const MOST_MISSED = 1000;

/** What a look finds: the time to run for now, if any; how many went by without one; and the time after them. */
type Turn = { run: Date | null; missed: number; next: Date | null };

/**
 * What is to be done about a recurrence whose time has come. Of times that went by while nothing ran, the last alone is
 * made up for, and not where it would be valid no more, or the recurrence has ended meanwhile and it is late.
 */
export function turnAt(repeat: Repeat, zone: string, nextAt: Date, now: Date): Turn {
  if (nextAt > now) return { run: null, missed: 0, next: nextAt };
  const times = [nextAt, ...timesAfter(repeat, zone, nextAt, MOST_MISSED).filter((time) => time <= now)];
  const last = times.length > MOST_MISSED ? lastBefore(repeat, zone, now) : (times.at(-1) ?? nextAt);
  const { until, validMs } = repeat;
  const ended = until !== null && until <= now && now.getTime() - last.getTime() > PUNCTUAL_MS;
  const stale = ended || (validMs !== null && last.getTime() + validMs <= now.getTime());
  const [next = null] = timesAfter(repeat, zone, now, 1);
  return { run: stale ? null : last, missed: stale ? times.length : times.length - 1, next };
}

/** What is left of a recurrence that was paused: times of the pause are left out. */
export function turnAfterPause(repeat: Repeat, zone: string, nextAt: Date, now: Date): Turn {
  if (nextAt > now) return { run: null, missed: 0, next: nextAt };
  const { run, missed, next } = turnAt({ ...repeat, validMs: null }, zone, nextAt, now);
  return { run: null, missed: missed + (run === null ? 0 : 1), next };
}

/** The last time before a moment of a pattern that has a thousand of them behind it: one within 32 days. */
function lastBefore(repeat: Repeat, zone: string, now: Date): Date {
  const since = new Date(now.getTime() - 32 * DAY_MS);
  const times = timesAfter(repeat, zone, since, MOST_MISSED).filter((time) => time <= now);
  return times.at(-1) ?? now;
}

/** Id of one run of a recurrence: its id and the run's time in UTC, "weekly.2612011500". No id that a person gives has a dot. */
export const runId = (recurrence: string, time: Date): string =>
  `${beginningOfRuns(recurrence)}${time.toISOString().replace(/\D/g, '').slice(2, 12)}`;

/** How the ids of all runs of a recurrence begin, and no other id. */
export const beginningOfRuns = (recurrence: string): string => `${recurrence}.`;

/** Whether what was sent by one campaign was sent by another: by itself, or by the recurrence it is a run of. */
export const isOfCampaign = (one: string, other: string): boolean =>
  one === other || one.startsWith(beginningOfRuns(other));

/** Where a recurrence stands. `missed`: times at which nothing ran, since nobody was up, or it was paused. */
export type Recurring = Repeat & {
  /** Program's zone when it was started. */
  zone: string;
  /** Null once it has no times left. */
  nextAt: Date | null;
  runs: number;
  missed: number;
  lastRun: string | null;
};
