import { expect } from 'chai';
import type { ProgramBook, Topic } from '../../../../src/domain/program.ts';
import { BOOK, CLUB_NUMBER, type Conversation, converse } from '../conversation.ts';

/** Shown the MENU of the club, whose topics have other codes and words since; then these texts. */
function menuBefore(change: (topic: Topic) => Topic, ...texts: string[]): Conversation {
  const book: ProgramBook = { ...BOOK };
  const talk = converse(book);
  for (const body of ['CLUB', 'YES', 'MENU']) talk.text(body, CLUB_NUMBER);
  book.programs = book.programs.map((program) =>
    program.id === 'club' ? { ...program, topics: program.topics.map(change) } : program,
  );
  for (const body of texts) talk.text(body, CLUB_NUMBER);
  return talk;
}

const swapped = (topic: Topic): Topic => ({ ...topic, code: { 1: '2', 2: '1' }[topic.code] ?? topic.code });
const renamed = (topic: Topic): Topic => ({ ...topic, name: { ...topic.name, en: 'Something else' } });
const reworded = (topic: Topic): Topic => (topic.id === 'visits' ? { ...topic, word: 'TOURS' } : topic);

describe('ledger entry for a topic that a code named', () => {
  const ROWS: [
    what: string,
    change: (topic: Topic) => Topic,
    text: string,
    topic: string,
    answers: boolean,
  ][] = [
    ['points to the MENU that showed it', (topic) => topic, 'STOP 2', 'visits', true],
    ['points to it whatever the topic is called now', renamed, 'STOP 2', 'visits', true],
    ['points to no MENU that showed the code for another topic', swapped, 'STOP 2', 'tastings', false],
    ['points to no MENU that showed another word', reworded, 'STOP TOURS', 'visits', false],
    ['points to it where another topic alone changed', reworded, 'STOP 1', 'tastings', true],
  ];
  for (const [what, change, text, topic, answers] of ROWS) {
    it(`${what}`, () => {
      const talk = menuBefore(change, text);
      const shown = talk.ledger.findIndex(({ kind }) => kind === 'menu-shown') + 1;
      expect(talk.ledger.at(-1)).to.deep.include({
        kind: 'topic-off',
        topics: [topic],
        answers: answers ? shown : null,
      });
    });
  }

  it('points to no MENU when the MENU showed another topic for the code', () => {
    const talk = menuBefore(swapped, 'STOP 2', '2');
    expect(talk.ledger.at(-1)).to.deep.include({ kind: 'topic-on', topics: ['tastings'], answers: null });
  });
});
