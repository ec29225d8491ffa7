import { expect } from 'chai';
import { countSegments } from '../../src/simulator/message.ts';

describe('segments as the simulated carrier counts them', () => {
  const VECTORS: [string, string, number][] = [
    ['160 × a', 'a'.repeat(160), 1],
    ['161 × a', 'a'.repeat(161), 2],
    ['306 × a', 'a'.repeat(306), 2],
    ['307 × a', 'a'.repeat(307), 3],
    ['80 × €', '€'.repeat(80), 1],
    ['81 × €', '€'.repeat(81), 2],
    ['a € that would straddle two segments', `${'a'.repeat(152)}€${'a'.repeat(152)}`, 3],
    ['70 × я', 'я'.repeat(70), 1],
    ['71 × я', 'я'.repeat(71), 2],
    ['35 × 😀', '😀'.repeat(35), 1],
    ['36 × 😀', '😀'.repeat(36), 2],
    ['159 × a and a curly apostrophe', `${'a'.repeat(159)}’`, 3],
    ['1,600 × a', 'a'.repeat(1600), 11],
    ['1,600 × я', 'я'.repeat(1600), 24],
    ['nothing', '', 1],
  ];
  for (const [what, body, segments] of VECTORS) {
    it(`${what}: ${segments}`, () => expect(countSegments(body)).to.equal(segments));
  }
});
