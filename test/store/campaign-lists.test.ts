import { expect } from 'chai';
import type { Document } from 'mongodb';
import type { CampaignSort } from '../../src/domain/campaigns/lifecycle.ts';
import { laneOf } from '../../src/domain/sending/lanes.ts';
import { type CampaignDoc, NO_PLAN } from '../../src/store/campaigns/campaign-document.ts';
import { campaignNames, pageCampaigns } from '../../src/store/campaigns/campaigns.ts';
import { pausedLanes, sweepCanceled } from '../../src/store/campaigns/ending.ts';
import { findAskedAbout, findUnnoted } from '../../src/store/campaigns/send-history.ts';
import type { Store } from '../../src/store/store.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';

const MANY = 400;

describe('pages of campaigns', () => {
  let store: Store;
  before(async () => {
    ({ store } = await openTestStore());
    const all = Array.from({ length: MANY }, (_, at) => ({
      _id: `c${String(at).padStart(3, '0')}`,
      ...{ name: 'one', plan: NO_PLAN, startAt: new Date(MANY - at), createdAt: new Date(MANY - at) },
      state: at % 4 === 0 ? 'draft' : 'finished',
      ...(at % 10 === 5 ? { runOf: at % 20 === 5 ? 'weekly' : 'daily' } : {}),
    }));
    await store.campaigns.insertMany(all as Partial<CampaignDoc>[] as CampaignDoc[]);
  });
  after(() => closeTestStore(store));

  type Filter = Parameters<typeof pageCampaigns>[1];
  const pages: [what: string, of: Filter, ids: string[], most: number, sort?: CampaignSort][] = [
    ['all campaigns', {}, ['c011', 'c012', 'c013'], 4],
    ['all campaigns by their start', {}, ['c011', 'c012', 'c013'], 4, 'start'],
    ['all campaigns of one name', {}, ['c011', 'c012', 'c013'], 14, 'name'],
    ['those in one state', { state: 'draft' }, ['c012', 'c016', 'c020'], 4],
    ['the runs of one recurrence', { runOf: 'weekly' }, ['c025', 'c045', 'c065'], 3],
    ['its runs in one state', { runOf: 'weekly', state: 'finished' }, ['c025', 'c045', 'c065'], 3],
  ];
  for (const [what, of, ids, most, sort = 'created'] of pages) {
    it(`continue behind the last id and read no other campaign: ${what}`, async () => {
      await store.db.command({ profile: 2 });
      const page = {
        sort,
        after: { value: sort === 'name' ? 'one' : new Date(MANY - 10), id: 'c010' },
        limit: 3,
      };
      const found = await pageCampaigns(store, of, page);
      await store.db.command({ profile: 0 });
      expect(found.map(({ _id }) => _id)).to.deep.equal(ids);
      const profile = store.db.collection('system.profile');
      const seen = { ns: /\.campaigns$/, 'command.find': 'campaigns' };
      const { docsExamined, hasSortStage = false } = ((await profile.findOne(seen)) ?? {}) as Document;
      await profile.drop();
      expect([hasSortStage, Number(docsExamined) <= most]).to.deep.equal([false, true]);
    });
  }

  it('read names and states only for campaigns that are needed', async () => {
    const asked = ['c003', 'c007', 'gone'];
    const { found, docs } = await lookedAt(store, () => campaignNames(store, asked));
    expect(found).to.deep.equal([
      { id: 'c003', name: 'one', state: 'finished' },
      { id: 'c007', name: 'one', state: 'finished' },
    ]);
    expect(docs).to.be.at.most(2);
    expect((await lookedAt(store, () => campaignNames(store, []))).docs).to.equal(0);
  });
});

describe('a query that pollers repeat', () => {
  let store: Store;
  const ENDED = new Date('2026-03-01T12:00:00Z');
  before(async () => {
    ({ store } = await openTestStore());
    const old = Array.from({ length: MANY }, (_, at) => ({
      ...{ _id: `weekly.${at}`, runOf: 'weekly', plan: NO_PLAN, endedAt: ENDED, passes: 4, frozen: {} },
      state: at % 2 === 0 ? 'canceled' : 'finished',
    }));
    const unswept = { ...NO_PLAN, leaseUntil: ENDED };
    const now = [
      { _id: 'noted-once', state: 'finished', plan: NO_PLAN, endedAt: ENDED, passes: 1, frozen: {} },
      { _id: 'canceled', state: 'canceled', plan: unswept, endedAt: ENDED, frozen: {} },
      {
        _id: 'since',
        state: 'canceled',
        plan: unswept,
        endedAt: new Date('2026-03-01T12:01:00Z'),
        frozen: {},
      },
      { _id: 'weekly.9', runOf: 'weekly', state: 'finished', plan: NO_PLAN, endedAt: ENDED, frozen: {} },
      { _id: 'weekly.8', runOf: 'weekly', state: 'paused', plan: NO_PLAN, frozen: {} },
    ];
    const all = [...old.filter(({ _id }) => !now.some((campaign) => campaign._id === _id)), ...now];
    await store.campaigns.insertMany(all as Partial<CampaignDoc>[] as CampaignDoc[]);
  });
  after(() => closeTestStore(store));

  const ids = (found: { _id: string }[]): string[] => found.map(({ _id }) => _id).sort();
  const looks: [what: string, look: () => Promise<unknown>, is: unknown][] = [
    ['what is to be noted', async () => ids(await findUnnoted(store)), ['noted-once', 'weekly.9']],
    [
      'whose lane is closed',
      async () => [...(await pausedLanes(store))].sort(),
      ['canceled', 'since', 'weekly.8'].map((id) => laneOf('marketing', id)).sort(),
    ],
    [
      'those that a segment asks about',
      async () => ids(await findAskedAbout(store, { named: ['weekly'], anyUntil: null })),
      ['weekly.8', 'weekly.9'],
    ],
    [
      'those whose send history is not recorded',
      async () => ids(await findAskedAbout(store, { named: [], anyUntil: ENDED })),
      ['canceled', 'weekly.9'],
    ],
    [
      'what is left of canceled ones',
      () => sweepCanceled(store, ENDED, (_id, error) => expect.fail(String(error))),
      undefined,
    ],
  ];
  for (const [what, look, is] of looks) {
    it(`does not read the many old campaigns: ${what}`, async () => {
      const seen = await lookedAt(store, look);
      expect(seen.found).to.deep.equal(is);
      expect(seen.docs).to.be.at.most(10);
    });
  }
});

/** Runs `look`. Returns its result and how many campaign documents it read. */
async function lookedAt<T>(store: Store, look: () => Promise<T>): Promise<{ found: T; docs: number }> {
  const profile = store.db.collection('system.profile');
  await store.db.command({ profile: 2 });
  const found = await look();
  await store.db.command({ profile: 0 });
  const seen = await profile.find({ ns: /\.campaigns$/, 'command.find': 'campaigns' }).toArray();
  if (seen.length > 0) await profile.drop();
  return { found, docs: seen.reduce((sum, { docsExamined }) => sum + Number(docsExamined), 0) };
}
