import { expect } from 'chai';
import type { ConsentState } from '../../../../src/domain/consent/consent-state.ts';
import { isStillAsked } from '../../../../src/domain/consent/prompts.ts';
import type { Program } from '../../../../src/domain/program.ts';
import {
  BOOK,
  CELLAR_NUMBER,
  CLUB_NUMBER,
  type Conversation,
  converse,
  DAY,
  SECOND,
  SHOP,
  spoken,
  stateOf,
} from '../conversation.ts';
import { askedToRenew, growOldAndAsk, mayGet } from './renewals.ts';

/** Asked for renewal, and three days later a form brings another question, which has not left yet. */
function renewedThenForm(form: string): Conversation {
  const talk = askedToRenew('deals', SHOP, 'JOIN', 'YES');
  talk.wait(3 * DAY);
  talk.door(form);
  return talk;
}

/** The keyword asks for topics that they have not been asked about. */
const withNoOrders = (person: ConsentState): ConsentState => ({
  ...person,
  subscriptions: person.subscriptions.map((subscription) =>
    subscription.program === 'orders' ? { ...subscription, topics: [] } : subscription,
  ),
});

const stateOfRenewal = ({ person }: Conversation): string | undefined =>
  person.prompts.find(({ id }) => id === 'renewal')?.state;

describe('answer to a renewal that crosses with a question of a form', () => {
  for (const form of ['deals', 'orders']) {
    it(`ends the program of the renewal by NO before the question about ${form} left`, () => {
      const talk = renewedThenForm(form);
      const { seq } = talk.person.prompts.find(({ id }) => id === 'renewal') ?? {};
      const { events, said } = talk.text('NO');
      expect(events[0]).to.include({ kind: 'withdrawn', scope: 'program:deals', answers: seq });
      expect(spoken(said)).to.deep.equal(['opt-out-confirmation stop-some-nothing-left en']);
      expect(mayGet(talk, 'deals', 'deals')).to.equal(false);
      expect(stateOfRenewal(talk)).to.equal('refused');
      expect(stateOf(talk.person).includes('orders refused')).to.equal(form === 'orders');
      expect(talk.person.prompts.filter(({ state }) => state === 'open')).to.deep.equal([]);
    });

    it(`renews once by YES before the question about ${form} left, and joins nothing else`, () => {
      const talk = renewedThenForm(form);
      const { events, said } = talk.text('YES');
      expect(events.map(({ kind, program }) => [kind, program])).to.deep.equal([['confirmed', 'deals']]);
      expect(spoken(said)).to.deep.equal(['reply welcome en']);
      expect(stateOfRenewal(talk)).to.equal('confirmed');
      expect(talk.text('YES').events.map(({ kind }) => kind)).to.deep.equal(['ineffective']);
    });

    it(`${form === 'deals' ? 'withdraws' : 'keeps'} the open question about ${form} after YES`, () => {
      const talk = renewedThenForm(form);
      talk.wait(SECOND);
      const isAsked = (): boolean =>
        isStillAsked(talk.person, talk.person.prompts.at(-1)?.id ?? '', talk.now);
      expect(isAsked()).to.equal(true);
      talk.text('YES');
      expect(isAsked()).to.equal(form === 'orders');
    });

    it(`is judged by when it came, even if read after the question about ${form} left`, () => {
      const talk = renewedThenForm(form);
      const at = talk.now;
      talk.wait(SECOND);
      talk.handOver();
      talk.text('NO', SHOP, { at });
      expect(mayGet(talk, 'deals', 'deals')).to.equal(false);
    });
  }

  it('answers the question of the form once that has left', () => {
    const talk = renewedThenForm('orders');
    talk.handOver();
    talk.text('NO');
    expect(stateOf(talk.person)).to.deep.equal(['deals subscribed deals', 'orders refused']);
    expect(mayGet(talk, 'deals', 'deals')).to.equal(true);
    expect(stateOfRenewal(talk)).to.equal('superseded');
  });

  it('refuses by NO the question of the form too, which may have left unnoticed', () => {
    const talk = renewedThenForm('orders');
    const { seq } = talk.person.prompts.at(-1) ?? {};
    const { events, said } = talk.text('NO');
    expect(events[1]).to.include({ kind: 'refused', program: 'orders', answers: seq, shown: said[0]?.text });
    talk.handOver();
    talk.text('YES');
    expect(mayGet(talk, 'orders', 'orders')).to.equal(false);
  });

  it('keeps by NO the question of a form about a program they are in, which a second NO ends', () => {
    const talk = askedToRenew('deals', SHOP, 'JOIN', 'YES', 'ORDERS', 'YES');
    talk.learn((person) => ({ person: withNoOrders(person), events: [] }));
    talk.wait(3 * DAY);
    talk.door('orders');
    talk.text('NO');
    expect(mayGet(talk, 'deals', 'deals')).to.equal(false);
    talk.handOver();
    talk.text('NO');
    expect(stateOf(talk.person).includes('orders unsubscribed')).to.equal(true);
  });

  it('counts NO to a question that left in spite of a YES: the program ends', () => {
    const talk = renewedThenForm('deals');
    talk.text('YES');
    talk.handOver();
    talk.text('NO');
    expect(mayGet(talk, 'deals', 'deals')).to.equal(false);
  });

  const notTo: [which: string, prepare: (talk: Conversation) => void][] = [
    ['a renewal that ended with an opt-out', (talk) => void talk.text('STOP DEALS')],
    ['a renewal that is over', (talk) => talk.wait(60 * DAY)],
    [
      'a renewal when their own text asked since',
      (talk) => {
        talk.wait(60 * SECOND);
        talk.text('ORDERS');
      },
    ],
    [
      'a renewal that had not left either',
      (talk) =>
        void talk.learn((person) => ({
          person: { ...person, prompts: person.prompts.map((prompt) => ({ ...prompt, handedOverAt: null })) },
          events: [],
        })),
    ],
  ];
  for (const [which, prepare] of notTo) {
    it(`does not confirm ${which}`, () => {
      const talk = renewedThenForm('orders');
      prepare(talk);
      talk.text('YES');
      expect(stateOfRenewal(talk)).to.equal('superseded');
      const confirmed = talk.last.events.filter(({ kind }) => kind === 'confirmed');
      expect(confirmed.map(({ program }) => program)).not.to.include('deals');
    });
  }

  it('asks for the birth date of an age gate instead of the question that nobody has seen', () => {
    const talk = converse();
    growOldAndAsk(talk, 'cellar', CELLAR_NUMBER, ['CELLAR', 'YES', '1990-05-23']);
    talk.wait(DAY);
    talk.door('cellar');
    const { events, said } = talk.text('YES', CELLAR_NUMBER);
    expect(events.map(({ kind }) => kind)).to.deep.equal(['superseded', 'affirmed']);
    expect(spoken(said)).to.deep.equal(['prompt prompt-age en']);
    expect(talk.person.prompts.filter(({ state }) => state === 'open').map(({ id }) => id)).to.deep.equal([
      'renewal',
    ]);
    talk.text('1990-05-23', CELLAR_NUMBER);
    expect(stateOfRenewal(talk)).to.equal('confirmed');
    expect(stateOf(talk.person)).to.deep.equal(['cellar subscribed wines']);
  });
});

describe('confirm word of another program while a question is open', () => {
  /** The club, whose word is AGREE, and Deals on one number; `more` of Deals. */
  const shared = (more: Partial<Program> = {}): Conversation => {
    const here = { numbers: [CLUB_NUMBER], ...more };
    const programs = BOOK.programs.map((program) =>
      program.id === 'deals' ? { ...program, ...here } : program,
    );
    return converse({ ...BOOK, programs });
  };
  /** Asked to renew the club by AGREE; then a form asks about Deals, and that question leaves. */
  const renewedThenDeals = (more: Partial<Program> = {}): Conversation => {
    const talk = shared(more);
    growOldAndAsk(talk, 'club', CLUB_NUMBER, ['CLUB', 'AGREE']);
    talk.wait(3 * DAY);
    talk.door('deals');
    talk.handOver();
    return talk;
  };
  const stateIn = ({ person }: Conversation, id: string): string | undefined =>
    person.subscriptions.find(({ program }) => program === id)?.state;

  it('joins nothing, names the word that answers, and keeps the question open', () => {
    const talk = renewedThenDeals();
    const { events, said } = talk.text('AGREE', CLUB_NUMBER);
    expect(events.map(({ kind, program, reason }) => [kind, program, reason])).to.deep.equal([
      ['ineffective', 'deals', 'the word of another program'],
    ]);
    expect(spoken(said)).to.deep.equal(['joining-help other-word en']);
    expect(said[0]?.text).to.contain('our question about Fernway Deals').and.contain('reply YES.');
    expect(events[0]?.shown).to.equal(said[0]?.text);
    expect([stateIn(talk, 'deals'), stateIn(talk, 'club')]).to.deep.equal(['pending', 'subscribed']);
    talk.text('YES', CLUB_NUMBER);
    expect(stateIn(talk, 'deals')).to.equal('subscribed');
  });

  it('confirms where both programs have that word', () => {
    const talk = renewedThenDeals({ confirmWords: ['SURE', 'AGREE'] });
    talk.text('agree', CLUB_NUMBER);
    expect(stateIn(talk, 'deals')).to.equal('subscribed');
  });

  it('is not needed: any word of the own program and the word of the question confirm', () => {
    for (const body of ['SURE', 'Fine', 'yes', 'si']) {
      const talk = renewedThenDeals({ confirmWords: ['FINE', 'SURE'] });
      talk.text(body, CLUB_NUMBER);
      expect(stateIn(talk, 'deals'), body).to.equal('subscribed');
    }
  });

  it('renews nothing, and the right word then does', () => {
    const talk = shared();
    growOldAndAsk(talk, 'deals', CLUB_NUMBER, ['JOIN', 'YES']);
    const { said } = talk.text('AGREE', CLUB_NUMBER);
    expect(spoken(said)).to.deep.equal(['joining-help other-word en']);
    expect(stateOfRenewal(talk)).to.equal('open');
    talk.text('YES', CLUB_NUMBER);
    expect(stateOfRenewal(talk)).to.equal('confirmed');
  });

  it('names the birth date while it is awaited', () => {
    const talk = shared({ minimumAge: 21 });
    for (const body of ['JOIN', 'YES', 'AGREE']) talk.text(body, CLUB_NUMBER);
    expect(talk.last.said[0]?.text).to.contain('reply with your birth date.');
  });

  it('names RESUME while a hold would stop the texts that YES asks for', () => {
    const talk = shared();
    for (const body of ['JOIN', '🛑', 'AGREE']) talk.text(body, CLUB_NUMBER);
    expect(spoken(talk.last.said)).to.deep.equal(['joining-help other-word en']);
    expect(talk.last.said[0]?.text).to.contain('reply RESUME.');
  });

  it('is answered about its own program after the question expired', () => {
    const talk = shared();
    talk.text('JOIN', CLUB_NUMBER);
    talk.wait(4 * DAY);
    const { said, events } = talk.text('AGREE', CLUB_NUMBER);
    expect(spoken(said)).to.deep.equal(['reply yes-nothing-open en']);
    expect(said[0]?.text).to.contain('To get Fernway club texts, text CLUB.');
    expect(events.map(({ program, reason }) => [program, reason])).to.deep.equal([
      ['club', 'no open prompt'],
    ]);
  });
});
