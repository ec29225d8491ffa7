import { expect } from 'chai';
import { Stop } from '../../scripts/running-demo.ts';
import { refuseForeign, seed } from '../../scripts/seed/seed.ts';
import { createKey } from '../../src/access/api-keys.ts';
import type { Store } from '../../src/store/store.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';

describe('the database of a demo', () => {
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

  it("may not be somebody else's, whatever little is there", async () => {
    await createKey(store, { name: 'shop', scopes: ['programs:read'] }, new Date());
    const error = await refusal();
    expect(error).to.be.instanceOf(Stop);
    expect((error as Stop).message).to.match(/no demo made.*MONGODB_URI= npm run demo/);
  });
});
