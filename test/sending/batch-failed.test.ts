import { expect } from 'chai';
import { SENDERS } from '../../scripts/seed/programs.ts';
import { PAUSE_MS } from '../../src/sending/background-retry.ts';
import type { DispatchDeps } from '../../src/sending/claim-batch.ts';
import { createSenderQueue, startDispatcher } from '../../src/sending/dispatcher.ts';
import { createDueWatcher } from '../../src/sending/due-watcher.ts';
import { CLAIM_LEASE_MS } from '../../src/sending/gate.ts';
import { TOLD_LATE_MS } from '../../src/store/deliveries/queue.ts';
import { expireClaims } from '../../src/store/deliveries/unknown-outcomes.ts';
import type { Store } from '../../src/store/store.ts';
import { until } from '../support/gateway.ts';
import { addSubscriber, plannedFor, testPeople } from '../support/people.ts';
import { closeTestStore, emptyTestStore, openTestStore } from '../support/test-store.ts';
import { carrierOf, dispatchDeps } from './dispatch-deps.ts';

const people = testPeople('134');

describe('a batch whose facts cannot be read', () => {
  let store: Store;
  let lowered = 0;
  let skipped = 0;
  before(async () => {
    ({ store } = await openTestStore());
  });
  beforeEach(async () => {
    await emptyTestStore(store);
    [lowered, skipped] = [0, 0];
  });
  after(() => closeTestStore(store));

  /** A store in which rows can be claimed, but `failing` releases fail, as while a primary is away. */
  const losing = (failing: () => number): Store => {
    const deliveries = new Proxy(store.deliveries, {
      get: (target, name) => {
        const value = Reflect.get(target, name, target);
        if (name !== 'updateMany') return typeof value === 'function' ? value.bind(target) : value;
        return async (...[filter, update, options]: Parameters<typeof target.updateMany>) => {
          if (Array.isArray(update)) return target.updateMany(filter, update, options);
          lowered += 1;
          await new Promise((resolve) => setTimeout(resolve, 50));
          if (lowered <= failing()) throw new Error('no primary');
          return target.updateMany(filter, update, options);
        };
      },
    });
    return { ...store, deliveries };
  };
  const depsOf = (own: Store, told: string[] = []): DispatchDeps =>
    dispatchDeps(own, people, {
      indexOf: () => {
        throw new Error('the facts are away');
      },
      monotonic: () => performance.now() + skipped,
      carrier: carrierOf(async () => expect.fail('something left')),
      onError: (_error, line) => told.push(line),
    });
  const sender = () => ({ ...SENDERS.shop, rate: 1000 });
  const plan = async (): Promise<string> => {
    const row = plannedFor(await addSubscriber(store, people));
    await store.deliveries.insertOne(row);
    return row._id;
  };
  /** Runs a turn that fails. Returns its background work. */
  const failedTurn = async (own: Store) => {
    const works: Promise<void>[] = [];
    const beside = {
      add: (work: Promise<void>) => works.push(work),
      stopping: new AbortController().signal,
      pauseMs: PAUSE_MS,
    };
    const turn = createSenderQueue({ ...depsOf(own), beside }, sender).turn();
    const why = await turn.then(
      () => 'it went on',
      (error: Error) => error.message,
    );
    return { why, works };
  };
  const stateOf = async (_id: string) => (await store.deliveries.findOne({ _id }))?.state;

  it('releases its claims in the background as soon as possible when it cannot at once', async () => {
    const id = await plan();
    const { why, works } = await failedTurn(losing(() => 4));
    expect([why, lowered, works.length, await stateOf(id)]).to.deep.equal([
      'the facts are away',
      1,
      1,
      'sending',
    ]);
    await Promise.all(works);
    const row = await store.deliveries.findOne({ _id: id });
    expect([row?.state, row?.owner, row?.open]).to.deep.equal(['planned', null, true]);
    expect(lowered).to.equal(5);
  });

  it('releases them also when the sweep had taken its process for dead: nothing has left', async () => {
    const id = await plan();
    const { works } = await failedTurn(losing(() => 3));
    await store.deliveries.updateOne({ _id: id }, { $set: { leaseUntil: new Date(Date.now() - 1000) } });
    expect(await expireClaims(store, 0, new Date())).to.equal(1);
    await Promise.all(works);
    const row = await store.deliveries.findOne({ _id: id });
    expect(row).to.include({ state: 'planned', open: true }).and.not.have.any.keys('error', 'lookUpAt');
  });

  it('tries only while its claims count', async () => {
    await plan();
    const { works } = await failedTurn(losing(() => Number.POSITIVE_INFINITY));
    skipped = CLAIM_LEASE_MS + TOLD_LATE_MS;
    const [ended] = await Promise.allSettled(works);
    expect(ended?.status).to.equal('rejected');
    expect(lowered).to.equal(2);
  });

  for (const recovers of [true, false]) {
    const title = recovers ? 'and takes them down' : 'and holds up no worker that is told to end';
    it(`tries once more when the dispatcher stops, ${title}`, async () => {
      const id = await plan();
      const told: string[] = [];
      let failing = Number.POSITIVE_INFINITY;
      const own = losing(() => failing);
      const wake = createDueWatcher(depsOf(own), () => undefined);
      const pauseMs = { first: 10_000, most: 10_000 };
      const dispatcher = startDispatcher(depsOf(own, told), () => [sender()], wake, pauseMs);
      await until('the failed batch is logged', async () => told.length > 0);
      if (recovers) failing = 0;
      const began = performance.now();
      await dispatcher.stop();
      expect(performance.now() - began).to.be.below(5000);
      expect(lowered).to.equal(2);
      expect(await stateOf(id)).to.equal(recovers ? 'planned' : 'sending');
      expect(told.slice(1)).to.deep.equal(
        recovers ? [] : ['the claims of a failed batch could not be released'],
      );
    });
  }
});
