import { expect } from 'chai';
import { ageFault } from '../../../../src/domain/consent/program-changes.ts';

const rows: [before: number | null, after: number | null, says: RegExp | null][] = [
  [null, null, null],
  [21, 21, null],
  [21, 18, null],
  [null, 21, /may never have stated that they are 21 or over/],
  [18, 21, /may never have stated that they are 21 or over/],
  [21, null, /asks whether they are 21 or over.*could not be set again/],
];

describe('minimum age of a program with subscribers', () => {
  for (const [before, after, says] of rows) {
    it(`${says === null ? 'may' : 'may not'} change from ${before} to ${after}`, () => {
      const fault = ageFault(before, after);
      if (says === null) expect(fault).to.equal(null);
      else expect(fault).to.match(says);
    });
  }
});
