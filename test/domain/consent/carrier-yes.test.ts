import { expect } from 'chai';
import { type Carrier, CELLAR_NUMBER, type Conversation, converse, SHOP, spoken } from './conversation.ts';
import { askedToRenew } from './questions/renewals.ts';

/** The carrier says of YES that it is a word of its own, and has answered it. */
const answered = (number: string): Carrier => ({
  answered: true,
  blocks: false,
  unblocks: true,
  scope: `sender:${number}`,
});

function yes(talk: Conversation, number: string): Conversation {
  talk.text('YES', number, { carrier: answered(number) });
  return talk;
}

const shown = ({ last }: Conversation): (string | null)[] => last.events.map((event) => event.shown);

describe('YES that the carrier answers too', () => {
  it('asks for the birth date when an age gate needs it', () => {
    const talk = converse();
    talk.text('CELLAR', CELLAR_NUMBER);
    yes(talk, CELLAR_NUMBER);
    expect(spoken(talk.last.said)).to.deep.equal(['prompt prompt-age en']);
    expect(shown(talk)).to.deep.equal([talk.last.said[0]?.text]);
    talk.text('1990-05-23', CELLAR_NUMBER);
    expect(talk.last.events[0]).to.include({ kind: 'confirmed', reason: 'over 21' });
  });

  it('asks the question on record when a hold waits for a word', () => {
    const talk = converse();
    for (const body of ['JOIN', 'YES', 'I get too many texts']) talk.text(body);
    yes(talk, SHOP);
    expect(spoken(talk.last.said)).to.deep.equal(['prompt prompt en']);
    const [question] = talk.last.said;
    expect(shown(talk)).to.deep.equal([null, question?.text]);
    yes(talk, SHOP);
    expect(talk.last.events.map(({ kind }) => kind)).to.deep.equal(['confirmed']);
  });

  it('adds no reply of ours to a confirmed question and shows none in the ledger', () => {
    for (const talk of [converse(), askedToRenew('deals', SHOP, 'JOIN', 'YES')]) {
      if (talk.person.prompts.length === 0) talk.text('JOIN');
      yes(talk, SHOP);
      expect(talk.last.events.map(({ kind }) => kind)).to.deep.equal(['confirmed']);
      expect([...spoken(talk.last.replies), ...shown(talk)]).to.deep.equal([null]);
    }
  });
});
