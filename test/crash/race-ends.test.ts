import { Readable } from 'node:stream';
import { expect } from 'chai';
import type { Pool } from 'undici';
import { reconcile } from '../../scripts/crash/race/counts/reconcile.ts';
import { acknowledgedEnds } from '../../scripts/crash/race/evidence/collect.ts';
import type {
  End,
  RaceEvidence,
  RowEvidence,
  SeenHandOver,
} from '../../scripts/crash/race/evidence/evidence.ts';
import { type LedgerLine, takeLedger } from '../../scripts/crash/race/evidence/ledger-lines.ts';
import { end, handOver, healthy, row } from './race-evidence.ts';

type Ended = [state: RowEvidence['state'], error?: string | null];

/** An offer that ended so by the database, and of which receipts with these ends were acknowledged. */
function offer(
  [state, error = null]: Ended,
  ends: readonly Ended[],
  more: Partial<SeenHandOver>[] = [],
): RaceEvidence {
  const it = healthy();
  it.rows.push(row('offer-4', { state, error }));
  it.handOvers.push(handOver('offer-4', 60, { saidFailed: true }));
  for (const [at, fields] of more.entries()) {
    const epoch = at + 2;
    it.handOvers.push(handOver('offer-4', 61 + at, { epoch, saidFailed: true, ...fields }));
  }
  it.ends.push(...ends.map(([state, error]) => end('offer-4', state as End['state'], error)));
  return it;
}

const lostOf = (it: RaceEvidence): string[] => reconcile(it).found.endsLost;

const CASES: [title: string, row: Ended, ends: Ended[], more: Partial<SeenHandOver>[], lost: boolean][] = [
  ['stands as it was told', ['delivered'], [['delivered']], [], false],
  ['is not there at all', ['accepted'], [['delivered']], [], true],
  ['is of a row that was given up', ['unknown', 'nobody saw it end'], [['delivered']], [], true],
  ['is of a row that never left by its own word', ['canceled'], [['failed', '30001']], [], true],
  [
    'is less than the row says, and all that it was told',
    ['delivered'],
    [['undelivered', '30003']],
    [],
    true,
  ],
  ['is told after a failure', ['delivered'], [['undelivered', '30003'], ['delivered']], [], false],
  ['came before a failure', ['undelivered', '30003'], [['delivered'], ['undelivered', '30003']], [], true],
  ['fails short of a network', ['failed', '30001'], [['failed', '30001']], [], false],
  ['has another error', ['undelivered', '30005'], [['undelivered', '30003']], [], true],
  ['has lost its error', ['undelivered'], [['undelivered', '30003']], [], true],
  [
    'has the greater of two errors',
    ['failed', '30008'],
    [
      ['failed', '30001'],
      ['failed', '30008'],
    ],
    [],
    false,
  ],
  [
    'has the lesser of two errors',
    ['failed', '30001'],
    [
      ['failed', '30001'],
      ['failed', '30008'],
    ],
    [],
    true,
  ],
  [
    'is less than that of another message of the row',
    ['delivered'],
    [['failed', '30001']],
    [{ sid: 'SM-2' }],
    false,
  ],
  [
    'is less than that of a call that was refused',
    ['failed', '30008'],
    [['failed', '30001']],
    [{ made: false, sid: null }],
    false,
  ],
];

describe('acknowledged final state of a message', () => {
  for (const [title, state, ends, more, lost] of CASES) {
    it(`is ${lost ? 'lost' : 'kept'} where it ${title}`, () => {
      expect(lostOf(offer(state, ends, more))).to.have.length(lost ? 1 : 0);
    });
  }

  it('is found once for its row, however many receipts report it, with both sides named', () => {
    const it = offer(['sent'], [['undelivered', '30003'], ['delivered'], ['delivered']]);
    expect(lostOf(it)).to.deep.equal(['offer-4 (marketing, sent); acknowledged as delivered']);
    expect(lostOf(offer(['accepted'], [['undelivered', '30003']]))).to.deep.equal([
      'offer-4 (marketing, accepted); acknowledged as undelivered, 30003',
    ]);
  });

  it('is left out when its row is of another step, and is counted when it was compared', () => {
    const it = offer(['delivered'], [['delivered'], ['delivered']]);
    it.ends.push(end('of-the-step-before', 'delivered'));
    const { found, activity } = reconcile(it);
    expect([found.endsLost, activity.ends]).to.deep.equal([[], 1]);
  });
});

const AT = 'http://127.0.0.1:1/webhooks/twilio/status?d=offer-4.2';

const line = (fields: Partial<LedgerLine> = {}): LedgerLine =>
  ({
    ...{ kind: 'status', sid: 'SM1', url: AT, messageStatus: 'delivered', errorCode: null },
    ...{ outcome: 'answered', httpStatus: 204 },
    ...fields,
  }) as LedgerLine;

const DELIVERED: End[] = [{ delivery: 'offer-4', sid: 'SM1', state: 'delivered', error: null }];

const LINES: [title: string, fields: Partial<LedgerLine>, found: End[]][] = [
  ['a receipt that was taken', {}, DELIVERED],
  ['one that was read', { messageStatus: 'read' }, DELIVERED],
  [
    'one of a failure, with its code',
    { messageStatus: 'undelivered', errorCode: 30003 },
    [{ delivery: 'offer-4', sid: 'SM1', state: 'undelivered', error: '30003' }],
  ],
  [
    'one of a message that was taken back',
    { messageStatus: 'canceled' },
    [{ delivery: 'offer-4', sid: 'SM1', state: 'failed', error: null }],
  ],
  ['one that is no end', { messageStatus: 'sent' }, []],
  ['one that was refused', { httpStatus: 503 }, []],
  ['one that was lost', { outcome: 'lost', httpStatus: null }, []],
  ['one that nobody answered', { outcome: 'read failed', httpStatus: null }, []],
  ['one that names no delivery', { url: 'http://127.0.0.1:1/webhooks/twilio/status' }, []],
  ['what is no receipt', { kind: 'create' }, []],
];

describe('acknowledged final states in the ledger of the carrier', () => {
  for (const [title, fields, found] of LINES) {
    it(`${found.length === 0 ? 'do not include' : 'include'} ${title}`, () => {
      expect(acknowledgedEnds([line(fields)])).to.deep.equal(found);
    });
  }

  it('are kept when the ledger is read, with receipts of a failure or a STOP', async () => {
    const missed = { outcome: 'lost' as const, httpStatus: null };
    const kept: Partial<LedgerLine>[] = [
      ...[{}, { messageStatus: 'read' }, { messageStatus: 'canceled' }],
      ...[
        { messageStatus: 'failed', ...missed },
        { errorCode: 21610, ...missed },
      ],
      ...[{ kind: 'create' as const }, { kind: 'inbound' as const }],
    ];
    const left: Partial<LedgerLine>[] = [
      ...[{ messageStatus: 'sent' }, { messageStatus: 'sending' }],
      ...[missed, { httpStatus: 503 }, { outcome: 'read failed' as const, httpStatus: null }],
      { ...missed, body: '"messageStatus":"failed"' },
    ];
    const lines = [...left, ...kept].map((fields, at) => line({ ...fields, seq: at + 1 }));
    const read = await takeLedger(carrierWith(lines), 0);
    expect(read).to.deep.equal({
      lines: lines.slice(left.length),
      last: lines.length,
      receipts: left.length,
    });
  });
});

/** A carrier with such a ledger. */
const carrierWith = (lines: readonly LedgerLine[]): Pool => {
  const body = () => Readable.from([lines.map((line) => `${JSON.stringify(line)}\n`).join('')]);
  return { request: async () => ({ statusCode: 200, body: body() }) } as unknown as Pool;
};
