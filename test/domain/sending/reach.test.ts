import { expect } from 'chai';
import { type ConsentState, emptyConsentState } from '../../../src/domain/consent/consent-state.ts';
import type { Suppression } from '../../../src/domain/consent/suppression.ts';
import type { Topic } from '../../../src/domain/program.ts';
import {
  type Moment,
  programVerdict,
  topicVerdict,
  verdictNow,
} from '../../../src/domain/sending/message-plan.ts';
import type { Reason } from '../../../src/domain/sending/send-rules.ts';
import { SOME_ORIGIN } from '../../support/origins.ts';
import { DEALS } from '../text/fernway.ts';

const NOW = new Date('2026-05-20T16:00:00Z');
const more = { ...DEALS.topics[0], id: 'orders', purpose: 'informational' as const };
const PROGRAM = { ...DEALS, topics: [...DEALS.topics, more as (typeof DEALS.topics)[number]] };
const BOOK = { programs: [PROGRAM], senders: [] };

const FROM = { number: '28555', messagingServiceSid: 'MG1' };
const moment = (over: Partial<Moment> = {}): Moment => ({
  ...{ program: PROGRAM, from: FROM, quiet: false, now: NOW },
  ...over,
});

const subscribed = (topics: string[]): ConsentState => ({
  ...emptyConsentState(),
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

describe('permission to text a person now', () => {
  it('depends on the topic, whose purpose gives the class: a pause stops marketing only', () => {
    const person = subscribed(['offers', 'orders']);
    const marketing = topicVerdict(person, BOOK, PROGRAM, 'offers', NOW);
    expect(marketing).to.deep.equal({ allowed: false, reasons: ['paused'] });
    expect(topicVerdict(person, BOOK, PROGRAM, 'orders', NOW)).to.deep.equal({ allowed: true });
  });

  it('is given for a program when one topic that is on may be texted', () => {
    expect(programVerdict(subscribed(['offers', 'orders']), moment())).to.deep.equal({
      allowed: true,
    });
  });

  it('is refused with the reasons of every topic that is on', () => {
    const verdict = programVerdict(subscribed(['offers']), moment());
    expect(verdict).to.deep.equal({ allowed: false, reasons: ['paused'] });
  });

  it('is refused for a stranger', () => {
    const verdict = programVerdict(emptyConsentState(), moment());
    expect(verdict).to.deep.equal({ allowed: false, reasons: ['not-subscribed'] });
  });

  it('cannot be asked for a topic of another program', () => {
    expect(() => topicVerdict(emptyConsentState(), BOOK, PROGRAM, 'nothing', NOW)).to.throw();
  });

  const awake = { ...subscribed(['offers', 'orders']), pausedUntil: null };
  const blocked = (scope: Suppression['scope']): ConsentState => ({
    ...awake,
    suppressions: [
      { scope, kind: 'carrier', generation: 1, since: NOW, lifts: {}, until: null, origin: SOME_ORIGIN },
    ],
  });
  const cases: [
    what: string,
    person: ConsentState,
    over: Partial<Moment>,
    topic: string,
    reasons: Reason[],
  ][] = [
    ['yes by day', awake, {}, 'offers', []],
    ['no for marketing in quiet hours', awake, { quiet: true }, 'offers', ['quiet-hours']],
    ['yes for an order in quiet hours', awake, { quiet: true }, 'orders', []],
    ['no without a number that may write to them', awake, { from: null }, 'orders', ['no-sender']],
    ['no where the carrier blocks the number', blocked('sender:28555'), {}, 'orders', ['carrier-blocks']],
    ['no where it blocks its service', blocked('service:MG1'), {}, 'orders', ['carrier-blocks']],
    ['yes where it blocks another number', blocked('sender:28556'), {}, 'orders', []],
    ['no to who paused, whatever the hour', subscribed(['offers']), { quiet: true }, 'offers', ['paused']],
  ];
  for (const [what, person, over, topic, reasons] of cases) {
    it(`is ${what}`, () => {
      const about = PROGRAM.topics.find(({ id }) => id === topic) as Topic;
      const verdict = verdictNow(person, about, moment(over));
      expect(verdict).to.deep.equal(reasons.length === 0 ? { allowed: true } : { allowed: false, reasons });
    });
  }

  it('holds in quiet hours for a program with a transactional topic on, not for one with marketing only', () => {
    const quiet = moment({ quiet: true });
    expect(programVerdict(awake, quiet)).to.deep.equal({ allowed: true });
    const verdict = programVerdict({ ...subscribed(['offers']), pausedUntil: null }, quiet);
    expect(verdict).to.deep.equal({ allowed: false, reasons: ['quiet-hours'] });
  });
});
