import { expect } from 'chai';
import type { Document } from 'mongodb';
import { EMPTY_PROFILE } from '../../src/domain/contacts/profile.ts';
import { compile } from '../../src/domain/segments/query.ts';
import type { Resolved } from '../../src/domain/segments/tree.ts';
import { estimateAudience } from '../../src/segments/preview.ts';
import { isEventTypeSeen, readEventTypes } from '../../src/store/contacts/activity.ts';
import {
  countAudience,
  gatherAudience,
  readAudience,
  sampleAudience,
} from '../../src/store/contacts/audience.ts';
import type { ContactDoc } from '../../src/store/contacts/contacts.ts';
import { readListNames } from '../../src/store/contacts/profiles.ts';
import type { Store } from '../../src/store/store.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';

const NOW = new Date('2026-03-01T15:30:00.000Z');
const PEOPLE = 24_000;
const idOf = (at: number): string => `c${String(at).padStart(5, '0')}`;

/** One contact in a hundred lives in NV, and the very last is the only one on a list. */
function contactOf(at: number): ContactDoc {
  const state = at % 100 === 0 ? 'NV' : 'OH';
  const place = { ...EMPTY_PROFILE.place, state, zip: state === 'NV' ? '89101' : '44101' };
  const lists = at === PEOPLE - 1 ? ['last'] : [];
  const day = { type: 'purchase', day: NOW, count: 1, sum: 0 };
  const fadesAt = new Date(NOW.getTime() + (at % 200 === 0 ? 150 : 10) * 86_400_000);
  const profile = { ...EMPTY_PROFILE, birthDate: '1990-01-01', place, lists, days: [day], fadesAt };
  const bare = {
    _id: idOf(at),
    index: `1.i${at}`,
    current: true,
    sealed: Buffer.from('x'),
    subscriptions: [],
  };
  return { ...bare, rev: 1, profile } as Partial<ContactDoc> as ContactDoc;
}

describe('queries for an audience', () => {
  let store: Store;
  before(async () => {
    ({ store } = await openTestStore());
    await store.contacts.insertMany(Array.from({ length: PEOPLE }, (_, at) => contactOf(at)));
  });
  after(async () => {
    await closeTestStore(store);
  });

  /** Runs `work` and returns the profiles of its queries. */
  const asked = async (work: () => Promise<unknown>): Promise<Document[]> => {
    await store.db.command({ profile: 2 });
    await work();
    await store.db.command({ profile: 0 });
    const seen = await store.db
      .collection('system.profile')
      .find({ ns: /\.(?:contacts|events)$/ })
      .toArray();
    await store.db.collection('system.profile').drop();
    return seen;
  };
  const examined = (seen: readonly Document[]): number =>
    seen.reduce((sum, { docsExamined = 0 }) => sum + Number(docsExamined), 0);
  const within = (...of: Resolved[]) => compile({ kind: 'all', of }, NOW);
  const bought: Resolved = { kind: 'did', event: 'purchase', days: 30 };
  const boughtOnce: Resolved = {
    ...{ kind: 'did', event: 'purchase', timesAtMost: 1, sumAtMost: 0 },
    ...{ since: '2026-03-01', before: '2026-03-02' },
  };

  const led: [what: string, tree: Resolved, fits: number, most: number][] = [
    ['a state', { kind: 'state', oneOf: ['NV'] }, 240, 240],
    ['a ZIP', { kind: 'zip', oneOf: ['89101'] }, 240, 240],
    ['the beginning of a ZIP', { kind: 'zip-area', oneOf: ['891'] }, 240, 240],
    ['a circle', { kind: 'near', zip: '89101', miles: 10 }, 240, 240],
    ['a list', { kind: 'list', oneOf: ['last'] }, 1, 1],
    ['a level of engagement', { kind: 'engagement', oneOf: ['champion'] }, 120, 120],
  ];
  for (const [what, tree, fits, most] of led) {
    it(`use an index to find those who fit ${what}, whatever else is in the segment`, async () => {
      for (const beside of [bought, boughtOnce]) {
        const gather = () =>
          gatherAudience(store, within(beside, tree), { some: 5, budgetMs: 10_000, most: false });
        expect((await gather())?.people).to.equal(fits);
        // The planner tries its candidates on a hundred each, and remembers.
        expect(examined(await asked(gather))).to.be.at.most(most + 105);
      }
    });
  }

  it('list names without reading who is on the lists', async () => {
    const names = () => readListNames(store, { after: null, limit: 10 });
    expect(await names()).to.deep.equal(['last']);
    expect(examined(await asked(names))).to.be.at.most(2);
  });

  it('list the types of events by their index alone, however many events there are', async () => {
    const at = (n: number): Date => new Date(NOW.getTime() + n);
    await store.events.insertMany(
      Array.from({ length: 3000 }, (_, n) => ({
        ...{ _id: `e${n}`, contact: idOf(0), type: ['visit', 'purchase', 'tour'][n % 3] ?? '' },
        ...{ at: NOW, receivedAt: at(n), amount: null },
      })),
    );
    const page = (after: string | null) => () => readEventTypes(store, { after, limit: 2 });
    expect(await page(null)()).to.deep.equal([
      { type: 'purchase', lastRecordedAt: at(2998) },
      { type: 'tour', lastRecordedAt: at(2999) },
    ]);
    expect(await page('tour')()).to.deep.equal([{ type: 'visit', lastRecordedAt: at(2997) }]);
    expect(await isEventTypeSeen(store, 'tour')).to.equal(true);
    expect(await isEventTypeSeen(store, 'tours')).to.equal(false);
    const seen = await asked(async () => {
      await page(null)();
      await isEventTypeSeen(store, 'visit');
    });
    const keys = seen.reduce((sum, { keysExamined = 0 }) => sum + Number(keysExamined), 0);
    expect([examined(seen), keys <= 10]).to.deep.equal([0, true]);
  });

  it('return the first ids as a sample, and nothing when the time is over', async () => {
    const who = within({ kind: 'state', oneOf: ['NV'] });
    const gathered = await gatherAudience(store, who, { some: 3, budgetMs: 10_000, most: true });
    expect(gathered).to.deep.equal({ people: 240, ids: [0, 100, 200].map(idOf) });
    const input = { $range: [0, 100_000] };
    const long = { $reduce: { input, initialValue: '$rev', in: { $add: ['$$value', 1] } } };
    const slow = { $and: [who, { $expr: { $gt: [long, 0] } }] };
    expect(await gatherAudience(store, slow, { some: 3, budgetMs: 50, most: false })).to.equal(null);
  });

  it('count no further than the limit', async () => {
    const who = within({ kind: 'state', oneOf: ['OH'] });
    const some = () => countAudience(store, who, { most: 3 });
    expect(await some()).to.equal(3);
    expect(examined(await asked(some))).to.be.at.most(105);
    expect(await countAudience(store, within({ kind: 'state', oneOf: ['NV'] }))).to.equal(240);
  });

  it('estimate from a bounded number of contacts', async () => {
    const filters = [
      within({ kind: 'state', oneOf: ['NV', 'OH'] }),
      within({ kind: 'state', oneOf: ['NV'] }),
    ];
    const sample = () => sampleAudience(store, filters, { of: 4000, some: 2 });
    expect(await sample()).to.deep.equal({ of: 4000, fitting: [4000, 40], ids: [0, 100].map(idOf) });
    expect(examined(await asked(sample))).to.be.at.most(4000);
  });

  it('estimate only those after a contact from a sample that begins there', async () => {
    const who = within({ kind: 'state', oneOf: ['OH'] });
    const after = idOf(9999);
    expect(await estimateAudience(store, who, { of: 4000, some: 2, after })).to.deep.equal({
      people: 13_860,
      ids: [10_001, 10_002].map(idOf),
      population: { fitting: 3960, sample: 4000, all: 14_000 },
    });
  });

  it('estimate when enough of a sample fit, and not from a handful', async () => {
    const estimate = (state: string, of: number) =>
      estimateAudience(store, within({ kind: 'state', oneOf: [state] }), { of, some: 2 });
    expect(await estimate('OH', 4000)).to.deep.equal({
      people: 23_760,
      ids: [1, 2].map(idOf),
      population: { fitting: 3960, sample: 4000, all: PEOPLE },
    });
    expect(await estimate('NV', 4000)).to.equal(null);
    expect(await estimate('NV', PEOPLE)).to.deep.equal({
      people: 240,
      ids: [0, 100].map(idOf),
      population: { fitting: 240, sample: PEOPLE, all: PEOPLE },
    });
  });

  it('read a bounded stretch for each page, however few fit, and reach the last person', async () => {
    const who = within({ kind: 'list', oneOf: ['last'] });
    const seen = await asked(async () => {
      const page = await readAudience(store, who, { after: null, limit: 500 });
      expect([page.people.map(({ _id }) => _id), page.complete]).to.deep.equal([[idOf(PEOPLE - 1)], true]);
    });
    for (const { docsExamined, planSummary } of seen) {
      expect(Number(docsExamined ?? 0)).to.be.at.most(10_000);
      expect(planSummary).to.equal('IXSCAN { _id: 1 }');
    }
    const most = await readAudience(store, compile({ kind: 'everyone' }, NOW), {
      after: idOf(7),
      limit: 500,
    });
    expect([most.people[0]?._id, most.to, most.complete]).to.deep.equal([idOf(8), idOf(507), false]);
  });

  it('name everybody once, wherever a page ends', async () => {
    const who = within({ kind: 'state', oneOf: ['NV'] });
    const found: string[] = [];
    for (let [after, complete]: [string | null, boolean] = [null, false]; !complete; ) {
      const page = await readAudience(store, who, { after, limit: 7 });
      found.push(...page.people.map(({ _id }) => _id));
      ({ to: after, complete } = page);
    }
    expect(found).to.deep.equal(Array.from({ length: 240 }, (_, at) => idOf(at * 100)));
  });

  it('use indexes without keys for people who only text', async () => {
    const keys = async (): Promise<Record<string, number>> =>
      (await store.db.command({ validate: 'contacts' })).keysPerIndex;
    const before = await keys();
    const { profile: _, ...bare } = contactOf(PEOPLE);
    await store.contacts.insertOne(bare as ContactDoc);
    await store.contacts.updateOne(
      { _id: bare._id },
      { $set: { rev: 2, language: 'en', subscriptions: [] } },
    );
    const after = await keys();
    const grown = Object.keys(after).filter((name) => after[name] !== before[name]);
    expect(grown.sort()).to.deep.equal(['_id_', 'holder']);
  });
});
