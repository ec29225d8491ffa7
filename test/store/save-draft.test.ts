import { expect } from 'chai';
import { writeDraft } from '../../src/store/campaigns/campaigns.ts';
import type { Store } from '../../src/store/store.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';

const AT = new Date('2026-03-01T12:00:00Z');
const DRAFT = {
  name: 'Spring',
  program: 'deals',
  topic: 'deals',
  template: 'offer',
  segment: { kind: 'everyone' as const },
  capped: 'defer' as const,
  savedBy: 'a key',
};

describe('a draft that many save at once', () => {
  let store: Store;
  before(async () => {
    ({ store } = await openTestStore());
  });
  after(() => closeTestStore(store));

  it('exists once, and nobody gets an error', async () => {
    for (let round = 0; round < 20; round += 1) {
      const _id = `spring-${round}`;
      const many = Array.from({ length: 16 }, (_, at) => `Spring, by the ${at}th`);
      const saved = await Promise.all(many.map((name) => writeDraft(store, { ...DRAFT, _id, name }, AT)));
      expect(saved.map((draft) => draft?._id)).to.deep.equal(many.map(() => _id));
      expect(await store.campaigns.countDocuments({ _id })).to.equal(1);
    }
  });
});
