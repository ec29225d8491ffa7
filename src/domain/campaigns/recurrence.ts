import { Cron } from 'croner';
import { DAY_MS, MINUTE_MS } from '../durations.ts';
import { instantOf, wallTimeAt } from '../hours/local-time.ts';

/** A recurrence before its first run. */
export function recurring(repeat: Repeat, zone: string, now: Date): Recurring {
  const [nextAt = null] = timesAfter(repeat, zone, now, 1);
  return { ...repeat, zone, nextAt, runs: 0, missed: 0, lastRun: null };
}

/** A recurrence after a resume. Runs that were due during the pause are not made up for. */
export function afterPause(repeat: Recurring, now: Date): Recurring {
  if (repeat.nextAt === null) return repeat;
  const { missed, next } = checkAfterPause(repeat, repeat.zone, repeat.nextAt, now);
  return { ...repeat, nextAt: next, missed: repeat.missed + missed };
}

/** When a recurrence runs. */
export type Repeat = {
  /** A cron pattern of five fields, in the program's time zone. */
  cron: string;
  /** No run begins at or after this time; null: the recurrence runs until it is canceled. */
  until: Date | null;
  /** A run sends nothing later than this long after its time, ms; null: no limit. */
  validMs: number | null;
};

/** Allows one fixed minute, so that no pattern can run more often than hourly. */
const ONE_MINUTE = /^[0-5]?\d( +[^ ]+){4}$/;

/** A fault in the requested sending time: a field of the request, and a sentence with the next step. */
export type WhenFault = { field: string; why: string };

/** Says what is wrong with a recurrence; null where nothing is. `zone`: the program's. */
export function repeatFault(repeat: Repeat, zone: string, spreadMs: number, now: Date): WhenFault | null {
  const { cron, until, validMs } = repeat;
  const no = (field: string, why: string): WhenFault => ({ field: `repeat.${field}`, why });
  if (cron.trim().split(/ +/).length !== 5) return no('cron', 'It must have five fields, "0 10 * * 1".');
  const parsed = parse(cron);
  if (parsed === null) return no('cron', 'It is no cron pattern, such as "0 10 * * 1" for Mondays at 10:00.');
  if (!ONE_MINUTE.test(cron.trim())) {
    return no('cron', 'A recurrence may run once an hour at most. Name one minute, as in "0 10 * * 1".');
  }
  if (until !== null && until <= now) return no('until', 'This time has passed.');
  const [next] = timesAfter(repeat, zone, now, 1);
  if (next === undefined) {
    return timesAfter({ ...repeat, until: null }, zone, now, 1).length === 0
      ? no('cron', 'No date ever matches this pattern.')
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
    // The pattern runs in UTC, which has no clock changes; `instantOf` then converts each local time to the
    // program's zone.
    return new Cron(cron, { paused: true, timezone: 'UTC', mode: '5-part' });
  } catch {
    return null;
  }
}

/**
 * The next times after a moment, at most `most`. Where clocks go back and show a time twice, the first one counts;
 * where clocks go forward and skip a time, the first moment after the gap counts. Throws TypeError where the
 * pattern is invalid.
 */
export function timesAfter({ cron, until }: Repeat, zone: string, after: Date, most: number): Date[] {
  const pattern = parse(cron);
  if (pattern === null) throw new TypeError('a cron pattern was kept unchecked');
  const { date, minutes } = wallTimeAt(zone, after);
  // Starts an hour earlier in local time: when clocks go back, a time may repeat and must not be missed.
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

/**
 * A run that is made within this time after its due time starts at the due time, ms. A run that is made later
 * starts when it is made.
 */
export const PUNCTUAL_MS = MINUTE_MS;

/** How many missed times one check counts; further ones are not counted. */
const MOST_MISSED = 1000;

/** The result of one check: the time to run for now, if any; how many times were missed; and the next time. */
type RecurrenceCheck = { run: Date | null; missed: number; next: Date | null };

/**
 * Decides what a recurrence does now. Of several times that were missed, only the last is made up for. Even that
 * one is skipped where its run would no longer be valid, or where the recurrence has ended and the time is over a
 * minute ago.
 */
export function checkRecurrence(repeat: Repeat, zone: string, nextAt: Date, now: Date): RecurrenceCheck {
  if (nextAt > now) return { run: null, missed: 0, next: nextAt };
  const times = [nextAt, ...timesAfter(repeat, zone, nextAt, MOST_MISSED).filter((time) => time <= now)];
  const last = times.length > MOST_MISSED ? lastBefore(repeat, zone, now) : (times.at(-1) ?? nextAt);
  const { until, validMs } = repeat;
  const ended = until !== null && until <= now && now.getTime() - last.getTime() > PUNCTUAL_MS;
  const stale = ended || (validMs !== null && last.getTime() + validMs <= now.getTime());
  const [next = null] = timesAfter(repeat, zone, now, 1);
  return { run: stale ? null : last, missed: stale ? times.length : times.length - 1, next };
}

/** Decides how a recurrence continues after a pause: it skips all times that fell into the pause. */
export function checkAfterPause(repeat: Repeat, zone: string, nextAt: Date, now: Date): RecurrenceCheck {
  if (nextAt > now) return { run: null, missed: 0, next: nextAt };
  const { run, missed, next } = checkRecurrence({ ...repeat, validMs: null }, zone, nextAt, now);
  return { run: null, missed: missed + (run === null ? 0 : 1), next };
}

/**
 * The last time before a moment. Only for a pattern with a thousand times in the past, so that one lies within the
 * last 32 days.
 */
function lastBefore(repeat: Repeat, zone: string, now: Date): Date {
  const since = new Date(now.getTime() - 32 * DAY_MS);
  const times = timesAfter(repeat, zone, since, MOST_MISSED).filter((time) => time <= now);
  return times.at(-1) ?? now;
}

/**
 * The id of one run of a recurrence: the recurrence's id and the run's time in UTC, "weekly.2612011500". Ids chosen
 * by a person contain no dot.
 */
export const runId = (recurrence: string, time: Date): string =>
  `${beginningOfRuns(recurrence)}${time.toISOString().replace(/\D/g, '').slice(2, 12)}`;

/** The prefix of the ids of all runs of a recurrence; no other id has it. */
export const beginningOfRuns = (recurrence: string): string => `${recurrence}.`;

/** True where `one` is the campaign `other`, or one of its runs. */
export const isOfCampaign = (campaign: string, wanted: string): boolean =>
  campaign === wanted || campaign.startsWith(beginningOfRuns(wanted));

/**
 * The state of a recurrence. `missed`: times without a run, because no process was up or the recurrence was paused.
 */
export type Recurring = Repeat & {
  /** The program's time zone when the recurrence was started. */
  zone: string;
  /** Null when no times are left. */
  nextAt: Date | null;
  runs: number;
  missed: number;
  lastRun: string | null;
};
