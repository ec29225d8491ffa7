import { expect } from 'chai';
import fc from 'fast-check';
import {
  REMEMBERED_DAYS,
  type RecordedActivity,
  withActivity,
} from '../../../src/domain/contacts/activity.ts';
import type { ActivityDay } from '../../../src/domain/contacts/profile.ts';

const DAY_MS = 24 * 3600 * 1000;
const NOW = new Date('2026-03-01T12:00:00Z');
const seed = Number(process.env.ASSENT_SEED ?? 1);

const fold = (events: readonly RecordedActivity[]): ActivityDay[] =>
  events.reduce<ActivityDay[]>((days, event) => withActivity(days, event, NOW), []);

const activity = fc.record({
  type: fc.constantFrom('purchase', 'visit', 'call'),
  at: fc.integer({ min: -500 * DAY_MS, max: DAY_MS }).map((ms) => new Date(NOW.getTime() + ms)),
  amount: fc.integer({ min: -10_000, max: 1_000_000 }).map((cents) => cents / 100),
});
const remembered = ({ at }: RecordedActivity): boolean =>
  Math.floor(at.getTime() / DAY_MS) > Math.floor(NOW.getTime() / DAY_MS) - REMEMBERED_DAYS - 1;

describe(`activity days of a profile (seed ${seed})`, () => {
  it('keeps one row per event type and UTC day with count and sum, and ignores negative amounts', () => {
    const at = (time: string) => new Date(`2026-02-${time}Z`);
    const days = fold([
      { type: 'purchase', at: at('02T23:59:59.999'), amount: 0.1 },
      { type: 'purchase', at: at('02T00:00:00.000'), amount: 0.2 },
      { type: 'visit', at: at('02T10:00:00.000'), amount: 0 },
      { type: 'purchase', at: at('02T12:00:00.000'), amount: -0.1 },
      { type: 'purchase', at: at('03T00:00:00.000'), amount: -5 },
    ]);
    expect(days).to.deep.equal([
      { type: 'purchase', day: at('02T00:00:00.000'), count: 2, sum: 0.2 },
      { type: 'visit', day: at('02T00:00:00.000'), count: 1, sum: 0 },
      { type: 'purchase', day: at('03T00:00:00.000'), count: 0, sum: -5 },
    ]);
  });

  it('keeps 400 days before today', () => {
    const ago = (days: number): RecordedActivity => {
      return { type: 'visit', at: new Date(NOW.getTime() - days * DAY_MS), amount: 0 };
    };
    expect(fold([ago(400)])).to.have.length(1);
    expect(fold([ago(401)])).to.have.length(0);
    const year = Array.from({ length: 420 }, (_, days) => ago(days));
    expect(fold(year)).to.have.length(401);
  });

  it('counts every remembered event once, in any order, and never a negative one', () => {
    fc.assert(
      fc.property(fc.array(activity, { maxLength: 60 }), fc.integer(), (events, salt) => {
        const days = fold(events);
        const kept = events.filter(remembered);
        const shuffled = events.toSorted(
          (a, b) => ((a.amount * 7919 + salt) % 13) - ((b.amount * 7919 + salt) % 13),
        );
        expect(fold(shuffled)).to.deep.equal(days);
        expect(days.reduce((sum, { count }) => sum + count, 0)).to.equal(
          kept.filter(({ amount }) => amount >= 0).length,
        );
        const cents = (amount: number): number => Math.round(amount * 100);
        const total = kept.reduce((sum, { amount }) => sum + cents(amount), 0);
        expect(days.reduce((sum, row) => sum + cents(row.sum), 0)).to.equal(total);
        expect(new Set(days.map(({ type, day }) => `${type} ${day.getTime()}`)).size).to.equal(days.length);
      }),
      { seed, numRuns: 300 },
    );
  });

  it('leaves the given rows unchanged', () => {
    const before = fold([{ type: 'visit', at: NOW, amount: 1 }]);
    const copy = structuredClone(before);
    withActivity(before, { type: 'visit', at: NOW, amount: 1 }, NOW);
    expect(before).to.deep.equal(copy);
  });
});
