import { expect } from 'chai';
import { listJourneys } from '../../src/api/journeys.ts';
import type { Tree } from '../../src/domain/segments/tree.ts';
import type { CampaignDoc } from '../../src/store/campaigns/campaign-document.ts';
import type { Store } from '../../src/store/store.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';

const MANY = 30;
const AT = new Date('2026-03-01T12:00:00Z');

describe('a page of journeys', () => {
  let store: Store;
  before(async () => {
    ({ store } = await openTestStore());
    const all = Array.from({ length: MANY }, (_, at) => `j${String(at).padStart(2, '0')}`);
    await store.campaigns.insertMany(
      all.map((number) => ({
        _id: `c-${number}`,
        name: `Sale ${number}`,
      })) as Partial<CampaignDoc>[] as CampaignDoc[],
    );
    await store.journeys.insertMany(
      all.map((_id) => ({
        ...{ _id, name: _id, program: 'deals', state: 'draft' as const, version: 1, plan: `${_id}.1` },
        ...{ moveBelow: 0, startedAt: null, sweep: null, pausedBy: null, createdAt: AT, updatedAt: AT },
      })),
    );
    await store.journeyVersions.insertMany(
      all.map((journey) => {
        const tree: Tree = { kind: 'sent', campaign: `c-${journey}` };
        const onlyIf = { tree, resolved: tree };
        const message = { template: 'hello', topic: 'deals' };
        return {
          ...{ _id: `${journey}.1`, journey, version: 1, createdAt: AT, reentry: { kind: 'once' as const } },
          trigger: { kind: 'event' as const, event: 'purchase' },
          steps: [{ id: 'a', wait: { days: 1 }, onlyIf, otherwise: 'skip' as const, message }],
        };
      }),
    );
  });
  after(() => closeTestStore(store));

  it('is read by as few queries as one journey, each with its own sentences', async () => {
    const context = { store, catalog: { current: () => ({ book: { programs: [], senders: [] } }) } };
    const profile = store.db.collection('system.profile');
    const read = async (limit: number) => {
      await store.db.command({ profile: 2 });
      const { items } = await listJourneys({ context, query: { limit } } as never);
      await store.db.command({ profile: 0 });
      const questions = await profile.countDocuments({ op: 'query', ns: { $not: /system\.profile/ } });
      await profile.drop();
      return { items, questions };
    };
    const single = await read(1);
    const all = await read(MANY);
    expect(all.items.map(({ id }) => id)).to.have.length(MANY);
    for (const { id, sentences } of all.items)
      expect(sentences.join()).to.contain(`was sent the campaign “Sale ${id}”`);
    expect(single.questions).to.be.above(0);
    expect(all.questions).to.equal(single.questions);
  });
});
