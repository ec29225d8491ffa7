import { expect } from 'chai';
import fc from 'fast-check';
import {
  checkAfterPause,
  checkRecurrence,
  type Repeat,
  timesAfter,
} from '../../../src/domain/campaigns/recurrence.ts';
import { wallTimeAt } from '../../../src/domain/hours/local-time.ts';

const ZONE = 'America/New_York';
const HOUR = 3_600_000;
const daily: Repeat = { cron: '0 10 * * *', until: null, validMs: null };
const day = (date: number, hour = 15): Date => new Date(Date.UTC(2026, 11, date, hour));
const second = (of: number): Date => new Date(day(1).getTime() + of * 1000);
const iso = (times: Date[]): string[] => times.map((time) => time.toISOString().slice(0, 16));

describe('times of a recurrence', () => {
  const cases: [what: string, cron: string, after: string, times: string[]][] = [
    ['Mondays at ten, winter', '0 10 * * 1', '2026-12-01T00:00Z', ['2026-12-07T15:00', '2026-12-14T15:00']],
    [
      'over the start of summer time, ten stays ten',
      '0 10 * * *',
      '2027-03-13T16:00Z',
      ['2027-03-14T14:00', '2027-03-15T14:00'],
    ],
    [
      'never shown: the first moment after the gap',
      '30 2 * * *',
      '2027-03-13T12:00Z',
      ['2027-03-14T07:00', '2027-03-15T06:30'],
    ],
    ['shown twice: the first', '30 1 * * *', '2026-10-31T12:00Z', ['2026-11-01T05:30', '2026-11-02T06:30']],
    ['between the two showings: tomorrow', '30 1 * * *', '2026-11-01T05:45Z', ['2026-11-02T06:30']],
    [
      'every hour through the gap, none twice',
      '0 * * * *',
      '2027-03-14T05:30Z',
      ['2027-03-14T06:00', '2027-03-14T07:00', '2027-03-14T08:00'],
    ],
    ['the last day of a month', '0 9 L * *', '2026-12-01T00:00Z', ['2026-12-31T14:00', '2027-01-31T14:00']],
    ['a leap day', '0 9 29 2 *', '2026-12-01T00:00Z', ['2028-02-29T14:00']],
  ];
  for (const [what, cron, after, times] of cases) {
    it(`follow its cron expression: ${what}`, () =>
      expect(iso(timesAfter({ ...daily, cron }, ZONE, new Date(after), times.length))).to.deep.equal(times));
  }

  it('stay before the end that was set', () => {
    const until = day(3);
    expect(iso(timesAfter({ ...daily, until }, ZONE, day(1), 9))).to.deep.equal(['2026-12-02T15:00']);
  });

  const seed = Number(process.env.ASSENT_SEED ?? Date.now() % 1_000_000);
  it(`come in order after the given moment, on their minute and at least an hour apart (ASSENT_SEED=${seed})`, () => {
    const zones = fc.constantFrom(
      ZONE,
      'America/Denver',
      'America/St_Johns',
      'Pacific/Honolulu',
      'America/Phoenix',
    );
    const hour = fc.oneof(fc.constant('*'), fc.integer({ min: 0, max: 23 }).map(String));
    const moment = fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2028, 0, 1) });
    const property = (zone: string, minute: number, of: string, from: number) => {
      const repeat = { ...daily, cron: `${minute} ${of} * * *` };
      const times = timesAfter(repeat, zone, new Date(from), 6);
      expect(times).to.have.length(6);
      let before = from;
      for (const time of times) {
        expect(time.getTime()).to.be.above(before);
        before = time.getTime();
        const shown = wallTimeAt(zone, time).minutes % 60;
        // In a gap the clock shows what it jumped to.
        if (shown !== minute) expect(shown).to.be.oneOf([0, 1]);
      }
      expect(timesAfter(repeat, zone, times[1] ?? new Date(0), 2)).to.deep.equal(times.slice(2, 4));
    };
    fc.assert(fc.property(zones, fc.integer({ min: 0, max: 59 }), hour, moment, property), {
      numRuns: 400,
      seed,
    });
  });
});

describe('next run of a recurrence', () => {
  const turns: [
    what: string,
    repeat: Partial<Repeat>,
    now: Date,
    run: Date | null,
    missed: number,
    next: Date | null,
  ][] = [
    ['before its time: nothing', {}, day(1, 14), null, 0, day(1)],
    ['at its time', {}, day(1), day(1), 0, day(2)],
    ['five hours late', {}, day(1, 20), day(1), 0, day(2)],
    ['three days down: the last one alone', {}, day(4, 14), day(3), 2, day(4)],
    ['late, and valid still', { validMs: 6 * HOUR }, day(1, 20), day(1), 0, day(2)],
    ['late, and valid no more', { validMs: 5 * HOUR }, day(1, 20), null, 1, day(2)],
    ['its last time', { until: day(2) }, day(1), day(1), 0, null],
    ['late, and before its end', { until: day(1, 20) }, day(1, 19), day(1), 0, null],
    ['so late that it has ended', { until: day(1, 20) }, day(1, 20), null, 1, null],
    ['a second after it has ended', { until: second(30) }, second(31), day(1), 0, null],
    ['a minute late, and ended', { until: second(30) }, second(60), day(1), 0, null],
    ['more than a minute late, and ended', { until: second(30) }, second(61), null, 1, null],
    ['days after its end', { until: day(2, 20) }, day(4), null, 2, null],
  ];
  for (const [what, over, now, run, missed, next] of turns) {
    it(`is found ${what}`, () => {
      const turn = checkRecurrence({ ...daily, ...over }, ZONE, day(1), now);
      expect(turn).to.deep.equal({ run, missed, next });
    });
  }

  it('is the run of the last hour after a year of downtime of an hourly recurrence', () => {
    const turn = checkRecurrence(
      { ...daily, cron: '0 * * * *' },
      ZONE,
      day(1),
      new Date('2027-12-01T15:30:00Z'),
    );
    expect(turn.run).to.deep.equal(new Date('2027-12-01T15:00:00Z'));
    expect(turn.missed).to.be.at.least(1000);
  });

  it('is the next one after a pause, and runs missed in the pause are counted', () => {
    expect(checkAfterPause(daily, ZONE, day(1), day(3, 16))).to.deep.equal({
      run: null,
      missed: 3,
      next: day(4),
    });
    expect(checkAfterPause({ ...daily, until: day(2, 20) }, ZONE, day(1), day(4))).to.deep.equal({
      run: null,
      missed: 2,
      next: null,
    });
    expect(checkAfterPause(daily, ZONE, day(1), day(1, 14))).to.deep.equal({
      run: null,
      missed: 0,
      next: day(1),
    });
  });
});
