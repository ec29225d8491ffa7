import { expect } from 'chai';
import type { ClientSession, Document } from 'mongodb';
import { senders } from '../../src/store/consent/programs.ts';
import { isDatabaseAway } from '../../src/store/database-errors.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { inSession, inTransaction } from '../../src/store/transaction.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';

describe('a transaction', () => {
  let store: Store;
  before(async () => {
    ({ store } = await openTestStore());
  });
  after(() => closeTestStore(store));

  it('is given up when its time is over, and is not committed after that', async function () {
    this.timeout(20_000);
    let goOn = (): void => undefined;
    const slow = new Promise<void>((done) => {
      goOn = done;
    });
    let ended: Promise<unknown> = Promise.resolve();
    const work = async (session: ClientSession): Promise<void> => {
      ended = new Promise((done) => session.once('ended', done));
      await slow;
      await store.marks.insertOne({ _id: 'late' } as never, { session });
    };
    const failed = await inTransaction(store, 50, work).catch((error: unknown) => error);
    expect(isDatabaseAway(failed), String(failed)).to.equal(true);
    goOn();
    await ended;
    expect(await store.marks.findOne({ _id: 'late' })).to.equal(null);
  });
});

/** The read and write settings of a command. The driver leaves out the primary, which is its default. */
const asked = (name: string, { [name]: of, readConcern, writeConcern, $readPreference }: Document) => ({
  name,
  of,
  read: readConcern?.level,
  write: writeConcern && { w: writeConcern.w, j: writeConcern.j },
  from: $readPreference?.mode ?? 'primary',
});

describe('a write or read that a promise depends on', () => {
  const MAJORITY = { w: 'majority', j: true };
  const sent: ReturnType<typeof asked>[] = [];
  let told: Store;
  let store: Store;
  before(async () => {
    const { uri, name, store: own } = await openTestStore();
    told = own;
    const address = new URL(uri);
    address.searchParams.set('monitorCommands', 'true');
    store = await openStore({ uri: address.href, database: name });
    store.client.on(
      'commandStarted',
      ({ commandName, command }) => void sent.push(asked(commandName, command)),
    );
  });
  beforeEach(() => {
    sent.length = 0;
  });
  after(async () => {
    await store.close();
    await closeTestStore(told);
  });

  it('goes to a majority with its journals, and reads come from a majority, by a primary', async () => {
    const from = 'primary';
    await store.marks.insertOne({ _id: 'one' } as never);
    await store.marks.findOne({ _id: 'one' });
    await senders.model(store).updateOne({ _id: '28555' }, { country: 'US' });
    await senders.model(store).findOne({ _id: '28555' });
    await inSession(store, (session) => store.marks.findOne({ _id: 'one' }, { session }));
    expect(sent).to.deep.equal([
      { name: 'insert', of: 'marks', read: undefined, write: MAJORITY, from },
      { name: 'find', of: 'marks', read: 'majority', write: undefined, from },
      { name: 'update', of: 'senders', read: undefined, write: MAJORITY, from },
      { name: 'find', of: 'senders', read: 'majority', write: undefined, from },
      { name: 'find', of: 'marks', read: 'majority', write: undefined, from },
    ]);
  });

  it('is read at one moment inside a transaction and committed to a majority with its journals', async () => {
    await inTransaction(store, 10_000, async (session) => {
      await store.marks.findOne({ _id: 'two' }, { session });
      await store.marks.insertOne({ _id: 'two' } as never, { session });
    });
    const from = 'primary';
    expect(sent).to.deep.equal([
      { name: 'find', of: 'marks', read: 'snapshot', write: undefined, from },
      { name: 'insert', of: 'marks', read: undefined, write: undefined, from },
      { name: 'commitTransaction', of: 1, read: undefined, write: MAJORITY, from },
    ]);
  });
});
