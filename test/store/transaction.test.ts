import { expect } from 'chai';
import type { ClientSession } from 'mongodb';
import { isDatabaseAway } from '../../src/store/database-failure.ts';
import type { Store } from '../../src/store/store.ts';
import { inTransaction } from '../../src/store/transaction.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';

describe('a transaction', () => {
  let store: Store;
  before(async () => {
    ({ store } = await openTestStore());
  });
  after(() => closeTestStore(store));

  it('is given up when its time is over, and is not committed after that', async function () {
    this.timeout(20_000);
    let goOn = (): void => undefined;
    const slow = new Promise<void>((done) => {
      goOn = done;
    });
    let ended: Promise<unknown> = Promise.resolve();
    const work = async (session: ClientSession): Promise<void> => {
      ended = new Promise((done) => session.once('ended', done));
      await slow;
      await store.marks.insertOne({ _id: 'late' } as never, { session });
    };
    const failed = await inTransaction(store, 50, work).catch((error: unknown) => error);
    expect(isDatabaseAway(failed), String(failed)).to.equal(true);
    goOn();
    await ended;
    expect(await store.marks.findOne({ _id: 'late' })).to.equal(null);
  });
});
