import { expect } from 'chai';
import fc from 'fast-check';
import {
  type DeliveryOutcome,
  medianSeconds,
  STEPS_A_DOUBLING,
  sharesOf,
  sumOf,
  tallied,
} from '../../../src/domain/reports/delivery-tally.ts';

const counted = (state: DeliveryOutcome, count: number, step: number | null = null, key = 'a') => ({
  ...{ key, state, step, count },
});
const of = (...counts: ReturnType<typeof counted>[]) => {
  const tally = tallied(counts).get('a');
  if (tally === undefined) throw new Error('no such group');
  return tally;
};

describe('delivery rates', () => {
  it('are shares of settled messages, with their number', () => {
    const tally = of(
      counted('delivered', 60, 4),
      counted('undelivered', 20),
      counted('failed', 15),
      counted('unknown', 5),
      counted('accepted', 40),
      counted('sent', 10),
    );
    const { share, ...counts } = sharesOf(tally);
    expect(counts).to.deep.equal({ handedOver: 150, waiting: 50, settled: 100 });
    expect(share).to.include({ delivered: 0.6, undelivered: 0.2, failed: 0.15, unknown: 0.05 });
    expect(share?.interval.low).to.be.closeTo(0.502, 0.001);
    expect(share?.interval.high).to.be.closeTo(0.691, 0.001);
  });

  it('do not exist before any message has settled', () => {
    expect(sharesOf(of(counted('accepted', 3))).share).to.equal(null);
  });

  it('equal those of the whole period when days are merged', () => {
    const [first, second] = [counted('delivered', 3, 4), counted('delivered', 2, 9)];
    expect(sumOf([of(first), of(second)])).to.deep.equal(of(first, second));
  });
});

describe('median time to delivery', () => {
  const medians: [string, Record<string, number>, number | null][] = [
    ['nothing', {}, null],
    ['a first second', { 0: 5 }, 1],
    ['the half that is reached first', { 0: 1, 12: 1 }, 1],
    ['the step in the middle', { 0: 2, 12: 5, 40: 2 }, 8.72],
    ['steps in the order of their numbers', { 9: 1, 10: 1, 100: 1 }, 6.17],
  ];
  for (const [what, steps, median] of medians) {
    it(`is ${median} s for ${what}`, () => expect(medianSeconds(steps)).to.equal(median));
  }

  it('is within a tenth of the true median', () => {
    const times = fc.array(fc.integer({ min: 2, max: 100_000 }), { minLength: 1, maxLength: 99 });
    fc.assert(
      fc.property(times, (seconds) => {
        const steps: Record<string, number> = {};
        for (const second of seconds) {
          const step = Math.floor(STEPS_A_DOUBLING * Math.log2(second));
          steps[step] = (steps[step] ?? 0) + 1;
        }
        const truth = [...seconds].sort((a, b) => a - b)[Math.ceil(seconds.length / 2) - 1] ?? 0;
        expect((medianSeconds(steps) ?? 0) / truth).to.be.within(0.9, 1.1);
      }),
    );
  });
});
