import { expect } from 'chai';
import { dateOf, monthStart } from '../../scripts/month/calendar.ts';
import { createClock } from '../../scripts/month/clock.ts';
import { startsBetween } from '../../scripts/month/schedule.ts';

const at = (moment: string): Date => new Date(`2026-11-${moment}Z`);

describe('the calendar of a simulated month', () => {
  it('ends at the last midnight, so that later times are the present', () => {
    const start = monthStart(at('24T13:05:00'), 30);
    expect([dateOf(start, 0), dateOf(start, 29)]).to.deep.equal(['2026-10-25', '2026-11-23']);
  });

  it('has a clock that runs, and is set forward and never back', () => {
    let ms = 0;
    const clock = createClock(at('01T00:00:00'), () => ms);
    ms = 1500;
    expect(clock.now()).to.deep.equal(at('01T00:00:01.500'));
    clock.setTo(at('01T10:00:00'));
    ms = 2500;
    expect(clock.now()).to.deep.equal(at('01T10:00:01'));
    clock.setTo(at('01T09:00:00'));
    expect(clock.now()).to.deep.equal(at('01T10:00:01'));
  });

  it('counts how often a job would have started meanwhile', () => {
    const rows: [schedule: Parameters<typeof startsBetween>[0], from: string, to: string, starts: number][] =
      [
        [{ every: '30 seconds' }, '01T00:00:00', '01T00:00:29', 0],
        [{ every: '30 seconds' }, '01T00:00:00', '01T00:02:00', 4],
        [{ every: '5 minutes' }, '01T00:00:00', '01T06:00:00', 72],
        [{ every: '10 seconds' }, '01T00:00:00', '02T00:00:00', 1000],
        [{ cron: '10 3 * * *', zone: 'America/New_York' }, '10T08:00:00', '10T08:09:00', 0],
        [{ cron: '10 3 * * *', zone: 'America/New_York' }, '10T08:00:00', '10T08:10:00', 1],
        [{ cron: '0 * * * *', zone: 'UTC' }, '10T08:00:00', '10T14:00:00', 6],
      ];
    for (const [schedule, from, to, starts] of rows) {
      expect(startsBetween(schedule, at(from), at(to)), JSON.stringify([schedule, from, to])).to.equal(
        starts,
      );
    }
    expect(() => startsBetween({ every: 'a while' }, at('01T00:00:00'), at('02T00:00:00'))).to.throw(
      /a while/,
    );
  });
});
