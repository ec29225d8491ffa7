import { expect } from 'chai';
import { keptDays, walkFrom } from '../../src/domain/retention.ts';

const day = (n: number): Date => new Date(n * 86_400_000);

describe('retention walk over old words', () => {
  const cases: [string, { doneUntil: number | null; wholeAt: number | null; now: number; from: number }][] = [
    ['begins with the oldest where none was before', { doneUntil: null, wholeAt: null, now: 900, from: 0 }],
    ['begins with the oldest where none is known to have done so', { ...was(500, null), now: 901, from: 0 }],
    ['looks back 90 days from where the last one ended', { ...was(500, 900), now: 901, from: 410 }],
    ['does so until 30 days after one over everything', { ...was(528, 900), now: 929, from: 438 }],
    ['begins with the oldest again then', { ...was(529, 900), now: 930, from: 0 }],
  ];
  for (const [name, { doneUntil, wholeAt, now, from }] of cases) {
    it(`${name}`, () => {
      const done = {
        doneUntil: doneUntil === null ? null : day(doneUntil),
        wholeAt: wholeAt === null ? null : day(wholeAt),
      };
      expect(walkFrom(done, day(now))).to.deep.equal(day(from));
    });
  }
});

describe('retention by an index', () => {
  it('lasts as many days as the table of retention says', () => {
    expect(keptDays('links')).to.equal(400);
    expect(keptDays('receipts')).to.equal(30);
    expect(keptDays('idempotencyKeys')).to.equal(1);
  });

  it('is refused for rows that are kept for good or until erasure', () => {
    expect(() => keptDays('suppressions')).to.throw('no retention index deletes the rows of suppressions');
    expect(() => keptDays('contacts')).to.throw('no retention index deletes the rows of contacts');
  });
});

function was(doneUntil: number, wholeAt: number | null) {
  return { doneUntil, wholeAt };
}
