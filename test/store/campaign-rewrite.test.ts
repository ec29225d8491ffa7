import { expect } from 'chai';
import { anyOlder, messagesOfOlderEdition } from '../../src/store/campaigns/editing.ts';
import { rewriteSlice } from '../../src/store/campaigns/messages.ts';
import type { DeliveryDoc } from '../../src/store/deliveries/delivery.ts';
import type { Store } from '../../src/store/store.ts';
import { bareRow } from '../receipts/rows.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';

const ROWS = 1000;

describe('rows that are rendered anew after an edit', () => {
  let store: Store;
  before(async () => {
    ({ store } = await openTestStore());
    const row = (_: unknown, at: number) =>
      bareRow({ campaign: 'edited', state: 'planned', contact: `c_${(at * 7) % ROWS}` });
    await store.deliveries.insertMany(Array.from({ length: ROWS }, row));
    await store.deliveries.insertOne(bareRow({ campaign: 'edited', state: 'planned', edition: 1 }));
  });
  after(async () => {
    await closeTestStore(store);
  });

  it('are read once each, however many slices and turns there are, while they change', async () => {
    await store.db.command({ profile: 2 });
    const seen = new Set<string>();
    /** Reads so many slices; up to whom. */
    const turn = async (after: string | null, most: number): Promise<string | null> => {
      let [to, slices] = [after, 0];
      for await (const rows of messagesOfOlderEdition(store, {
        id: 'edited',
        edition: 1,
        after,
        size: 100,
      })) {
        expect(rows.length).to.be.at.most(100);
        const ids = rows.map(({ _id }) => _id);
        for (const id of ids) seen.add(id);
        const written = { $set: { edition: 1 } };
        await store.deliveries.updateMany({ _id: { $in: ids } }, written, { hint: { _id: 1 } });
        to = rows.at(-1)?.contact ?? to;
        slices += 1;
        if (slices === most) break;
      }
      return to;
    };
    await turn(await turn(await turn(null, 3), 3), 100);
    await store.db.command({ profile: 0 });
    expect(seen.size).to.equal(ROWS);
    const looks = await store.db
      .collection('system.profile')
      .find({ ns: `${store.db.databaseName}.deliveries`, op: { $in: ['query', 'getmore'] } })
      .toArray();
    const examined = looks.reduce((sum, look) => sum + Number(look.docsExamined ?? 0), 0);
    expect(examined).to.be.at.most(ROWS + 1);
  });

  it('stay as a newer edition has written or ended them', async () => {
    const planned = { campaign: 'crossed', state: 'planned' as const, epoch: 0 };
    const [old, first, newest] = [bareRow(planned), { edition: 1 }, { edition: 3, template: 'newest.1' }];
    const rows = [old, bareRow({ ...planned, ...first }), bareRow({ ...planned, ...first })];
    await store.deliveries.insertMany(rows);
    const ids = rows.map(({ _id }) => _id);
    await store.deliveries.updateMany({ _id: { $in: ids.slice(0, 2) } }, { $set: newest });
    const slice = rows.map((before, at) => ({ before, next: at === 1 ? null : before }));
    await rewriteSlice(store, slice, 2, new Date());
    const found = await store.deliveries.find({ campaign: 'crossed' }).toArray();
    const told = ids.map((id) => found.find(({ _id }) => _id === id));
    expect(told.map((row) => [row?.state, row?.edition, row?.template])).to.deep.equal([
      ['planned', 3, 'newest.1'],
      ['planned', 3, 'newest.1'],
      ['planned', 2, 'text'],
    ]);
  });

  it('may still leave when a process that was taken for dead puts them back', async () => {
    const ago = (ms: number) => new Date(Date.now() - ms);
    const unknown = bareRow({ campaign: 'late', state: 'unknown', leaseUntil: ago(2000) });
    await store.deliveries.insertOne(unknown);
    expect(await anyOlder(store, 'late', 1)).to.equal(true);
    const change = ($set: Partial<DeliveryDoc>) => store.deliveries.updateOne({ _id: unknown._id }, { $set });
    await change({ edition: 1 });
    expect(await anyOlder(store, 'late', 1)).to.equal(false);
    await change({ edition: 0, leaseUntil: ago(60_000) });
    expect(await anyOlder(store, 'late', 1)).to.equal(false);
    await change({ state: 'planned' });
    expect(await anyOlder(store, 'late', 1)).to.equal(true);
  });

  it('are found only among those that may leave, however many have left', async () => {
    const sent = Array.from({ length: ROWS }, () => bareRow({ campaign: 'sent', state: 'accepted' }));
    await store.deliveries.insertMany(sent);
    await store.db.command({ profile: 2 });
    expect(await anyOlder(store, 'sent', 1)).to.equal(false);
    await store.db.command({ profile: 0 });
    const [look] = await store.db
      .collection('system.profile')
      .find({ ns: `${store.db.databaseName}.deliveries`, 'command.filter.campaign': 'sent' })
      .toArray();
    expect([look?.docsExamined, Number(look?.keysExamined) < 10]).to.deep.equal([0, true]);
  });
});
