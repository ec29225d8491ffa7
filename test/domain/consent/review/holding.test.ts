import { expect } from 'chai';
import { holdUntil } from '../../../../src/domain/consent/holds.ts';
import { table } from '../cells.ts';
import { BOOK, CLUB_NUMBER, converse, DAY, SHOP, stateOf } from '../conversation.ts';

const UNSURE = '🛑';
const NOTICE = ['hold-notice hold-notice en'];
const PROMPT = 'prompt prompt en';
const ASKED = ['requested', 'prompted'];

describe('words that may be an opt-out', () => {
  table([
    [
      'hold everything, with one neutral notice',
      ['JOIN', 'YES'],
      UNSURE,
      { state: ['all hold 1', 'deals subscribed deals'], events: ['held'], says: NOTICE },
    ],
    [
      'hold a stranger’s number in silence: there is nothing to pause',
      [],
      UNSURE,
      { state: ['all hold 1'], events: ['held'] },
    ],
    ['while held change nothing', ['JOIN', 'YES', UNSURE], UNSURE, {}],
    ['after STOP change nothing', ['STOP'], UNSURE, { state: ['all opt-out 1'] }],
    [
      'after STOP and a new consent hold again: the old opt-out no longer stops its texts',
      ['JOIN', 'YES', 'STOP', 'JOIN', 'YES'],
      UNSURE,
      {
        state: ['all hold 1', 'all opt-out 1 deals:1', 'deals subscribed deals'],
        events: ['held'],
        says: NOTICE,
      },
    ],
    [
      'after a hold that a new consent lifted hold again',
      ['JOIN', 'YES', UNSURE, 'JOIN', 'YES'],
      UNSURE,
      { state: ['all hold 2 deals:1', 'deals subscribed deals'], events: ['held'], says: NOTICE },
    ],
    ['let HELP through', ['JOIN', 'YES', UNSURE], 'HELP', { says: ['help help en'] }],
    ['let answers to known words through', ['JOIN', 'YES', UNSURE], 'WHY', { says: ['reply why-now en'] }],
    [
      'get no answer to what we do not understand',
      ['JOIN', 'YES', UNSURE],
      'where is my parcel',
      { held: ['unknown-answer unknown en'] },
    ],
    [
      'are undone by a YES to a question asked since, for its own program',
      ['JOIN', 'YES', 'ORDERS', 'YES', UNSURE, 'JOIN'],
      'YES',
      {
        state: ['all hold 1 deals:1', 'deals subscribed deals', 'orders subscribed orders'],
        events: ['confirmed'],
        says: ['reply welcome en'],
      },
    ],
    [
      'are asked about where RESUME says that texts are wanted: the answer alone undoes them',
      ['JOIN', 'YES', UNSURE],
      'RESUME',
      { state: ['all hold 1', 'deals subscribed deals'], events: ASKED, says: [PROMPT] },
    ],
    [
      'are asked about by RESUME that ends a pause too',
      ['JOIN', 'YES', 'PAUSE', UNSURE],
      'RESUME',
      { events: ['resumed', ...ASKED], says: [PROMPT] },
    ],
    [
      'are asked about by RESUME for the program that they still keep back',
      ['JOIN', 'YES', 'ORDERS', 'YES', UNSURE, 'RESUME', 'YES', 'RESUME'],
      'YES',
      {
        state: ['all hold 1 deals:1 orders:1', 'deals subscribed deals', 'orders subscribed orders'],
        events: ['confirmed'],
        says: ['reply welcome en'],
      },
    ],
    [
      'are asked about by RESUME for a program whose question was open when they came',
      (talk) => {
        for (const body of ['ORDERS', UNSURE]) talk.text(body);
        talk.wait(11_000);
      },
      'RESUME',
      {
        state: ['all hold 1', 'orders pending'],
        events: ['superseded', ...ASKED],
        says: [PROMPT],
      },
    ],
    [
      'are not asked about from a number that the held program does not write from',
      ['JOIN', 'YES', UNSURE],
      (talk) => void talk.text('RESUME', CLUB_NUMBER),
      { state: ['all hold 1', 'deals subscribed deals'], says: ['reply resume-away en'] },
    ],
    [
      'are asked about where YES answers no open question',
      ['JOIN', 'YES', UNSURE],
      'YES',
      { state: ['all hold 1', 'deals subscribed deals'], events: ASKED, says: [PROMPT] },
    ],
    [
      'are named where a code turns a topic on that they keep back',
      ['JOIN', 'YES', UNSURE],
      '2',
      {
        state: ['all hold 1', 'deals subscribed deals,news'],
        events: ['topic-on'],
        says: ['reply topics-on-held en'],
      },
    ],
    [
      'are not undone by a YES to a question asked before',
      ['JOIN', UNSURE],
      'YES',
      {
        state: ['all hold 1', 'deals subscribed deals'],
        events: ['confirmed'],
        says: ['reply welcome-held en'],
      },
    ],
  ]);

  it('let RESUME on a number without programs name what to text where', () => {
    const talk = converse();
    for (const body of ['JOIN', 'YES']) talk.text(body);
    for (const body of [UNSURE, 'RESUME']) talk.text(body, CLUB_NUMBER);
    expect(talk.last.said[0]?.text).to.contain(`text JOIN to ${SHOP}. HELP`);
    for (const body of ['JOIN', 'YES']) talk.text(body);
    expect(stateOf(talk.person)).to.deep.equal(['all hold 1 deals:1', 'deals subscribed deals']);
  });

  it('let RESUME on the second of two held numbers name the other and end a pause', () => {
    const talk = converse();
    for (const body of ['JOIN', 'YES']) talk.text(body);
    for (const body of ['CLUB', 'AGREE', 'PAUSE', UNSURE, 'CLUB', 'AGREE', 'RESUME']) {
      talk.text(body, CLUB_NUMBER);
    }
    expect(talk.last.said.map(({ template }) => template)).to.deep.equal(['resume', 'resume-away']);
    expect(talk.last.said[1]?.text).to.contain(`text JOIN to ${SHOP}. HELP`);
    expect(talk.last.events.map(({ kind }) => kind)).to.deep.equal(['resumed']);
    expect(talk.person.pausedUntil).to.equal(null);
    for (const body of ['JOIN', 'YES']) talk.text(body);
    talk.text('RESUME', CLUB_NUMBER);
    expect(talk.last.said.map(({ template }) => template)).to.deep.equal(['not-paused']);
  });

  it('let RESUME ask about an active program and never about an ended one', () => {
    const programs = BOOK.programs.map((program) => ({ ...program }));
    const talk = converse({ ...BOOK, programs });
    for (const body of ['JOIN', 'YES', 'ORDERS', 'YES', UNSURE]) talk.text(body);
    for (const program of programs.filter(({ id }) => id === 'deals')) program.status = 'ended';
    talk.text('RESUME');
    expect(talk.last.said.map(({ template, program }) => [template, program])).to.deep.equal([
      ['prompt', 'orders'],
    ]);
    for (const body of ['YES', 'PAUSE', 'RESUME']) talk.text(body);
    expect(talk.last.said.map(({ template, program }) => [template, program])).to.deep.equal([
      ['resume', 'orders'],
    ]);
  });

  it('end as an opt-out of everything after five business days without a decision', () => {
    const talk = converse();
    for (const body of ['JOIN', 'YES', UNSURE]) talk.text(body);
    talk.wait(7 * DAY - 10);
    talk.sweep();
    expect(stateOf(talk.person)).to.deep.equal(['all hold 1', 'deals subscribed deals']);
    talk.wait(10);
    talk.sweep();
    expect(stateOf(talk.person)).to.deep.equal(['all hold 1 *:1', 'all opt-out 1', 'deals unsubscribed']);
    expect(talk.ledger.at(-1)).to.include({ kind: 'withdrawn', scope: 'all' });
    expect(talk.person.seq).to.equal(talk.ledger.length);
    talk.sweep();
    expect(talk.ledger.at(-2)?.kind).to.equal('held');
  });

  it('end as an opt-out of everything but what the person confirmed since', () => {
    const talk = converse();
    for (const body of ['JOIN', 'YES', 'ORDERS', 'YES', UNSURE, 'JOIN', 'YES']) talk.text(body);
    talk.wait(7 * DAY);
    talk.sweep();
    expect(stateOf(talk.person)).to.deep.equal([
      ...[
        'all hold 1 deals:1 *:1',
        'deals subscribed deals',
        'orders unsubscribed',
        'program:orders opt-out 1',
      ],
    ]);
    expect(talk.ledger.slice(-2).map(({ kind, scope }) => [kind, scope])).to.deep.equal([
      ['withdrawn', 'program:orders'],
      ['released', 'all'],
    ]);
    expect(talk.person.seq).to.equal(talk.ledger.length);
    const before = talk.ledger.length;
    talk.sweep();
    expect(talk.ledger.length).to.equal(before);
  });

  it('end without an opt-out when everything that stands was confirmed since', () => {
    const talk = converse();
    for (const body of ['JOIN', 'YES', UNSURE, 'JOIN', 'YES']) talk.text(body);
    talk.wait(7 * DAY);
    talk.sweep();
    expect(stateOf(talk.person)).to.deep.equal(['all hold 1 deals:1 *:1', 'deals subscribed deals']);
    expect(talk.ledger.at(-1)).to.include({ kind: 'released', reason: 'the person confirmed since' });
  });

  it('name the word that restarts texts, in the notice and to a code', () => {
    const talk = converse();
    for (const body of ['JOIN', 'YES', UNSURE]) talk.text(body);
    expect(talk.last.said[0]?.text).to.contain('RESUME');
    talk.text('2');
    expect(talk.last.said[0]?.text).to.contain('on hold').and.contain('RESUME');
  });

  it('are named in the welcome of a program that they hold', () => {
    const talk = converse();
    for (const body of ['JOIN', UNSURE, 'YES']) talk.text(body);
    expect(talk.last.said[0]?.text).to.contain('joined Fernway Deals').and.contain('RESUME');
    expect(talk.ledger.at(-1)?.shown).to.equal(talk.last.said[0]?.text);
  });

  it('point to the ledger entry of the question that ends them', () => {
    const talk = converse();
    for (const body of ['JOIN', 'YES', 'PAUSE', UNSURE, 'RESUME', 'YES']) talk.text(body);
    const answers = talk.ledger.at(-1)?.answers ?? 0;
    expect(talk.ledger[answers - 1]).to.include({ kind: 'prompted' });
    expect(talk.person.pausedUntil).to.equal(null);
    expect(talk.person.seq).to.equal(talk.ledger.length);
  });

  it('count business days from Monday to Friday', () => {
    const until = (from: string): string => holdUntil(new Date(from)).toISOString();
    expect(until('2026-05-18T09:00:00Z'), 'Monday').to.equal('2026-05-25T09:00:00.000Z');
    expect(until('2026-05-22T23:00:00Z'), 'Friday').to.equal('2026-05-29T23:00:00.000Z');
    expect(until('2026-05-23T01:00:00Z'), 'Saturday').to.equal('2026-05-29T01:00:00.000Z');
    expect(until('2026-05-24T01:00:00Z'), 'Sunday').to.equal('2026-05-29T01:00:00.000Z');
  });
});
