import { expect } from 'chai';
import fc from 'fast-check';
import { CARRIER_STATES, type Receipt } from '../../src/domain/receipt-order.ts';
import { DELIVERY_STATES } from '../../src/domain/sending/delivery-sentence.ts';
import { applyReceipts } from '../../src/store/deliveries/apply-receipts.ts';
import type { DeliveryDoc } from '../../src/store/deliveries/delivery.ts';
import type { Store } from '../../src/store/store.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';
import { sidOf } from './delivery-histories.ts';
import { type FoldedRow, foldReceipt, markDouble } from './receipt-rule.ts';
import { bareRow, newDelivery, rowOf } from './rows.ts';

const date = fc.integer({ min: 0, max: 9 }).map((s) => new Date(Date.UTC(2026, 0, 5, 12, 0, s)));
const maybe = <T>(some: fc.Arbitrary<T>) => fc.option(some, { nil: undefined });
const codes = fc.constantFrom('30003', '30005', '21211');
const doneDates = fc.constantFrom('2601051201', '2601051259');

const rows: fc.Arbitrary<FoldedRow> = fc
  .record({
    state: fc.constantFrom(...DELIVERY_STATES),
    open: maybe(fc.constant(true as const)),
    epoch: fc.constantFrom(1, 2, 3),
    carrierSid: maybe(fc.constantFrom(1, 2, 3).map(sidOf)),
    extraSids: maybe(fc.uniqueArray(fc.constantFrom(1, 2, 3).map(sidOf), { minLength: 1 })),
    error: maybe(codes),
    acceptedAt: maybe(date),
    sentAt: maybe(date),
    finalAt: maybe(date),
    doneDate: maybe(doneDates),
    lookUpAt: maybe(date),
  })
  .map(
    (row) => Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined)) as FoldedRow,
  );

const receipts: fc.Arbitrary<Omit<Receipt, 'delivery'>> = fc.record({
  epoch: fc.constantFrom(1, 2, 3),
  carrierSid: fc.constantFrom(1, 2, 3).map(sidOf),
  state: fc.constantFrom(...CARRIER_STATES),
  error: fc.option(codes),
  acceptedAt: date,
  sentAt: fc.option(date),
  finalAt: fc.option(date),
  doneDate: fc.option(doneDates),
});

const CASES = 400;

describe('receipts applied in the database', () => {
  let store: Store;
  before(async () => {
    ({ store } = await openTestStore());
  });
  after(async () => {
    await closeTestStore(store);
  });

  it('move a row as the pure rule says, whatever the row and the receipt', async () => {
    const seed = Number(process.env.ASSENT_SEED ?? Date.now() % 2 ** 31);
    const cases = fc.sample(fc.tuple(rows, receipts), { numRuns: CASES, seed });
    const planted = cases.map(([row, receipt]) => {
      const _id = newDelivery();
      return { _id, row, receipt: { ...receipt, delivery: _id } };
    });
    const facts = bareRow();
    await store.deliveries.insertMany(
      planted.map(({ _id, row }) => {
        const { open: _, ...closed } = facts;
        return { ...closed, ...row, _id } as DeliveryDoc;
      }),
    );
    const left = await applyReceipts(
      store,
      planted.map((delivery) => delivery.receipt),
    );
    const ids = planted.map((delivery) => delivery._id);
    const found = await store.deliveries.find({ _id: { $in: ids } }).toArray();
    const ends = new Map(found.map((row) => [row._id, row]));
    for (const { _id, row, receipt } of planted) {
      const what = `seed ${seed}: ${JSON.stringify(row)} + ${JSON.stringify(receipt)}`;
      const expected = foldReceipt(row, receipt);
      expect(left.includes(receipt), what).to.equal(expected === null);
      const after = ends.get(_id) as DeliveryDoc;
      expect(pick(after), what).to.deep.equal(pick(expected ?? markDouble(row, receipt.carrierSid)));
    }
  });

  it('are returned when their delivery is unknown, and the others are applied', async () => {
    const known = bareRow({ state: 'accepted' });
    await store.deliveries.insertOne(known);
    const told = (delivery: string): Receipt => ({
      ...(fc.sample(receipts, 1)[0] as Receipt),
      delivery,
      epoch: 1,
      state: 'delivered',
    });
    const stranger = told(newDelivery());
    expect(await applyReceipts(store, [stranger, told(known._id)])).to.deep.equal([stranger]);
    expect((await rowOf(store, known)).state).to.equal('delivered');
  });
});

function pick(row: FoldedRow) {
  const { state, open, epoch, carrierSid, error, acceptedAt, sentAt, finalAt, doneDate, lookUpAt } = row;
  const extraSids = [...(row.extraSids ?? [])].sort();
  return {
    state,
    open,
    epoch,
    carrierSid,
    extraSids,
    error,
    acceptedAt,
    sentAt,
    finalAt,
    doneDate,
    lookUpAt,
  };
}
