import { expect } from 'chai';
import type { DayFigures } from '../../scripts/month/figures.ts';
import { duplicatesLine, monthTable } from '../../scripts/month/tables.ts';

const day = (over: Partial<DayFigures>): DayFigures => ({
  ...{
    date: '2026-03-01',
    sent: 0,
    delivered: 0,
    failed: 0,
    suppressed: 0,
    restored: 0,
    ended: 0,
    optedOut: 0,
  },
  ...{ held: 0, incidents: 0, frozen: 0, ...over },
});

describe('the tables of a simulated month', () => {
  it('show for each day how many incidents began and how many failures they covered, and the sums', () => {
    const days = [day({ incidents: 2, frozen: 1500 }), day({ date: '2026-03-02', incidents: 1, frozen: 7 })];
    const [head, ...lines] = monthTable({ days, byRule: new Map() }).map((line) => line.split(/ {2,}/));
    const columns = ['incidents', 'frozen'].map((name) => head?.indexOf(name) ?? -1);
    const shown = lines.slice(0, 3).map((line) => columns.map((at) => line[at]));
    expect(shown).to.deep.equal([
      ['2', '1,500'],
      ['1', '7'],
      ['3', '1,507'],
    ]);
  });

  it('show how many people with two numbers were found', () => {
    expect(duplicatesLine({ pairs: 279, found: 270, others: 1400, likelyOthers: 3 })).to.equal(
      'Duplicates: 270 of 279 pairs of numbers of one person found. Listed beside them: 1,400 pairs of two people, 3 of them as likely.',
    );
  });
});
