import { expect } from 'chai';
import { dayWords, momentWords, notBeforeWords } from '../../../src/domain/hours/local-time.ts';

describe('moments in words', () => {
  const at = new Date('2026-05-21T13:00:00.001Z');

  it('name the minute that has begun, on the clock of a time zone', () => {
    expect(momentWords(at)).to.equal('13:00 on 21 May 2026 (UTC)');
    expect(momentWords(at, 'America/Chicago')).to.equal('8:00 on 21 May 2026 (America/Chicago time)');
    expect(momentWords(new Date('2026-05-21T02:30:00Z'), 'America/New_York')).to.equal(
      '22:30 on 20 May 2026 (America/New York time)',
    );
  });

  it('never promise a moment earlier than it comes', () => {
    expect(notBeforeWords(at)).to.equal('13:01 on 21 May 2026 (UTC)');
    expect(notBeforeWords(new Date('2026-05-21T13:00:00Z'))).to.equal('13:00 on 21 May 2026 (UTC)');
  });

  it('name a day', () => {
    expect(dayWords('2026-02-01')).to.equal('1 February 2026');
  });
});
