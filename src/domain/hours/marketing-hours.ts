import { utcDay } from '../durations.ts';
import { type AllowedHours, rulesOn } from './state-hours.ts';

/** The hours of one week in which marketing may come, on the person's own clock. Null: not on that day. */
export type MarketingWeek = { weekdays: AllowedHours; saturdays: AllowedHours; sundays: AllowedHours };

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
export function clockWords(minutes: number): string {
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
  const parts = isSame(weekdays, saturdays)
    ? [`${between(weekdays)} their time`]
    : [`${between(weekdays)} their time on weekdays`, `${between(saturdays)} on Saturdays`];
  return [...parts, `${between(sundays)} on Sundays`].join(', ');
}
