import { expect } from 'chai';
import fc from 'fast-check';
import { type EngagementLevel, fadesAt, LEVELS, stretchOf } from '../../../src/domain/contacts/activity.ts';
import type { ActivityDay } from '../../../src/domain/contacts/profile.ts';

const seed = Number(process.env.ASSENT_SEED ?? Date.now() % 1e9);
const DAY = 86_400_000;
const TODAY = new Date('2026-03-01T00:00:00.000Z');
const did = (type: string, daysAgo: number, count = 1): ActivityDay => ({
  type,
  day: new Date(TODAY.getTime() - daysAgo * DAY),
  count,
  sum: 0,
});
const levelsAt = (days: ActivityDay[], now: Date): EngagementLevel[] => {
  const fades = fadesAt(days);
  return (Object.keys(LEVELS) as EngagementLevel[]).filter((level) => {
    const { from, before } = stretchOf(level, now);
    if (fades === null) return from === null;
    return (from === null || fades >= from) && (before === null || fades < before);
  });
};

describe(`engagement level (ASSENT_SEED=${seed})`, () => {
  const cases: [what: string, days: ActivityDay[], level: EngagementLevel][] = [
    ['nothing ever', [], 'dormant'],
    ['a purchase today', [did('purchase', 0)], 'active'],
    ['a purchase and a click today', [did('purchase', 0), did('click', 0)], 'champion'],
    ['two purchases of this month', [did('purchase', 0), did('purchase', 20)], 'champion'],
    ['a purchase 59 days ago: 20 is above 5 for two half-lives', [did('purchase', 59)], 'active'],
    ['a purchase 61 days ago', [did('purchase', 61)], 'at-risk'],
    ['a purchase 129 days ago', [did('purchase', 129)], 'at-risk'],
    ['a purchase 130 days ago: it has faded', [did('purchase', 130)], 'dormant'],
    ['a click 30 days ago: 10 is 5 by now', [did('click', 30)], 'active'],
    ['a click 31 days ago', [did('click', 31)], 'at-risk'],
    ['a visit, of a type without points of its own', [did('visit', 0)], 'active'],
    ['a hundred clicks of one night count as three', [did('click', 31, 100)], 'active'],
    ['a type that every object has', [did('constructor', 0)], 'active'],
  ];
  for (const [what, days, level] of cases) {
    it(`is ${level} after ${what}`, () => {
      expect(levelsAt(days, TODAY)).to.deep.equal([level]);
    });
  }

  it('is exactly one level at every moment, in any order of events', () => {
    const rows = fc.array(
      fc.record({
        type: fc.constantFrom('purchase', 'click', 'visit'),
        day: fc.integer({ min: 0, max: 400 }).map((days) => new Date(TODAY.getTime() - days * DAY)),
        count: fc.integer({ min: 1, max: 5 }),
        sum: fc.constant(0),
      }),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(rows, fc.integer({ min: 0, max: 500 }), (days, ahead) => {
        const now = new Date(TODAY.getTime() + ahead * DAY);
        const [forwards, other] = [levelsAt(days, now), levelsAt([...days].reverse(), now)];
        return forwards.length === 1 && forwards[0] === other[0];
      }),
      { numRuns: 300, seed },
    );
  });
});
