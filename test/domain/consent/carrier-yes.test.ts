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
  it('where an age gate asks for a birth date is answered by that question all the same', () => {
    const talk = converse();
    talk.text('CELLAR', CELLAR_NUMBER);
    yes(talk, CELLAR_NUMBER);
    expect(spoken(talk.last.said)).to.deep.equal(['prompt prompt-age en']);
    expect(shown(talk)).to.deep.equal([talk.last.said[0]?.text]);
    talk.text('1990-05-23', CELLAR_NUMBER);
    expect(talk.last.events[0]).to.include({ kind: 'confirmed', reason: 'over 21' });
  });

  it('where texts wait for a word of theirs puts the question that it has on record', () => {
    const talk = converse();
    for (const body of ['JOIN', 'YES', 'I get too many texts']) talk.text(body);
    yes(talk, SHOP);
    expect(spoken(talk.last.said)).to.deep.equal(['prompt prompt en']);
    const [question] = talk.last.said;
    expect(shown(talk)).to.deep.equal([null, question?.text]);
    yes(talk, SHOP);
    expect(talk.last.events.map(({ kind }) => kind)).to.deep.equal(['confirmed']);
  });

  it('to a question says nothing more, and the ledger shows nothing of ours', () => {
    for (const talk of [converse(), askedToRenew('deals', SHOP, 'JOIN', 'YES')]) {
      if (talk.person.prompts.length === 0) talk.text('JOIN');
      yes(talk, SHOP);
      expect(talk.last.events.map(({ kind }) => kind)).to.deep.equal(['confirmed']);
      expect([...spoken(talk.last.replies), ...shown(talk)]).to.deep.equal([null]);
    }
  });
});
