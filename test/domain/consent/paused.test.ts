import { expect } from 'chai';
import type { ConsentState } from '../../../src/domain/consent/consent-state.ts';
import { table } from './cells.ts';
import { CLUB_NUMBER, type Conversation, converse, DAY, STYLIST, stateOf } from './conversation.ts';

const PAUSED = ['JOIN', 'YES', 'PAUSE 30'];
const ALREADY = 'ineffective: subscribed already';
const NOT_PAUSED = ['reply not-paused en'];

const club =
  (...bodies: string[]) =>
  (talk: Conversation): void => {
    for (const body of bodies) talk.text(body, CLUB_NUMBER);
  };

describe('person who paused', () => {
  table([
    ['hears of it from JOIN', PAUSED, 'JOIN', { events: [ALREADY], says: ['reply already-paused en'] }],
    ['hears of it from START', PAUSED, 'START', { events: [ALREADY], says: ['reply already-paused en'] }],
    [
      'hears of it from a YES to nothing',
      PAUSED,
      'YES',
      { events: ['ineffective: no open prompt'], says: ['reply already-paused en'] },
    ],
    [
      'hears of it from a code',
      PAUSED,
      '2',
      {
        state: ['deals subscribed deals,news'],
        events: ['topic-on'],
        says: ['reply topics-on-paused en'],
      },
    ],
    [
      'hears nothing of it from a code for what they ordered',
      ['JOIN', 'YES', 'ORDERS', 'YES', 'PAUSE 30'],
      '5',
      { events: ['topic-on'], says: ['reply topics-on en'] },
    ],
    [
      'hears of it from a code for what they ordered, where the answer names marketing too',
      club('CLUB', 'AGREE', '3', 'AGREE', 'PAUSE 30'),
      club('4'),
      { events: ['topic-on'], says: ['reply topics-on-paused en'] },
    ],
    [
      'hears of it from the YES to a question about all of their program',
      club('CLUB', 'AGREE', 'PAUSE 30', 'STOP 1', 'CLUB'),
      club('AGREE'),
      { events: ['confirmed'], says: ['reply welcome-paused en'] },
    ],
    [
      'hears nothing of it from the YES to a topic of what they order',
      club('CLUB', 'AGREE', 'PAUSE 30', '3'),
      club('AGREE'),
      { events: ['confirmed'], says: ['reply welcome-topic en'] },
    ],
    [
      'hears of it from the YES to another program of marketing, and it stands',
      (talk) => {
        for (const body of PAUSED) talk.text(body);
        talk.text('STYLE', STYLIST);
      },
      (talk) => void talk.text('YES', STYLIST),
      { events: ['confirmed'], says: ['reply welcome-paused en'] },
    ],
    [
      'whose pause ran out hears nothing of it',
      (talk) => {
        for (const body of PAUSED) talk.text(body);
        talk.wait(31 * DAY);
      },
      'JOIN',
      { events: [ALREADY], says: ['reply already-subscribed en'] },
    ],
    [
      'begins anew without the pause after leaving the one program, on record',
      [...PAUSED, 'STOP JOIN', 'JOIN'],
      'YES',
      { events: ['confirmed', 'resumed'], says: ['reply welcome en'] },
    ],
  ]);

  it('reads until when, and the word that ends the pause', () => {
    for (const body of ['JOIN', '2', 'YES']) {
      const talk = converse();
      for (const text of [...PAUSED, body]) talk.text(text);
      expect(talk.last.said[0]?.text, body).to.contain('Jun 19, 2026').and.contain('RESUME');
      expect(talk.person.pausedUntil, body).not.to.equal(null);
    }
  });

  it('keeps the pause after leaving a program by name, until they join again', () => {
    const talk = converse();
    for (const body of [...PAUSED, 'STOP JOIN', 'JOIN']) talk.text(body);
    expect(talk.person.pausedUntil).not.to.equal(null);
    talk.text('YES');
    expect(talk.person.pausedUntil).to.equal(null);
    expect(talk.person.seq).to.equal(talk.ledger.length);
  });
});

describe('pause without any consent left', () => {
  const other = { suppressions: [], pausedUntil: null };
  const rows: [which: string, others: ConsentState['others'], keyword: string, ends: boolean][] = [
    ['ends with a YES to marketing', undefined, 'JOIN', true],
    ['ends with a YES to marketing of someone whose other numbers were all split off', [], 'JOIN', true],
    ['goes on after a YES to what they order alone', undefined, 'ORDERS', false],
    ['goes on for another number of theirs', [other], 'JOIN', false],
    ['goes on for another number of theirs after a YES to what they order alone', [other], 'ORDERS', false],
    ['goes on where their other numbers were not read', null, 'JOIN', false],
  ];
  for (const [which, others, keyword, ends] of rows) {
    it(`${which}`, () => {
      const talk = converse();
      for (const body of [...PAUSED, 'STOP JOIN']) talk.text(body);
      if (others !== undefined) talk.learn((person) => ({ person: { ...person, others }, events: [] }));
      for (const body of [keyword, 'YES']) talk.text(body);
      expect(talk.last.events.map(({ kind }) => kind)).to.deep.equal(
        ends ? ['confirmed', 'resumed'] : ['confirmed'],
      );
      expect(talk.person.pausedUntil === null).to.equal(ends);
    });
  }
});

describe('pause whose marketing ended while ordered messages go on', () => {
  it('ends with the next YES to marketing', () => {
    const talk = converse();
    for (const body of ['JOIN', 'YES', 'PAUSE 365', 'STOP JOIN', 'ORDERS', 'YES']) talk.text(body);
    expect(talk.person.pausedUntil).not.to.equal(null);
    talk.wait(DAY);
    for (const body of ['JOIN', 'YES']) talk.text(body);
    expect(talk.last.events.map(({ kind }) => kind)).to.deep.equal(['confirmed', 'resumed']);
    expect(talk.last.said.map(({ template }) => template)).to.deep.equal(['welcome']);
    expect(talk.person.pausedUntil).to.equal(null);
  });

  it('stands while the person agrees to marketing, with topics on or off', () => {
    const talk = converse();
    for (const body of ['JOIN', 'YES', 'PAUSE 365', 'STOP 1', 'JOIN', 'YES']) talk.text(body);
    expect(talk.last.said.map(({ template }) => template)).to.deep.equal(['welcome-paused']);
  });
});

describe('RESUME', () => {
  /** Paused and free on the number of one program, with another number's program on hold. */
  const heldAway = (talk: Conversation): void => {
    for (const body of ['JOIN', 'YES', '🛑']) talk.text(body);
    for (const body of ['CLUB', 'AGREE', 'PAUSE']) talk.text(body, CLUB_NUMBER);
  };
  const AWAY = 'reply resume-away en';
  table([
    [
      'ends the pause, says so, and names what is on hold on another number',
      heldAway,
      club('RESUME'),
      { events: ['resumed'], says: ['reply resume en', AWAY] },
    ],
    [
      'where the pause is over names what is on hold on another number alone',
      (talk) => {
        heldAway(talk);
        club('RESUME')(talk);
      },
      club('RESUME'),
      { says: [AWAY] },
    ],
    [
      'with every topic off here names what is on hold on another number alone',
      (talk) => {
        heldAway(talk);
        club('STOP 1', 'STOP 2')(talk);
      },
      club('RESUME'),
      { events: ['resumed'], says: [AWAY] },
    ],
    [
      'says nothing of a program of another number that somebody else asked for',
      (talk) => {
        talk.door('deals');
        talk.handOver();
        talk.text('🛑');
        club('CLUB', 'AGREE', 'PAUSE')(talk);
      },
      club('RESUME'),
      { events: ['resumed'], says: ['reply resume en'] },
    ],
    ['where nothing is paused says so, with no entry', ['JOIN', 'YES'], 'RESUME', { says: NOT_PAUSED }],
    [
      'after the pause ran out says so',
      (talk) => {
        for (const body of PAUSED) talk.text(body);
        talk.wait(31 * DAY);
      },
      'RESUME',
      { says: NOT_PAUSED },
    ],
    [
      'with every topic off promises no texts, where there was a pause too',
      [...PAUSED, 'STOP 1'],
      'RESUME',
      { state: ['deals subscribed', 'topic:deals/deals opt-out 1'], events: ['resumed'], says: NOT_PAUSED },
    ],
    [
      'with every topic off and no pause says so, with no entry',
      ['JOIN', 'YES', 'STOP 1'],
      'RESUME',
      { says: NOT_PAUSED },
    ],
    [
      'counts the topics of every program of the number',
      ['JOIN', 'YES', 'ORDERS', 'YES', 'STOP 1', 'PAUSE'],
      'RESUME',
      { events: ['resumed'], says: ['reply resume en'] },
    ],
  ]);

  it('ends the pause where no topic is on', () => {
    const talk = converse();
    for (const body of [...PAUSED, 'STOP 1', 'RESUME']) talk.text(body);
    expect(talk.person.pausedUntil).to.equal(null);
    expect(stateOf(talk.person)[0]).to.equal('deals subscribed');
  });
});
