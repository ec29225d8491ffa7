import { expect } from 'chai';
import { PROGRAMS } from '../../../scripts/seed/programs.ts';
import { marketingWeek, programLimits, weekWords } from '../../../src/domain/consent/program-limits.ts';
import type { Program } from '../../../src/domain/program.ts';

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
      'from 9 AM to 5 PM their time on weekdays, not at all on weekends',
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
});

const [SHOP] = PROGRAMS as [Program];
const { capping: _, ...BOUND } = SHOP;
const ONE_TOPIC: Program = { ...BOUND, topics: BOUND.topics.slice(0, 1) };

const said = (program: Program): string[] =>
  programLimits(program).map(({ most, why, topic }) =>
    [most, why, ...(topic === null ? [] : [topic])].join(' '),
  );

describe('The limits of a program, in words', () => {
  it('follow from its promise, its caps, and the cap over all programs', () => {
    expect(said({ ...ONE_TOPIC, caps: [{ count: 2, hours: 168 }] })).to.deep.equal([
      'at most 4 in 30 days promised',
      'at most 2 a week cap',
      'at most 3 a day overall',
      'at most 4 in 30 days promised deals',
    ]);
  });

  it('are those of the number that is stored beside the words', () => {
    const [limit] = programLimits({ ...ONE_TOPIC, promised: { count: 2, days: 7 } });
    expect(limit?.most).to.equal('at most 2 a week');
  });

  it('are none where caps are off', () => {
    expect(programLimits(SHOP)).to.deep.equal([]);
  });

  it('write a window as people say it', () => {
    const caps = [1, 24, 168, 36].map((hours) => ({ count: 3, hours }));
    const words = programLimits({ ...ONE_TOPIC, caps }).filter(({ why }) => why === 'cap');
    expect(words.map(({ most }) => most)).to.deep.equal([
      'at most 3 an hour',
      'at most 3 a day',
      'at most 3 a week',
      'at most 3 in 36 hours',
    ]);
  });
});
