import { expect } from 'chai';
import { PROMPT_REFUSALS } from '../../../src/domain/consent/ledger-reasons.ts';
import { table } from './cells.ts';
import {
  BOOK,
  CELLAR_NUMBER,
  CLUB_NUMBER,
  type Conversation,
  converse,
  DAY,
  spoken,
  stateOf,
} from './conversation.ts';

const texts =
  (...bodies: string[]) =>
  (talk: Conversation): void => {
    for (const body of bodies) talk.text(body, CELLAR_NUMBER);
  };
const FAILED = ['CELLAR', 'YES', '2010-05-23'];
const ASKS_DATE = ['prompt prompt-age en'];
const REFUSED = ['joining-help age-refused en'];
const later = (ms: number) => (talk: Conversation) => {
  texts(...FAILED)(talk);
  talk.wait(ms);
};

describe('failed age gate', () => {
  table([
    [
      'is not put again a minute later, and says why',
      texts(...FAILED),
      texts('CELLAR'),
      { state: ['cellar refused'], events: [`ineffective: ${PROMPT_REFUSALS['too-young']}`], says: REFUSED },
    ],
    [
      'takes no other birth date, nor a YES',
      texts(...FAILED, 'CELLAR', 'YES'),
      texts('1990-05-23'),
      { state: ['cellar refused'], says: ['unknown-answer unknown en'] },
    ],
    [
      'stays closed whatever they opt out of, and after',
      texts(...FAILED, 'STOP'),
      texts('CELLAR'),
      {
        state: ['all opt-out 1', 'cellar refused'],
        events: [`ineffective: ${PROMPT_REFUSALS['too-young']}`],
        says: REFUSED,
      },
    ],
    [
      'is put by no form',
      texts(...FAILED),
      (talk) => void talk.door('cellar'),
      { state: ['cellar refused'], events: [`ineffective: ${PROMPT_REFUSALS['too-young']}`] },
    ],
    [
      'keeps nobody from a program without one',
      texts(...FAILED),
      (talk) => void talk.text('CLUB', CLUB_NUMBER),
      {
        state: ['cellar refused', 'club pending'],
        events: ['requested', 'prompted'],
        says: ['prompt prompt en'],
      },
    ],
    [
      'is none by a date that is to come: it says the format again',
      texts('CELLAR', 'YES'),
      texts('05/23/2091'),
      { state: ['cellar pending'], says: ASKS_DATE },
    ],
    [
      'is none by a date of the last few years, as of a delivery',
      texts('CELLAR', 'YES', '05/23/2022'),
      texts('05/21/2021'),
      { state: ['cellar pending'], says: ASKS_DATE },
    ],
    [
      'is failed by a child of five',
      texts('CELLAR', 'YES'),
      texts('05/20/2021'),
      { state: ['cellar refused'], events: ['refused: under 21'], says: REFUSED },
    ],
    [
      'opens by the birth date that comes after one that is none',
      texts('CELLAR', 'YES', '05/23/2091'),
      texts('05/23/1990'),
      { state: ['cellar subscribed wines'], events: ['confirmed'], says: ['reply welcome en'] },
    ],
    [
      'is still closed on the ninetieth day',
      later(90 * DAY - 5),
      texts('CELLAR'),
      { state: ['cellar refused'], events: [`ineffective: ${PROMPT_REFUSALS['too-young']}`], says: REFUSED },
    ],
    [
      'is put again after 90 days',
      later(90 * DAY),
      texts('CELLAR'),
      { state: ['cellar pending'], events: ['requested', 'prompted'], says: ['prompt prompt en'] },
    ],
    [
      'declined with NO is none: it is put again',
      texts('CELLAR', 'YES', 'NO'),
      texts('CELLAR'),
      { state: ['cellar pending'], events: ['requested', 'prompted'], says: ['prompt prompt en'] },
    ],
  ]);

  it('blocks a question that was open on another number', () => {
    const programs = BOOK.programs.map((program) =>
      program.id === 'cellar' ? { ...program, numbers: [CELLAR_NUMBER, CLUB_NUMBER] } : program,
    );
    const talk = converse({ ...BOOK, programs });
    talk.text('CELLAR', CLUB_NUMBER);
    talk.wait(DAY);
    texts(...FAILED)(talk);
    talk.text('YES', CLUB_NUMBER);
    const { events, said, person } = talk.text('1990-05-23', CLUB_NUMBER);
    expect(events.map(({ kind, reason }) => [kind, reason])).to.deep.equal([
      ['refused', PROMPT_REFUSALS['too-young']],
    ]);
    expect(spoken(said)).to.deep.equal(REFUSED);
    expect(stateOf(person)).to.deep.equal(['cellar refused']);
  });

  it('no longer matters after the program dropped its age gate', () => {
    const book = { ...BOOK };
    const talk = converse(book);
    texts(...FAILED)(talk);
    book.programs = book.programs.map((program) => ({ ...program, minimumAge: null }));
    texts('CELLAR', 'YES')(talk);
    expect(stateOf(talk.person)).to.deep.equal(['cellar subscribed wines']);
  });
});
