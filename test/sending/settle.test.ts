import { expect } from 'chai';
import type { ClearedRef, HandOver } from '../../src/sending/gate.ts';
import { createSettler } from '../../src/sending/settle.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { bareRow, newSid, rowOf } from '../receipts/rows.ts';
import { testDatabase } from '../support/mongod.ts';

describe('how a hand-over ended, told late', () => {
  let store: Store;
  before(async () => {
    const { uri, name } = testDatabase();
    store = await openStore({ uri, database: name });
  });
  after(async () => {
    await store.db.dropDatabase();
    await store.close();
  });

  const outcomes: Record<string, (ref: ClearedRef) => HandOver> = {
    unknown: (ref) => ({ ...ref, result: 'unknown', why: 'no answer in time' }),
    late: (ref) => ({ ...ref, result: 'late', why: 'the deadline had passed' }),
    refused: (ref) => ({ ...ref, result: 'refused', code: '21211' }),
    'put back': (ref) => ({ ...ref, result: 'put-back', why: 'its turn had passed' }),
    'answered in TwiML': (ref) => ({ ...ref, result: 'accepted', carrierSid: null, at: new Date() }),
  };
  for (const [how, outcome] of Object.entries(outcomes)) {
    it(`changes nothing where the row was flagged again meanwhile: ${how}`, async () => {
      const row = bareRow({ epoch: 2 });
      await store.deliveries.insertOne({ ...row });
      const ref = { delivery: row._id, epoch: 1, decidedAt: new Date() };
      await createSettler(store).record([outcome(ref)]);
      expect(await rowOf(store, row)).to.deep.equal(row);
      await createSettler(store).record([outcome({ ...ref, epoch: 2 })]);
      expect((await rowOf(store, row))?.state).not.to.equal('sending');
    });
  }

  it('is noted as one message too many where the carrier took it', async () => {
    const row = bareRow({ epoch: 2 });
    await store.deliveries.insertOne({ ...row });
    const carrierSid = newSid();
    const ref = { delivery: row._id, epoch: 1, decidedAt: new Date() };
    await createSettler(store).record([{ ...ref, result: 'accepted', carrierSid, at: new Date() }]);
    expect(await rowOf(store, row)).to.deep.equal({ ...row, extraSids: [carrierSid] });
  });
});
