import { expect } from 'chai';
import { dayWords, momentWords, notBeforeWords } from '../../../src/domain/console-time.ts';

describe('moments in words', () => {
  const at = new Date('2026-05-21T13:00:00.001Z');

  it('name the minute that has begun, on the clock of a time zone', () => {
    expect(momentWords(at)).to.equal('May 21, 2026, 1:00 PM UTC');
    expect(momentWords(at, 'America/Chicago')).to.equal('May 21, 2026, 8:00 AM CDT');
    expect(momentWords(new Date('2026-05-21T02:30:00Z'), 'America/New_York')).to.equal(
      'May 20, 2026, 10:30 PM EDT',
    );
  });

  it('never promise a moment earlier than it comes', () => {
    expect(notBeforeWords(at)).to.equal('May 21, 2026, 1:01 PM UTC');
    expect(notBeforeWords(new Date('2026-05-21T13:00:00Z'))).to.equal('May 21, 2026, 1:00 PM UTC');
  });

  it('name a day', () => {
    expect(dayWords('2026-02-01')).to.equal('Feb 1, 2026');
  });
});
