import { expect } from 'chai';
import { driftSentence } from '../../../src/domain/reports/opt-out-drift.ts';

describe('sentence about opt-outs that only the carrier knew', () => {
  const cases: [found: number, days: number, left: number, sentence: string][] = [
    [0, 30, 0, 'No opt-out was unknown to us in the last 30 days.'],
    [1, 1, 0, '1 opt-out was unknown to us in the last day; it is in force.'],
    [2, 7, 0, '2 opt-outs were unknown to us in the last 7 days; each is in force.'],
    [0, 1, 1, 'No opt-out was unknown to us in the last day. 1 text could not be taken; the log says why.'],
    [
      3,
      30,
      2,
      '3 opt-outs were unknown to us in the last 30 days; each is in force. 2 texts could not be taken; the log says why.',
    ],
  ];
  for (const [found, days, left, sentence] of cases) {
    it(`${sentence}`, () => expect(driftSentence(found, days, left)).to.equal(sentence));
  }
});
