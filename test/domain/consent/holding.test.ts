import { expect } from 'chai';
import { holdUntil } from '../../../src/domain/consent/holding.ts';
import { table } from './cells.ts';
import { converse, DAY, stateOf } from './conversation.ts';

const UNSURE = '🛑';
const NOTICE = ['hold-notice hold-notice en'];

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
    ['let answers to known words through', ['JOIN', 'YES', UNSURE], 'WHY', { says: ['reply why en'] }],
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
      'are not undone by a YES to a question asked before',
      ['JOIN', UNSURE],
      'YES',
      { state: ['all hold 1', 'deals subscribed deals'], events: ['confirmed'], says: ['reply welcome en'] },
    ],
  ]);

  it('end in opt-out of everything when nobody has decided in five business days', () => {
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

  it('end in no opt-out of what the person confirmed since, and in opt-out of all else', () => {
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

  it('are over without an opt-out where all that stands was confirmed since', () => {
    const talk = converse();
    for (const body of ['JOIN', 'YES', UNSURE, 'JOIN', 'YES']) talk.text(body);
    talk.wait(7 * DAY);
    talk.sweep();
    expect(stateOf(talk.person)).to.deep.equal(['all hold 1 deals:1 *:1', 'deals subscribed deals']);
    expect(talk.ledger.at(-1)).to.include({ kind: 'released', reason: 'the person confirmed since' });
  });

  it('count business days from Monday to Friday', () => {
    const until = (from: string): string => holdUntil(new Date(from)).toISOString();
    expect(until('2026-05-18T09:00:00Z'), 'Monday').to.equal('2026-05-25T09:00:00.000Z');
    expect(until('2026-05-22T23:00:00Z'), 'Friday').to.equal('2026-05-29T23:00:00.000Z');
    expect(until('2026-05-23T01:00:00Z'), 'Saturday').to.equal('2026-05-29T01:00:00.000Z');
    expect(until('2026-05-24T01:00:00Z'), 'Sunday').to.equal('2026-05-29T01:00:00.000Z');
  });
});
