import { expect } from 'chai';
import { deliverySentence } from '../../src/domain/sending/delivery-sentence.ts';
import { createOutcomeRecorder } from '../../src/sending/outcome-recorder.ts';
import type { DeliveryDoc } from '../../src/store/deliveries/delivery.ts';
import { deferDeliveries, endRefused, releaseDeliveries } from '../../src/store/deliveries/queue.ts';
import type { Store } from '../../src/store/store.ts';
import { bareRow, rowOf } from '../receipts/rows.ts';
import { closeTestStore, emptyTestStore, openTestStore } from '../support/test-store.ts';

const OWNER = 'a round';

describe('the reason that a row is said to wait', () => {
  let store: Store;
  before(async () => {
    ({ store } = await openTestStore());
  });
  beforeEach(() => emptyTestStore(store));
  after(() => closeTestStore(store));

  /** The reason of a row that is claimed again after its time. */
  const expiredNext = async ({ _id, epoch }: DeliveryDoc): Promise<string> => {
    await store.deliveries.updateOne({ _id }, { $set: { state: 'sending', owner: OWNER } });
    await endRefused(store, [{ row: { _id, epoch }, reasons: ['too-late'] }], new Date());
    const found = await store.deliveries.findOne({ _id });
    return found === null ? 'gone' : deliverySentence(found, new Date());
  };

  const back: Record<string, (row: DeliveryDoc) => Promise<void>> = {
    'put back': ({ _id: delivery, epoch }) =>
      createOutcomeRecorder(store).record([
        { delivery, epoch, decidedAt: new Date(), result: 'put-back', why: 'its turn had passed' },
      ]),
    'its flag lowered': ({ _id }) => releaseDeliveries(store, [_id], OWNER, new Date()),
    'held for a moment': ({ _id: id }) => deferDeliveries(store, [{ id, until: new Date() }], OWNER),
  };
  for (const [how, goesBack] of Object.entries(back)) {
    it(`is its turn until its time is over: ${how}`, async () => {
      const cappedBy = { by: 'overall' as const, count: 3, hours: 24, source: 'ours', frees: new Date() };
      const dailyCap = { carrier: 'T-Mobile', limit: 1000, again: new Date() };
      const where = { zone: 'America/New_York', source: 'area-code' as const, confidence: 'weak' as const };
      const waited = { heldBy: 'a law', heldWhere: where, cappedBy, dailyCap };
      const row = bareRow({ owner: OWNER, ...waited });
      await store.deliveries.insertOne({ ...row });
      await goesBack(row);
      const found = await rowOf(store, row);
      expect(found)
        .to.deep.include({ state: 'planned', waited })
        .and.not.have.any.keys(...Object.keys(waited));
      expect(await expiredNext(row)).to.match(
        /its validity ended before it was sent\. It had waited: .*a law.*3 messages in 24 h.*T-Mobile/,
      );
    });
  }

  it('is what holds it now, whatever it waited for before', async () => {
    const row = bareRow({ owner: OWNER, heldBy: 'a law', waited: { heldBy: 'an older law' } });
    await store.deliveries.insertOne({ ...row });
    const until = new Date(Date.now() + 60_000);
    const dailyCap = { carrier: 'T-Mobile', limit: 1000, again: until };
    await deferDeliveries(store, [{ id: row._id, until, dailyCap }], OWNER);
    const found = await rowOf(store, row);
    expect(found).to.deep.include({ state: 'planned', dueAt: until, dailyCap });
    expect(found).to.not.have.any.keys('heldBy', 'waited');
  });
});
