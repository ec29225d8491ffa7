import { expect } from 'chai';
import { emptyActLog } from '../../scripts/crash/race/acts.ts';
import { untilQuiet } from '../../scripts/crash/race/quiet.ts';
import type { RaceSystem } from '../../scripts/crash/race/system.ts';
import { keepWaitingReceipts } from '../../src/store/deliveries/waiting-receipts.ts';
import type { Store } from '../../src/store/store.ts';
import { bareRow, newDelivery, newSid } from '../receipts/rows.ts';
import { scratchFolders } from '../support/scratch.ts';
import { spied } from '../support/spied.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';

describe('end of a race step', () => {
  const newFolder = scratchFolders();
  let store: Store;
  before(async () => {
    ({ store } = await openTestStore());
  });
  after(() => closeTestStore(store));

  const keep = (delivery: string): Promise<void> => {
    const posted = { carrierSid: newSid(), status: 'delivered', error: null, doneDate: null, at: new Date() };
    return keepWaitingReceipts(store, [{ ...posted, delivery, epoch: 1, index: null }]);
  };

  it('comes when every receipt for a row is folded, without waiting for receipts of missing rows', async () => {
    const { open: _, ...row } = bareRow({ state: 'accepted' });
    await store.deliveries.insertOne(row);
    const nowhere = newDelivery();
    await Promise.all([keep(row._id), keep(nowhere)]);
    // The first try finds the row still under way, the second one folds.
    const brought: unknown[] = [];
    const receipts = spied(store.receipts, 'updateMany', async (filter) => {
      brought.push(filter);
      if (brought.length === 2) await store.receipts.deleteMany({ delivery: row._id });
    });
    const system = {
      ...{ store: { ...store, receipts }, folder: newFolder(), claims: { quiet: async () => undefined } },
      alive: async () => undefined,
    } as unknown as RaceSystem;
    await untilQuiet(system, emptyActLog(), []);
    const left = await store.receipts.find({}, { projection: { delivery: 1 } }).toArray();
    expect(left.map(({ delivery }) => delivery)).to.deep.equal([nowhere]);
    expect(brought).to.have.length(2);
    for (const filter of brought) expect(filter).to.deep.include({ delivery: { $in: [row._id] } });
  });
});
