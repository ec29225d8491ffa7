import { expect } from 'chai';
import { PROGRAMS, SENDERS } from '../../scripts/seed/programs.ts';
import { ROOT } from '../../src/config.ts';
import { openCatalog, readTemplates } from '../../src/consent/programs/catalog.ts';
import { saveProgram } from '../../src/consent/programs/save-program.ts';
import type { Program } from '../../src/domain/program.ts';
import { writeSender } from '../../src/store/consent/programs.ts';
import type { Store } from '../../src/store/store.ts';
import { closeTestStore, dropTestStore, openTestStore } from '../support/test-store.ts';

describe('the catalog of a process', () => {
  let store: Store;
  before(async () => {
    ({ store } = await openTestStore());
  });
  after(() => closeTestStore(store));

  it('is the same object until something in it changed', async () => {
    const templates = await readTemplates(ROOT);
    const [deals] = PROGRAMS as [Program];
    await writeSender(store, SENDERS.shop);
    await saveProgram(store, templates, deals, new Date());
    const shelf = await openCatalog(store, templates, (error) => expect.fail(String(error)));
    try {
      const first = shelf.current();
      await shelf.refresh();
      expect(shelf.current()).to.equal(first);

      await saveProgram(store, templates, { ...deals, name: 'Fernway News' }, new Date());
      await shelf.refresh();
      const named = shelf.current();
      expect(named.book.programs[0]?.name).to.equal('Fernway News');

      await writeSender(store, { ...SENDERS.shop, rate: 7 });
      await shelf.refresh();
      const slower = shelf.current();
      expect(slower.sender(SENDERS.shop.number)?.rate).to.equal(7);

      await store.db.collection('disclosures').updateOne({ program: deals.id }, { $set: { version: 9 } });
      await shelf.refresh();
      expect(shelf.current(), 'words alone').not.to.equal(slower);
    } finally {
      shelf.stop();
    }
  });

  it('reports no failure of a refresh that was under way when the process stopped', async () => {
    const own = await openTestStore();
    const failures: unknown[] = [];
    const templates = await readTemplates(ROOT);
    const shelf = await openCatalog(own.store, templates, (error) => failures.push(error), 1);
    // Longer than the pause between two refreshes, so that others are under way afterwards.
    await shelf.refresh();
    shelf.stop();
    await dropTestStore(own.store);
    await shelf.refresh().catch(() => undefined);
    expect(failures).to.deep.equal([]);
  });
});
