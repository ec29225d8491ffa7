import { expect } from 'chai';
import { difference, meanDifference, wilson } from '../../../src/domain/statistics.ts';

describe('confidence intervals', () => {
  // Newcombe, Statistics in Medicine 17 (1998) 873-890, table II, method 10.
  const published: [a: [number, number], b: [number, number], low: number, high: number][] = [
    [[56, 70], [48, 80], 0.0524, 0.3339],
    [[9, 10], [3, 10], 0.1705, 0.809],
    [[6, 7], [2, 7], 0.0582, 0.8062],
    [[5, 56], [0, 29], -0.0381, 0.1926],
    [[0, 10], [0, 20], -0.1611, 0.2775],
    [[0, 10], [0, 10], -0.2775, 0.2775],
    [[10, 10], [0, 20], 0.6791, 1],
    [[10, 10], [0, 10], 0.6075, 1],
  ];
  for (const [[hitsA, peopleA], [hitsB, peopleB], low, high] of published) {
    it(`match the published interval of ${hitsA}/${peopleA} - ${hitsB}/${peopleB}`, () => {
      const found = difference({ hits: hitsA, people: peopleA }, { hits: hitsB, people: peopleB });
      expect(found.low).to.be.closeTo(low, 0.00006);
      expect(found.high).to.be.closeTo(high, 0.00006);
    });
  }

  it('stay between 0 and 1 for a proportion and do not exist without people', () => {
    expect(wilson({ hits: 0, people: 10 })).to.deep.include({ low: 0 });
    expect(wilson({ hits: 10, people: 10 }).high).to.equal(1);
    expect(() => wilson({ hits: 0, people: 0 })).to.throw(RangeError);
  });

  it('match the interval of two means computed by hand', () => {
    // Amounts 0, 0, 30 and 0, 0, 0: mean 10, variance 300.
    const found = meanDifference({ people: 3, sum: 30, squares: 900 }, { people: 3, sum: 0, squares: 0 });
    expect(found?.value).to.equal(10);
    expect((found?.high ?? 0) - 10).to.be.closeTo(1.959964 * Math.sqrt(300 / 3), 0.001);
    expect(meanDifference({ people: 1, sum: 30, squares: 900 }, { people: 3, sum: 0, squares: 0 })).to.equal(
      null,
    );
  });
});
