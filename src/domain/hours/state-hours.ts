import { type CalendarName, type InForce, isHoliday, isInForce } from './holidays.ts';
import { weekdayOf } from './local-time.ts';

/** Hours in which a marketing text may go: minutes since midnight, the end not among them. Null: not that day. */
export type Hours = { from: number; to: number } | null;

/** One rule on hours, as law or practice has it, in force by the dates of the clock that counts. */
export type HourRule = InForce & {
  /** "federal", "canada", a US state, or "unknown-state" where nobody knows which. */
  jurisdiction: string;
  weekdays: Hours;
  saturdays: Hours;
  sundays: Hours;
  /** Calendars on whose days no text may go. */
  noneOn: CalendarName[];
  /** Zone whose clock counts, whatever the person's own; null: the person's. */
  clock: string | null;
  source: string;
};

/** Names the state of this table in what a decision leaves behind. */
export const HOURS_VERSION = '2026-11-28';

const hours = (from: number, to: number): Hours => ({ from: from * 60, to: to * 60 });

function rule(
  jurisdiction: string,
  [weekdays, saturdays, sundays]: [Hours, Hours, Hours],
  source: string,
  rest: Partial<HourRule> = {},
): HourRule {
  const usual = { noneOn: [], clock: null, effectiveFrom: null, effectiveTo: null };
  return { jurisdiction, weekdays, saturdays, sundays, source, ...usual, ...rest };
}

type Week = [Hours, Hours, Hours];
const daily = (from: number, to: number): Week => [hours(from, to), hours(from, to), hours(from, to)];
const noSundays = (from: number, to: number): Week => [hours(from, to), hours(from, to), null];

/** Many of these bind unsolicited calls or diallers alone; all are kept for every marketing text. */
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

/** The rules of a jurisdiction that hold on a date; none where it has no hours of its own. */
export function rulesOn(jurisdiction: string, date: string): HourRule[] {
  return HOUR_RULES.filter((rule) => rule.jurisdiction === jurisdiction && isInForce(rule, date));
}

/** Hours of one rule on one date of its clock. */
export function hoursOn(rule: HourRule, date: string): Hours {
  if (rule.noneOn.some((calendar) => isHoliday(calendar, date))) return null;
  const weekday = weekdayOf(date);
  return weekday === 0 ? rule.sundays : weekday === 6 ? rule.saturdays : rule.weekdays;
}
