import { expect } from 'chai';
import { MongoNetworkError } from 'mongodb';
import { type Receipt, receiptOf } from '../../src/domain/receipt-order.ts';
import { createReceiptWriter } from '../../src/receipts/record-receipt.ts';
import type { Store } from '../../src/store/store.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';
import { bareRow, newDelivery, newSid, rowOf } from './rows.ts';

const told = (delivery: string, status: string, carrierSid: string): Receipt =>
  receiptOf(
    { delivery, epoch: 1 },
    { carrierSid, status, error: null, doneDate: null, at: new Date() },
  ) as Receipt;

describe('the receipt writer, in which simultaneous receipts share a write', () => {
  let store: Store;
  before(async () => {
    ({ store } = await openTestStore());
  });
  after(async () => {
    await closeTestStore(store);
  });

  it('returns to each its own outcome', async () => {
    const writer = createReceiptWriter(store);
    const rows = Array.from({ length: 700 }, () => bareRow({ state: 'accepted' }));
    await store.deliveries.insertMany(rows);
    const known = rows.flatMap((row) => {
      const sid = newSid();
      return ['delivered', 'sent', 'sending'].map((status) => writer.fold(told(row._id, status, sid)));
    });
    const unknown = Array.from({ length: 5 }, () => writer.fold(told(newDelivery(), 'sent', newSid())));
    expect(new Set(await Promise.all(known))).to.deep.equal(new Set([true]));
    expect(await Promise.all(unknown)).to.deep.equal(Array(5).fill(false));
    const ids = rows.map((row) => row._id);
    const complete = { state: 'delivered' as const, sentAt: { $exists: true }, finalAt: { $exists: true } };
    expect(await store.deliveries.countDocuments({ _id: { $in: ids }, ...complete })).to.equal(rows.length);
  });

  it('writes waiting receipts as one statement, and those of one message as one', async () => {
    const written: string[][][] = [];
    const counting = {
      ...store,
      deliveries: new Proxy(store.deliveries, {
        get: (target, name) =>
          name === 'bulkWrite'
            ? (writes: { updateMany: { filter: { _id: { $in: string[] } } } }[]) => {
                written.push(writes.map((update) => update.updateMany.filter._id.$in));
                return target.bulkWrite(writes as never);
              }
            : Reflect.get(target, name),
      }),
    };
    const writer = createReceiptWriter(counting);
    const rows = Array.from({ length: 3 }, () => bareRow({ state: 'accepted' }));
    await store.deliveries.insertMany(rows);
    const sid = newSid();
    await Promise.all(
      rows.flatMap((row) => ['sent', 'delivered'].map((status) => writer.fold(told(row._id, status, sid)))),
    );
    expect(written).to.deep.equal([[rows.map((row) => row._id)]]);
  });

  it('tries once more when the database was away for a moment', async () => {
    let failures = 1;
    const blinking = {
      ...store,
      deliveries: new Proxy(store.deliveries, {
        get: (target, name) => {
          if (name === 'bulkWrite' && failures-- > 0)
            return async () => Promise.reject(new MongoNetworkError('away'));
          const value = Reflect.get(target, name) as unknown;
          return typeof value === 'function' ? value.bind(target) : value;
        },
      }),
    };
    const row = bareRow({ state: 'accepted' });
    await store.deliveries.insertOne(row);
    expect(await createReceiptWriter(blinking).fold(told(row._id, 'sent', newSid()))).to.equal(true);
    expect((await rowOf(store, row)).state).to.equal('sent');
  });

  it('rejects all receipts of a failed write, and goes on with the next', async () => {
    let broken = true;
    const failing = {
      ...store,
      deliveries: new Proxy(store.deliveries, {
        get: (target, name) => {
          if (name === 'bulkWrite' && broken) return async () => Promise.reject(new Error('away'));
          const value = Reflect.get(target, name) as unknown;
          return typeof value === 'function' ? value.bind(target) : value;
        },
      }),
    };
    const writer = createReceiptWriter(failing);
    const row = bareRow({ state: 'accepted' });
    await store.deliveries.insertOne(row);
    const lost = await Promise.allSettled([1, 2].map(() => writer.fold(told(row._id, 'sent', newSid()))));
    expect(lost.map((result) => result.status)).to.deep.equal(['rejected', 'rejected']);
    broken = false;
    expect(await writer.fold(told(row._id, 'sent', newSid()))).to.equal(true);
    expect((await rowOf(store, row)).state).to.equal('sent');
  });
});
