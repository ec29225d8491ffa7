import { expect } from 'chai';
import { dateAfter, instantOf, wallTimeAt, weekdayOf } from '../../../src/domain/hours/local-time.ts';
import { ALL_ZONES, changesOf, offset, shows } from './wall-clock.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;
const at = (hour: number, minute = 0) => hour * 60 + minute;

describe('moment of a local time', () => {
  const cases: [what: string, zone: string, date: string, minutes: number, expected: string][] = [
    ['in winter', 'America/New_York', '2026-01-15', at(10), '2026-01-15T15:00:00.000Z'],
    ['in summer', 'America/New_York', '2026-07-15', at(10), '2026-07-15T14:00:00.000Z'],
    ['before a gap', 'America/New_York', '2026-03-08', at(1, 59), '2026-03-08T06:59:00.000Z'],
    ['in a gap', 'America/New_York', '2026-03-08', at(2, 30), '2026-03-08T07:00:00.000Z'],
    ['after a gap', 'America/New_York', '2026-03-08', at(3), '2026-03-08T07:00:00.000Z'],
    ['shown twice', 'America/New_York', '2026-11-01', at(1, 30), '2026-11-01T05:30:00.000Z'],
    ['after an overlap', 'America/New_York', '2026-11-01', at(2), '2026-11-01T07:00:00.000Z'],
    ['in Arizona, which keeps one time', 'America/Phoenix', '2026-07-15', at(10), '2026-07-15T17:00:00.000Z'],
    ['half an hour off', 'America/St_Johns', '2026-07-15', at(10), '2026-07-15T12:30:00.000Z'],
    [
      'where half an hour is changed',
      'Australia/Lord_Howe',
      '2026-10-04',
      at(2, 15),
      '2026-10-03T15:30:00.000Z',
    ],
    ['ahead of UTC', 'Pacific/Guam', '2026-07-15', at(8), '2026-07-14T22:00:00.000Z'],
    [
      'in Vancouver after the last change',
      'America/Vancouver',
      '2026-11-24',
      at(8),
      '2026-11-24T15:00:00.000Z',
    ],
    ['in Vancouver before it', 'America/Vancouver', '2026-02-24', at(8), '2026-02-24T16:00:00.000Z'],
    ['in Calgary after the last change', 'America/Edmonton', '2027-01-15', at(8), '2027-01-15T14:00:00.000Z'],
    ['at the end of a day', 'UTC', '2026-12-31', at(24), '2027-01-01T00:00:00.000Z'],
  ];
  for (const [what, zone, date, minutes, expected] of cases) {
    it(`is found ${what}`, () => {
      expect(instantOf(zone, { date, minutes }).toISOString()).to.equal(expected);
    });
  }

  it('is the last of two showings on request', () => {
    const twice = { date: '2026-11-01', minutes: at(1, 30) };
    expect(instantOf('America/New_York', twice, 'last').toISOString()).to.equal('2026-11-01T06:30:00.000Z');
    const once = { date: '2026-11-01', minutes: at(3) };
    expect(instantOf('America/New_York', once, 'last').toISOString()).to.equal('2026-11-01T08:00:00.000Z');
  });

  it('is refused for an unknown time zone', () => {
    expect(() => instantOf('America/Nowhere', { date: '2026-11-01', minutes: 0 })).to.throw(RangeError);
  });

  it('is the first moment at which the clock shows it or more, around every clock change in two years', function () {
    this.timeout(120_000);
    let changes = 0;
    for (const zone of ALL_ZONES) {
      for (const change of changesOf(zone)) {
        changes += 1;
        for (let around = -180; around <= 180; around += 30) expectFirst(zone, change + around * MINUTE);
      }
    }
    expect(changes).to.be.greaterThan(500);
  });
});

/** Asks for the local time shown before and after a moment near a change, by either offset. */
function expectFirst(zone: string, near: number): void {
  for (const beside of [-DAY, DAY]) {
    const wanted = near + offset(zone, near + beside);
    const date = new Date(wanted).toISOString().slice(0, 10);
    const minutes = Math.floor((wanted % DAY) / MINUTE);
    const found = instantOf(zone, { date, minutes }).getTime();
    const shown = (moment: number) => moment + offset(zone, moment);
    const asked = Date.parse(`${date}T00:00:00Z`) + minutes * MINUTE;
    expect(shown(found), `${zone} ${date} ${minutes}`).to.be.at.least(asked);
    for (const before of [1, 20, 40, 70, 130, 200]) {
      const earlier = found - before * MINUTE;
      expect(shown(earlier), `${zone} ${date} ${minutes}, earlier`).to.be.lessThan(asked);
    }
  }
}

describe('wall clock', () => {
  it('shows what the runtime shows, by the minute around every clock change in two years', function () {
    this.timeout(120_000);
    for (const zone of ALL_ZONES) {
      for (const change of changesOf(zone)) {
        for (let around = -20; around <= 20; around++) {
          const moment = change + around * MINUTE + 1;
          const { date, seconds } = shows(zone, moment);
          const wall = wallTimeAt(zone, new Date(moment));
          expect(wall, `${zone} ${moment}`).to.deep.equal({ date, minutes: Math.floor(seconds / 60) });
        }
      }
    }
  });
});

describe('dates', () => {
  it('continue over months, years and leap days', () => {
    expect(dateAfter('2026-12-31', 1)).to.equal('2027-01-01');
    expect(dateAfter('2028-02-28', 1)).to.equal('2028-02-29');
    expect(dateAfter('2026-03-01', -1)).to.equal('2026-02-28');
  });
  it('know their weekday', () => {
    expect(weekdayOf('2026-11-22')).to.equal(0);
    expect(weekdayOf('2026-11-24')).to.equal(2);
  });
});
