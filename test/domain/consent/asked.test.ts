import { expect } from 'chai';
import { lapsedBy, resumedBy } from '../../../src/domain/consent/confirm.ts';
import { subscriptionTo } from '../../../src/domain/consent/consent-state.ts';
import type { DecisionContext } from '../../../src/domain/consent/decision.ts';
import { isFullySubscribed } from '../../../src/domain/consent/join.ts';
import { ago, DAY, NOW, SUBSCRIBER } from '../sending/requests.ts';
import { BOOK, CLUB_NUMBER, converse, SHOP, STYLIST } from './conversation.ts';
import { CLUB } from './programs.ts';

describe('new prompt', () => {
  it('keeps the proof of an ended consent on record', () => {
    const talk = converse();
    for (const body of ['CLUB', 'YES']) talk.text(body, CLUB_NUMBER);
    const agreed = subscriptionTo(talk.person, 'club');
    for (const body of ['STOP CLUB', 'CLUB']) talk.text(body, CLUB_NUMBER);
    const asked = subscriptionTo(talk.person, 'club');
    expect(asked?.state).to.equal('pending');
    expect([asked?.basis, asked?.purposes]).to.deep.equal([agreed?.basis, ['marketing']]);
    expect(agreed?.basis).not.to.equal(null);
  });

  it('keeps every open prompt and the last four closed ones', () => {
    const talk = converse();
    talk.text('STYLE', STYLIST);
    for (let turn = 0; turn < 6; turn += 1) {
      talk.text('JOIN', SHOP);
      talk.text('NO', SHOP);
      talk.wait(2 * DAY);
    }
    talk.text('JOIN', SHOP);
    const { prompts } = talk.person;
    const open = prompts.filter(({ state }) => state === 'open').map(({ program }) => program);
    expect(open).to.deep.equal(['stylist', 'deals']);
    expect(prompts.length - open.length).to.equal(4);
  });
});

describe('keyword of a person who is in the program', () => {
  it('asks when the program offers a purpose that they never agreed to', () => {
    const program = { ...CLUB, joinTopics: ['tastings', 'repairs'] };
    const gets = (purposes: string[]): boolean => {
      const subscriptions = SUBSCRIBER.subscriptions.map((subscription) => ({
        ...subscription,
        ...{ program: 'club', topics: program.joinTopics, purposes, since: ago(DAY) },
      }));
      const person = { ...SUBSCRIBER, subscriptions };
      const act = { channel: 'VIA_TEXT', number: CLUB_NUMBER, receivedAt: NOW };
      return isFullySubscribed(
        { person, act, sender: null, book: BOOK } as unknown as DecisionContext,
        program,
      );
    };
    expect(gets(['marketing', 'informational'])).to.equal(true);
    expect([gets(['marketing']), gets(['informational']), gets([])]).to.deep.equal([false, false, false]);
  });
});

describe('side effect of a YES', () => {
  const club = {
    ...SUBSCRIBER.subscriptions[0],
    program: 'club',
  } as (typeof SUBSCRIBER.subscriptions)[number];
  const withTopics = (...topics: string[]) => ({ ...SUBSCRIBER, subscriptions: [{ ...club, topics }] });
  const told = ({
    kind,
    topics,
    reason,
  }: {
    kind: string;
    topics: readonly string[];
    reason: string | null;
  }) => [kind, topics.join(), reason];

  it('is recorded with its reason: topics that had lapsed', () => {
    const events = lapsedBy(withTopics('tastings', 'repairs'), withTopics('repairs', 'visits'), CLUB);
    expect(events.map(told)).to.deep.equal([['topic-off', 'tastings', 'lapsed']]);
    expect(lapsedBy(withTopics('repairs'), withTopics('repairs', 'visits'), CLUB)).to.deep.equal([]);
    expect(lapsedBy({ ...SUBSCRIBER, subscriptions: [] }, withTopics('visits'), CLUB)).to.deep.equal([]);
  });

  it('is recorded with its reason: a pause that ended', () => {
    const paused = { ...SUBSCRIBER, pausedUntil: new Date(NOW.getTime() + DAY) };
    expect(resumedBy(paused, SUBSCRIBER, NOW).map(told)).to.deep.equal([['resumed', '', 'a new consent']]);
    expect(resumedBy(paused, paused, NOW)).to.deep.equal([]);
    expect(resumedBy(SUBSCRIBER, SUBSCRIBER, NOW)).to.deep.equal([]);
  });
});
