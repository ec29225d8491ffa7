import { expect } from 'chai';
import fc from 'fast-check';
import { reserveDailyQuota, returnDaily } from '../../../src/store/senders/rate-limiter.ts';
import type { Store } from '../../../src/store/store.ts';
import { closeTestStore, openTestStore } from '../../support/test-store.ts';

describe('the count against a daily cap', () => {
  let store: Store;
  let caps = 0;
  before(async () => {
    ({ store } = await openTestStore());
  });
  after(async () => {
    await closeTestStore(store);
  });

  const DAY = '2026-06-01';
  const newCap = (): string => `t-mobile brand ${caps++}`;
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

  it('grants as much as is left, and no more, whoever asks at once', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 16 }),
        fc.integer({ min: 0, max: 100 }),
        async (asks, limit) => {
          const cap = newCap();
          const granted = await Promise.all(
            asks.map((amount) => reserveDailyQuota(store, cap, DAY, amount, limit)),
          );
          expect(sum(granted)).to.equal(Math.min(limit, sum(asks)));
          for (const [at, amount] of asks.entries()) expect(granted[at]).to.be.within(0, amount);
        },
      ),
      { numRuns: 20 },
    ));

  it('begins again with a day', async () => {
    const cap = newCap();
    expect(await reserveDailyQuota(store, cap, DAY, 10, 8)).to.equal(8);
    expect(await reserveDailyQuota(store, cap, DAY, 1, 8)).to.equal(0);
    expect(await reserveDailyQuota(store, cap, '2026-06-02', 5, 8)).to.equal(5);
  });

  it('grants nothing for a day that another process has left, and keeps the counts of the new one', async () => {
    const cap = newCap();
    await reserveDailyQuota(store, cap, '2026-06-02', 5, 8);
    expect(await reserveDailyQuota(store, cap, DAY, 1, 8)).to.equal(0);
    expect(await reserveDailyQuota(store, cap, '2026-06-02', 5, 8)).to.equal(3);
  });

  it('takes back what did not leave, of its own day only and never below nothing', async () => {
    const cap = newCap();
    await reserveDailyQuota(store, cap, DAY, 8, 8);
    await returnDaily(store, cap, DAY, 3);
    expect(await reserveDailyQuota(store, cap, DAY, 8, 8)).to.equal(3);
    await reserveDailyQuota(store, cap, '2026-06-02', 2, 8);
    await returnDaily(store, cap, DAY, 8);
    expect(await reserveDailyQuota(store, cap, '2026-06-02', 8, 8)).to.equal(6);
    await returnDaily(store, cap, '2026-06-02', 99);
    expect(await reserveDailyQuota(store, cap, '2026-06-02', 99, 8)).to.equal(8);
  });

  it('stays as it is when the limit was lowered under it', async () => {
    const cap = newCap();
    await reserveDailyQuota(store, cap, DAY, 8, 8);
    expect(await reserveDailyQuota(store, cap, DAY, 1, 5)).to.equal(0);
    expect(await reserveDailyQuota(store, cap, DAY, 9, 10)).to.equal(2);
  });

  it('is separate for each cap', async () => {
    const [first, other] = [newCap(), newCap()];
    await reserveDailyQuota(store, first, DAY, 8, 8);
    expect(await reserveDailyQuota(store, other, DAY, 8, 8)).to.equal(8);
  });
});
