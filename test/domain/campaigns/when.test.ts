import { expect } from 'chai';
import type { Repeat } from '../../../src/domain/campaigns/recurrence.ts';
import {
  type Local,
  type ScheduleRequest,
  span,
  startOf,
  whenFault,
} from '../../../src/domain/campaigns/schedule.ts';

const NOW = new Date('2026-12-01T16:00:00Z');
const ZONE = 'America/New_York';
const HOUR = 3_600_000;
const at = (minutes: number): Date => new Date(NOW.getTime() + minutes * 60_000);
/** In New York it is 11:00 now, in Honolulu 6:00. */
const local = (hour: number, date = '2026-12-01'): Local => ({ date, minutes: hour * 60, missed: 'skip' });
const weekly: Repeat = { cron: '0 10 * * 1', until: null, validMs: null };

describe('schedule of a campaign', () => {
  const cases: [what: string, order: Partial<ScheduleRequest>, field: string | null][] = [
    ['at once, for ever', {}, null],
    ['a clock half a minute behind', { at: at(-0.5) }, null],
    ['a start that has passed', { at: at(-2) }, 'at'],
    ['a deadline after the start', { at: at(10), deadline: at(11) }, null],
    ['a deadline before the start', { at: at(10), deadline: at(9) }, 'deadline'],
    ['a deadline at the start', { at: at(10), deadline: at(10) }, 'deadline'],
    ['a deadline that has passed', { deadline: at(-1) }, 'deadline'],
    ['a spread that ends with the deadline', { spreadMs: HOUR, deadline: at(60) }, null],
    [
      'a spread that is longer than the deadline allows',
      { spreadMs: HOUR, deadline: at(59) },
      'spread_minutes',
    ],
    ['a local time tomorrow', { local: local(10, '2026-12-02') }, null],
    ['a local time that has passed in the east alone', { local: local(10) }, null],
    ['a local time that has passed in every zone', { local: local(10, '2026-11-30') }, 'local'],
    ['a local time and a moment', { local: local(20), at: at(60) }, 'local'],
    ['a local time, its deadline after it', { local: local(20), deadline: at(10 * 60) }, null],
    ['a local time, its deadline before it', { local: local(20), deadline: at(8 * 60) }, 'deadline'],
    [
      'a local time, its spread past the deadline',
      { local: local(20), spreadMs: HOUR, deadline: at(9 * 60 + 30) },
      'spread_minutes',
    ],
    ['a recurrence', { repeat: weekly }, null],
    ['a recurrence from a moment', { repeat: weekly, at: at(60) }, 'at'],
    ['a recurrence at a local time', { repeat: weekly, local: local(20) }, 'local'],
    ['a recurrence with a deadline', { repeat: weekly, deadline: at(60) }, 'deadline'],
    ['a recurrence that never fires', { repeat: { ...weekly, cron: '0 10 31 2 *' } }, 'repeat.cron'],
    ['a recurrence every minute', { repeat: { ...weekly, cron: '* * * * *' } }, 'repeat.cron'],
    ['a recurrence twice an hour', { repeat: { ...weekly, cron: '0,30 10 * * *' } }, 'repeat.cron'],
    ['a recurrence every second minute', { repeat: { ...weekly, cron: '*/2 10 * * *' } }, 'repeat.cron'],
    ['a recurrence every hour', { repeat: { ...weekly, cron: '5 * * * *' } }, null],
    ['a recurrence with seconds', { repeat: { ...weekly, cron: '0 0 10 * * 1' } }, 'repeat.cron'],
    ['a recurrence that is no pattern', { repeat: { ...weekly, cron: '0 25 * * *' } }, 'repeat.cron'],
    ['a recurrence by a nickname', { repeat: { ...weekly, cron: '@minutely' } }, 'repeat.cron'],
    ['a recurrence that is over', { repeat: { ...weekly, until: at(-1) } }, 'repeat.until'],
    [
      'a recurrence that ends before its first time',
      { repeat: { ...weekly, until: at(60) } },
      'repeat.until',
    ],
    [
      'a run valid for longer than its spread',
      { repeat: { ...weekly, validMs: 2 * HOUR }, spreadMs: HOUR },
      null,
    ],
    [
      'a run valid for its spread alone',
      { repeat: { ...weekly, validMs: HOUR }, spreadMs: HOUR },
      'spread_minutes',
    ],
  ];
  for (const [what, said, field] of cases) {
    it(`${field === null ? 'accepts' : `refuses "${field}":`} ${what}`, () => {
      const order: ScheduleRequest = {
        at: null,
        deadline: null,
        local: null,
        spreadMs: 0,
        repeat: null,
        ...said,
      };
      const fault = whenFault(order, ZONE, NOW);
      expect(fault?.field ?? null).to.equal(field);
      if (fault !== null) expect(fault.why).to.match(/^[A-Z].+\.$/);
    });
  }
});

describe('start of planning', () => {
  const order: ScheduleRequest = { at: null, deadline: null, local: null, spreadMs: 0, repeat: null };
  it('comes as soon as the local time begins in any time zone, so that nobody is passed over', () => {
    expect(startOf({ ...order, local: local(10, '2026-12-05') }, ZONE, NOW)).to.deep.equal(
      new Date('2026-12-04T20:00:00Z'),
    );
    expect(startOf({ ...order, local: local(10) }, ZONE, NOW)).to.deep.equal(NOW);
  });
  it('is the requested moment, or now', () => {
    expect(startOf({ ...order, at: at(5) }, ZONE, NOW)).to.deep.equal(at(5));
    expect(startOf(order, ZONE, NOW)).to.deep.equal(NOW);
  });
  it('counts a local time as passed everywhere once it has passed in Samoa', () => {
    expect(span(local(10), ZONE).last).to.deep.equal(new Date('2026-12-01T21:00:00Z'));
  });
});
