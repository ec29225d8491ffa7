import { expect } from 'chai';
import { table } from './cells.ts';
import { BOOK, CLUB_NUMBER, converse, DAY, START, STYLIST, stateOf, topicsOf } from './conversation.ts';

const ON = ['reply topics-on en'];
const club =
  (...bodies: string[]) =>
  (talk: ReturnType<typeof converse>): void => {
    for (const body of bodies) talk.text(body, CLUB_NUMBER);
  };

describe('preference code', () => {
  table([
    [
      'turns its topic on',
      ['JOIN', 'YES'],
      '2',
      { state: ['deals subscribed deals,news'], events: ['topic-on'], says: ON },
    ],
    [
      'may be a word',
      ['JOIN', 'YES'],
      'news',
      { state: ['deals subscribed deals,news'], events: ['topic-on'], says: ON },
    ],
    [
      'may be one of several',
      ['JOIN', 'YES'],
      'News, 3',
      { state: ['deals subscribed deals,news,events'], events: ['topic-on'], says: ON },
    ],
    [
      'twice changes nothing more',
      ['JOIN', 'YES', '2'],
      '2',
      { state: ['deals subscribed deals,news'], events: ['topic-on'], says: ON },
    ],
    [
      'lifts what STOP and its word had closed',
      ['JOIN', 'YES', 'STOP DEALS'],
      'DEALS',
      {
        state: ['deals subscribed deals', 'topic:deals/deals opt-out 1 deals:1'],
        events: ['topic-on'],
        says: ON,
      },
    ],
    [
      'of two programs is one answer and an entry for each',
      ['JOIN', 'YES', 'ORDERS', 'YES'],
      '2 5',
      {
        state: ['deals subscribed deals,news', 'orders subscribed orders,pickup'],
        events: ['topic-on', 'topic-on'],
        says: ON,
      },
    ],
    [
      'of a program the person is not in stays off, on record',
      ['JOIN', 'YES'],
      '2 5',
      {
        state: ['deals subscribed deals,news'],
        events: ['topic-on', 'ineffective: not subscribed'],
        says: ON,
      },
    ],
    [
      'of that program alone says which keyword asks, and not that they are in none',
      ['JOIN', 'YES'],
      '5',
      {
        state: ['deals subscribed deals'],
        events: ['ineffective: not subscribed'],
        says: ['reply not-in-those en'],
      },
    ],
    [
      'of a stranger says how to join',
      [],
      '1',
      { state: [], events: ['ineffective: not subscribed'], says: ['reply not-subscribed en'] },
    ],
    [
      'while a question is open turns nothing on',
      ['JOIN'],
      '1',
      {
        state: ['deals pending'],
        events: ['ineffective: not subscribed'],
        says: ['joining-help not-answered en'],
      },
    ],
    [
      'after STOP does nothing and hears nothing',
      ['JOIN', 'YES', 'STOP'],
      '1',
      {
        state: ['all opt-out 1', 'deals unsubscribed'],
        events: ['ineffective: not subscribed'],
        held: ['reply not-subscribed en'],
      },
    ],
    [
      'of another purpose asks first',
      club('CLUB', 'YES'),
      club('3'),
      {
        state: ['club subscribed tastings,visits'],
        events: ['requested', 'prompted'],
        says: ['prompt topics-on-needs-prompt en'],
      },
    ],
    [
      'of another purpose is turned on by YES alone',
      club('CLUB', 'YES', '3'),
      club('YES'),
      {
        state: ['club subscribed tastings,visits,repairs'],
        events: ['confirmed'],
        says: ['reply welcome-topic en'],
      },
    ],
    [
      'of a purpose agreed to since needs no question',
      club('CLUB', 'YES', '3', 'YES'),
      club('4'),
      { state: ['club subscribed tastings,visits,repairs,recalls'], events: ['topic-on'], says: ON },
    ],
    [
      'asks one question at a time and turns on what needs none',
      club('CLUB', 'YES', 'STOP 1'),
      club('1 3 4'),
      {
        state: ['club subscribed visits,tastings', 'topic:club/tastings opt-out 1 club:1'],
        events: ['topic-on', 'requested', 'prompted', 'ineffective: one question at a time'],
        says: [...ON, 'prompt topics-on-needs-prompt en'],
      },
    ],
    [
      'of a purpose agreed to before STOP asks again after a new consent',
      club('CLUB', 'YES', '3', 'YES', 'STOP', 'CLUB', 'YES'),
      club('3'),
      { events: ['requested', 'prompted'], says: ['prompt topics-on-needs-prompt en'] },
    ],
  ]);

  it('points in the ledger to the MENU it answers', () => {
    const talk = converse();
    for (const body of ['JOIN', 'YES', 'MENU', '2']) talk.text(body);
    expect(talk.ledger.map(({ kind }) => kind)).to.deep.equal([
      'requested',
      'prompted',
      'confirmed',
      'menu-shown',
      'topic-on',
    ]);
    expect(talk.ledger[4]).to.include({ answers: 4 });
  });

  it('points to the right entry of its question when other topics were turned on with it', () => {
    const talk = converse();
    club('CLUB', 'YES', '1 3', 'YES')(talk);
    const answers = talk.ledger.at(-1)?.answers ?? 0;
    expect(talk.ledger[answers - 1]).to.include({ kind: 'prompted' });
    expect(talk.ledger[answers - 1]?.topics).to.deep.equal(['repairs']);
  });
});

describe('PAUSE', () => {
  const days = (talk: ReturnType<typeof converse>): number =>
    ((talk.person.pausedUntil?.getTime() ?? 0) - START.getTime() - 2) / DAY;
  const REPLY = ['reply pause en'];
  table([
    [
      'says until when',
      ['JOIN', 'YES'],
      'PAUSE',
      { state: ['deals subscribed deals'], events: ['paused'], says: REPLY },
    ],
    ['of a stranger says how to join', [], 'PAUSE', { says: ['reply not-subscribed en'] }],
    [
      'on another number than the program’s pauses all the same',
      ['JOIN', 'YES'],
      (talk) => void talk.text('PAUSE 3', STYLIST),
      {
        events: ['paused'],
        says: REPLY,
      },
    ],
    [
      'ends with RESUME',
      ['JOIN', 'YES', 'PAUSE'],
      'RESUME',
      { events: ['resumed'], says: ['reply resume en'] },
    ],
    ['in Spanish', ['UNIRME', 'SI'], 'pausa 7', { events: ['paused'], says: ['reply pause es'] }],
  ]);

  for (const [body, length] of [
    ['PAUSE', 30],
    ['PAUSE 7', 7],
    ['pause for 2 weeks', 14],
    ['PAUSE 0', 30],
    ['PAUSE 9999', 365],
  ] as const) {
    it(`"${body}" lasts ${length} days`, () => {
      const talk = converse();
      for (const text of ['JOIN', 'YES', body]) talk.text(text);
      expect(days(talk)).to.equal(length);
      expect(talk.ledger.at(-1)?.reason).to.equal(`${length} days`);
    });
  }
});

describe('topics that are on', () => {
  it('stay on through a pause, a hold and a second JOIN', () => {
    const talk = converse();
    for (const body of ['JOIN', 'YES', '2', 'PAUSE', '🛑', 'JOIN']) talk.text(body);
    expect(topicsOf(talk.person, 'deals')).to.deep.equal(['deals', 'news']);
    expect(stateOf(talk.person)[0]).to.equal('all hold 1');
  });
});

describe('person whose only program has ended', () => {
  for (const [word, template] of [
    ['WHY', 'why-none'],
    ['PAUSE', 'not-subscribed'],
    ['RESUME', 'not-subscribed'],
  ] as const) {
    it(`reads from ${word} that no texts come`, () => {
      const programs = [...BOOK.programs];
      const talk = converse({ ...BOOK, programs });
      for (const body of ['ORDERS', 'YES', 'PAUSE 30']) talk.text(body);
      programs.forEach((program, at) => {
        if (program.id === 'orders') programs[at] = { ...program, status: 'ended' };
      });
      expect(talk.text(word).said.map((reply) => reply.template)).to.deep.equal([template]);
    });
  }
});
