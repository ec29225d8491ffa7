import { expect } from 'chai';
import type { OtherNumber } from '../../../src/domain/consent/consent-state.ts';
import { raiseSuppression } from '../../../src/domain/consent/suppression.ts';
import { SOME_ORIGIN } from '../../support/origins.ts';
import { CLUB_NUMBER, type Conversation, converse, DAY, SHOP, START } from './conversation.ts';
import { askedToRenew, mayGet } from './questions/renewals.ts';

const withTexts = (...bodies: string[]): Conversation => {
  const talk = converse();
  for (const body of bodies) talk.text(body);
  return talk;
};

describe('text of a person whose other number opted out or paused', () => {
  const at = START;
  const stop = raiseSuppression([], {
    scope: 'all',
    kind: 'opt-out',
    at: new Date(at.getTime() + DAY),
    origin: SOME_ORIGIN,
  });
  const held = raiseSuppression([], { scope: 'all', kind: 'hold', at, origin: SOME_ORIGIN });
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
    it(`${says}`, () => {
      const talk = converse();
      for (const text of ['JOIN', 'YES']) talk.text(text);
      talk.wait(2 * DAY);
      talk.learn((person) => ({ person: { ...person, others }, events: [] }));
      talk.text(body);
      expect(talk.last.said.map((reply) => reply.template)).to.deep.equal([template]);
    });
  }

  const stopped: OtherNumber = { suppressions: stop, pausedUntil: null };
  const ordered: [says: string, other: OtherNumber, body: string, template: string][] = [
    ['a code says that it comes', stopped, '5', 'topics-on'],
    ['RESUME says that it comes', stopped, 'RESUME', 'resume'],
    ['YES says that they get it', stopped, 'YES', 'already-subscribed'],
    ['its keyword says that they get it', stopped, 'ORDERS', 'already-subscribed'],
    ['RESUME says that it comes', { suppressions: [], pausedUntil }, 'RESUME', 'resume'],
  ];
  for (const [says, other, body, template] of ordered) {
    const what = other === stopped ? 'said STOP' : 'is paused';
    it(`${says} where the other ${what} and they get only what they ordered`, () => {
      const talk = converse();
      for (const text of ['ORDERS', 'YES', 'PAUSE']) talk.text(text);
      talk.wait(2 * DAY);
      talk.learn((person) => ({ person: { ...person, others: [other] }, events: [] }));
      talk.text(body);
      expect(talk.last.said.map((reply) => reply.template)).to.deep.equal([template]);
    });
  }

  it('gets the welcome to a topic after the YES to one more ordered topic', () => {
    const talk = converse();
    for (const text of ['CLUB', 'YES', '3']) talk.text(text, CLUB_NUMBER);
    talk.learn((person) => ({ person: { ...person, others: [stopped] }, events: [] }));
    talk.text('YES', CLUB_NUMBER);
    expect(talk.last.said.map((reply) => reply.template)).to.deep.equal(['welcome-topic']);
  });

  it('gets a RESUME answer that marketing waits while the other number is paused', () => {
    const talk = converse();
    for (const text of ['ORDERS', 'YES', 'JOIN', 'YES']) talk.text(text);
    const others = [{ suppressions: [], pausedUntil }];
    talk.learn((person) => ({ person: { ...person, others }, events: [] }));
    talk.text('RESUME');
    expect(talk.last.said.map((reply) => reply.template)).to.deep.equal(['resume-elsewhere']);
  });

  it('gets a code answer that names ordered topics and no marketing that the other number stopped', () => {
    const talk = converse();
    for (const text of ['CLUB', 'YES', '3', 'YES']) talk.text(text, CLUB_NUMBER);
    talk.wait(2 * DAY);
    talk.learn((person) => ({ person: { ...person, others: [stopped] }, events: [] }));
    talk.text('4', CLUB_NUMBER);
    expect(talk.last.said.map((reply) => reply.text)).to.have.length(1);
    expect(talk.last.said[0]?.text).to.contain('you now get Our repairs, Our recalls.');
    talk.text('1 4', CLUB_NUMBER);
    expect(talk.last.said.map((reply) => reply.template)).to.deep.equal(['topics-on-now']);
    expect(talk.last.said[0]?.text).to.contain(
      'You get: Our repairs, Our recalls. Stopped on another number of yours: Our tastings, Our visits. Reply RESUME',
    );
  });

  const refusals: [says: string, given: () => Conversation, then: boolean][] = [
    ['ends a program binds here too', () => askedToRenew('deals', SHOP, 'JOIN', 'YES'), false],
    ['refuses a program they are not in binds nothing', () => withTexts('JOIN'), true],
  ];
  for (const [says, given, allowed] of refusals) {
    it(`treats NO of the other number as follows: ${says}`, () => {
      const other = given();
      other.text('NO');
      const talk = withTexts('JOIN', 'YES');
      const { suppressions, pausedUntil } = other.person;
      const others = [{ suppressions, pausedUntil }];
      talk.learn((person) => ({ person: { ...person, others }, events: [] }));
      expect(mayGet(talk, 'deals', 'deals')).to.equal(allowed);
    });
  }

  it('counts the YES that JOIN asked for as the newer word', () => {
    const talk = converse();
    for (const text of ['JOIN', 'YES']) talk.text(text);
    talk.wait(2 * DAY);
    const others = [{ suppressions: stop, pausedUntil: null }];
    talk.learn((person) => ({ person: { ...person, others }, events: [] }));
    for (const text of ['JOIN', 'YES', 'JOIN']) talk.text(text);
    expect(talk.last.said.map((reply) => reply.template)).to.deep.equal(['already-subscribed']);
  });
});
