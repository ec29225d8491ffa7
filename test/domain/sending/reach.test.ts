import { expect } from 'chai';
import { type Person, stranger } from '../../../src/domain/consent/person.ts';
import { programVerdict, topicVerdict } from '../../../src/domain/sending/reach.ts';
import { DEALS } from '../text/fernway.ts';

const NOW = new Date('2026-05-20T16:00:00Z');
const more = { ...DEALS.topics[0], id: 'orders', purpose: 'informational' as const };
const PROGRAM = { ...DEALS, topics: [...DEALS.topics, more as (typeof DEALS.topics)[number]] };
const BOOK = { programs: [PROGRAM], senders: [] };

const subscribed = (topics: string[]): Person => ({
  ...stranger(),
  pausedUntil: new Date('2026-06-01T00:00:00Z'),
  subscriptions: [
    {
      program: 'deals',
      state: 'subscribed',
      since: NOW,
      topics,
      purposes: ['marketing', 'informational'],
      basis: null,
    },
  ],
});

describe('whether a person can be texted now', () => {
  it('is answered by topic, with the class that its purpose gives: a pause stops marketing alone', () => {
    const person = subscribed(['offers', 'orders']);
    const marketing = topicVerdict(person, BOOK, PROGRAM, 'offers', NOW);
    expect(marketing).to.deep.equal({ allowed: false, reasons: ['paused'] });
    expect(topicVerdict(person, BOOK, PROGRAM, 'orders', NOW)).to.deep.equal({ allowed: true });
  });

  it('is yes for a program where one topic that is on may be texted about', () => {
    expect(programVerdict(subscribed(['offers', 'orders']), BOOK, PROGRAM, NOW)).to.deep.equal({
      allowed: true,
    });
  });

  it('is no where none may, with the reasons of all that are on', () => {
    const verdict = programVerdict(subscribed(['offers']), BOOK, PROGRAM, NOW);
    expect(verdict).to.deep.equal({ allowed: false, reasons: ['paused'] });
  });

  it('is no for a stranger', () => {
    const verdict = programVerdict(stranger(), BOOK, PROGRAM, NOW);
    expect(verdict).to.deep.equal({ allowed: false, reasons: ['not-subscribed'] });
  });

  it('cannot be asked about a topic of another program', () => {
    expect(() => topicVerdict(stranger(), BOOK, PROGRAM, 'nothing', NOW)).to.throw();
  });
});
