import { expect } from 'chai';
import type { Document } from 'mongodb';
import { type CandidateDoc, candidateId, linkOf } from '../../src/store/contacts/duplicates.ts';
import type { Store } from '../../src/store/store.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';

const ROWS = 600;

describe('query plans of candidates: keys examined at most twice what is returned', () => {
  let store: Store;
  before(async () => {
    ({ store } = await openTestStore());
    const at = new Date(0);
    const rows = Array.from({ length: ROWS }, (_, row): CandidateDoc => {
      const contacts = linkOf(`c_${row}`, `c_${row + 1}`);
      return {
        ...{ _id: candidateId(contacts), contacts, score: 30 + (row % 70), evidence: [], dismissed: [] },
        ...{ marks: [`1.m${row}`], state: row % 3 === 0 ? 'open' : 'dismissed' },
        ...{ foundAt: at, changedAt: at, decided: null },
      };
    });
    await store.mergeCandidates.insertMany(rows);
  });
  after(async () => {
    await closeTestStore(store);
  });

  const open = { state: 'open' as const };
  const later = { $or: [{ score: { $lt: 60 } }, { score: 60, _id: { $gt: 'k_m' } }] };
  const finds: [string, Document, Document][] = [
    ['the first page', open, { score: -1, _id: 1 }],
    ['a later page', { ...open, ...later }, { score: -1, _id: 1 }],
    ['those of some contacts', { contacts: { $in: ['c_7', 'c_70'] } }, {}],
    ['those that rest on one value', { marks: '1.m9', 'marks.1': { $exists: false }, ...open }, {}],
  ];
  for (const [what, filter, sort] of finds) {
    it(what, async () => {
      const cursor = store.mergeCandidates
        .find(filter)
        .sort(sort as never)
        .limit(20);
      const { executionStats } = await cursor.explain('executionStats');
      const { totalKeysExamined, nReturned } = executionStats;
      expect(nReturned).to.be.greaterThan(0);
      expect(totalKeysExamined).to.be.at.most(2 * nReturned + 2);
    });
  }
});
