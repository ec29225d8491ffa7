import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { Stop } from '../../scripts/running-demo.ts';
import { demoKey } from '../../scripts/seed/demo-key.ts';
import { refuseForeign, seed } from '../../scripts/seed/seed.ts';
import { createKey } from '../../src/access/api-keys.ts';
import type { Store } from '../../src/store/store.ts';
import { scratchFolders } from '../support/scratch.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';

describe('the database of a demo', () => {
  const folder = scratchFolders();
  let store: Store;
  let uri: string;
  let name: string;
  beforeEach(async () => {
    ({ store, uri, name } = await openTestStore());
  });
  afterEach(() => closeTestStore(store));

  const refusal = (): Promise<unknown> =>
    refuseForeign(uri, name).then(
      () => null,
      (error: unknown) => error,
    );

  it('may be an empty one, and then one that a demo seeded', async () => {
    expect(await refusal()).to.equal(null);
    expect(await seed(uri, name)).to.equal(true);
    expect(await refusal()).to.equal(null);
  });

  it('goes on where it ended at a second start: the same retailer, and the same API key while it opens the API', async () => {
    const dataDir = folder();
    expect([await seed(uri, name), await seed(uri, name)]).to.deep.equal([true, false]);
    const key = await demoKey(uri, dataDir);
    writeFileSync(join(dataDir, 'demo.json'), JSON.stringify({ apiKey: key }));
    expect(await demoKey(uri, dataDir)).to.equal(key);
    await store.db.collection('apiKeys').updateOne({ name: 'demo' }, { $set: { revokedAt: new Date() } });
    expect(await demoKey(uri, dataDir)).not.to.equal(key);
  });

  it("may not be somebody else's, whatever little is there", async () => {
    await createKey(store, { name: 'shop', scopes: ['programs:read'] }, new Date());
    const error = await refusal();
    expect(error).to.be.instanceOf(Stop);
    expect((error as Stop).message).to.match(/no demo made.*MONGODB_URI= npm run demo/);
  });
});
