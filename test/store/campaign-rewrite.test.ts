import { expect } from 'chai';
import { olderRows } from '../../src/store/campaigns/rewrite.ts';
import type { Store } from '../../src/store/store.ts';
import { bareRow } from '../receipts/rows.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';

const ROWS = 1000;

describe('rows that are written anew after an edit', () => {
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

  it('are read once each, however many slices and turns they make, while they are changed', async () => {
    await store.db.command({ profile: 2 });
    const seen = new Set<string>();
    /** Reads so many slices; up to whom. */
    const turn = async (after: string | null, most: number): Promise<string | null> => {
      let [to, slices] = [after, 0];
      for await (const rows of olderRows(store, { id: 'edited', edition: 1, after, size: 100 })) {
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
});
