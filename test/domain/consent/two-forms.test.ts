import { expect } from 'chai';
import { isStillAsked } from '../../../src/domain/consent/answering.ts';
import type { Book } from '../../../src/domain/program.ts';
import { BOOK, CELLAR_NUMBER, type Conversation, converse, SHOP, spoken, stateOf } from './conversation.ts';

/** One form's question has left, and another form's is about to. */
function twoForms(book: Book = BOOK, first = 'deals', second = 'orders'): Conversation {
  const talk = converse(book);
  talk.door(first);
  talk.handOver();
  talk.door(second);
  return talk;
}

const outcome = ({ last }: Conversation): (string | null)[][] =>
  last.events.map(({ kind, program }) => [kind, program]);

describe('an answer to a form’s question, while that of a newer form has not left', () => {
  it('YES is to what they have read, and what they have not seen is still asked', () => {
    const talk = twoForms();
    const { seq } = talk.person.prompts[0] ?? {};
    talk.text('YES');
    expect(outcome(talk)).to.deep.equal([['confirmed', 'deals']]);
    expect(talk.last.events[0]?.answers).to.equal(seq);
    expect(spoken(talk.last.said)).to.deep.equal(['reply welcome en']);
    expect(stateOf(talk.person)).to.deep.equal(['deals subscribed deals', 'orders pending']);
    expect(isStillAsked(talk.person, talk.person.prompts.at(-1)?.id ?? '', talk.now)).to.equal(true);
    talk.handOver();
    talk.text('YES');
    expect(outcome(talk)).to.deep.equal([['confirmed', 'orders']]);
  });

  it('NO refuses both: the newer one may have left without our knowing', () => {
    const talk = twoForms();
    talk.text('NO');
    expect(outcome(talk)).to.deep.equal([
      ['refused', 'deals'],
      ['refused', 'orders'],
    ]);
    talk.handOver();
    talk.text('YES');
    expect(stateOf(talk.person).join()).not.to.contain(' subscribed');
  });

  it('is to the newer one once that has left', () => {
    const talk = twoForms();
    talk.handOver();
    talk.text('YES');
    expect(outcome(talk)).to.deep.equal([['confirmed', 'orders']]);
  });

  const SINCE: [what: string, act: (talk: Conversation) => void][] = [
    ['opted out of it', (talk) => void talk.text('STOP DEALS')],
    ['opted out of everything', (talk) => void talk.leave()],
    ['let its time go by', (talk) => talk.wait(73 * 3_600_000)],
  ];
  for (const [what, act] of SINCE) {
    it(`brings nothing where they ${what} since`, () => {
      const talk = twoForms();
      act(talk);
      talk.text('YES');
      expect(stateOf(talk.person).join()).not.to.contain(' subscribed');
    });
  }

  it('asks for the birth date of an age gate, in place of the question that nobody has seen', () => {
    const programs = BOOK.programs.map((one) => (one.id === 'deals' ? { ...one, minimumAge: 21 } : one));
    const talk = twoForms({ ...BOOK, programs });
    talk.text('YES', SHOP);
    expect(outcome(talk)).to.deep.equal([
      ['superseded', 'orders'],
      ['affirmed', 'deals'],
    ]);
    expect(stateOf(talk.person)).to.deep.equal(['deals pending', 'orders expired']);
    talk.text('1990-05-23');
    expect(stateOf(talk.person)).to.deep.equal(['deals subscribed deals', 'orders expired']);
  });

  it('stays pending where both forms were about one program with an age gate', () => {
    const talk = converse();
    talk.door('cellar');
    talk.handOver();
    talk.wait(25 * 3_600_000);
    talk.door('cellar');
    talk.text('YES', CELLAR_NUMBER);
    expect(stateOf(talk.person)).to.deep.equal(['cellar pending']);
    talk.text('1990-05-23', CELLAR_NUMBER);
    expect(stateOf(talk.person)).to.deep.equal(['cellar subscribed wines']);
  });
});
