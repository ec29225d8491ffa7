import { expect } from 'chai';
import { SENDERS } from '../../scripts/seed/programs.ts';
import type { Pace } from '../../src/sending/pacing/pace.ts';
import { startDispatcher } from '../../src/sending/serve.ts';
import { createWake } from '../../src/sending/wake.ts';
import type { Store } from '../../src/store/store.ts';
import { until } from '../support/gateway.ts';
import { addSubscriber, cast, plannedFor } from '../support/people.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';
import { unpaced } from '../support/unpaced.ts';
import { dispatchDeps } from './dispatch-rig.ts';

const people = cast('133');

describe('the loop of a sender', () => {
  let store: Store;
  before(async () => {
    ({ store } = await openTestStore());
  });
  after(async () => {
    await closeTestStore(store);
  });

  it('tells of a round that breaks off, and serves what comes after it', async () => {
    const told: string[] = [];
    let grants = 0;
    const breaksOnce: Pace = {
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
    const wake = createWake(store, () => undefined);
    const plan = async (): Promise<string> => {
      const row = plannedFor(await addSubscriber(store, people));
      await store.deliveries.insertOne(row);
      return row._id;
    };
    await plan();
    const dispatcher = startDispatcher(deps, () => [{ ...SENDERS.shop, rate: 1000 }], wake);
    await until('word of the broken round', async () => told.length > 0);
    const next = await plan();
    const state = async () => (await store.deliveries.findOne({ _id: next }))?.state;
    await until('the next message at the carrier', async () => (await state()) === 'accepted');
    await dispatcher.stop();
    expect(told).to.deep.equal(['a round of the dispatcher broke off']);
  });
});
