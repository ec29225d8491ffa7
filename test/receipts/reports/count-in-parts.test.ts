import { expect } from 'chai';
import { MongoServerError } from 'mongodb';
import { tallied } from '../../../src/domain/reports/delivery-tally.ts';
import { countInParts } from '../../../src/reports/daily-figures.ts';
import { countDeliveries } from '../../../src/store/reports/delivery-figures.ts';
import type { Store } from '../../../src/store/store.ts';
import { closeTestStore, openTestStore } from '../../support/test-store.ts';
import { bareRow } from '../rows.ts';

const DAY = Date.parse('2026-03-02T00:00:00Z');
const HOUR = 3_600_000;
const SPAN = { program: 'deals', from: new Date(DAY), to: new Date(DAY + 24 * HOUR) };

type Matched = [{ $match: { $or: [{ 'decision.at': { $gte: Date; $lt: Date } }] } }];

describe('a day whose count takes the database too long', () => {
  let store: Store;
  let asked: number[] = [];
  before(async () => {
    ({ store } = await openTestStore());
    const rows = Array.from({ length: 48 }, (_, at) => {
      const when = new Date(DAY + at * (HOUR / 2));
      const { open: _open, ...row } = bareRow({ program: 'deals', createdAt: when, finalAt: when });
      const decision = { allowed: true as const, reasons: [], at: when };
      return { ...row, state: at % 3 === 0 ? ('undelivered' as const) : ('delivered' as const), decision };
    });
    await store.deliveries.insertMany(rows);
  });
  beforeEach(() => {
    asked = [];
  });
  after(() => closeTestStore(store));

  /** A store that counts at most so much of a day within its time. */
  const slowAbove = (ms: number): Store => {
    const aggregate = (stages: Matched, options: object) => {
      const { $gte, $lt } = stages[0].$match.$or[0]['decision.at'];
      const span = $lt.getTime() - $gte.getTime();
      asked.push(span / HOUR);
      if (span > ms) throw new MongoServerError({ message: 'operation exceeded time limit', code: 50 });
      return store.deliveries.aggregate(stages, options);
    };
    return { ...store, deliveries: { aggregate } } as unknown as Store;
  };

  it('is counted by halves, to the same sums', async () => {
    const whole = tallied(await countDeliveries(store, SPAN, 'program'));
    const halves = tallied(await countInParts(slowAbove(6 * HOUR), SPAN, 'program'));
    expect([...halves]).to.deep.equal([...whole]);
    expect(whole.get('deals')).to.include({ delivered: 32, undelivered: 16 });
    expect(asked).to.deep.equal([24, 12, 6, 6, 12, 6, 6]);
  });

  it('is asked for once when it is quick, and fails when even a minute takes too long', async () => {
    await countInParts(slowAbove(24 * HOUR), SPAN, 'program');
    expect(asked).to.deep.equal([24]);
    const refused = await countInParts(slowAbove(0), SPAN, 'program').catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(MongoServerError);
  });
});
