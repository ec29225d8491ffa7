import { expect } from 'chai';
import { RETENTION } from '../../src/domain/retention.ts';
import { COLLECTIONS, type Store } from '../../src/store/store.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';

describe('the retention rules', () => {
  let store: Store;
  before(async () => {
    ({ store } = await openTestStore());
  });
  after(() => closeTestStore(store));

  it('cover every collection', () => {
    const named = new Set(RETENTION.flatMap(({ of }) => of));
    const left = COLLECTIONS.map(({ collection }) => collection).filter((name) => !named.has(name));
    expect(left, 'say in src/domain/retention.ts how long these are kept').to.deep.equal([]);
  });

  it('name each index that deletes rows, and no other', async () => {
    const found = await Promise.all(
      COLLECTIONS.map(async ({ collection: name }) => {
        const indexes = await store.db.collection(name).indexes();
        return indexes.flatMap(({ expireAfterSeconds: s }) => (s === undefined ? [] : [[name, s / 86_400]]));
      }),
    );
    const said = RETENTION.filter(({ by }) => by === 'index').flatMap(({ of, days }) =>
      of.map((name) => [name, days]),
    );
    expect(said.sort()).to.deep.equal(found.flat().sort());
  });

  it('name a source or a choice for each, and never delete proof, suppressions or consent', () => {
    for (const { of, source, by } of RETENTION) {
      expect(source, of.join()).to.match(/CFR|USC|GDPR|CCR|^own choice$/);
      const proof = of.some((collection) =>
        ['consentEvents', 'suppressions', 'contacts'].includes(collection),
      );
      if (proof) expect(by, of.join()).to.be.oneOf(['nothing', 'erasure']);
    }
  });
});
