import { expect } from 'chai';
import type { Document } from 'mongodb';
import type { ContactDoc } from '../../src/store/contacts/contacts.ts';
import type { DeliveryDoc } from '../../src/store/deliveries/delivery.ts';
import { findKnownSenders, LOOK_BACK } from '../../src/store/deliveries/history.ts';
import type { Store } from '../../src/store/store.ts';
import { bareRow } from '../receipts/rows.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';

/** The number of people in a slice of a plan. */
const PEOPLE = 500;
/** So many messages of each person are read first. */
const NEWEST = 3;
const OF = { program: 'deals', numbers: ['28555', '28556'] };

describe('the senders by which people know a program', () => {
  let store: Store;
  const ids = Array.from({ length: PEOPLE }, (_, at) => `c${at}`);
  const had = (contact: string, at: number, more: Partial<DeliveryDoc> = {}): DeliveryDoc =>
    bareRow({ contact, state: 'delivered', createdAt: new Date(at), acceptedAt: new Date(at), ...more });
  const { acceptedAt: _, ...notTaken } = had('c0', 9, { sender: '28555', state: 'skipped' });
  /** The people whose newest messages show their sender. */
  const known = ids.filter((id) => id !== 'c4' && id !== 'c5');
  before(async () => {
    ({ store } = await openTestStore());
    const others = Array.from({ length: PEOPLE }, (_, at) => `other${at}`);
    await store.contacts.insertMany(
      [...ids, ...others].map((_id, at) => ({ _id, index: `1.i${at}`, current: true, rev: 1 }) as ContactDoc),
    );
    await store.deliveries.insertMany([
      ...[...ids, ...others].flatMap((id) => [1, 2, 3].map((at) => had(id, at, { sender: '28556' }))),
      notTaken,
      had('c1', 9, { program: 'orders', sender: '28555' }),
      had('c2', 9, { sender: '28557' }),
      had('c3', 9, { sender: '28555' }),
      ...Array.from({ length: NEWEST }, (_, at) => had('c5', 10 + at, { program: 'orders' })),
      ...Array.from({ length: LOOK_BACK }, (_, at) => had('c4', 10 + at, { program: 'orders' })),
    ]);
  });
  after(() => closeTestStore(store));

  it('are those of the last accepted message', async () => {
    const found = await findKnownSenders(store, ['c0', 'c1', 'c2', 'c3', 'c4', 'c5', 'nobody'], OF);
    expect([...found].sort()).to.deep.equal([
      ['c0', '28556'],
      ['c1', '28556'],
      ['c2', '28556'],
      ['c3', '28555'],
      ['c5', '28556'],
    ]);
  });

  it("are found in one command that reads the newest of each, and nobody else's", async () => {
    const plans: Promise<Document>[] = [];
    const contacts = new Proxy(store.contacts, {
      get: (of, name) => {
        if (name !== 'aggregate') return Reflect.get(of, name);
        return (...asked: Parameters<typeof of.aggregate>) => {
          plans.push(of.aggregate(...asked).explain('executionStats'));
          return of.aggregate(...asked);
        };
      },
    });
    const watched: Store = { ...store, contacts };
    expect((await findKnownSenders(watched, known, OF)).size).to.equal(known.length);
    expect(plans).to.have.length(1);
    const [plan = {}] = await Promise.all(plans);
    const joined = plan.stages?.find((stage: Document) => '$lookup' in stage) ?? plan.executionStats;
    expect(joined.indexesUsed, JSON.stringify(plan)).to.deep.equal(['of-contact']);
    expect(Number(joined.totalDocsExamined)).to.be.at.most(PEOPLE * NEWEST);
    expect(Number(joined.totalKeysExamined)).to.be.at.most(PEOPLE * NEWEST);
  });
});
