import { expect } from 'chai';
import { table } from './cells.ts';
import { BOOK, CLUB_NUMBER, converse, late, spoken, stateOf } from './conversation.ts';

const SOME = ['opt-out-confirmation stop-some en'];
const NOTHING_LEFT = ['opt-out-confirmation stop-some-nothing-left en'];

describe('STOP and a word', () => {
  table([
    [
      'turns off that topic, and says what still comes',
      ['JOIN', 'YES', 'NEWS'],
      'STOP DEALS',
      {
        state: ['deals subscribed news', 'topic:deals/deals opt-out 1'],
        events: ['topic-off'],
        says: SOME,
      },
    ],
    [
      'by its code',
      ['JOIN', 'YES', 'NEWS'],
      'OFF 1',
      { state: ['deals subscribed news', 'topic:deals/deals opt-out 1'], events: ['topic-off'], says: SOME },
    ],
    [
      'of a program ends that program',
      ['JOIN', 'YES', 'ORDERS', 'YES'],
      'STOP ORDERS',
      {
        state: ['deals subscribed deals', 'orders unsubscribed', 'program:orders opt-out 1'],
        events: ['withdrawn'],
        says: SOME,
      },
    ],
    [
      'says so where nothing is left',
      ['JOIN', 'YES'],
      'STOP DEALS',
      {
        state: ['deals subscribed', 'topic:deals/deals opt-out 1'],
        events: ['topic-off'],
        says: NOTHING_LEFT,
      },
    ],
    [
      'of a stranger is kept',
      [],
      'STOP DEALS',
      { state: ['topic:deals/deals opt-out 1'], events: ['topic-off'], says: NOTHING_LEFT },
    ],
    [
      'repeated hears nothing',
      ['JOIN', 'YES', 'NEWS', 'STOP DEALS'],
      'STOP DEALS',
      { state: ['deals subscribed news', 'topic:deals/deals opt-out 2'], events: ['topic-off'] },
    ],
    [
      'after one that was worked on too late to be confirmed is confirmed',
      (talk) => {
        for (const body of ['JOIN', 'YES', 'NEWS']) talk.text(body);
        late('STOP DEALS')(talk);
      },
      'STOP DEALS',
      {
        state: ['deals subscribed news', 'topic:deals/deals opt-out 2'],
        events: ['topic-off'],
        says: SOME,
      },
    ],
    [
      'is answered again when the topic was on meanwhile',
      ['JOIN', 'YES', 'NEWS', 'STOP DEALS', '1'],
      'STOP DEALS',
      {
        state: ['deals subscribed news', 'topic:deals/deals opt-out 2 deals:1'],
        events: ['topic-off'],
        says: SOME,
      },
    ],
    [
      'after STOP hears nothing: all has been confirmed',
      ['STOP'],
      'STOP DEALS',
      { state: ['all opt-out 1', 'topic:deals/deals opt-out 1'], events: ['topic-off'] },
    ],
    [
      'closes the open question about it, and what was pending',
      ['JOIN'],
      'STOP DEALS',
      {
        state: ['deals unsubscribed', 'topic:deals/deals opt-out 1'],
        events: ['topic-off'],
        says: NOTHING_LEFT,
      },
    ],
    [
      'leaves an open question about another program',
      ['ORDERS'],
      'STOP DEALS',
      { state: ['orders pending', 'topic:deals/deals opt-out 1'], events: ['topic-off'], says: NOTHING_LEFT },
    ],
    [
      'leaves a hold standing, and names RESUME',
      ['JOIN', 'YES', '🛑'],
      'STOP NEWS',
      {
        state: ['all hold 1', 'deals subscribed deals', 'topic:deals/news opt-out 1'],
        events: ['topic-off'],
        says: ['opt-out-confirmation stop-some-held en'],
      },
    ],
    [
      'may name several',
      (talk) => {
        for (const body of ['CLUB', 'YES']) talk.text(body, CLUB_NUMBER);
      },
      (talk) => void talk.text('stop 1 and 2', CLUB_NUMBER),
      {
        state: ['club subscribed', 'topic:club/tastings opt-out 1', 'topic:club/visits opt-out 1'],
        events: ['topic-off', 'topic-off'],
        says: NOTHING_LEFT,
      },
    ],
  ]);

  it('points in the ledger to the MENU that named the word', () => {
    const talk = converse();
    for (const body of ['JOIN', 'YES', 'MENU', 'STOP DEALS']) talk.text(body);
    expect(talk.ledger.at(-1)).to.include({ kind: 'topic-off', answers: 4 });
    expect(talk.ledger[3]?.kind).to.equal('menu-shown');
  });

  it('closes exactly what was chosen on a page', () => {
    const talk = converse();
    for (const body of ['JOIN', 'YES', 'ORDERS', 'YES']) talk.text(body);
    talk.leave({ kind: 'stop-some', programs: ['orders'], topics: [] });
    expect(stateOf(talk.person)).to.deep.equal([
      'deals subscribed deals',
      'orders unsubscribed',
      'program:orders opt-out 1',
    ]);
  });
});

describe('programs that still send after STOP and a word', () => {
  it('do not include a program that has ended', () => {
    const programs = [...BOOK.programs];
    const talk = converse({ ...BOOK, programs });
    for (const body of ['JOIN', 'YES', 'ORDERS', 'YES']) talk.text(body);
    programs.forEach((program, at) => {
      if (program.id === 'orders') programs[at] = { ...program, status: 'ended' };
    });
    expect(spoken(talk.text('STOP DEALS').said)).to.deep.equal(NOTHING_LEFT);
  });

  it('are none while everything is on hold, and RESUME is named', () => {
    const talk = converse();
    for (const body of ['JOIN', 'YES', 'ORDERS', 'YES', 'off']) talk.text(body);
    const { said } = talk.text('STOP DEALS');
    expect(spoken(said)).to.deep.equal(['opt-out-confirmation stop-some-held en']);
    expect(said[0]?.text).to.contain('on hold. Reply RESUME');
  });

  it('include only what is no longer on hold', () => {
    const talk = converse();
    for (const body of ['JOIN', 'YES', 'ORDERS', 'YES', 'off', 'ORDERS', 'YES']) talk.text(body);
    const [reply] = talk.text('STOP NEWS').said;
    expect(reply?.template).to.equal('stop-some');
    expect(reply?.text).to.contain('Fernway Orders').and.not.contain('Fernway Deals (');
  });
});
