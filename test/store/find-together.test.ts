import { expect } from 'chai';
import type { Document } from 'mongodb';
import type { InboundDoc } from '../../src/store/consent/inbound-texts.ts';
import type { ContactDoc } from '../../src/store/contacts/contacts.ts';
import { findTogether, togetherStages } from '../../src/store/contacts/person-facts.ts';
import type { Store } from '../../src/store/store.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';

const ROWS = 500;

describe('the facts that decide about some people, read together', () => {
  let store: Store;
  const ids = Array.from({ length: ROWS }, (_, at) => at);
  before(async () => {
    ({ store } = await openTestStore());
    const contact = (at: number, current: boolean) =>
      ({ _id: `c${at}${current}`, index: `1.i${at}`, current, rev: 1, keys: {} }) as unknown as ContactDoc;
    await store.contacts.insertMany(ids.flatMap((at) => [contact(at, true), contact(at, false)]));
    const row = (at: number, kind: 'opt-out' | 'hold') =>
      ({ index: `1.i${at}`, scope: 'all', kind, generation: at, lifts: {} }) as never;
    await store.suppressions.insertMany(ids.flatMap((at) => [row(at, 'opt-out'), row(at, 'hold')]));
    await store.inbound.insertMany(
      ids.map((at) => ({ _id: `SM${at}`, door: 'webhook' }) as unknown as InboundDoc),
    );
  });
  after(async () => {
    await closeTestStore(store);
  });

  it("are each person's one current contact, all their suppressions, and the texts taken before", async () => {
    const found = await findTogether(store, ['1.i3', '1.i7', '1.none'], ['SM5', 'SMnew']);
    expect([...found.contacts].map(([index, { _id }]) => [index, _id]).sort()).to.deep.equal([
      ['1.i3', 'c3true'],
      ['1.i7', 'c7true'],
    ]);
    expect([...found.suppressions.keys()].sort()).to.deep.equal(['1.i3', '1.i7']);
    const rows = found.suppressions.get('1.i3') ?? [];
    expect(rows.map(({ kind }) => kind).sort()).to.deep.equal(['hold', 'opt-out']);
    expect(rows.every((row) => !('_id' in row))).to.equal(true);
    expect([...found.inbound.keys()]).to.deep.equal(['SM5']);
  });

  it('cost about as many index keys as documents in each collection', async () => {
    const some = (prefix: string) => Array.from({ length: 20 }, (_, at) => `${prefix}${at * 7}`);
    const stages = togetherStages(some('1.i'), some('SM')) as Document[];
    const plan = await store.contacts.aggregate(stages).explain('executionStats');
    const parts: Document[] = [plan.stages[0].$cursor, ...unions(plan)];
    expect(parts).to.have.lengthOf(4);
    for (const { executionStats } of parts) {
      expect(executionStats.totalDocsExamined).to.equal(executionStats.nReturned);
      expect(executionStats.totalKeysExamined).to.be.at.most(executionStats.nReturned + 21);
    }
  });

  const unions = (plan: Document): Document[] =>
    plan.stages.flatMap(({ $unionWith }: Document) => ($unionWith ? [$unionWith.pipeline[0].$cursor] : []));
});
