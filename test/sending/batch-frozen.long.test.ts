import { expect } from 'chai';
import { PAUSE_MS } from '../../src/sending/background-retry.ts';
import { cancelAndDrain, drainClaimed } from '../../src/sending/cancel-and-drain.ts';
import { type ClaimDeps, claimBatch } from '../../src/sending/claim-batch.ts';
import { isDatabaseAway } from '../../src/store/database-errors.ts';
import type { DeliveryDoc } from '../../src/store/deliveries/delivery.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { inSession } from '../../src/store/transaction.ts';
import { until } from '../support/gateway.ts';
import { addSubscriber, plannedFor, testPeople } from '../support/people.ts';
import { type DatabaseProxy, startProxy } from '../support/proxy.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';
import { dispatchDeps } from './dispatch-deps.ts';

const people = testPeople('132');
const monotonic = (): number => performance.now();

/** Resolves with the error. */
const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'it went on',
    (error: unknown) => error,
  );

describe('a database that keeps its connections and stands still', function () {
  this.timeout(20_000);
  let store: Store;
  let frozen: Store;
  let proxy: DatabaseProxy;
  let row: DeliveryDoc;
  const works: Promise<void>[] = [];
  let ofRound: unknown;
  let ofOthers: unknown[];
  /** All run at once, since each waits until the driver notices. */
  before(async () => {
    const opened = await openTestStore();
    store = opened.store;
    proxy = await startProxy(opened.uri);
    frozen = await openStore({ uri: proxy.through(opened.uri), database: opened.name });
    await frozen.deliveries.findOne({});
    row = plannedFor(await addSubscriber(store, people));
    await store.deliveries.insertOne(row);
    proxy.freeze();
    const fact = { contact: 'c', rev: 2, personId: undefined, prompts: [], scopes: ['all'] as const };
    [ofRound, ...ofOthers] = await Promise.all([
      failure(claimBatch(depsOf(), [row._id])),
      failure(cancelAndDrain(frozen, fact, monotonic)),
      failure(cancelAndDrain(frozen, { ...fact, personId: 'p' }, monotonic)),
      failure(drainClaimed(frozen, ['c'], monotonic)),
      failure(inSession(frozen, (session) => frozen.contacts.findOne({}, { session }))),
      // Found out, and what is under way on it is broken off.
      failure(frozen.contacts.insertOne({ _id: 'c_late' } as never)),
    ]);
    await proxy.restore();
  });
  after(async () => {
    await frozen.close();
    await proxy.close();
    await closeTestStore(store);
  });

  const depsOf = (): ClaimDeps =>
    dispatchDeps(frozen, people, {
      beside: { add: (work) => works.push(work), stopping: new AbortController().signal, pauseMs: PAUSE_MS },
    });

  it('ends a batch within a lease, and claims that succeed afterwards are released', async () => {
    expect(isDatabaseAway(ofRound), String(ofRound)).to.equal(true);
    expect(works).to.have.length(1);
    await Promise.all(works);
    const state = async () => (await store.deliveries.findOne({ _id: row._id }))?.state;
    await until('the claim is released', async () => (await state()) === 'planned');
  });

  it('does not answer an opt-out that waits, nor a write', () => {
    expect(ofOthers.map(isDatabaseAway), ofOthers.join('; ')).to.deep.equal([true, true, true, true, true]);
  });
});
