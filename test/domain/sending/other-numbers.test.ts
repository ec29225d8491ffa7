import { expect } from 'chai';
import fc from 'fast-check';
import type { ConsentState, OtherNumber } from '../../../src/domain/consent/consent-state.ts';
import { SUPPRESSION_KINDS } from '../../../src/domain/consent/suppression.ts';
import { MESSAGE_CLASSES } from '../../../src/domain/sending/lanes.ts';
import type { Reason } from '../../../src/domain/sending/send-rules.ts';
import { ago, DAY, HOUR, reasons, row, SUBSCRIBER, subscription } from './requests.ts';

const said = (...suppressions: OtherNumber['suppressions']): OtherNumber => ({
  suppressions,
  pausedUntil: null,
});
const having = (...others: OtherNumber[]): ConsentState => ({ ...SUBSCRIBER, others });
const STOPPED = row('opt-out', 'all');
const basis = {
  at: ago(DAY),
  channel: 'VIA_TEXT',
  words: 'YES',
  disclosure: { touchpoint: 'join', version: 1 },
  seq: 3,
} as const;

describe('word on another number of the person', () => {
  const binds: [string, OtherNumber, Reason[]][] = [
    ['nothing', said(), []],
    ['STOP', said(STOPPED), ['other-number-stopped']],
    ['STOP to this program', said(row('opt-out', 'program:deals')), ['other-number-stopped']],
    ['STOP to another program', said(row('opt-out', 'program:stylist')), []],
    ['this topic off', said(row('opt-out', 'topic:deals/deals')), ['other-number-stopped']],
    ['another topic off', said(row('opt-out', 'topic:deals/news')), []],
    ['STOP, and YES to this program after it', said({ ...STOPPED, lifts: { deals: 1 } }), []],
    [
      'STOP, YES and STOP again',
      said({ ...STOPPED, generation: 2, lifts: { deals: 1 } }),
      ['other-number-stopped'],
    ],
    ['something doubtful', said(row('hold', 'all')), ['other-number-held']],
    ['a pause', { ...said(), pausedUntil: ago(-HOUR) }, ['other-number-paused']],
    ['a pause that is over', { ...said(), pausedUntil: ago(0) }, []],
    ['a block of the carrier: a fact of that number', said(row('carrier', 'sender:28555')), []],
    ['a dead number: a fact of that number', said(row('hygiene', 'all')), []],
  ];
  for (const [what, other, expected] of binds) {
    it(`${expected.length === 0 ? 'does not stop marketing' : `stops marketing (${expected.join(', ')})`}: ${what}`, () => {
      expect(reasons('marketing', having(other))).to.deep.equal(expected);
      expect(reasons('marketing', having(said(), other)), 'among several').to.deep.equal(expected);
    });
  }

  it('loses against a newer confirmation on this number', () => {
    const joined = (at: Date) => ({ ...subscription({ basis: { ...basis, at } }), others: [said(STOPPED)] });
    expect(reasons('marketing', joined(ago(DAY)))).to.deep.equal(['other-number-stopped']);
    expect(reasons('marketing', joined(STOPPED.since)), 'at once with it').to.deep.equal([
      'other-number-stopped',
    ]);
    expect(reasons('marketing', joined(ago(HOUR - 1)))).to.deep.equal([]);
  });

  it('stops only marketing', () => {
    const others = [{ ...said(STOPPED, row('hold', 'all')), pausedUntil: ago(-HOUR) }];
    for (const cls of MESSAGE_CLASSES.filter((name) => name !== 'marketing')) {
      expect(reasons(cls, { ...SUBSCRIBER, others }), cls).to.deep.equal(reasons(cls, SUBSCRIBER));
    }
  });

  it('must have been read before anything is allowed', () => {
    expect(() => reasons('marketing', { ...SUBSCRIBER, others: null })).to.throw(
      'before the other numbers were read',
    );
  });
});

describe('merge of contacts', () => {
  const suppression = fc.record({
    kind: fc.constantFrom(...SUPPRESSION_KINDS),
    scope: fc.constantFrom('all', 'program:deals', 'topic:deals/deals', 'topic:deals/news', 'sender:28555'),
    generation: fc.integer({ min: 1, max: 3 }),
    lifted: fc.integer({ min: 0, max: 3 }),
    hours: fc.integer({ min: -2, max: 48 }),
  });
  const rows = fc.array(suppression, { maxLength: 3 }).map((all) =>
    all.map(({ kind, scope, generation, lifted, hours }) =>
      row(kind, scope as 'all', {
        generation,
        lifts: lifted > 0 ? { deals: lifted } : {},
        since: ago(hours * HOUR),
      }),
    ),
  );
  const number = fc.record({
    suppressions: rows,
    pausedUntil: fc.option(fc.integer({ min: -5, max: 5 }).map((hours) => ago(hours * HOUR))),
  });
  const confirmed = fc.integer({ min: -2, max: 48 }).map((hours) => ({ ...basis, at: ago(hours * HOUR) }));

  it('never allows a message that was not allowed before, for any person and class', () => {
    fc.assert(
      fc.property(
        number,
        fc.array(number, { maxLength: 3 }),
        fc.option(confirmed),
        fc.constantFrom(...MESSAGE_CLASSES),
        (own, others, agreed, cls) => {
          const alone: ConsentState = { ...subscription({ basis: agreed }), ...own };
          const before = reasons(cls, alone);
          const after = reasons(cls, { ...alone, others });
          expect(after.slice(0, before.length)).to.deep.equal(before);
        },
      ),
      { numRuns: 500 },
    );
  });
});
