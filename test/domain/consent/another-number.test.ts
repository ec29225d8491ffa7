import { expect } from 'chai';
import type { OtherNumber } from '../../../src/domain/consent/person.ts';
import { raise } from '../../../src/domain/consent/suppression.ts';
import { converse, DAY, START } from './conversation.ts';

describe('a text of a person with another number', () => {
  const at = START;
  const stop = raise([], { scope: 'all', kind: 'opt-out', at: new Date(at.getTime() + DAY), source: 'test' });
  const held = raise([], { scope: 'all', kind: 'hold', at, source: 'test' });
  const pausedUntil = new Date(at.getTime() + 9 * DAY);
  const rows: [says: string, other: OtherNumber[] | null, body: string, template: string][] = [
    ['JOIN asks where the other said STOP', [{ suppressions: stop, pausedUntil: null }], 'JOIN', 'prompt'],
    ['YES asks where the other said STOP', [{ suppressions: stop, pausedUntil: null }], 'YES', 'prompt'],
    [
      'RESUME asks where the other said STOP',
      [{ suppressions: stop, pausedUntil: null }],
      'RESUME',
      'prompt',
    ],
    [
      'a code does not say that it comes where the other said STOP',
      [{ suppressions: stop, pausedUntil: null }],
      '2',
      'topics-on-held',
    ],
    [
      'RESUME says that the other is paused',
      [{ suppressions: [], pausedUntil }],
      'RESUME',
      'resume-elsewhere',
    ],
    [
      'RESUME says that the other is on hold',
      [{ suppressions: held, pausedUntil: null }],
      'RESUME',
      'resume-elsewhere',
    ],
    ['JOIN asks where nobody read what the other says', null, 'JOIN', 'prompt'],
    ['JOIN asks nothing where the other says nothing', [], 'JOIN', 'already-subscribed'],
    ['RESUME of nothing says so where the other says nothing', [], 'RESUME', 'not-paused'],
  ];
  for (const [says, others, body, template] of rows) {
    it(says, () => {
      const talk = converse();
      for (const text of ['JOIN', 'YES']) talk.text(text);
      talk.wait(2 * DAY);
      talk.learn((person) => ({ person: { ...person, others }, events: [] }));
      talk.text(body);
      expect(talk.last.said.map((one) => one.template)).to.deep.equal([template]);
    });
  }

  it('the YES that JOIN asked for is the newer word', () => {
    const talk = converse();
    for (const text of ['JOIN', 'YES']) talk.text(text);
    talk.wait(2 * DAY);
    const others = [{ suppressions: stop, pausedUntil: null }];
    talk.learn((person) => ({ person: { ...person, others }, events: [] }));
    for (const text of ['JOIN', 'YES', 'JOIN']) talk.text(text);
    expect(talk.last.said.map((one) => one.template)).to.deep.equal(['already-subscribed']);
  });
});
