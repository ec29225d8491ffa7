import { expect } from 'chai';
import { table } from './cells.ts';
import {
  BOOK,
  CELLAR_NUMBER,
  CLUB_NUMBER,
  converse,
  DAY,
  HOUR,
  STYLIST,
  stateOf,
  topicsOf,
} from './conversation.ts';

const PROMPT = 'prompt prompt en';
const ASKED = ['requested', 'prompted'];

describe('JOIN', () => {
  table([
    ['asks a stranger', [], 'JOIN', { state: ['deals pending'], events: ASKED, says: [PROMPT] }],
    [
      'is read in Spanish and asks in Spanish',
      [],
      'unirme',
      { state: ['deals pending'], events: ASKED, says: ['prompt prompt es'] },
    ],
    ['asks in French', [], 'Rejoindre!', { events: ASKED, says: ['prompt prompt fr'] }],
    [
      'within ten seconds of its own question is recorded and asks nothing',
      ['JOIN'],
      'JOIN',
      { state: ['deals pending'], events: ['ineffective: asked a moment ago'] },
    ],
    [
      'a little later asks again, and supersedes the first question',
      (talk) => {
        talk.text('JOIN');
        talk.wait(11_000);
      },
      'JOIN',
      { state: ['deals pending'], events: ['superseded', ...ASKED], says: [PROMPT] },
    ],
    [
      'for another program of the number supersedes the open question, whose pending ends',
      ['JOIN'],
      'ORDERS',
      {
        state: ['deals expired', 'orders pending'],
        events: ['superseded', ...ASKED],
        says: [PROMPT],
      },
    ],
    [
      'on another number leaves the open question of the first',
      ['JOIN'],
      (talk) => void talk.text('STYLE', STYLIST),
      { state: ['deals pending', 'stylist pending'], events: ASKED, says: [PROMPT] },
    ],
    [
      'never weakens a confirmed consent',
      ['JOIN', 'YES', 'NEWS'],
      'JOIN',
      {
        state: ['deals subscribed deals,news'],
        events: ['ineffective: subscribed already'],
        says: ['reply already-subscribed en'],
      },
    ],
    [
      'after STOP DEALS asks again, and what stands stays meanwhile',
      ['JOIN', 'YES', 'NEWS', 'STOP DEALS'],
      'JOIN',
      {
        state: ['deals subscribed news', 'topic:deals/deals opt-out 1'],
        events: ASKED,
        says: [PROMPT],
      },
    ],
    [
      'after STOP asks and lifts nothing',
      ['JOIN', 'YES', 'STOP'],
      'JOIN',
      { state: ['all opt-out 1', 'deals pending'], events: ASKED, says: [PROMPT] },
    ],
    [
      'of someone on hold asks: a confirmed answer is their own word about it',
      ['JOIN', 'YES', '🛑'],
      'JOIN',
      { state: ['all hold 1', 'deals subscribed deals'], events: ASKED, says: [PROMPT] },
    ],
  ]);

  it('names the ledger entry that a YES will point to', () => {
    const talk = converse();
    talk.text('JOIN');
    expect(talk.person.prompts[0]?.seq).to.equal(2);
    talk.text('ORDERS');
    expect(talk.person.prompts[1]?.seq).to.equal(5);
    talk.text('YES');
    expect(talk.ledger.at(-1)).to.include({ kind: 'confirmed', answers: 5 });
    expect(talk.ledger[4]?.kind).to.equal('prompted');
  });

  it('keeps every open question, however many numbers and questions there were', () => {
    const talk = converse();
    talk.text('STYLE', STYLIST);
    for (let again = 0; again < 6; again += 1) {
      talk.wait(11_000);
      talk.text('JOIN');
    }
    talk.text('YES', STYLIST);
    expect(topicsOf(talk.person, 'stylist')).to.deep.equal(['looks']);
  });

  it('of a program that has ended asks nothing', () => {
    const programs = BOOK.programs.map((one) => ({ ...one, status: 'ended' as const }));
    expect(converse({ ...BOOK, programs }).door('deals').events).to.deep.equal([]);
  });
});

describe('START', () => {
  table([
    [
      'of a stranger, where the number has several programs, says what to text',
      [],
      'START',
      { says: ['joining-help start-which en'] },
    ],
    [
      'after STOP says so too: it is the answer to their own START',
      ['JOIN', 'YES', 'ORDERS', 'YES', 'STOP'],
      'START',
      { says: ['joining-help start-which en'] },
    ],
    [
      'asks for the one program the person was in',
      ['JOIN', 'YES', 'STOP'],
      'UNSTOP',
      { state: ['all opt-out 1', 'deals pending'], events: ASKED, says: [PROMPT] },
    ],
    [
      'asks for the one program of the number',
      [],
      (talk) => void talk.text('start', STYLIST),
      { state: ['stylist pending'], events: ASKED, says: [PROMPT] },
    ],
    [
      'that the carrier answered asks nothing and puts no question on record',
      [],
      (talk) => {
        const carrier = {
          answered: true,
          blocks: false,
          unblocks: true,
          scope: `sender:${STYLIST}`,
        } as const;
        talk.text('START', STYLIST, { carrier });
      },
      { state: [], events: ['ineffective: the carrier answered; the keyword of a program asks'] },
    ],
  ]);
});

describe('an opt-in by another door', () => {
  const refused = (why: string) => ({ events: [`ineffective: ${why}`] });
  const OPTED_OUT = 'the person opted out; only their own text can ask to join again';
  const held = { held: [PROMPT] };
  table([
    [
      'asks by text',
      [],
      (talk) => void talk.door('deals'),
      { state: ['deals pending'], events: ASKED, ...held },
    ],
    ['asks nobody who said STOP', ['STOP'], (talk) => void talk.door('deals'), refused(OPTED_OUT)],
    [
      'asks nobody about a program they left',
      ['STOP ORDERS'],
      (talk) => void talk.door('orders'),
      refused(OPTED_OUT),
    ],
    [
      'asks nobody about a topic they turned off',
      ['STOP DEALS'],
      (talk) => void talk.door('deals'),
      refused(OPTED_OUT),
    ],
    [
      'asks about another program than the one that was left',
      ['STOP ORDERS'],
      (talk) => void talk.door('deals'),
      { events: ASKED, ...held },
    ],
    [
      'asks nobody on hold',
      ['🛑'],
      (talk) => void talk.door('deals'),
      refused('the number is on hold until a person decides about its last text'),
    ],
    [
      'tells someone subscribed nothing by text',
      ['JOIN', 'YES'],
      (talk) => void talk.door('deals'),
      refused('subscribed already'),
    ],
    [
      'never ends a question that their own text asked',
      ['JOIN'],
      (talk) => void talk.door('orders'),
      { state: ['deals pending'], ...refused('another question is open') },
    ],
    [
      'never ends a question whose YES came, and whose birth date is awaited',
      (talk) => {
        talk.door('cellar');
        talk.handOver();
        talk.text('YES', CELLAR_NUMBER);
        talk.wait(DAY);
      },
      (talk) => void talk.door('cellar'),
      { state: ['cellar pending'], ...refused('another question is open') },
    ],
    [
      'asks where the time of their own question is over, swept or not',
      (talk) => {
        talk.text('JOIN');
        talk.wait(72 * HOUR);
      },
      (talk) => void talk.door('orders'),
      { state: ['deals expired', 'orders pending'], events: ['superseded', ...ASKED], ...held },
    ],
    [
      'asks once a program and day, own JOIN counted',
      ['JOIN', 'NO'],
      (talk) => void talk.door('deals'),
      refused('one prompt per program in 24 hours'),
    ],
    [
      'asks again a day later',
      (talk) => {
        talk.door('deals');
        talk.wait(DAY);
        talk.sweep();
      },
      (talk) => void talk.door('deals'),
      { events: ['superseded', ...ASKED], ...held },
    ],
    [
      'asks three times in thirty days over all programs',
      (talk) => {
        for (const program of ['deals', 'orders', 'stylist']) talk.door(program);
        talk.wait(29 * DAY);
      },
      (talk) => void talk.door('club'),
      refused('three prompts per number in 30 days'),
    ],
    [
      'asks again when thirty days are over',
      (talk) => {
        for (const program of ['deals', 'orders', 'stylist']) talk.door(program);
        talk.wait(30 * DAY);
      },
      (talk) => void talk.door('club'),
      { events: ASKED, ...held },
    ],
    [
      'does not stop the person’s own JOIN by its limits',
      (talk) => {
        for (const program of ['deals', 'orders', 'stylist']) talk.door(program);
        talk.wait(HOUR);
      },
      (talk) => void talk.text('CLUB', CLUB_NUMBER),
      { events: ASKED, says: [PROMPT] },
    ],
  ]);

  it('is confirmed by the holder’s own YES, on record with its door', () => {
    const talk = converse();
    talk.door('deals', 'PAPER_FORM');
    talk.handOver();
    talk.text('YES');
    expect(stateOf(talk.person)).to.deep.equal(['deals subscribed deals']);
    expect(talk.person.subscriptions[0]?.basis).to.include({ channel: 'PAPER_FORM', words: 'YES' });
  });
});
