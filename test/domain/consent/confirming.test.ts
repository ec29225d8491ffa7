import { expect } from 'chai';
import { table } from './cells.ts';
import { BOOK, CLUB_NUMBER, converse, DAY, HOUR, START, STYLIST, stateOf, topicsOf } from './conversation.ts';

const WELCOME = ['reply welcome en'];
const NOTHING_OPEN = ['reply yes-nothing-open en'];

describe('YES', () => {
  table([
    [
      'to an open question subscribes to what the question named, and to nothing else',
      ['JOIN'],
      'Yes!',
      { state: ['deals subscribed deals'], events: ['confirmed'], says: WELCOME },
    ],
    [
      'in the words of the language that asked is answered in it',
      ['UNIRME'],
      'Sí',
      { state: ['deals subscribed deals'], events: ['confirmed'], says: ['reply welcome es'] },
    ],
    ['in French', ['REJOINDRE'], 'oui svp', { events: ['confirmed'], says: ['reply welcome fr'] }],
    [
      'is also the program’s own word',
      (talk) => void talk.text('CLUB', CLUB_NUMBER),
      (talk) => void talk.text('agree', CLUB_NUMBER),
      { state: ['club subscribed tastings,visits'], events: ['confirmed'], says: WELCOME },
    ],
    [
      'of a stranger is no consent, and told so',
      [],
      'YES',
      { state: [], events: ['ineffective: no open prompt'], says: NOTHING_OPEN },
    ],
    [
      'on another number than the question’s is no consent',
      ['JOIN'],
      (talk) => void talk.text('YES', STYLIST),
      { state: ['deals pending'], events: ['ineffective: no open prompt'], says: NOTHING_OPEN },
    ],
    [
      'after NO is no consent',
      ['JOIN', 'NO'],
      'YES',
      { state: ['deals refused'], events: ['ineffective: no open prompt'], says: NOTHING_OPEN },
    ],
    [
      'of someone subscribed changes nothing',
      ['JOIN', 'YES'],
      'YES',
      {
        state: ['deals subscribed deals'],
        events: ['ineffective: no open prompt'],
        says: ['reply already-subscribed en'],
      },
    ],
    [
      'of someone subscribed with every topic off does not say that they get texts',
      ['JOIN', 'YES', 'STOP DEALS'],
      'YES',
      { events: ['ineffective: no open prompt'], says: NOTHING_OPEN },
    ],
    [
      'of someone subscribed, too late for a question about what they had turned off, is told so',
      (talk) => {
        for (const body of ['JOIN', 'YES', 'NEWS', 'STOP DEALS', 'JOIN']) talk.text(body);
        talk.wait(72 * HOUR);
      },
      'YES',
      { events: ['ineffective: too late'], says: ['joining-help yes-too-late en'] },
    ],
    [
      'answers the newest question of the number only',
      ['JOIN', 'ORDERS'],
      'YES',
      { state: ['deals expired', 'orders subscribed orders'], events: ['confirmed'], says: WELCOME },
    ],
    [
      'in the last moment of the window counts',
      (talk) => {
        talk.text('JOIN');
        talk.wait(72 * HOUR - 2);
      },
      'YES',
      { state: ['deals subscribed deals'], events: ['confirmed'], says: WELCOME },
    ],
    [
      'when the window is over comes too late, swept or not',
      (talk) => {
        talk.text('JOIN');
        talk.wait(72 * HOUR - 1);
      },
      'YES',
      { state: ['deals pending'], events: ['ineffective: too late'], says: ['joining-help yes-too-late en'] },
    ],
    [
      'after the sweep comes too late',
      (talk) => {
        talk.text('JOIN');
        talk.wait(72 * HOUR);
        talk.sweep();
      },
      'YES',
      { state: ['deals expired'], events: ['ineffective: too late'], says: ['joining-help yes-too-late en'] },
    ],
    [
      'before its prompt has left counts for nothing',
      (talk) => void talk.door('deals'),
      'YES',
      { state: ['deals pending'], events: ['ineffective: older than its prompt'], says: NOTHING_OPEN },
    ],
    [
      'that reached us before its prompt left, and is worked on after, counts for nothing',
      (talk) => {
        talk.door('deals');
        talk.handOver();
      },
      (talk) => void talk.text('YES', undefined, { at: START }),
      { state: ['deals pending'], events: ['ineffective: older than its prompt'], says: NOTHING_OPEN },
    ],
    [
      'after STOP, with no question asked since, lifts nothing and hears nothing',
      ['JOIN', 'STOP'],
      'YES',
      {
        state: ['all opt-out 1', 'deals unsubscribed'],
        events: ['ineffective: no open prompt'],
        held: NOTHING_OPEN,
      },
    ],
    [
      'to a question asked after STOP lifts it for its own program',
      ['JOIN', 'YES', 'ORDERS', 'YES', 'STOP', 'JOIN'],
      'YES',
      {
        state: ['all opt-out 1 deals:1', 'deals subscribed deals', 'orders unsubscribed'],
        events: ['confirmed'],
        says: WELCOME,
      },
    ],
    [
      'lifts a topic that the question named, and leaves the others on',
      ['JOIN', 'YES', 'NEWS', 'STOP DEALS', 'JOIN'],
      'YES',
      {
        state: ['deals subscribed news,deals', 'topic:deals/deals opt-out 1 deals:1'],
        events: ['confirmed'],
        says: WELCOME,
      },
    ],
    [
      'counts for nothing when one of the question’s topics was turned off meanwhile',
      (talk) => {
        talk.text('CLUB', CLUB_NUMBER);
        talk.text('STOP VISITS', CLUB_NUMBER);
      },
      (talk) => void talk.text('YES', CLUB_NUMBER),
      {
        state: ['club unsubscribed', 'topic:club/visits opt-out 1'],
        events: ['ineffective: no open prompt'],
        says: NOTHING_OPEN,
      },
    ],
  ]);

  it('counts for nothing after the program has ended', () => {
    const programs = BOOK.programs.map((program) => ({ ...program }));
    const talk = converse({ ...BOOK, programs });
    talk.text('JOIN');
    for (const program of programs) program.status = 'ended';
    for (const program of programs.filter(({ id }) => id === 'orders')) program.status = 'active';
    const { events, person, said } = talk.text('YES');
    expect(events[0]).to.include({ kind: 'ineffective', reason: 'the program has ended' });
    expect(said[0]?.template).to.equal('yes-nothing-open');
    expect(said[0]?.text).to.contain('ORDERS');
    expect(stateOf(person)).to.deep.equal(['deals pending']);
  });

  it('does not restart topics that were on before an opt-out', () => {
    const talk = converse();
    for (const body of ['JOIN', 'YES', '2 3', 'STOP', 'JOIN', 'YES']) talk.text(body);
    expect(topicsOf(talk.person, 'deals')).to.deep.equal(['deals']);
    expect(talk.person.subscriptions.find(({ program }) => program === 'deals')?.since).to.deep.equal(
      talk.person.subscriptions.find(({ program }) => program === 'deals')?.basis?.at,
    );
  });

  it('ends a pause of the consent before STOP', () => {
    const talk = converse();
    for (const body of ['JOIN', 'YES', 'PAUSE 30', 'STOP', 'JOIN', 'YES']) talk.text(body);
    expect(talk.person.pausedUntil).to.equal(null);
  });

  it('keeps the words, the moment, the published text and the ledger entry', () => {
    const talk = converse();
    talk.text('JOIN');
    const at = talk.now;
    talk.text('  Yes please ');
    const basis = talk.person.subscriptions[0]?.basis;
    expect(basis).to.deep.equal({
      at,
      channel: 'VIA_TEXT',
      words: '  Yes please ',
      disclosure: { touchpoint: 'sms-prompt.en', version: 1 },
      seq: 3,
    });
    expect(talk.ledger[2]).to.include({ kind: 'confirmed', program: 'deals', answers: 2 });
    expect(talk.ledger[2]?.shown).to.contain('You joined Fernway Deals');
  });
});

describe('NO', () => {
  table([
    [
      'refuses',
      ['JOIN'],
      'no thanks',
      { state: ['deals refused'], events: ['refused: answered no'], says: ['joining-help refused en'] },
    ],
    [
      'to one more topic leaves the subscription',
      (talk) => {
        for (const body of ['CLUB', 'YES', '3']) talk.text(body, CLUB_NUMBER);
      },
      (talk) => void talk.text('NO', CLUB_NUMBER),
      {
        state: ['club subscribed tastings,visits'],
        events: ['refused: answered no'],
        says: ['joining-help topic-refused en'],
      },
    ],
    ['with no question open is a text like any other', [], 'no', { says: ['unknown-answer unknown en'] }],
  ]);
});

describe('unanswered question', () => {
  it('expires at the end of its window, without consent, and is asked once', () => {
    const talk = converse();
    talk.text('JOIN');
    talk.wait(72 * HOUR - 2);
    talk.sweep();
    expect(stateOf(talk.person)).to.deep.equal(['deals pending']);
    talk.sweep();
    expect(stateOf(talk.person)).to.deep.equal(['deals expired']);
    talk.wait(DAY);
    talk.sweep();
    expect(talk.ledger.map(({ kind }) => kind)).to.deep.equal(['requested', 'prompted', 'expired']);
    expect(talk.person.seq).to.equal(3);
  });
});
