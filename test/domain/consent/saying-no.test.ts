import { expect } from 'chai';
import { closedIn } from '../../../src/consent/drain-opt-out.ts';
import { subscriptionTo } from '../../../src/domain/consent/consent-state.ts';
import type { Sender } from '../../../src/domain/program.ts';
import {
  BOOK,
  CELLAR_NUMBER,
  CLUB_NUMBER,
  type Conversation,
  converse,
  DAY,
  HOUR,
  SECOND,
  SHOP,
  spoken,
  stateOf,
} from './conversation.ts';
import { askedToRenew, mayGet } from './questions/renewals.ts';

describe('NO of a person who is in the program', () => {
  it('opts out of the program when it answers the renewal question', () => {
    const talk = askedToRenew('deals', SHOP, 'JOIN', 'YES', 'ORDERS', 'YES');
    expect(mayGet(talk, 'deals', 'deals')).to.equal(true);
    const { seq } = talk.person.prompts.find(({ id }) => id === 'renewal') ?? {};
    const { events, said } = talk.text('NO');
    expect(stateOf(talk.person)).to.deep.equal([
      'deals unsubscribed',
      'orders subscribed orders',
      'program:deals opt-out 1',
    ]);
    expect(mayGet(talk, 'deals', 'deals')).to.equal(false);
    expect(events).to.have.length(1);
    expect(events[0]).to.include({ kind: 'withdrawn', scope: 'program:deals', reason: 'answered no' });
    expect(events[0]).to.include({ answers: seq, shown: said[0]?.text });
    expect(spoken(said)).to.deep.equal(['opt-out-confirmation stop-some en']);
    expect(said[0]?.text).to.contain('no more Fernway Deals texts. You still get Fernway Orders');
    expect(talk.person.prompts.at(-1)?.state).to.equal('refused');
  });

  it('ends all topics of the question, ordered ones too, until JOIN and YES', () => {
    const talk = askedToRenew('club', CLUB_NUMBER, 'CLUB', 'YES', '3', 'YES');
    expect(mayGet(talk, 'club', 'repairs')).to.equal(true);
    talk.text('no', CLUB_NUMBER);
    for (const topic of ['tastings', 'repairs']) expect(mayGet(talk, 'club', topic)).to.equal(false);
    for (const body of ['CLUB', 'YES']) talk.text(body, CLUB_NUMBER);
    expect(mayGet(talk, 'club', 'tastings')).to.equal(true);
  });

  it('ends the program silently when it comes too late to be confirmed', () => {
    const talk = askedToRenew('deals', SHOP, 'JOIN', 'YES');
    const at = talk.now;
    talk.wait(DAY);
    const { said, events } = talk.text('NO', SHOP, { at });
    expect(said).to.deep.equal([]);
    expect(events[0]).to.include({ kind: 'withdrawn', shown: null });
    expect(subscriptionTo(talk.person, 'deals')?.state).to.equal('unsubscribed');
  });

  const unseen: [which: string, ask: () => Conversation, at: 'now' | 'before it left'][] = [
    [
      'has not left yet',
      () => {
        const talk = askedToRenew('deals', SHOP, 'JOIN', 'YES');
        const prompts = talk.person.prompts.map((prompt) => ({ ...prompt, handedOverAt: null }));
        talk.learn((person) => ({ person: { ...person, prompts }, events: [] }));
        return talk;
      },
      'now',
    ],
    ['left after it', () => askedToRenew('deals', SHOP, 'JOIN', 'YES'), 'before it left'],
    [
      'is over, swept or not',
      () => {
        const talk = converse();
        for (const body of ['JOIN', 'YES', 'STOP DEALS', 'NEWS', 'JOIN']) talk.text(body);
        talk.wait(73 * HOUR);
        return talk;
      },
      'now',
    ],
  ];
  for (const [which, ask, when] of unseen) {
    it(`is an unknown text for a question that ${which}`, () => {
      const talk = ask();
      const before = stateOf(talk.person);
      const at = when === 'now' ? talk.now : new Date(talk.now.getTime() - HOUR);
      const { events, replies } = talk.text('NO', SHOP, { at });
      expect(events).to.deep.equal([]);
      expect(stateOf(talk.person)).to.deep.equal(before);
      expect(talk.person.prompts.at(-1)?.state).to.equal('open');
      expect(spoken(replies)).to.deep.equal(['unknown-answer unknown en']);
    });
  }

  it('ends the program when it answers JOIN, which asks about the whole program', () => {
    const talk = converse();
    for (const body of ['CLUB', 'YES', 'STOP TASTINGS', 'CLUB', 'NO']) talk.text(body, CLUB_NUMBER);
    expect(subscriptionTo(talk.person, 'club')?.state).to.equal('unsubscribed');
    expect(talk.last.said[0]?.text).to.contain('no more Fernway club texts');
  });

  it('refuses only the topic when it answers one more topic', () => {
    const talk = converse();
    for (const body of ['CLUB', 'YES', '3', 'NO']) talk.text(body, CLUB_NUMBER);
    expect(talk.last.said[0]?.text).to.contain(
      'we will not send you Our repairs texts. Nothing else changed.',
    );
    expect(stateOf(talk.person)).to.deep.equal(['club subscribed tastings,visits']);
    expect(mayGet(talk, 'club', 'tastings')).to.equal(true);
  });

  describe('NO to a topic that was meanwhile turned on over another number', () => {
    const TWO = ['28556', '28566'] as const;
    const book = {
      ...BOOK,
      programs: BOOK.programs.map((program) =>
        program.id === 'club' ? { ...program, numbers: [...TWO] } : program,
      ),
      senders: [...BOOK.senders, { ...BOOK.senders[0], number: TWO[1] } as Sender],
    };
    /** Asked about repairs from both numbers; the YES to the second turned them on. */
    const turnedOn = (): Conversation => {
      const talk = converse(book);
      const [first, second] = TWO;
      for (const [body, number] of [
        ['CLUB', first],
        ['YES', first],
        ['3', first],
        ['3', second],
        ['YES', second],
      ] as const) {
        talk.text(body, number);
        talk.wait(11 * SECOND);
      }
      expect(stateOf(talk.person)).to.deep.equal(['club subscribed tastings,visits,repairs']);
      return talk;
    };

    it('turns the topic off and says so', () => {
      const talk = turnedOn();
      const asked = talk.person.prompts.find(({ state }) => state === 'open');
      const { events, said } = talk.text('NO', TWO[0]);
      expect(stateOf(talk.person)).to.deep.equal([
        'club subscribed tastings,visits',
        'topic:club/repairs opt-out 1',
      ]);
      expect(mayGet(talk, 'club', 'repairs')).to.equal(false);
      expect(mayGet(talk, 'club', 'tastings')).to.equal(true);
      expect(events).to.have.length(1);
      expect(events[0]).to.deep.include({
        kind: 'topic-off',
        topics: ['repairs'],
        scope: 'topic:club/repairs',
        reason: 'answered no',
        disclosure: asked?.disclosure,
        answers: asked?.seq,
        shown: said[0]?.text,
      });
      expect(spoken(said)).to.deep.equal(['opt-out-confirmation stop-some en']);
      expect(said[0]?.text).to.contain('no more Our repairs texts. You still get Fernway club');
      expect(talk.person.prompts.find(({ id }) => id === asked?.id)?.state).to.equal('refused');
      expect(closedIn(events)).to.deep.equal(['topic:club/repairs']);
    });

    it('is an unknown text when that question is over', () => {
      const talk = turnedOn();
      talk.wait(73 * HOUR);
      const { events, replies } = talk.text('NO', TWO[0]);
      expect(events).to.deep.equal([]);
      expect(spoken(replies)).to.deep.equal(['unknown-answer unknown en']);
    });
  });

  it('ends a program with an age gate when the person states to be too young', () => {
    const texts = ['CELLAR', 'YES', '1990-05-23'];
    const talk = askedToRenew('cellar', CELLAR_NUMBER, ...texts);
    for (const body of ['YES', '2015-05-23']) talk.text(body, CELLAR_NUMBER);
    expect(stateOf(talk.person)).to.deep.equal(['cellar unsubscribed', 'program:cellar opt-out 1']);
    expect(talk.last.events[0]).to.include({ kind: 'withdrawn', reason: 'under 21' });
    expect(spoken(talk.last.said)).to.deep.equal(['opt-out-confirmation age-refused en']);
    expect(talk.last.said[0]?.text).to.equal(talk.last.events[0]?.shown);
  });
});

describe('NO from before the open question', () => {
  it('refuses nothing, because it answers an earlier question', () => {
    const talk = converse();
    talk.text('JOIN');
    talk.wait(60 * SECOND);
    const at = talk.now;
    talk.wait(60 * SECOND);
    talk.text('JOIN');
    const { events, replies } = talk.text('NO', SHOP, { at });
    expect(events.map(({ kind, reason }) => [kind, reason])).to.deep.equal([
      ['ineffective', 'older than its prompt'],
    ]);
    expect(replies).to.deep.equal([]);
    talk.text('YES');
    expect(stateOf(talk.person)).to.deep.equal(['deals subscribed deals']);
  });
});
