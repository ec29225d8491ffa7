import { expect } from 'chai';
import type { ConsentState, Prompt, Subscription } from '../../../src/domain/consent/consent-state.ts';
import { isMarked } from '../../../src/domain/consent/ledger-origin.ts';
import { withOptOut } from '../../../src/domain/consent/opt-out.ts';
import type { Scope } from '../../../src/domain/consent/suppression.ts';
import { CONFIRM_WITHIN_MS } from '../../../src/domain/sending/send-rules.ts';
import { SOME_ORIGIN } from '../../support/origins.ts';
import { ago, HOUR, MINUTE, NOW, SUBSCRIBER } from '../sending/requests.ts';
import { converse, SECOND, SHOP } from './conversation.ts';

const [whole] = SUBSCRIBER.subscriptions as [Subscription];
const OTHER: Subscription = { ...whole, program: 'club' };
const TOPICS = whole.topics.join();

const disclosure = { touchpoint: 'sms-prompt.en', version: 1 };
const question = (program: string, state: Prompt['state'] = 'open'): Prompt =>
  ({ program, topics: ['deals'], state, issuedAt: ago(HOUR), disclosure }) as Prompt;

const PERSON: ConsentState = {
  ...SUBSCRIBER,
  subscriptions: [whole, OTHER],
  prompts: [question('deals'), question('deals', 'confirmed'), question('club')],
};
const close = (scope: Scope, person = PERSON): ConsentState =>
  withOptOut(person, scope, { at: NOW, origin: SOME_ORIGIN });

describe('opt-out of a scope', () => {
  const CASES: [Scope, consents: string[], questions: string[]][] = [
    ['all', ['deals unsubscribed ', 'club unsubscribed '], ['withdrawn', 'confirmed', 'withdrawn']],
    [
      'program:deals',
      ['deals unsubscribed ', `club subscribed ${TOPICS}`],
      ['withdrawn', 'confirmed', 'open'],
    ],
    [
      'topic:deals/news',
      ['deals subscribed deals,orders', `club subscribed ${TOPICS}`],
      ['open', 'confirmed', 'open'],
    ],
    [
      'topic:deals/nonesuch',
      [`deals subscribed ${TOPICS}`, `club subscribed ${TOPICS}`],
      ['open', 'confirmed', 'open'],
    ],
  ];
  for (const [scope, consents, questions] of CASES) {
    it(`${scope} closes what is in its scope and nothing else`, () => {
      const { subscriptions, prompts } = close(scope);
      const told = subscriptions.map(({ program, state, topics }) => `${program} ${state} ${topics}`);
      expect(told).to.have.members(consents);
      expect(prompts.map(({ state }) => state)).to.deep.equal(questions);
    });
  }

  it('keeps the objects that it does not change', () => {
    const { subscriptions } = close('topic:deals/nonesuch');
    expect(subscriptions.includes(whole)).to.equal(true);
    expect(close('program:deals').subscriptions.includes(OTHER)).to.equal(true);
    const before = { ...PERSON, subscriptions: [{ ...whole, state: 'expired' as const }] };
    expect(close('all', before).subscriptions).to.deep.equal(before.subscriptions);
  });

  it('is kept as the last opt-out unless a newer one came, in any order of processing', () => {
    const lastOf = (lastOptOutAt: Date | null) => close('all', { ...PERSON, lastOptOutAt }).lastOptOutAt;
    expect(lastOf(null)).to.equal(NOW);
    expect(lastOf(ago(MINUTE))).to.equal(NOW);
    expect(lastOf(ago(-MINUTE))).to.deep.equal(ago(-MINUTE));
  });
});

describe('wrong-number opt-out', () => {
  it('is recognised by the end of its reason', () => {
    const talk = converse();
    const [event] = talk.text('wrong number', SHOP).events;
    const of = { actor: 'person', channel: 'VIA_TEXT' } as const;
    expect(isMarked({ ...of, reason: event?.reason ?? null })).to.equal(true);
    for (const reason of [null, 'exact:stop', ' (wrong number) exact'])
      expect(isMarked({ ...of, reason })).to.equal(false);
  });
});

describe('confirmation of an opt-out', () => {
  const joined = (...texts: string[]) => {
    const talk = converse();
    for (const body of ['JOIN', 'YES', ...texts]) talk.text(body, SHOP);
    return talk;
  };

  // Source: 47 CFR 64.1200(a)(12).
  it('is shown for a text of at most five minutes ago', () => {
    const shownAfter = (ms: number) => {
      const talk = joined();
      const at = talk.now;
      talk.wait(ms);
      return talk.text('STOP', SHOP, { at }).events[0]?.shown;
    };
    expect(shownAfter(CONFIRM_WITHIN_MS)).to.contain('unsubscribed');
    expect(shownAfter(CONFIRM_WITHIN_MS + 1)).to.equal(null);
  });

  it('is sent unless every named topic was stopped before', () => {
    const replies = (...before: string[]) => {
      const talk = joined('1 2', ...before);
      talk.wait(SECOND);
      return talk.text('STOP DEALS NEWS', SHOP).replies.length;
    };
    expect([replies(), replies('STOP DEALS'), replies('STOP DEALS NEWS')]).to.deep.equal([1, 1, 0]);
  });
});
