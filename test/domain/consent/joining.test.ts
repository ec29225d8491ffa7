import { expect } from 'chai';
import { table } from './cells.ts';
import { BOOK, converse, STYLIST, topicsOf } from './conversation.ts';

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

  it('stores the ledger entry that a YES will point to', () => {
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

  it('asks nothing for a program that has ended', () => {
    const programs = BOOK.programs.map((program) => ({ ...program, status: 'ended' as const }));
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
