import { expect } from 'chai';
import { dateAfter } from '../../../src/domain/hours/local-time.ts';
import { mayTextAt } from '../../../src/domain/hours/permitted-hours.ts';
import {
  type CalendarName,
  HOLIDAYS,
  HOUR_RULES,
  hoursOn,
  isHoliday,
  rulesOn,
} from '../../../src/domain/hours/state-hours.ts';
import { zonesOfState } from '../../../src/domain/hours/zone-tables.ts';
import type { Whereabouts } from '../../../src/domain/hours/zones-of-person.ts';

type Window = [from: number, to: number] | null;
/** In hours. The holiday is Thanksgiving, a Thursday. */
type Row = [who: string, weekday: Window, saturday: Window, sunday: Window, holiday: Window];

const same = (who: string, window: Window): Row => [who, window, window, window, window];

/** Typed from the statutes' table a second time, in the order of the states. */
const ROWS: Row[] = [
  same('federal', [8, 21]),
  ['AL', [8, 20], [8, 20], null, null],
  same('CA', [9, 21]),
  same('CT', [9, 20]),
  same('FL', [8, 20]),
  same('IL', [8, 21]),
  same('IN', [9, 20]),
  same('KY', [10, 21]),
  ['LA', [8, 20], [8, 20], null, null],
  same('MA', [8, 20]),
  same('MD', [8, 20]),
  ['ME', [9, 17], null, null, [9, 17]],
  same('MI', [9, 21]),
  same('MN', [9, 21]),
  ['MS', [8, 20], [8, 20], null, [8, 20]],
  same('NC', [8, 21]),
  same('NJ', [8, 21]),
  same('NM', [9, 21]),
  same('NV', [9, 20]),
  same('NY', [8, 21]),
  same('OK', [8, 20]),
  same('OR', [8, 20]),
  ['PA', [9, 19], [9, 19], null, [9, 19]],
  ['RI', [9, 18], [10, 17], null, null],
  same('SC', [8, 21]),
  ['SD', [9, 21], [9, 21], null, [9, 21]],
  ['TX', [9, 21], [9, 21], [12, 21], [9, 21]],
  ['UT', [8, 21], [8, 21], null, null],
  same('VA', [8, 21]),
  same('WA', [8, 20]),
  same('WY', [8, 20]),
  ['canada', [9, 21.5], [10, 18], [10, 18], [9, 21.5]],
  ['unknown-state', [10, 17], [10, 17], null, null],
];
const DAYS = ['2026-11-18', '2026-11-21', '2026-11-22', '2026-11-26'];
/** Hours behind UTC in November. */
const BEHIND: Record<string, number> = {
  'America/New_York': 5,
  'America/Chicago': 6,
  'America/Denver': 7,
  'America/Los_Angeles': 8,
};
const HOUR = 3_600_000;

describe('table of allowed hours', () => {
  it('has a row in this test for each jurisdiction', () => {
    const known = new Set(HOUR_RULES.map(({ jurisdiction }) => jurisdiction));
    expect([...known]).to.have.members(ROWS.map(([who]) => who));
  });

  it('gives a source for every rule', () => {
    for (const { jurisdiction, source } of HOUR_RULES) expect(source.length, jurisdiction).to.be.above(10);
  });

  it('has at most one rule for a jurisdiction on a date', () => {
    for (const [who] of ROWS) {
      for (let day = '2025-01-01'; day < '2028-01-01'; day = dateAfter(day, 1)) {
        expect(rulesOn(who, day).length, `${who} ${day}`).to.be.at.most(1);
      }
    }
  });

  for (const [who, ...windows] of ROWS) {
    it(`is enforced in ${who} to the millisecond, on weekdays, weekends and a holiday`, () => {
      const zone = zonesOfState(who).find((name) => name in BEHIND) ?? 'America/New_York';
      windows.forEach((window, n) => {
        expectOpen(who, zone, DAYS[n] ?? '', window);
      });
    });
  }
});

function expectOpen(who: string, zone: string, date: string, window: Window): void {
  const midnight = Date.parse(`${date}T00:00:00Z`) + (BEHIND[zone] ?? Number.NaN) * HOUR;
  const where: Whereabouts = {
    zones: [zone],
    home: [],
    states: [],
    jurisdictions: [who],
    source: 'zip',
    confidence: 'sure',
  };
  const isOpen = (moment: number) => mayTextAt('marketing', where, new Date(moment)).kind === 'allowed';
  for (let quarter = 0; quarter < 96; quarter++) {
    for (const ms of [-1, 0, 1]) {
      const moment = midnight + (quarter * HOUR) / 4 + ms;
      if (moment < midnight) continue;
      const hour = (moment - midnight) / HOUR;
      const expected = window !== null && hour >= window[0] && hour < window[1];
      expect(isOpen(moment), `${who} ${date} hour ${hour}`).to.equal(expected);
    }
  }
}

describe('rule with a first day', () => {
  const firsts: [who: string, before: string, after: string, hour: number][] = [
    ['OR', '2025-12-31', '2026-01-01', 20],
    ['TX', '2025-08-31', '2025-09-01', 8],
    ['PA', '2026-10-16', '2026-10-19', 8],
  ];
  for (const [who, before, after, hour] of firsts) {
    it(`does not apply in ${who} until ${after}`, () => {
      const [zone = ''] = zonesOfState(who);
      const kind = (date: string) =>
        mayTextAt(
          'marketing',
          {
            zones: [zone],
            home: [],
            states: [who],
            jurisdictions: ['federal', who],
            source: 'zip',
            confidence: 'sure',
          },
          new Date(Date.parse(`${date}T00:30:00Z`) + (hour + summerOffset(zone, date)) * HOUR),
        ).kind;
      expect(kind(before)).to.equal('allowed');
      expect(kind(after)).to.equal('held');
    });
  }
});

/** Hours behind UTC: one less than in November while it is summer time. */
const summerOffset = (zone: string, date: string) =>
  (BEHIND[zone] ?? 0) - (/-(08|09|10)-/.test(date) ? 1 : 0);

describe('holidays', () => {
  const years: Record<CalendarName, string> = {
    federal: '01-01 01-19 02-16 05-25 06-19 07-03 07-04 09-07 10-12 11-11 11-26 12-25',
    AL: '01-01 01-19 02-16 02-17 04-27 05-25 06-01 06-19 07-03 07-04 09-07 10-12 11-11 11-26 12-25',
    LA: '01-01 01-08 01-19 02-16 02-17 04-03 05-25 06-03 06-19 06-20 07-03 07-04 08-30 08-31 09-07 10-12 11-01 11-02 11-03 11-11 11-26 11-27 12-25',
    RI: '01-01 01-19 02-16 05-04 05-25 06-19 07-03 07-04 08-10 09-07 10-12 11-03 11-11 11-26 12-25',
    UT: '01-01 01-19 02-16 05-25 06-15 06-19 07-03 07-04 07-24 09-07 10-12 11-11 11-26 12-25',
  };
  for (const [name, expected] of Object.entries(years) as [CalendarName, string][]) {
    it(`match the calendar of 2026 in ${HOLIDAYS[name].source}`, () => {
      expect(daysOf(name, 2026)).to.equal(expected);
    });
  }

  it('are observed on Friday or Monday too when on a weekend, across the end of a year', () => {
    // 4 July 2027 is a Sunday; 25 December 2027 and 1 January 2028 are Saturdays.
    for (const date of ['2027-07-04', '2027-07-05', '2027-12-24', '2027-12-25', '2027-12-31']) {
      expect(isHoliday('federal', date), date).to.equal(true);
    }
  });

  it('include elections only in even years', () => {
    expect(isHoliday('RI', '2028-11-07')).to.equal(true);
    expect(isHoliday('RI', '2027-11-02')).to.equal(false);
  });

  it('have effective dates: Good Friday applies in Utah from 2027 on and not before the law', () => {
    const shut = (day: string) => rulesOn('UT', day).map((rule) => hoursOn(rule, day));
    expect([shut('2026-04-03'), shut('2027-03-26')]).to.deep.equal([[{ from: 480, to: 1260 }], [null]]);
    const rules = Object.values(HOLIDAYS).flatMap((calendar) => calendar.rules);
    const dated = rules.filter(
      ({ effectiveFrom, effectiveTo }) => effectiveFrom !== null || effectiveTo !== null,
    );
    expect(dated).to.deep.equal([
      { kind: 'easter', days: -2, effectiveFrom: '2026-05-06', effectiveTo: null },
    ]);
    for (const rule of rules) {
      expect(rule).to.have.property('effectiveFrom');
      expect(rule).to.have.property('effectiveTo');
    }
  });

  it('keep the days that Louisiana struck, as the stricter reading', () => {
    for (const date of ['2021-01-19', '2027-01-19', '2021-06-03', '2027-06-03']) {
      expect(isHoliday('LA', date), date).to.equal(true);
    }
  });

  it('follow Easter', () => {
    const fridays = ['2025-04-18', '2026-04-03', '2027-03-26', '2028-04-14', '2030-04-19', '2038-04-23'];
    for (const date of fridays) expect(isHoliday('LA', date), date).to.equal(true);
  });
});

function daysOf(name: CalendarName, year: number): string {
  const found: string[] = [];
  for (let day = `${year}-01-01`; day.startsWith(`${year}`); day = dateAfter(day, 1)) {
    if (isHoliday(name, day)) found.push(day.slice(5));
  }
  return found.join(' ');
}
