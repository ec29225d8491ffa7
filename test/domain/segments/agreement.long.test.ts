import { expect } from 'chai';
import fc from 'fast-check';
import { EMPTY_PROFILE } from '../../../src/domain/contacts/profile.ts';
import { check, contradictions } from '../../../src/domain/segments/check.ts';
import { compile } from '../../../src/domain/segments/query.ts';
import type { Resolved, ResolvedGroup, Tree } from '../../../src/domain/segments/tree.ts';
import { readTree } from '../../../src/domain/segments/tree.ts';
import { openStore, type Store } from '../../../src/store/store.ts';
import { testDatabase } from '../../support/mongod.ts';
import { Naive, type SegmentContact } from './naive.ts';
import { contacts } from './random-people.ts';
import { acts, KNOWN, leaves, SEGMENTS, trees } from './random-trees.ts';
import { NOW } from './vocabulary.ts';

const seed = Number(process.env.ASSENT_SEED ?? Date.now() % 1e9);
const naive = new Naive(NOW, new Map(SEGMENTS.map(({ id, tree }) => [id, tree])));
const PEOPLE = 400;
const sorted = (people: readonly { _id: string }[]): string =>
  people
    .map(({ _id }) => _id)
    .sort()
    .join(' ');

const not = (leaf: Tree): Tree => ({ kind: 'none', of: [leaf] });

describe(`compiled segments on random people (ASSENT_SEED=${seed})`, () => {
  let store: Store;
  let people: SegmentContact[];
  before(async () => {
    const { uri, name } = testDatabase();
    store = await openStore({ uri, database: name });
    people = fc.sample(contacts(PEOPLE), { numRuns: 1, seed })[0] ?? [];
    await store.db.collection<SegmentContact>('contacts').insertMany(people);
  });
  after(async () => {
    await store.db.dropDatabase();
    await store.close();
  });

  const found = async (tree: Resolved): Promise<string> => {
    const rows = await store.contacts.find(compile(tree, NOW)).project<{ _id: string }>({ _id: 1 }).toArray();
    return sorted(rows);
  };

  it('match in the database exactly the people of a naive evaluation, for every valid tree', async () => {
    const single = fc.sample(leaves, { numRuns: 300, seed });
    const nested = fc.sample(trees, { numRuns: 400, seed });
    const holders = people.filter(({ current }) => current).length;
    let [compared, split] = [0, 0];
    for (const tree of [...single, ...nested]) {
      expect(readTree(JSON.parse(JSON.stringify(tree)))).to.deep.equal({ ok: true, tree });
      const checked = check(tree, KNOWN);
      if (!checked.ok) continue;
      const expected = people.filter((person) => naive.belongs(person, tree));
      expect(await found(checked.tree), JSON.stringify(tree)).to.equal(sorted(expected));
      compared += 1;
      if (expected.length > 0 && expected.length < holders) split += 1;
    }
    expect(compared, 'trees compared').to.be.at.least(500);
    expect(split, 'trees that tell people apart').to.be.at.least(250);
  });

  it('match the naive evaluation for each bound and each time of an activity', async () => {
    const told = new Map<string, number>();
    for (const tree of fc.sample(acts, { numRuns: 500, seed })) {
      const checked = check(tree, KNOWN);
      if (!checked.ok) continue;
      const expected = people.filter((person) => naive.belongs(person, tree));
      expect(await found(checked.tree), JSON.stringify(tree)).to.equal(sorted(expected));
      if (expected.length === 0) continue;
      for (const member of Object.keys(tree)) told.set(member, (told.get(member) ?? 0) + 1);
    }
    for (const member of ['times', 'timesAtMost', 'sum', 'sumAtMost', 'days', 'since', 'before'])
      expect(told.get(member) ?? 0, `${member} that somebody fits`).to.be.at.least(10);
  });

  it('add up amounts to the cent, though doubles do not', async () => {
    expect(10.1 + 20.2).to.be.below(30.3);
    expect(0.1 + 0.2).to.be.above(0.3);
    const day = NOW;
    const spent = (type: string, sums: number[]) => sums.map((sum) => ({ type, day, count: 1, sum }));
    const days = [...spent('cents', [10.1, 20.2]), ...spent('dimes', [0.1, 0.2])];
    const spender = { _id: 'spender', current: true, profile: { ...EMPTY_PROFILE, days } };
    await store.db.collection<typeof spender>('contacts').insertOne(spender);
    expect(await found({ kind: 'did', event: 'cents', sum: 30.3 })).to.equal('spender');
    expect(await found({ kind: 'did', event: 'cents', sum: 30.31 })).to.equal('');
    expect(await found({ kind: 'did', event: 'dimes', sumAtMost: 0.3 })).to.equal('spender');
    expect(await found({ kind: 'did', event: 'dimes', sumAtMost: 0.29 })).to.equal('');
    expect(await found({ kind: 'did', event: 'dimes', sum: 0.3, sumAtMost: 0.3 })).to.equal('spender');
  });

  it('are refused as unmatchable only when nobody matches', () => {
    const pairs = fc.record({
      kind: fc.constantFrom('all' as const, 'none' as const),
      of: fc.array(fc.oneof(trees, leaves, leaves.map(not)), { minLength: 2, maxLength: 3 }),
    });
    const done = acts.map((act) => ({ ...act, event: 'purchase' }));
    const two = fc.record({
      kind: fc.constantFrom('all' as const, 'none' as const),
      of: fc.tuple(done, fc.oneof(done, done.map(not))),
    });
    const samples = [
      ...fc.sample(pairs, { numRuns: 6000, seed }),
      ...fc.sample(two, { numRuns: 3000, seed }),
    ];
    let refused = 0;
    for (const tree of samples) {
      if (contradictions(tree as ResolvedGroup).length === 0) continue;
      refused += 1;
      const who = people.filter((person) => naive.matches(person, tree));
      expect(sorted(who), JSON.stringify(tree)).to.equal('');
    }
    expect(refused, 'trees refused').to.be.at.least(200);
  });
});
