import { expect } from 'chai';
import type { ProgramBook } from '../../../src/domain/program.ts';
import { BOOK, CLUB_NUMBER, type Conversation, converse, HOUR, spoken, stateOf } from './conversation.ts';

/** Asked to reply AGREE by a program that says something else by now; then these texts. */
function askedBefore(words: string[], ...texts: string[]): Conversation {
  const book: ProgramBook = { ...BOOK };
  const talk = converse(book);
  talk.text('CLUB', CLUB_NUMBER);
  book.programs = book.programs.map((program) =>
    program.id === 'club' ? { ...program, confirmWords: words } : program,
  );
  for (const body of texts) talk.text(body, CLUB_NUMBER);
  return talk;
}

const JOINED = ['club subscribed tastings,visits'];

describe('word that a question asks for', () => {
  for (const words of [[], ['SURE']]) {
    it(`confirms after the program ${words[0] === undefined ? 'removed it' : `replaced it by ${words[0]}`}`, () => {
      const talk = askedBefore(words, 'Agree!');
      expect(stateOf(talk.person)).to.deep.equal(JOINED);
      expect(talk.person.subscriptions[0]?.basis?.words).to.equal('Agree!');
    });
  }

  it('does not exclude the new word of the program', () => {
    expect(stateOf(askedBefore(['SURE'], 'sure').person)).to.deep.equal(JOINED);
  });

  it('confirms nothing inside other words, as another word, or too late', () => {
    for (const text of ['I do not agree', 'agreed']) {
      expect(stateOf(askedBefore([], text).person), text).to.deep.equal(['club pending']);
    }
    const talk = askedBefore([]);
    talk.wait(80 * HOUR);
    talk.text('AGREE', CLUB_NUMBER);
    expect(spoken(talk.last.said)).to.deep.equal(['joining-help yes-too-late en']);
  });

  it('is an ordinary text once the question is answered', () => {
    const talk = askedBefore([], 'AGREE', 'AGREE');
    expect(spoken(talk.last.said)).to.deep.equal(['unknown-answer unknown en']);
  });
});
