import { expect } from 'chai';
import { CANADIAN, type Conversation, converse, DAY, SHOP, STYLIST, spoken } from './conversation.ts';

/** What a text hears, to the short code or another number of ours, after others. */
const hears = (
  before: readonly string[],
  body: string,
  number = SHOP,
  talk = converse(CANADIAN),
): string[] => {
  for (const text of before) talk.text(text);
  return spoken(talk.text(body, number).said);
};

describe('unknown text to a Canadian short code', () => {
  const ORDINARY = 'do you have this in blue?';
  const ANSWERED = ['required-answer unknown en'];
  const UNSURE = '🛑';
  const CASES: [who: string, before: string[]][] = [
    ['a stranger', []],
    ['a subscriber', ['JOIN', 'YES']],
    ['somebody who opted out', ['JOIN', 'YES', 'STOP']],
    ['somebody who opted out of a part', ['JOIN', 'YES', 'STOP DEALS']],
    ['somebody on hold', ['JOIN', 'YES', UNSURE]],
    ['somebody who opted out on hold', ['JOIN', 'YES', UNSURE, 'STOP']],
  ];
  for (const [who, before] of CASES) {
    it(`is answered to ${who}`, () => expect(hears(before, ORDINARY)).to.deep.equal(ANSWERED));
  }

  it('is answered once a day, opted out or not', () => {
    const talk: Conversation = converse(CANADIAN);
    expect(hears(['STOP', 'hmm'], ORDINARY, SHOP, talk)).to.deep.equal([]);
    talk.wait(DAY);
    expect(hears([], ORDINARY, SHOP, talk)).to.deep.equal(ANSWERED);
  });

  it('is not answered after a STOP on a number that is no Canadian short code', () => {
    expect(hears(['STOP'], ORDINARY, STYLIST)).to.deep.equal([]);
    expect(hears([], ORDINARY, STYLIST)).to.deep.equal(['unknown-answer unknown en']);
  });

  it('is not answered when a newer STOP was processed first', () => {
    const talk = converse(CANADIAN);
    const at = talk.now;
    talk.wait(1);
    talk.text('STOP');
    expect(spoken(talk.text(ORDINARY, SHOP, { at }).said)).to.deep.equal([]);
  });
});
