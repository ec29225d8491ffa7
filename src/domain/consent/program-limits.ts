import { OVERALL } from '../caps/cap-rules.ts';
import { promisedBy } from '../caps/promised-frequency.ts';
import { utcDay } from '../durations.ts';
import { type AllowedHours, rulesOn } from '../hours/state-hours.ts';
import type { Cap, Frequency, Program } from '../program.ts';

/** The hours of one week in which marketing may come, on the person's own clock. Null: not on that day. */
type MarketingWeek = { weekdays: AllowedHours; saturdays: AllowedHours; sundays: AllowedHours };

/**
 * The hours in which marketing may come to somebody in these jurisdictions: every rule binds, so the strictest wins.
 * Holidays, on which some states allow none, are not in it.
 */
export function marketingWeek(jurisdictions: readonly string[], now: Date): MarketingWeek {
  const rules = jurisdictions.flatMap((jurisdiction) => rulesOn(jurisdiction, utcDay(now)));
  const strictest = (day: keyof MarketingWeek): AllowedHours =>
    rules
      .map((rule) => rule[day])
      .reduce<AllowedHours>((least, hours) => both(least, hours), { from: 0, to: 24 * 60 });
  return {
    weekdays: strictest('weekdays'),
    saturdays: strictest('saturdays'),
    sundays: strictest('sundays'),
  };
}

function both(first: AllowedHours, second: AllowedHours): AllowedHours {
  if (first === null || second === null) return null;
  const hours = { from: Math.max(first.from, second.from), to: Math.min(first.to, second.to) };
  return hours.from < hours.to ? hours : null;
}

/** "8 AM", "9:30 PM": a minute of the day as staff read it. */
function clockWords(minutes: number): string {
  const [hour, minute] = [Math.floor(minutes / 60), minutes % 60];
  if (minute === 0 && hour % 24 === 0) return 'midnight';
  const written = minute === 0 ? '' : `:${String(minute).padStart(2, '0')}`;
  return `${((hour + 11) % 12) + 1}${written} ${hour < 12 ? 'AM' : 'PM'}`;
}

const between = (hours: AllowedHours): string =>
  hours === null ? 'not at all' : `from ${clockWords(hours.from)} to ${clockWords(hours.to)}`;

const isSame = (first: AllowedHours, second: AllowedHours): boolean => between(first) === between(second);

/** The week in words, after "gets marketing": "from 8 AM to 9 PM their time". */
export function weekWords({ weekdays, saturdays, sundays }: MarketingWeek): string {
  if (isSame(weekdays, saturdays) && isSame(weekdays, sundays)) return `${between(weekdays)} their time`;
  if (saturdays === null && sundays === null)
    return `${between(weekdays)} their time on weekdays, not at all on weekends`;
  const parts = isSame(weekdays, saturdays)
    ? [`${between(weekdays)} their time`]
    : [`${between(weekdays)} their time on weekdays`, `${between(saturdays)} on Saturdays`];
  return [...parts, `${between(sundays)} on Sundays`].join(', ');
}

/** One limit on how much a person gets from a program, and why it holds. */
export type ProgramLimit = {
  /** "at most 4 in 30 days" */
  most: string;
  why: 'promised' | 'cap' | 'overall';
  /** The topic that it is about; null: all of the program. */
  topic: string | null;
};

const HOURS_WORDS: Readonly<Record<number, string>> = { 1: 'an hour', 24: 'a day', 168: 'a week' };

/** "4 a week", "2 in 48 hours", "4 in 30 days". */
function capWords({ count, hours }: Cap): string {
  const known = HOURS_WORDS[hours];
  if (known !== undefined) return `${count} ${known}`;
  return hours % 24 === 0 ? `${count} in ${hours / 24} days` : `${count} in ${hours} hours`;
}

const inHours = ({ count, days }: Frequency): Cap => ({ count, hours: 24 * days });

/** The limits that a program sets itself, the strictest kind first: promises, caps, the cap over all programs. */
export function programLimits(program: Program): ProgramLimit[] {
  if (program.capping === 'off') return [];
  const limit = (cap: Cap, why: ProgramLimit['why'], topic: string | null = null): ProgramLimit => ({
    most: `at most ${capWords(cap)}`,
    why,
    topic,
  });
  const ofProgram = promisedBy(program, program.languages);
  return [
    ...(ofProgram === null ? [] : [limit(inHours(ofProgram), 'promised')]),
    ...(program.caps ?? []).map((cap) => limit(cap, 'cap')),
    limit(program.overallCap ?? OVERALL, 'overall'),
    ...program.topics.flatMap((topic) => {
      const promised = promisedBy(topic, program.languages);
      return [
        ...(promised === null ? [] : [limit(inHours(promised), 'promised', topic.id)]),
        ...(topic.caps ?? []).map((cap) => limit(cap, 'cap', topic.id)),
      ];
    }),
  ];
}
