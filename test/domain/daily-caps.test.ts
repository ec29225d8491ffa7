import { expect } from 'chai';
import fc from 'fast-check';
import { type CapQuestion, dailyCapOf } from '../../src/domain/sending/carrier-day-limits.ts';

const QUESTION: CapQuestion = {
  carrier: 't-mobile',
  country: 'US',
  kind: 'long-code',
  brand: { id: 'fernway', tier: 'low-volume' },
};
const NOON = new Date('2026-06-01T19:00:00Z');

describe('daily cap', () => {
  it('is counted by brand and carrier', () => {
    expect(dailyCapOf(QUESTION, NOON)).to.deep.equal({
      kind: 'counted',
      id: 't-mobile fernway',
      carrier: 't-mobile',
      day: '2026-06-01',
      limit: 2000,
      again: new Date('2026-06-02T07:00:00Z'),
    });
  });

  const tiers: [CapQuestion['brand']['tier'], number][] = [
    ['score-75', 200_000],
    ['score-50', 40_000],
    ['score-1', 10_000],
    ['low-volume', 2000],
    ['sole-proprietor', 1000],
  ];
  for (const [tier, limit] of tiers) {
    it(`allows a brand of tier ${tier} ${limit} segments`, () => {
      const answer = dailyCapOf({ ...QUESTION, brand: { id: 'b', tier } }, NOON);
      expect(answer).to.include({ kind: 'counted', limit });
    });
  }

  const others: [what: string, change: Partial<CapQuestion>, kind: string][] = [
    ['does not bind other carriers', { carrier: 'at&t' }, 'uncapped'],
    ['does not bind short codes', { kind: 'short-code' }, 'uncapped'],
    ['does not bind toll-free numbers', { kind: 'toll-free' }, 'uncapped'],
    ['does not bind numbers of Canada', { country: 'CA' }, 'uncapped'],
    ['is said to be uncertain where nobody knows the carrier', { carrier: null }, 'unknown-carrier'],
    [
      'is of no interest to a short code whose carrier nobody knows',
      { carrier: null, kind: 'short-code' },
      'uncapped',
    ],
  ];
  for (const [what, change, kind] of others) {
    it(`${what}`, () => {
      expect(dailyCapOf({ ...QUESTION, ...change }, NOON).kind).to.equal(kind);
    });
  }

  it('did not exist before it was introduced', () => {
    expect(dailyCapOf(QUESTION, new Date('2021-09-13T19:00:00Z')).kind).to.equal('uncapped');
    expect(dailyCapOf(QUESTION, new Date('2021-09-14T19:00:00Z')).kind).to.equal('counted');
  });
});

describe('day of a cap', () => {
  const borders: [now: string, day: string, next: string][] = [
    ['2026-01-15T07:59:59.999Z', '2026-01-14', '2026-01-15T08:00:00.000Z'],
    ['2026-01-15T08:00:00.000Z', '2026-01-15', '2026-01-16T08:00:00.000Z'],
    // Clocks go forward on 8 March and back on 1 November 2026.
    ['2026-03-08T08:00:00.000Z', '2026-03-08', '2026-03-09T07:00:00.000Z'],
    ['2026-11-01T07:00:00.000Z', '2026-11-01', '2026-11-02T08:00:00.000Z'],
  ];
  for (const [now, day, next] of borders) {
    it(`is ${day} at ${now} and ends at ${next}`, () => {
      expect(dailyCapOf(QUESTION, new Date(now)))
        .to.include({ day })
        .and.deep.include({ again: new Date(next) });
    });
  }

  it('ends at the first millisecond of the next date', () => {
    const moment = fc.date({ min: new Date('2022-01-01'), max: new Date('2035-01-01'), noInvalidDate: true });
    const counted = (at: Date) => {
      const cap = dailyCapOf(QUESTION, at);
      return cap.kind === 'counted' ? cap : expect.fail('it is not counted');
    };
    fc.assert(
      fc.property(moment, (now) => {
        const { day, again } = counted(now);
        expect(counted(again).day > day).to.equal(true);
        expect(counted(new Date(again.getTime() - 1)).day).to.equal(day);
      }),
    );
  });
});
