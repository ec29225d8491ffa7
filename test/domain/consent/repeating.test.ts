import { expect } from 'chai';
import { type Conversation, converse, late, SILENT_CARRIER, STRAY_NUMBER } from './conversation.ts';

const CARRIER = { ...SILENT_CARRIER, answered: true };
const IN_TWO = ['JOIN', 'YES', 'NEWS'];

type Act = string | ((talk: Conversation) => void);

const answeredByCarrier: Act = (talk) => void talk.text('STOP', undefined, { carrier: CARRIER });
const onPage: Act = (talk) => void talk.leave();
const toStray: Act = (talk) => void talk.text('STOP', STRAY_NUMBER);

/** It was found out that none of what confirms them left. */
const lost =
  (...unconfirmed: ('all' | 'topic:deals/deals')[]): Act =>
  (talk) =>
    void talk.learn((person) => ({ person: { ...person, unconfirmed }, events: [] }));

describe('confirmation of an opt-out', () => {
  const CASES: [rule: string, acts: Act[], then: Record<string, number | null>][] = [
    ['is the reply to it', ['STOP'], { all: 1 }],
    ['stays so where it is repeated', ['STOP', 'STOP'], { all: 1 }],
    ['stays so where it is repeated and worked on late', ['STOP', late('STOP')], { all: 1 }],
    ['is nothing of ours where it is worked on too late', [late('STOP')], { all: null }],
    ['is then the reply to the next one', [late('STOP'), 'STOP'], { all: 2 }],
    ['is nothing of ours where the carrier answers', [answeredByCarrier], { all: null }],
    ['is nothing of ours where the carrier answers it again', ['STOP', answeredByCarrier], { all: null }],
    ['stays nothing of ours where the carrier answered', [answeredByCarrier, 'STOP'], { all: null }],
    ['is nothing of ours on a page', ['STOP', onPage], { all: null }],
    ['is the reply to a text after one on a page', [onPage, 'STOP'], { all: 2 }],
    ['is nothing of ours at a number that is not', [toStray], { all: null }],
    ['is a reply of its own after a new question', ['STOP', 'JOIN', 'STOP'], { all: 3 }],
    ['is a new reply where the one before never left', ['STOP', lost('all'), 'STOP'], { all: 2 }],
    [
      'of one part is not the reply to another one',
      [...IN_TWO, 'STOP DEALS', 'STOP NEWS', 'STOP DEALS'],
      { 'topic:deals/deals': 4, 'topic:deals/news': 5 },
    ],
    [
      'of a part that was answered stays so where it is named again with another one',
      [...IN_TWO, 'STOP DEALS', 'STOP DEALS and NEWS'],
      { 'topic:deals/deals': 4, 'topic:deals/news': 5 },
    ],
    [
      'of a part is the reply to everything, where that came first',
      [...IN_TWO, 'STOP', 'STOP DEALS'],
      { all: 4, 'topic:deals/deals': 4 },
    ],
    [
      'of a part is the reply to everything, where its own never left',
      [...IN_TWO, 'STOP DEALS', 'STOP', lost('topic:deals/deals'), 'STOP DEALS'],
      { all: 5, 'topic:deals/deals': 5 },
    ],
  ];
  for (const [rule, acts, then] of CASES) {
    it(`${rule}`, () => {
      const talk = converse();
      for (const act of acts) typeof act === 'string' ? talk.text(act) : act(talk);
      const told = talk.person.suppressions.map(({ scope, confirmation = null }) => [scope, confirmation]);
      const expected = Object.entries(then).map(([scope, at]) => [scope, at === null ? null : `reply ${at}`]);
      expect(told).to.have.deep.members(expected);
    });
  }
});
