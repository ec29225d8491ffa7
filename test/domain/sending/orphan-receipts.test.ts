import { expect } from 'chai';
import { isOrphan } from '../../../src/domain/orphan-receipts.ts';

const HOUR_MS = 3_600_000;
const CAME = new Date('2026-03-02T12:00:00Z');

describe('delivery report that matches no delivery', () => {
  const cases: [what: string, delivery: string | null, tries: number, hours: number, orphan: boolean][] = [
    ['names one, and was tried often', 'd_1', 30, 167, false],
    ['names one, a week on', 'd_1', 38, 168, true],
    ['names none, after a few tries', null, 7, 1, false],
    ['names none, after the last of its tries', null, 8, 1, true],
    ['names none, a week on', null, 1, 168, true],
  ];
  for (const [what, delivery, tries, hours, orphan] of cases) {
    it(`${orphan ? 'is an orphan' : 'waits'} when it ${what}`, () => {
      const now = new Date(CAME.getTime() + hours * HOUR_MS);
      expect(isOrphan({ delivery, at: CAME, tries }, now)).to.equal(orphan);
    });
  }
});
