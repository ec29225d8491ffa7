import { expect } from 'chai';
import { clockWords, marketingWeek, weekWords } from '../../../src/domain/hours/marketing-hours.ts';

const WINTER = new Date('2026-12-01T12:00:00Z');
const BEFORE_PENNSYLVANIA = new Date('2026-06-01T12:00:00Z');

describe('The hours of marketing, in words', () => {
  for (const [place, jurisdictions, words, source] of [
    [
      'Colorado, which has no rule of its own',
      ['federal', 'CO'],
      'from 8 AM to 9 PM their time',
      '47 CFR 64.1200(c)(1)',
    ],
    ['Florida', ['federal', 'FL'], 'from 8 AM to 8 PM their time', 'Fla. Stat. 501.616(6)'],
    [
      'Texas',
      ['federal', 'TX'],
      'from 9 AM to 9 PM their time, from 12 PM to 9 PM on Sundays',
      'Tex. Bus. & Com. Code 301.051',
    ],
    [
      'Maine',
      ['federal', 'ME'],
      'from 9 AM to 5 PM their time on weekdays, not at all on Saturdays, not at all on Sundays',
      '10 M.R.S. 1498',
    ],
    [
      'Canada',
      ['canada'],
      'from 9 AM to 9:30 PM their time on weekdays, from 10 AM to 6 PM on Saturdays, from 10 AM to 6 PM on Sundays',
      'CRTC Unsolicited Telecommunications Rules III',
    ],
    ['nowhere', [], 'from midnight to midnight their time', 'no rule'],
  ] as const) {
    it(`are the strictest of all rules in ${place} (${source})`, () => {
      expect(weekWords(marketingWeek(jurisdictions, WINTER))).to.equal(words);
    });
  }

  it('follow a law from the day on which it begins (Pa. Act 47 of 2026)', () => {
    const at = (now: Date) => weekWords(marketingWeek(['federal', 'PA'], now));
    expect(at(BEFORE_PENNSYLVANIA)).to.equal('from 8 AM to 9 PM their time');
    expect(at(WINTER)).to.equal('from 9 AM to 7 PM their time, not at all on Sundays');
  });

  it('write a minute of the day as a clock shows it', () => {
    expect([0, 570, 720, 780, 1439].map(clockWords)).to.deep.equal([
      'midnight',
      '9:30 AM',
      '12 PM',
      '1 PM',
      '11:59 PM',
    ]);
  });
});
