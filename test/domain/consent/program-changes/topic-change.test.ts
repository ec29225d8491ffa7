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

describe('topic of a program with subscribers', () => {
  const ROWS: [what: string, after: Program, faults: number][] = [
    ['stays as it is', CLUB, 0],
    [
      'gets another name',
      changed((topics) => topics.map((topic) => ({ ...topic, word: `${topic.word}S` }))),
      0,
    ],
    ['goes', changed((topics) => topics.slice(1)), 0],
    ['is new', changed((topics) => [...topics, topicWith('new', '9', 'NEW')]), 0],
    [
      'is new, with the words of one that goes',
      changed((topics) => [topicWith('new', '1', 'TASTINGS'), ...topics.slice(1)]),
      0,
    ],
    [
      'gets a code of its own',
      changed((topics) => topics.map((topic) => ({ ...topic, code: `${topic.code}0` }))),
      0,
    ],
    [
      'swaps its code with another',
      changed(
        ([first, second, ...more]) => [{ ...first, code: '2' }, { ...second, code: '1' }, ...more] as Topics,
      ),
      2,
    ],
    [
      'is new, with the word of one that goes on',
      changed((topics) => [
        ...topics.map((topic) => ({ ...topic, word: `${topic.word}S` })),
        topicWith('new', '9', 'visits'),
      ]),
      1,
    ],
    [
      'is for another purpose, each by itself',
      changed((topics) => topics.map((topic) => ({ ...topic, purpose: 'marketing' }))),
      2,
    ],
  ];
  for (const [what, after, faults] of ROWS) {
    it(`${faults === 0 ? 'is saved' : 'is refused'} when it ${what}`, () => {
      expect(topicFaults(CLUB, after)).to.have.length(faults);
    });
  }

  it('is refused with what people agreed to and what to do', () => {
    const [fault] = topicFaults(
      CLUB,
      changed((topics) => topics.map((topic) => ({ ...topic, purpose: 'marketing' }))),
    );
    expect(fault?.field).to.equal('topics.2.purpose');
    expect(fault?.message).to.contain('"repairs" agreed to it as informational').and.contain('another topic');
  });

  it('keeps the code that people know, and the other topic must take another code', () => {
    const swapped = changed(
      ([first, second, ...more]) => [{ ...first, code: '9' }, { ...second, code: '1' }, ...more] as Topics,
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
