import { expect } from 'chai';
import type { Document, Timestamp } from 'mongodb';
import { cancelAndDrain } from '../../src/sending/cancel-and-drain.ts';
import type { Store } from '../../src/store/store.ts';
import { inSession, inTransaction } from '../../src/store/transaction.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';

/**
 * A newly elected primary may return a state from before acknowledged writes, unless a read says how new the state
 * must be.
 */
describe('P3 STOP wins: reads for an opt-out are never older than the opt-out', () => {
  let store: Store;
  before(async () => {
    ({ store } = await openTestStore());
  });
  after(async () => {
    await store.db.command({ profile: 0 });
    await closeTestStore(store);
  });

  /** Runs a write of this process and returns its time by the database's clock. */
  const written = async (): Promise<Timestamp> => {
    let at: Timestamp | undefined;
    await inTransaction(store, 3000, async (session) => {
      await store.marks.updateOne(
        { _id: 'a fact' as never },
        { $inc: { many: 1 } },
        { upsert: true, session },
      );
      session.once('ended', () => {
        at = session.operationTime;
      });
    });
    if (at === undefined) throw new Error('the transaction told no time');
    return at;
  };

  const looks = async (collection: string): Promise<Document[]> =>
    store.db.collection('system.profile').find({ 'command.find': collection }).toArray();

  const laterThan = (fact: Timestamp, { command }: Document): boolean =>
    (command.readConcern?.afterClusterTime as Timestamp | undefined)?.greaterThanOrEqual(fact) ?? false;

  it('reads rows under way to the person and to their other numbers later than the opt-out', async () => {
    await store.db.command({ profile: 2 });
    const fact = await written();
    const ended = { contact: 'c', rev: 2, personId: 'p', prompts: [], scopes: ['all'] as const };
    await cancelAndDrain(store, ended, () => 0);
    const [look] = await looks('deliveries');
    expect(look?.command.$clusterTime?.clusterTime.greaterThanOrEqual(fact), 'its clock').to.equal(true);
    for (const collection of ['contacts', 'deliveries']) {
      const found = await looks(collection);
      expect(found, collection).to.have.length.above(0);
      expect(found.every((look) => laterThan(fact, look))).to.equal(true);
    }
  });

  it('reads later also when another process wrote the opt-out', async () => {
    let read: Timestamp | undefined;
    await inSession(store, async (session) => {
      await store.contacts.findOne({ _id: 'c' }, { session });
      read = session.operationTime;
    });
    expect(store.seen.operationTime?.greaterThanOrEqual(read ?? 0)).to.equal(true);
  });
});
