import { expect } from 'chai';
import { forgetsWords } from '../../../src/domain/consent/decide.ts';
import type { DecisionContext } from '../../../src/domain/consent/decision.ts';
import { isOver } from '../../../src/domain/words/birth-date.ts';
import { type ConsentCell, table } from './cells.ts';
import {
  BOOK,
  CELLAR_NUMBER,
  converse,
  DAY,
  disclosure,
  HOUR,
  SECOND,
  say,
  spoken,
  stateOf,
} from './conversation.ts';

type Talk = ReturnType<typeof converse>;
const texts =
  (...bodies: string[]) =>
  (talk: Talk): void => {
    for (const body of bodies) talk.text(body, CELLAR_NUMBER);
  };
const ASKS_DATE = ['prompt prompt-age en'];

describe('age gate', () => {
  const late: ConsentCell = [
    'takes no date when the window is over',
    (talk) => {
      texts('CELLAR', 'YES')(talk);
      talk.wait(72 * HOUR);
    },
    texts('1990-05-23'),
    { state: ['cellar pending'], events: ['ineffective: too late'], says: ['joining-help yes-too-late en'] },
  ];
  table([
    [
      'asks the birth date after YES',
      texts('CELLAR'),
      texts('yes'),
      { state: ['cellar pending'], events: ['affirmed'], says: ASKS_DATE },
    ],
    [
      'is not passed by a second YES',
      texts('CELLAR', 'YES'),
      texts('YES'),
      { state: ['cellar pending'], says: ASKS_DATE },
    ],
    [
      'opens to whoever is old enough',
      texts('CELLAR', 'YES'),
      texts('05/23/1990'),
      { state: ['cellar subscribed wines'], events: ['confirmed'], says: ['reply welcome en'] },
    ],
    [
      'stays closed to whoever is not',
      texts('CELLAR', 'YES'),
      texts('2010-05-23'),
      { state: ['cellar refused'], events: ['refused: under 21'], says: ['joining-help age-refused en'] },
    ],
    [
      'takes no date before YES',
      texts('CELLAR'),
      texts('1990-05-23'),
      { state: ['cellar pending'], says: ['unknown-answer unknown en'] },
    ],
    [
      'says the format again to a date it cannot read',
      texts('CELLAR', 'YES'),
      texts('23/5/90'),
      { state: ['cellar pending'], says: ASKS_DATE },
    ],
    [
      'says it again to another one, whatever else was not understood that day',
      texts('hello', 'CELLAR', 'YES', '05/23/90'),
      texts('5/23/90'),
      { state: ['cellar pending'], says: ASKS_DATE },
    ],
    [
      'then points to HELP',
      texts('CELLAR', 'YES', '05/23/90', '5/23/90', '23/5/90'),
      texts('23.5.90'),
      { state: ['cellar pending'], says: ['unknown-answer unknown en'] },
    ],
    [
      'then says nothing: an answering machine is not asked for ever',
      texts('CELLAR', 'YES', 'driving', 'driving', 'driving', 'driving'),
      texts('driving'),
      {},
    ],
    [
      'may be declined',
      texts('CELLAR', 'YES'),
      texts('no'),
      { state: ['cellar refused'], events: ['refused: answered no'], says: ['joining-help refused en'] },
    ],
    [
      'after STOP and a new question lifts with the date, not with YES',
      texts('CELLAR', 'STOP', 'CELLAR', 'YES'),
      texts('1990-05-23'),
      {
        state: ['all opt-out 1 cellar:1', 'cellar subscribed wines'],
        events: ['confirmed'],
        says: ['reply welcome en'],
      },
    ],
    [
      'asked in French guesses no month: a day that may be one is asked for again',
      texts('CAVE', 'OUI'),
      texts('05/12/2005'),
      { state: ['cellar pending'], says: ['prompt prompt-age fr'] },
    ],
    [
      'guesses none of a date with dots in any language',
      texts('CELLAR', 'YES'),
      texts('5.12.1990'),
      { state: ['cellar pending'], says: ASKS_DATE },
    ],
    [
      'asked in French takes a date whose day can be no month',
      texts('CAVE', 'OUI'),
      texts('23/05/1990'),
      { state: ['cellar subscribed wines'], events: ['confirmed'], says: ['reply welcome fr'] },
    ],
    late,
    [
      'takes no date that reached us before its question left, and does not call it late',
      texts('CELLAR', 'YES'),
      (talk) => void talk.text('1990-05-23', CELLAR_NUMBER, { at: new Date(talk.now.getTime() - DAY) }),
      {
        state: ['cellar pending'],
        events: ['ineffective: older than its prompt'],
        says: ['reply yes-nothing-open en'],
      },
    ],
  ]);

  it('opens on the birthday itself, in the time zone of the program', () => {
    const on = (at: string): string[] => {
      const talk = converse();
      talk.wait(new Date(at).getTime() - talk.now.getTime() - 3);
      texts('CELLAR', 'YES', '2005-06-10')(talk);
      return stateOf(talk.person);
    };
    expect(on('2026-06-10T03:59:00Z'), 'still the ninth in New York').to.deep.equal(['cellar refused']);
    expect(on('2026-06-10T04:01:00Z')).to.deep.equal(['cellar subscribed wines']);
  });

  it('counts a birthday of 29 February as over when February is over', () => {
    expect(isOver('2004-02-29', 21, '2025-02-28')).to.equal(false);
    expect(isOver('2004-02-29', 21, '2025-03-01')).to.equal(true);
    expect(isOver('2004-02-29', 20, '2024-02-29')).to.equal(true);
  });

  it('stores no birth date: the ledger says "over 21", and WHY quotes the YES', () => {
    const talk = converse();
    texts('CELLAR', 'Yes!', '05/23/1990')(talk);
    expect(talk.ledger.at(-1)).to.include({ kind: 'confirmed', reason: 'over 21', answers: 2 });
    const kept = JSON.stringify([talk.person, talk.ledger, talk.last.said]);
    expect(kept).not.to.match(/05\/23\/1990|1990-05-23T|05231990/);
    // The one date that may stand is the example that our own question gives.
    expect(kept.replaceAll('for example 1990-05-23', '')).not.to.contain('1990');
    talk.text('WHY', CELLAR_NUMBER);
    expect(talk.last.said[0]?.text).to.contain('with the words "Yes!"');
  });
});

describe('age gate that is dropped while a birth date is awaited', () => {
  const dropped = (...bodies: string[]): Talk => {
    const book = { ...BOOK };
    const talk = converse(book);
    texts('CELLAR', 'Yes!')(talk);
    book.programs = book.programs.map((program) => ({ ...program, minimumAge: null }));
    texts(...bodies)(talk);
    return talk;
  };

  it('subscribes whoever sends a date, without an age on record', () => {
    const { events, person } = dropped('2015-05-23').last;
    expect(events[0]).to.include({ kind: 'confirmed', reason: null });
    expect(person.subscriptions[0]?.basis?.words).to.equal('Yes!');
  });

  it('does not ask for the format of a date again', () => {
    expect(spoken(dropped('born in may').last.said)).to.deep.equal(['unknown-answer unknown en']);
    expect(stateOf(dropped('born in may', 'YES').person)).to.deep.equal(['cellar subscribed wines']);
  });
});

describe('word that agreed before an age gate', () => {
  it('is kept as typed, whatever was texted before the date', () => {
    const talk = converse();
    texts('CELLAR', 'Yup', '23/5/90', 'yes', '1990-05-23')(talk);
    expect(talk.person.subscriptions[0]?.basis?.words).to.equal('Yup');
    expect(JSON.stringify(talk.person)).not.to.contain('5/90');
  });
});

describe('words that are not stored', () => {
  type Kind = 'birth-date' | 'unknown' | 'unsure' | 'yes';
  const turnAt = (talk: Talk, kind: Kind, words = 'may 5th 90ish'): DecisionContext => {
    const meaning = { kind, date: '1990-05-23', wrongNumber: false };
    const reading = {
      ...meaning,
      language: null,
      rule: 'r',
      rules: 'r',
    } as DecisionContext['act']['reading'];
    const act = { ...actAt(talk), reading, words };
    return { person: talk.person, act, book: BOOK, sender: null, say, disclosure, newId: () => 'p' };
  };
  const actAt = (talk: Talk): DecisionContext['act'] => ({
    channel: 'VIA_TEXT',
    number: CELLAR_NUMBER,
    receivedAt: talk.now,
    reading: { kind: 'unknown', language: null, rule: 'r', rules: 'r' },
    words: '',
    carrier: { answered: false, blocks: false, unblocks: false, scope: null },
  });

  it('are a lone birth date, asked for or sent again', () => {
    const talk = converse();
    expect(forgetsWords(turnAt(talk, 'birth-date'))).to.equal(true);
    expect(forgetsWords(turnAt(talk, 'unknown'))).to.equal(false);
  });

  it('include unreadable words while a date is awaited, but never a possible opt-out', () => {
    const talk = converse();
    texts('CELLAR', 'YES')(talk);
    expect(forgetsWords(turnAt(talk, 'unknown'))).to.equal(true);
    expect(forgetsWords(turnAt(talk, 'unsure'))).to.equal(false);
    expect(forgetsWords(turnAt(talk, 'yes'))).to.equal(false);
    talk.wait(DAY + SECOND);
    expect(forgetsWords(turnAt(talk, 'unknown'))).to.equal(true);
  });

  it('need a digit of any script or the name of a month', () => {
    const talk = converse();
    texts('CELLAR', 'YES')(talk);
    const told = ['٥/٤/١٩٩٠', 'the fifth of May', 'mai quatre-vingt-dix', '２３日'];
    const kept = ['enough already', '', 'mayday', 'who is this?'];
    const forgotten = [...told, ...kept].filter((words) => forgetsWords(turnAt(talk, 'unknown', words)));
    expect(forgotten).to.deep.equal(told);
  });
});
