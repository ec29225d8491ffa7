import { expect } from 'chai';
import { topicFaults } from '../../../../src/domain/consent/program-changes.ts';
import type { Program } from '../../../../src/domain/program.ts';
import { CLUB } from '../programs.ts';

const changed = (change: (topics: Program['topics']) => Program['topics']): Program => ({
  ...CLUB,
  topics: change(CLUB.topics),
});

type Topics = Program['topics'];
const topicWith = (id: string, code: string, word: string): Topics[0] => ({
  ...(CLUB.topics[0] as Topics[0]),
  id,
  code,
  word,
});

describe('a topic of a program that people are in', () => {
  const ROWS: [what: string, after: Program, faults: number][] = [
    ['stays as it is', CLUB, 0],
    ['gets another name', changed((topics) => topics.map((one) => ({ ...one, word: `${one.word}S` }))), 0],
    ['goes', changed((topics) => topics.slice(1)), 0],
    ['is new', changed((topics) => [...topics, topicWith('new', '9', 'NEW')]), 0],
    [
      'is new, with the words of one that goes',
      changed((topics) => [topicWith('new', '1', 'TASTINGS'), ...topics.slice(1)]),
      0,
    ],
    [
      'gets a code of its own',
      changed((topics) => topics.map((one) => ({ ...one, code: `${one.code}0` }))),
      0,
    ],
    [
      'swaps its code with another',
      changed(([one, two, ...more]) => [{ ...one, code: '2' }, { ...two, code: '1' }, ...more] as Topics),
      2,
    ],
    [
      'is new, with the word of one that goes on',
      changed((topics) => [
        ...topics.map((one) => ({ ...one, word: `${one.word}S` })),
        topicWith('new', '9', 'visits'),
      ]),
      1,
    ],
    [
      'is for another purpose, each by itself',
      changed((topics) => topics.map((one) => ({ ...one, purpose: 'marketing' }))),
      2,
    ],
  ];
  for (const [what, after, faults] of ROWS) {
    it(`that ${what} ${faults === 0 ? 'is saved' : 'is refused'}`, () => {
      expect(topicFaults(CLUB, after)).to.have.length(faults);
    });
  }

  it('is named with what people agreed to, and what to do', () => {
    const [fault] = topicFaults(
      CLUB,
      changed((topics) => topics.map((one) => ({ ...one, purpose: 'marketing' }))),
    );
    expect(fault?.field).to.equal('topics.2.purpose');
    expect(fault?.message).to.contain('"repairs" agreed to it as informational').and.contain('another topic');
  });

  it('keeps the code that people know, and the other one is told to take another', () => {
    const swapped = changed(
      ([one, two, ...more]) => [{ ...one, code: '9' }, { ...two, code: '1' }, ...more] as Topics,
    );
    expect(topicFaults(CLUB, swapped)).to.deep.equal([
      {
        field: 'topics.1.code',
        message:
          'People are in the program who know "tastings" by "1". Keep that, and give "visits" another code.',
      },
    ]);
  });
});
