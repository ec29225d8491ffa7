import { expect } from 'chai';
import type { Document } from 'mongodb';
import type { Store } from '../../src/store/store.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';

const ROWS = 1000;

describe('query plans of clicks and coupon codes: keys examined at most twice what is returned', () => {
  let store: Store;
  before(async () => {
    ({ store } = await openTestStore());
    const at = new Date(0);
    const ids = Array.from({ length: ROWS }, (_, id) => id);
    await store.clicks.insertMany(
      ids.map((id) => ({
        ...{ _id: `k${id}.person.1970-01-01`, link: `k${id}`, kind: 'person', delivery: `d${id}` },
        ...{ contact: `c${id}`, campaign: `m${id % 20}`, count: 1, firstAt: at, lastAt: at },
      })),
    );
    await store.couponCodes.insertMany(
      ids.map((id) => {
        const row = { _id: `p${id % 4}/${id}`, pool: `p${id % 4}`, code: `${id}`, createdAt: at };
        return id < ROWS / 2 ? { ...row, delivery: `d${id}` } : { ...row, free: true as const };
      }),
    );
  });
  after(async () => {
    await closeTestStore(store);
  });

  const finds: [string, () => Promise<Document>][] = [
    ['clicks of a delivery', () => store.clicks.find({ delivery: 'd7' }).explain('executionStats')],
    [
      'clicks of a campaign',
      () =>
        store.clicks
          .find({ campaign: 'm7', kind: { $in: ['person', 'bot'] } }, { hint: 'of-campaign' })
          .explain('executionStats'),
    ],
    [
      'free codes',
      () =>
        store.couponCodes
          .find({ pool: 'p2', free: true }, { projection: { _id: 1 }, hint: 'free' })
          .limit(20)
          .explain('executionStats'),
    ],
    [
      'codes that deliveries have',
      () =>
        store.couponCodes
          .find({ pool: 'p1', delivery: { $in: ['d1', 'd5', 'd9', 'none'] } }, { hint: 'claim' })
          .explain('executionStats'),
    ],
  ];
  for (const [what, explain] of finds) {
    it(`finds ${what} by an index`, async () => {
      const { executionStats: stats } = await explain();
      expect(stats.nReturned).to.be.greaterThan(0);
      expect(stats.totalKeysExamined).to.be.at.most(2 * stats.nReturned + 2);
      expect(stats.totalDocsExamined).to.be.at.most(stats.nReturned);
    });
  }
});
