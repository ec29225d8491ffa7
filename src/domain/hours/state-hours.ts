import { utcDay } from '../durations.ts';
import { dateAfter, weekdayOf } from './local-time.ts';

/** Hours in which a marketing text may be sent: minutes since midnight, the end excluded. Null: not on that day. */
export type AllowedHours = { from: number; to: number } | null;

/** One rule on hours, by law or practice. Its dates are read on the clock that counts. */
type HourRule = InForce & {
  /** "federal", "canada", a US state, or "unknown-state" where the state is unknown. */
  jurisdiction: string;
  weekdays: AllowedHours;
  saturdays: AllowedHours;
  sundays: AllowedHours;
  /** Calendars on whose holidays no text may be sent. */
  noneOn: CalendarName[];
  /** The zone whose clock counts for everyone; null: the person's own. */
  clock: string | null;
  source: string;
};

/** The version of this table that a decision records. */
export const HOURS_VERSION = '2026-11-28';

const hours = (from: number, to: number): AllowedHours => ({ from: from * 60, to: to * 60 });

function rule(
  jurisdiction: string,
  [weekdays, saturdays, sundays]: [AllowedHours, AllowedHours, AllowedHours],
  source: string,
  rest: Partial<HourRule> = {},
): HourRule {
  const usual = { noneOn: [], clock: null, effectiveFrom: null, effectiveTo: null };
  return { jurisdiction, weekdays, saturdays, sundays, source, ...usual, ...rest };
}

type Week = [AllowedHours, AllowedHours, AllowedHours];
const daily = (from: number, to: number): Week => [hours(from, to), hours(from, to), hours(from, to)];
const noSundays = (from: number, to: number): Week => [hours(from, to), hours(from, to), null];

/** Many of these laws cover only unsolicited calls or automatic diallers. All are applied to every marketing text. */
export const HOUR_RULES: readonly HourRule[] = [
  rule('federal', daily(8, 21), '47 CFR 64.1200(c)(1); 16 CFR 310.4(c)'),
  rule('AL', noSundays(8, 20), 'Ala. Admin. Code 770-X-5-.17', { noneOn: ['AL'] }),
  rule('CA', daily(9, 21), 'Cal. Pub. Util. Code 2872'),
  rule('CT', daily(9, 20), 'Conn. Gen. Stat. 42-288a(c); Public Act 23-98'),
  rule('FL', daily(8, 20), 'Fla. Stat. 501.616(6), 501.059'),
  rule('IL', daily(8, 21), 'state law as 47 CFR 64.1200(c)(1)'),
  rule('IN', daily(9, 20), 'Ind. Code 24-5-14-8'),
  rule('KY', daily(10, 21), 'KRS 367.46955(16)'),
  rule('LA', noSundays(8, 20), 'LPSC General Order R-29617', { noneOn: ['LA'] }),
  rule('MA', daily(8, 20), '201 CMR 12.02; M.G.L. c.159C s.3'),
  rule('MD', daily(8, 20), 'Md. Code, Com. Law 14-4502(c)'),
  rule('ME', [hours(9, 17), null, null], '10 M.R.S. 1498'),
  rule('MI', daily(9, 21), 'MCL 750.540e(1)(f)'),
  rule('MN', daily(9, 21), 'Minn. Stat. 325E.30'),
  rule('MS', noSundays(8, 20), 'Miss. Code 77-3-723', { clock: 'America/Chicago' }),
  rule('NC', daily(8, 21), 'state law as 47 CFR 64.1200(c)(1)'),
  rule('NJ', daily(8, 21), 'N.J.S.A. 56:8-128(c), 56:8-130'),
  rule('NM', daily(9, 21), 'NMSA 57-12-22(B)(5)'),
  rule('NV', daily(9, 20), 'NRS 598.0918(3)'),
  rule('NY', daily(8, 21), 'state law as 47 CFR 64.1200(c)(1)'),
  rule('OK', daily(8, 20), '15 O.S. 775C.4'),
  rule('OR', daily(8, 20), 'ORS 646.563 (HB 3865)', { effectiveFrom: '2026-01-01' }),
  rule('PA', daily(8, 21), '47 CFR 64.1200(c)(1), before Act 47 of 2026', { effectiveTo: '2026-10-18' }),
  rule('PA', noSundays(9, 19), 'Pa. Act 47 of 2026 (SB 992)', { effectiveFrom: '2026-10-18' }),
  rule('RI', [hours(9, 18), hours(10, 17), null], 'R.I.G.L. 5-61-2(2), 5-61-3.6', { noneOn: ['RI'] }),
  rule('SC', daily(8, 21), 'state law as 47 CFR 64.1200(c)(1)'),
  rule('SD', noSundays(9, 21), 'SDCL 37-30A-3'),
  rule('TX', [hours(9, 21), hours(9, 21), hours(12, 21)], 'Tex. Bus. & Com. Code 301.051 (SB 140)', {
    effectiveFrom: '2025-09-01',
  }),
  rule('UT', noSundays(8, 21), 'Utah Code 13-25a-103', { noneOn: ['UT'] }),
  rule('VA', daily(8, 21), 'Va. Code 59.1-511'),
  rule('WA', daily(8, 20), 'RCW 19.158.110(4), 80.36.390, 19.190'),
  rule('WY', daily(8, 20), 'Wyo. Stat. 40-12-302(d)'),
  rule(
    'canada',
    [hours(9, 21.5), hours(10, 18), hours(10, 18)],
    'CRTC Unsolicited Telecommunications Rules III',
  ),
  rule('unknown-state', noSundays(10, 17), 'strictest of the states, but for Saturdays in 10 M.R.S. 1498', {
    noneOn: ['federal', 'AL', 'LA', 'RI', 'UT'],
  }),
];

/** The rules of a jurisdiction in force on a date; empty where it has no hours of its own. */
export function rulesOn(jurisdiction: string, date: string): HourRule[] {
  return HOUR_RULES.filter((rule) => rule.jurisdiction === jurisdiction && isInForce(rule, date));
}

/** The permitted hours of one rule on one date of its clock. */
export function hoursOn(rule: HourRule, date: string): AllowedHours {
  if (rule.noneOn.some((calendar) => isHoliday(calendar, date))) return null;
  const weekday = weekdayOf(date);
  return weekday === 0 ? rule.sundays : weekday === 6 ? rule.saturdays : rule.weekdays;
}

/** How a holiday's date is found in a year. Months count from 1; weekday 0 is Sunday; `nth` -1 is the last one. */
type HolidayDate =
  | { kind: 'fixed'; month: number; day: number }
  | { kind: 'weekday'; month: number; weekday: number; nth: number }
  /** Days after Easter Sunday of the western churches; negative: before it. */
  | { kind: 'easter'; days: number }
  /** The Tuesday after the first Monday of November, in even years. */
  | { kind: 'general-election' }
  /** The Monday on or before the day; the Monday after it where the day falls on a weekend. */
  | { kind: 'monday-near'; month: number; day: number };

/** ISO dates. `effectiveTo` is the first day on which a rule no longer holds. Null: no known start or end. */
type InForce = { effectiveFrom: string | null; effectiveTo: string | null };

const isInForce = ({ effectiveFrom, effectiveTo }: InForce, date: string): boolean =>
  (effectiveFrom === null || effectiveFrom <= date) && (effectiveTo === null || date < effectiveTo);

type HolidayRule = HolidayDate & InForce;

type HolidayCalendar = { rules: HolidayRule[]; source: string };

const always = (date: HolidayDate): HolidayRule => ({ ...date, effectiveFrom: null, effectiveTo: null });
const since = (effectiveFrom: string, rule: HolidayRule): HolidayRule => ({ ...rule, effectiveFrom });
const fixed = (month: number, day: number): HolidayRule => always({ kind: 'fixed', month, day });
const on = (nth: number, weekday: number, month: number): HolidayRule =>
  always({ kind: 'weekday', month, weekday, nth });
const MONDAY = 1;
const THURSDAY = 4;
const FRIDAY = 5;
const MARDI_GRAS = always({ kind: 'easter', days: -47 });
const GOOD_FRIDAY = always({ kind: 'easter', days: -2 });
const ELECTION = always({ kind: 'general-election' });

/** 5 U.S.C. 6103(a), in its order. */
const FEDERAL: HolidayRule[] = [
  fixed(1, 1),
  on(3, MONDAY, 1),
  on(3, MONDAY, 2),
  on(-1, MONDAY, 5),
  fixed(6, 19),
  fixed(7, 4),
  on(1, MONDAY, 9),
  on(2, MONDAY, 10),
  fixed(11, 11),
  on(4, THURSDAY, 11),
  fixed(12, 25),
];

/**
 * Legal holidays that a rule on hours refers to. Each calendar includes the federal days, whether or not its law
 * names them.
 */
export const HOLIDAYS = {
  federal: { rules: FEDERAL, source: '5 U.S.C. 6103(a)' },
  AL: {
    rules: [...FEDERAL, MARDI_GRAS, on(4, MONDAY, 4), on(1, MONDAY, 6)],
    source: 'Ala. Code 1-3-8',
  },
  LA: {
    // 19 January and 3 June were struck in 2022. Keeping both is the stricter reading, so neither has an end.
    rules: [
      ...FEDERAL,
      fixed(1, 8),
      fixed(1, 19),
      MARDI_GRAS,
      GOOD_FRIDAY,
      fixed(6, 3),
      on(3, 6, 6),
      fixed(8, 30),
      fixed(11, 1),
      ELECTION,
      on(4, FRIDAY, 11),
    ],
    source: 'La. R.S. 1:55',
  },
  RI: {
    rules: [...FEDERAL, fixed(5, 4), on(2, MONDAY, 8), ELECTION],
    source: 'R.I.G.L. 25-1-1',
  },
  UT: {
    rules: [
      ...FEDERAL,
      fixed(7, 24),
      since('2026-05-06', GOOD_FRIDAY),
      always({ kind: 'monday-near', month: 6, day: 19 }),
    ],
    source: 'Utah Code 63G-1-301',
  },
} satisfies Record<string, HolidayCalendar>;
export type CalendarName = keyof typeof HOLIDAYS;

/**
 * Whether a date is a holiday of a calendar, or the working day on which a weekend holiday is observed: Friday for a
 * Saturday, Monday for a Sunday (5 U.S.C. 6103(b)).
 */
export function isHoliday(name: CalendarName, date: string): boolean {
  const year = Number(date.slice(0, 4));
  // 1 January of next year may be observed on 31 December of this one.
  return [year, year + 1].some((candidate) => daysOf(name, candidate).has(date));
}

const YEARS = new Map<string, ReadonlySet<string>>();

function daysOf(name: CalendarName, year: number): ReadonlySet<string> {
  const key = `${name} ${year}`;
  const known = YEARS.get(key);
  if (known !== undefined) return known;
  const calendar: HolidayCalendar = HOLIDAYS[name];
  const days = new Set(calendar.rules.flatMap((rule) => kept(rule, year)));
  YEARS.set(key, days);
  return days;
}

function kept(rule: HolidayRule, year: number): string[] {
  const date = dateOf(rule, year);
  if (date === null || !isInForce(rule, date)) return [];
  const weekday = weekdayOf(date);
  return weekday === 6 ? [date, dateAfter(date, -1)] : weekday === 0 ? [date, dateAfter(date, 1)] : [date];
}

const isoDate = (year: number, month: number, day: number) =>
  utcDay(new Date(Date.UTC(year, month - 1, day)));

/** Null in a year without this holiday. */
function dateOf(rule: HolidayDate, year: number): string | null {
  switch (rule.kind) {
    case 'fixed':
      return isoDate(year, rule.month, rule.day);
    case 'weekday':
      return nthWeekday(year, rule.month, rule.weekday, rule.nth);
    case 'easter':
      return dateAfter(easterOf(year), rule.days);
    case 'general-election':
      return year % 2 === 0 ? dateAfter(nthWeekday(year, 11, MONDAY, 1), 1) : null;
    case 'monday-near': {
      const day = isoDate(year, rule.month, rule.day);
      const weekday = weekdayOf(day);
      return dateAfter(day, weekday === 6 ? 2 : MONDAY - weekday);
    }
  }
}

function nthWeekday(year: number, month: number, weekday: number, nth: number): string {
  const first = nth > 0 ? isoDate(year, month, 1) : isoDate(year, month + 1, 1);
  const ahead = (weekday - weekdayOf(first) + 7) % 7;
  return dateAfter(first, ahead + 7 * (nth > 0 ? nth - 1 : nth));
}

/** Easter Sunday, Gregorian. Source: the anonymous algorithm in Nature, 20 April 1876, in Meeus's form. */
function easterOf(year: number): string {
  const a = year % 19;
  const b = Math.floor(year / 100);
  const c = year % 100;
  const d = (19 * a + b - Math.floor(b / 4) - Math.floor((b - Math.floor((b + 8) / 25) + 1) / 3) + 15) % 30;
  const e = (32 + 2 * (b % 4) + 2 * Math.floor(c / 4) - d - (c % 4)) % 7;
  const f = Math.floor((a + 11 * d + 22 * e) / 451);
  const sum = d + e - 7 * f + 114;
  return isoDate(year, Math.floor(sum / 31), (sum % 31) + 1);
}
