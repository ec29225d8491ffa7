import { expect } from 'chai';
import { PROGRAMS } from '../../../scripts/seed/programs.ts';
import { capWords, programLimits } from '../../../src/domain/caps/program-caps.ts';
import type { Program } from '../../../src/domain/program.ts';

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
    const words = [1, 24, 168, 720, 36].map((hours) => capWords({ count: 3, hours }));
    expect(words).to.deep.equal(['3 an hour', '3 a day', '3 a week', '3 in 30 days', '3 in 36 hours']);
  });
});
