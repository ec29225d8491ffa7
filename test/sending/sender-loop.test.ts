import { expect } from 'chai';
import { SENDERS } from '../../scripts/seed/programs.ts';
import { laneOf } from '../../src/domain/sending/lanes.ts';
import { startDispatcher } from '../../src/sending/dispatcher.ts';
import { createDueWatcher } from '../../src/sending/due-watcher.ts';
import type { RateLimiter } from '../../src/sending/rate-limiter.ts';
import type { Store } from '../../src/store/store.ts';
import { until } from '../support/gateway.ts';
import { type ObservedCommand, openObservedStore } from '../support/observed-store.ts';
import { addSubscriber, plannedFor, testPeople } from '../support/people.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';
import { unpaced } from '../support/unpaced.ts';
import { dispatchDeps } from './dispatch-deps.ts';

const people = testPeople('133');

describe('the loop of a sender', () => {
  let store: Store;
  let at: { uri: string; name: string };
  before(async () => {
    ({ store, ...at } = await openTestStore());
  });
  after(async () => {
    await closeTestStore(store);
  });

  it('logs a batch that fails, and hands over what comes afterwards', async () => {
    const told: string[] = [];
    let grants = 0;
    const breaksOnce: RateLimiter = {
      ...unpaced,
      take: async (...asked) => {
        const grant = await unpaced.take(...asked);
        grants += 1;
        if (grants > 1 || grant === null) return grant;
        const turn = (): never => {
          throw new Error('no slot can be told');
        };
        return { ...grant, turn };
      },
    };
    const onError = (_error: unknown, line: string) => told.push(line);
    const deps = dispatchDeps(store, people, { pace: breaksOnce, onError });
    const wake = createDueWatcher(deps, () => undefined);
    const plan = async (): Promise<string> => {
      const row = plannedFor(await addSubscriber(store, people));
      await store.deliveries.insertOne(row);
      return row._id;
    };
    await plan();
    const dispatcher = startDispatcher(deps, () => [{ ...SENDERS.shop, rate: 1000 }], wake);
    await until('the failed batch is logged', async () => told.length > 0);
    const next = await plan();
    const state = async () => (await store.deliveries.findOne({ _id: next }))?.state;
    await until('the carrier has accepted the next message', async () => (await state()) === 'accepted');
    await dispatcher.stop();
    expect(told).to.deep.equal(['a batch of the dispatcher was interrupted']);
  });

  it('polls once for all idle senders, and hands over what a campaign plans for one of them', async () => {
    const numbers = Array.from({ length: 40 }, (_, index) => `${28_600 + index}`);
    const heard: ObservedCommand[] = [];
    const listened = await openObservedStore(at, (command) => {
      if (command.of === 'deliveries' && command.name !== 'aggregate') heard.push(command);
    });
    const deps = dispatchDeps(listened, people);
    const wake = createDueWatcher(deps, () => undefined, 10);
    const senders = numbers.map((number) => ({ ...SENDERS.shop, number, rate: 1000 }));
    const dispatcher = startDispatcher(deps, () => senders, wake);
    const finds = () => heard.filter(({ name }) => name === 'find').length;
    // One loop sends replies, another the rest.
    await until('each loop has looked for work', async () => finds() >= 2 * numbers.length);
    heard.length = 0;
    await until('the dispatcher polls while nothing is due', async () => heard.length >= 10);
    expect(heard.map(({ name }) => name)).to.deep.equal(heard.map(() => 'distinct'));
    const planned = { sender: '28621', lane: laneOf('marketing', 'a-campaign') };
    const row = plannedFor(await addSubscriber(store, people), planned);
    await store.deliveries.insertOne(row);
    const state = async () => (await store.deliveries.findOne({ _id: row._id }))?.state;
    await until('the carrier has accepted the message', async () => (await state()) === 'accepted');
    await dispatcher.stop();
    await listened.close();
  });
});
