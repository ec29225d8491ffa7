import { expect } from 'chai';
import fc from 'fast-check';
import { estimated } from '../../../src/domain/statistics.ts';

const seed = Number(process.env.ASSENT_SEED ?? Date.now() % 1e9);

describe(`estimated number of people (ASSENT_SEED=${seed})`, () => {
  const cases: [
    what: string,
    fitting: number,
    sample: number,
    all: number,
    people: number,
    between: number[],
  ][] = [
    // Wilson's interval of 1000 in 4000: 0.2368 to 0.2637.
    ['a quarter', 1000, 4000, 1_000_000, 250_000, [236_824, 263_655]],
    ['nobody seen: up to one in a thousand', 0, 4000, 1_000_000, 0, [0, 960]],
    ['everybody seen', 4000, 4000, 1_000_000, 1_000_000, [999_040, 1_000_000]],
  ];
  for (const [what, fitting, sample, all, people, between] of cases) {
    it(`is computed from ${what}`, () => {
      expect(estimated(fitting, sample, all)).to.deep.equal({ people, exact: false, between });
    });
  }

  it('is exact where the sample is everybody, or where nobody is there', () => {
    expect(estimated(7, 40, 40)).to.deep.equal({ people: 7, exact: true, between: [7, 7] });
    expect(estimated(0, 0, 0)).to.deep.equal({ people: 0, exact: true, between: [0, 0] });
  });

  it('lies between its bounds, and the bounds within what was seen', () => {
    const drawn = fc.record({
      fitting: fc.integer({ min: 0, max: 4000 }),
      more: fc.integer({ min: 0, max: 4000 }),
      unseen: fc.integer({ min: 1, max: 5_000_000 }),
    });
    fc.assert(
      fc.property(drawn, ({ fitting, more, unseen }) => {
        const sample = fitting + more;
        const { people, between } = estimated(fitting, sample, sample + unseen);
        const [least, most] = between;
        return (
          sample === 0 || (fitting <= least && least <= people && people <= most && most <= fitting + unseen)
        );
      }),
      { numRuns: 1000, seed },
    );
  });
});
