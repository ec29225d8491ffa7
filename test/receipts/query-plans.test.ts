import { expect } from 'chai';
import type { Document } from 'mongodb';
import { pageDeliveries } from '../../src/store/deliveries/delivery.ts';
import { findReceiptsToRetry } from '../../src/store/deliveries/waiting-receipts.ts';
import type { Store } from '../../src/store/store.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';
import { bareRow, newSid } from './rows.ts';

const ROWS = 2000;
const DUE = 5;

describe('query plans of receipts and look-ups', () => {
  let store: Store;
  before(async () => {
    ({ store } = await openTestStore());
    const ids = Array.from({ length: ROWS }, (_, at) => at);
    await store.deliveries.insertMany(
      ids.map((at) => {
        const ended = bareRow({ contact: `c${at % 100}`, createdAt: new Date(at), state: 'unknown' });
        return at < DUE ? { ...ended, lookUpAt: new Date(at) } : ended;
      }),
    );
    await store.receipts.insertMany(
      ids.map((at) => ({
        carrierSid: newSid(),
        status: 'sent',
        error: null,
        doneDate: null,
        at: new Date(),
        delivery: null,
        epoch: null,
        index: null,
        tries: 0,
        tryAt: new Date(at < DUE ? at : Date.now() + 1e9),
      })),
    );
  });
  after(async () => {
    await closeTestStore(store);
  });

  const finds: [string, number, () => Promise<Document>][] = [
    [
      'unknown rows to be looked up',
      DUE,
      () =>
        store.deliveries
          .find({ lookUpAt: { $lte: new Date(1000) }, state: 'unknown' })
          .sort({ lookUpAt: 1 })
          .limit(100)
          .explain('executionStats'),
    ],
    [
      'kept receipts to be tried again',
      DUE,
      () =>
        store.receipts
          .find({ tryAt: { $lte: new Date(1000) } })
          .sort({ tryAt: 1 })
          .limit(200)
          .explain('executionStats'),
    ],
    [
      'rows of a contact since a moment',
      1,
      () =>
        store.deliveries
          .find({ contact: 'c7', createdAt: { $gte: new Date(1900) } })
          .sort({ createdAt: -1 })
          .explain('executionStats'),
    ],
  ];
  for (const [what, expected, explain] of finds) {
    it(`finds ${what} by an index`, async () => {
      const { nReturned, totalKeysExamined, totalDocsExamined } = (await explain()).executionStats as Record<
        string,
        number
      >;
      expect([nReturned, totalDocsExamined]).to.deep.equal([expected, expected]);
      expect(totalKeysExamined).to.be.at.most(2 * expected);
    });
  }

  it('finds a page of unknown rows by an index, each read twice at most', async () => {
    await store.db.command({ profile: 2 });
    const page = await pageDeliveries(
      store,
      { lost: true },
      { before: { at: new Date(900), id: 'z' }, limit: 4 },
    );
    await store.db.command({ profile: 0 });
    expect(page.map(({ createdAt }) => createdAt.getTime())).to.deep.equal([900, 899, 898, 897]);
    const ns = `${store.db.databaseName}.deliveries`;
    const reads = await store.db.collection('system.profile').find({ ns, op: 'query' }).toArray();
    expect(reads.map(({ docsExamined }) => docsExamined <= 8)).to.deep.equal([true]);
  });

  it('finds kept receipts that name a delivery without reading the others', async () => {
    const raw = { status: 'sent', error: null, doneDate: null, at: new Date(), epoch: 1, index: null };
    const named = [1, 2, 3].map((at) => ({ ...raw, carrierSid: newSid(), delivery: `d${at}`, tries: 0 }));
    await store.receipts.insertMany(named.map((receipt) => ({ ...receipt, tryAt: new Date(900) })));
    await store.db.command({ profile: 2 });
    const found = await findReceiptsToRetry(store, new Date(1000), 3);
    await store.db.command({ profile: 0 });
    expect(found.map(({ delivery }) => delivery)).to.have.members(['d1', 'd2', 'd3']);
    const ns = `${store.db.databaseName}.receipts`;
    const reads = await store.db.collection('system.profile').find({ ns, op: 'query' }).toArray();
    expect(reads.map(({ docsExamined }) => docsExamined)).to.deep.equal([3]);
    await store.receipts.deleteMany({ delivery: { $ne: null } });
  });

  it('keeps an orphan for thirty days, and each raw receipt once', async () => {
    const indexes = await store.receipts.indexes();
    expect(indexes.find((index) => index.expireAfterSeconds !== undefined)).to.include({
      expireAfterSeconds: 2_592_000,
    });
    expect(indexes.find((index) => index.unique)?.key).to.deep.equal({
      carrierSid: 1,
      status: 1,
      error: 1,
      doneDate: 1,
    });
  });
});
