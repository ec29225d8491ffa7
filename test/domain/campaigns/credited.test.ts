import { expect } from 'chai';
import { mayBeBase, type Via, viaFault } from '../../../src/domain/campaigns/results.ts';

describe('attribution of a campaign result by click or coupon', () => {
  const faults: [by: string, via: Via | null, refused: boolean][] = [
    ['purchase', null, false],
    ['purchase', 'click', false],
    ['purchase', 'coupon', false],
    ['visit', 'coupon', false],
    ['click', null, false],
    ['click', 'click', true],
    ['click', 'coupon', true],
    ['reply', null, false],
    ['reply', 'click', true],
    ['opt-out', 'coupon', true],
  ];
  for (const [by, via, refused] of faults) {
    it(`${refused ? 'refuses' : 'accepts'} "${by}" attributed by ${via ?? 'nothing'}`, () => {
      expect(viaFault(by, via) !== null).to.equal(refused);
    });
  }

  const bases: [group: string, by: string, via: Via | null, may: boolean][] = [
    ['holdout', 'purchase', null, true],
    ['holdout', 'reply', null, true],
    ['holdout', 'opt-out', null, true],
    ['holdout', 'click', null, false],
    ['holdout', 'purchase', 'click', false],
    ['holdout', 'purchase', 'coupon', false],
    ['a', 'purchase', null, true],
    ['a', 'click', null, true],
    ['a', 'purchase', 'click', true],
  ];
  for (const [group, by, via, may] of bases) {
    it(`${may ? 'compares' : 'does not compare'} "${by}", attributed by ${via ?? 'nothing'}, with group ${group}`, () => {
      expect(mayBeBase(group, by, via)).to.equal(may);
    });
  }
});
