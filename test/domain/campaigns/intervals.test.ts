import { expect } from 'chai';
import {
  basisOf,
  difference,
  meanDifference,
  scaledUp,
  sizeOf,
  totalOf,
  wholePopulation,
  wilson,
} from '../../../src/domain/statistics.ts';
import { seededDraws } from '../../../src/simulator/behaviours.ts';

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

describe('figures that are scaled up from a sample', () => {
  const ALL = 20_000;

  it('are counts where everybody was looked at', () => {
    const basis = basisOf(wholePopulation(300), 300);
    expect(scaledUp(7, basis)).to.deep.equal({ people: 7, exact: true, between: [7, 7] });
    const sum = totalOf(
      new Map([
        [1, 5],
        [2, 3],
      ]),
      basis,
    );
    expect(sum).to.deep.equal({ sum: 11, exact: true, between: [11, 11] });
  });

  it('stand for everybody, with bounds, where they come from a part', () => {
    const { people, exact, between } = scaledUp(1272, basisOf(wholePopulation(ALL), 2000));
    expect([people, exact]).to.deep.equal([12_720, false]);
    // By hand: 12,720 ± 422, by the score interval.
    expect(between[0]).to.be.within(12_270, 12_310);
    expect(between[1]).to.be.within(13_120, 13_160);
  });

  it('go by the contacts that were looked at where the number of matches is itself an estimate', () => {
    const population = { fitting: 400, sample: 2000, all: 100_000 };
    expect(sizeOf(population)).to.deep.include({ people: 20_000, exact: false });
    const basis = basisOf(population, 200);
    expect(basis).to.deep.equal({ sample: 1000, all: 100_000 });
    expect(scaledUp(200, basis)).to.deep.include({ people: 20_000, exact: false });
    expect(scaledUp(50, basis).people).to.equal(5000);
  });

  it('lie within the bounds 95 times in a hundred', () => {
    const draw = seededDraws(7);
    let [people, parts] = [0, 0];
    const tries = 400;
    for (let at = 0; at < tries; at += 1) {
      const share = 0.02 + 0.9 * draw();
      const truth = Array.from({ length: 4000 }, () => (draw() < share ? 1 + Math.floor(draw() * 3) : 0));
      const sample = truth.slice(0, 200);
      const basis = basisOf(wholePopulation(truth.length), sample.length);
      const inside = (of: { between: [number, number] }, value: number) =>
        Number(value >= of.between[0] && value <= of.between[1]);
      const some = (all: number[]) => all.filter((each) => each > 0);
      people += inside(scaledUp(some(sample).length, basis), some(truth).length);
      const counts = new Map(
        [1, 2, 3].map((each) => [each, sample.filter((value) => value === each).length]),
      );
      parts += inside(
        totalOf(counts, basis),
        truth.reduce((sum, value) => sum + value, 0),
      );
    }
    expect(people / tries).to.be.above(0.93);
    expect(parts / tries).to.be.above(0.95);
  });
});
