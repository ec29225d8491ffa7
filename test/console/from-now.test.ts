import { expect } from 'chai';
import { fromNow, timeLeft } from '../../src/console/from-now.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/domain/durations.ts';

const NOW = new Date('2026-03-04T12:00:00Z');
const later = (ms: number): Date => new Date(NOW.getTime() + ms);

describe('The time until a moment', () => {
  it('is said in two units before a deadline', () => {
    expect(fromNow(later(6 * DAY_MS + 5 * HOUR_MS), NOW, 'en')).to.equal('in 6 days 5 h');
    expect(fromNow(later(DAY_MS + 59 * MINUTE_MS), NOW, 'en')).to.equal('in 1 day');
    expect(fromNow(later(2 * HOUR_MS + 10 * MINUTE_MS), NOW, 'es')).to.equal('dentro de 2 horas 10 min');
    expect(timeLeft(6 * DAY_MS + 23 * HOUR_MS, 'en')).to.equal('6 days 23 h');
    expect(timeLeft(30_000, 'en')).to.equal('1 minute');
  });

  it('is said in one unit when it is over', () => {
    expect(fromNow(later(-(3 * HOUR_MS + 20 * MINUTE_MS)), NOW, 'en')).to.equal('3 hours ago');
    expect(fromNow(later(20_000), NOW, 'en')).to.equal('this minute');
  });
});
