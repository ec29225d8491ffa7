import { expect } from 'chai';
import type { Document } from 'mongodb';
import { type CampaignDoc, NO_PLAN, pageCampaigns } from '../../src/store/campaigns/campaigns.ts';
import type { Store } from '../../src/store/store.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';

const MANY = 400;

describe('pages of campaigns', () => {
  let store: Store;
  before(async () => {
    ({ store } = await openTestStore());
    const all = Array.from({ length: MANY }, (_, at) => ({
      _id: `c${String(at).padStart(3, '0')}`,
      ...{ name: 'one', plan: NO_PLAN, startAt: new Date(MANY - at) },
      state: at % 4 === 0 ? 'draft' : 'finished',
      ...(at % 10 === 5 ? { runOf: at % 20 === 5 ? 'weekly' : 'daily' } : {}),
    }));
    await store.campaigns.insertMany(all as Partial<CampaignDoc>[] as CampaignDoc[]);
  });
  after(() => closeTestStore(store));

  const pages: [what: string, of: Parameters<typeof pageCampaigns>[1], ids: string[], most: number][] = [
    ['of all', {}, ['c011', 'c012', 'c013'], 3],
    ['of those in one state', { state: 'draft' }, ['c012', 'c016', 'c020'], 3],
    ['of the runs of one recurrence', { runOf: 'weekly' }, ['c025', 'c045', 'c065'], 3],
    ['of its runs in one state', { runOf: 'weekly', state: 'finished' }, ['c025', 'c045', 'c065'], 3],
  ];
  for (const [what, of, ids, most] of pages) {
    it(`${what} go on behind the last id, and look at no other campaign`, async () => {
      await store.db.command({ profile: 2 });
      const found = await pageCampaigns(store, of, { after: 'c010', limit: 3 });
      await store.db.command({ profile: 0 });
      expect(found.map(({ _id }) => _id)).to.deep.equal(ids);
      const profile = store.db.collection('system.profile');
      const seen = { ns: /\.campaigns$/, 'command.find': 'campaigns' };
      const { docsExamined, hasSortStage = false } = ((await profile.findOne(seen)) ?? {}) as Document;
      await profile.drop();
      expect([hasSortStage, Number(docsExamined) <= most]).to.deep.equal([false, true]);
    });
  }
});
