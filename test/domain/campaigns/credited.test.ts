import { expect } from 'chai';
import { mayBeBase, type Via, viaFault } from '../../../src/domain/campaigns/credited.ts';

describe('what is the own of a campaign, by a click or a code', () => {
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
    it(`${refused ? 'cannot' : 'can'} be asked of "${by}" by ${via ?? 'nothing'}`, () => {
      expect(viaFault(by, via) !== null).to.equal(refused);
    });
  }

  const bases: [group: string, via: Via | null, may: boolean][] = [
    ['holdout', null, true],
    ['holdout', 'click', false],
    ['holdout', 'coupon', false],
    ['a', null, true],
    ['a', 'click', true],
  ];
  for (const [group, via, may] of bases) {
    it(`${may ? 'compares' : 'does not compare'} with ${group} by ${via ?? 'nothing'}`, () => {
      expect(mayBeBase(group, via)).to.equal(may);
    });
  }
});
