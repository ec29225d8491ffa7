import { expect } from 'chai';
import { purposeFaults } from '../../../src/domain/consent/purpose-change.ts';
import type { Program } from '../../../src/domain/program.ts';
import { CLUB } from './programs.ts';

const changed = (change: (topics: Program['topics']) => Program['topics']): Program => ({
  ...CLUB,
  topics: change(CLUB.topics),
});

describe('a topic of a program that people are in', () => {
  const ROWS: [what: string, after: Program, faults: number][] = [
    ['stays as it is', CLUB, 0],
    ['gets another name', changed((topics) => topics.map((one) => ({ ...one, word: `${one.word}S` }))), 0],
    ['goes', changed((topics) => topics.slice(1)), 0],
    ['is new', changed((topics) => [...topics, { ...CLUB.topics[0], id: 'new' } as Program['topics'][0]]), 0],
    [
      'is for another purpose, each by itself',
      changed((topics) => topics.map((one) => ({ ...one, purpose: 'marketing' }))),
      2,
    ],
  ];
  for (const [what, after, faults] of ROWS) {
    it(`that ${what} ${faults === 0 ? 'is saved' : 'is refused'}`, () => {
      expect(purposeFaults(CLUB, after)).to.have.length(faults);
    });
  }

  it('is named with what people agreed to, and what to do', () => {
    const [fault] = purposeFaults(
      CLUB,
      changed((topics) => topics.map((one) => ({ ...one, purpose: 'marketing' }))),
    );
    expect(fault)
      .to.match(/^topics\.2\.purpose: /)
      .and.contain('"repairs" agreed to it as informational')
      .and.contain('another topic');
  });
});
