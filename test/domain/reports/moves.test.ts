import { expect } from 'chai';
import fc from 'fast-check';
import { UNDECIDED_LOST } from '../../../src/domain/consent/ledger-reasons.ts';
import {
  churnOf,
  type GrowthEntry,
  MOVING,
  messageBefore,
  movesOf,
  netOf,
  noGrowth,
  type OptOutSource,
  sourceOf,
} from '../../../src/domain/reports/growth.ts';

const AT = new Date('2026-03-01T12:00:00Z');

type Said = Partial<GrowthEntry> & Pick<GrowthEntry, 'kind'>;
const chain = (...said: Said[]): GrowthEntry[] =>
  said.map((entry, at) => ({
    contact: 'c_1',
    seq: at + 1,
    program: null,
    scope: null,
    reason: null,
    channel: 'VIA_TEXT',
    actor: 'person',
    answers: null,
    actedAt: AT,
    recordedAt: AT,
    ...entry,
  }));
const moved = (...said: Said[]) =>
  movesOf(chain(...said)).map(({ kind, program, entry }) => `${entry.seq} ${kind} ${program}`);

const joined = (program: string): Said[] => [
  { kind: 'prompted', program },
  { kind: 'confirmed', program },
];
const STOP: Said = { kind: 'withdrawn', scope: 'all', reason: 'exact:stop' };

describe('growth moves of a ledger', () => {
  it('include the question and the confirmation', () => {
    expect(moved(...joined('deals'))).to.deep.equal(['1 asked deals', '2 confirmed deals']);
  });

  it('leave every program the person was in by a bare STOP', () => {
    expect(moved(...joined('deals'), ...joined('orders'), STOP).slice(4)).to.deep.equal([
      '5 opted-out deals',
      '5 opted-out orders',
    ]);
  });

  it('leave a program of the former ledger whose keys are lost, and count the return', () => {
    const ended: Said = { kind: 'ended', program: 'deals', reason: 'lost-key' };
    expect(moved(ended, ...joined('deals'), STOP)).to.deep.equal([
      '1 ended deals',
      '2 asked deals',
      '3 confirmed deals',
      '4 opted-out deals',
    ]);
  });

  it('leave a program by the timer under lost keys, and no program the person was not in', () => {
    const by = { kind: 'withdrawn', scope: 'all', program: 'deals', actor: 'job:end-holds' } as const;
    expect(moved({ ...by, reason: UNDECIDED_LOST }, STOP)).to.deep.equal(['1 opted-out deals']);
    expect(moved({ ...by, reason: 'nobody decided about the hold in time' })).to.deep.equal([]);
  });

  it('leave a program once, and never for a stranger', () => {
    expect(moved(STOP, ...joined('deals'), STOP, STOP).slice(2)).to.deep.equal(['4 opted-out deals']);
  });

  it('leave only the program that the person named', () => {
    const named: Said = { kind: 'withdrawn', scope: 'program:deals', program: 'deals' };
    expect(moved(...joined('deals'), ...joined('orders'), named, STOP).slice(4)).to.deep.equal([
      '5 opted-out deals',
      '6 opted-out orders',
    ]);
  });

  it('distinguish lapsed consent from consent that ended with the number', () => {
    const ended = (program: string, reason: string): Said => ({ kind: 'ended', program, reason });
    const both = [...joined('deals'), ...joined('orders'), ended('deals', 'lapsed'), ended('orders', 'gone')];
    expect(moved(...both, STOP).slice(4)).to.deep.equal(['5 lapsed deals', '6 ended orders']);
  });

  it('do not count a further topic as a second person', () => {
    expect(moved(...joined('deals'), ...joined('deals'))).to.have.length(2);
  });

  it('return after an overturned opt-out', () => {
    const overturned: Said = { kind: 'overturned', answers: 3 };
    expect(moved(...joined('deals'), STOP, overturned, STOP).slice(3)).to.deep.equal([
      '4 overturned deals',
      '5 opted-out deals',
    ]);
  });

  it('never count a person of a program below zero or above one', () => {
    const program = fc.constantFrom('deals', 'orders');
    const said = fc.record({
      kind: fc.constantFrom(...MOVING),
      program: fc.option(program, { nil: null }),
      reason: fc.constantFrom('lapsed', 'gone', null),
      answers: fc.option(fc.integer({ min: 1, max: 20 }), { nil: null }),
    });
    fc.assert(
      fc.property(fc.array(said, { maxLength: 20 }), (entries) => {
        const counts = new Map<string, number>();
        for (const { kind, program } of movesOf(chain(...entries))) {
          const step = kind === 'asked' ? 0 : kind === 'confirmed' || kind === 'overturned' ? 1 : -1;
          const now = (counts.get(program) ?? 0) + step;
          expect(now).to.be.within(0, 1);
          counts.set(program, now);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('source of an opt-out', () => {
  const sources: [OptOutSource, Partial<GrowthEntry>][] = [
    ['word', { reason: 'exact:stop' }],
    ['word', { reason: 'some:named' }],
    ['ordinary', { reason: 'meant:take-me-off' }],
    ['ordinary', { reason: 'sign:stop' }],
    ['ordinary', { reason: 'review:opt-out', actor: 'key:1' }],
    ['timer', { reason: 'nobody decided about the hold in time', actor: 'job:end-holds' }],
    ['carrier', { reason: 'carrier error 21610', actor: 'carrier' }],
    ['carrier', { reason: 'carrier:opt-out-type' }],
    ['api', { reason: 'door:VERBAL', channel: 'VERBAL', actor: 'key:1' }],
    ['page', { reason: 'door:WEB_FORM', channel: 'WEB_FORM', actor: 'person' }],
  ];
  for (const [source, said] of sources) {
    it(`is ${source} for ${said.reason} by ${said.actor ?? 'the person'}`, () => {
      const [entry] = chain({ kind: 'withdrawn', ...said });
      expect(entry && sourceOf(entry)).to.equal(source);
    });
  }

  const hours = (count: number): Date => new Date(AT.getTime() - count * 3_600_000);
  const campaigns: [what: string, messages: [string, number][], campaign: string | null][] = [
    ['none where none texted', [], null],
    [
      'the last that did',
      [
        ['spring', 50],
        ['news', 2],
      ],
      'news',
    ],
    ['none that texted three days ago', [['spring', 73]], null],
    [
      'not one that texted afterwards',
      [
        ['spring', 5],
        ['news', -1],
      ],
      'spring',
    ],
  ];
  for (const [what, messages, campaign] of campaigns) {
    it(`names ${what} among the campaigns before it`, () => {
      const sent = messages.map(([name, ago]) => ({ campaign: name, at: hours(ago) }));
      expect(messageBefore(sent, AT)?.campaign ?? null).to.equal(campaign);
    });
  }
});

describe('growth', () => {
  const growth = {
    ...noGrowth(),
    asked: 90,
    confirmed: 40,
    'opted-out': 12,
    ended: 3,
    lapsed: 5,
    overturned: 2,
  };

  it('is arrivals minus departures of every kind', () => {
    expect(netOf(growth)).to.equal(22);
  });

  it('has a churn rate relative to the beginning', () => {
    expect(churnOf(growth, 200)).to.equal(0.09);
    expect(churnOf(growth, 0)).to.equal(null);
  });
});
