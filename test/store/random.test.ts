import { expect } from 'chai';
import { randomSlice } from '../../src/store/sealing/sealing.ts';

describe('random bytes', () => {
  it('are given out once, and stay as they are while others are drawn', () => {
    const seen = new Set<string>();
    const kept: { slice: Buffer; hex: string }[] = [];
    for (let at = 0; at < 5000; at += 1) {
      const slice = randomSlice(9 + (at % 8));
      expect(slice).to.have.lengthOf(9 + (at % 8));
      seen.add(slice.toString('hex', 0, 9));
      kept.push({ slice, hex: slice.toString('hex') });
    }
    expect(seen.size).to.equal(5000);
    for (const { slice, hex } of kept) expect(slice.toString('hex')).to.equal(hex);
  });
});
