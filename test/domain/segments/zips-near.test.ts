import { expect } from 'chai';
import fc from 'fast-check';
import { isPlaced, zipsNear } from '../../../src/domain/segments/zip-radius.ts';
import { milesOf } from './by-hand.ts';

const seed = Number(process.env.ASSENT_SEED ?? Date.now() % 1e9);

describe(`ZIP codes near a place (ASSENT_SEED=${seed})`, () => {
  it('include their own centre and grow with the circle', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('90210', '10001', '96801', '00601', '99501', '59001'),
        fc.tuple(fc.double({ min: 1, max: 300, noNaN: true }), fc.double({ min: 1, max: 300, noNaN: true })),
        (zip, [a, b]) => {
          const small = zipsNear(zip, Math.min(a, b));
          const large = new Set(zipsNear(zip, Math.max(a, b)));
          return !isPlaced(zip) || (small.includes(zip) && small.every((code) => large.has(code)));
        },
      ),
      { numRuns: 100, seed },
    );
  });

  it('end at the distance: Beverly Hills and South Los Angeles are 13.0 miles apart', () => {
    const apart = milesOf('90210', '90001') ?? 0;
    expect(apart).to.be.closeTo(13, 0.3);
    expect(zipsNear('90210', apart + 0.01)).to.include('90001');
    expect(zipsNear('90210', apart - 0.01)).to.not.include('90001');
  });

  it('are none where the place of the code is unknown', () => {
    expect([isPlaced('00000'), zipsNear('00000', 300)]).to.deep.equal([false, []]);
  });
});
