import { expect } from 'chai';
import { showClock, showDay, showTime } from '../../src/domain/console-time.ts';

describe('the times on pages for staff', () => {
  const times: [at: string, zone: string, english: string, spanish: string][] = [
    ['2026-12-01T07:53:36Z', 'America/New_York', 'Dec 1, 2026, 2:53 AM EST', '1 dic 2026, 2:53 a.m. EST'],
    ['2026-07-01T16:00:00Z', 'America/Chicago', 'Jul 1, 2026, 11:00 AM CDT', '1 jul 2026, 11:00 a.m. CDT'],
    ['2026-12-31T23:59:59Z', 'UTC', 'Dec 31, 2026, 11:59 PM UTC', '31 dic 2026, 11:59 p.m. UTC'],
    ['2027-01-01T05:00:00Z', 'America/New_York', 'Jan 1, 2027, 12:00 AM EST', '1 ene 2027, 12:00 a.m. EST'],
    ['1969-12-31T23:59:59Z', 'UTC', 'Dec 31, 1969, 11:59 PM UTC', '31 dic 1969, 11:59 p.m. UTC'],
  ];
  for (const [at, zone, english, spanish] of times)
    it(`writes ${at} in ${zone} as "${english}"`, () => {
      expect(showTime(new Date(at), zone, 'en')).to.equal(english);
      expect(showTime(new Date(at), zone, 'es')).to.equal(spanish);
    });

  it('follows a law that is newer than the runtime', () => {
    const at = new Date('2026-12-01T07:53:00Z');
    expect(showTime(at, 'America/Vancouver', 'en')).to.match(
      /^Dec 1, 2026, 12:53 AM (MST|GMT-0?7(:00)?|PDT)$/,
    );
  });

  it('writes seconds where they are asked for', () => {
    const at = new Date('2026-12-01T07:53:06Z');
    expect(showClock(at, 'America/New_York', 'en', 'second')).to.equal('2:53:06 AM');
    expect(showClock(at, 'America/New_York', 'en')).to.equal('2:53 AM');
    expect(showDay(at, 'America/New_York', 'en')).to.equal('Dec 1, 2026');
  });
});
