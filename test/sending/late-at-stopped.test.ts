import { expect } from 'chai';
import type { AppContext } from '../../src/consent/app-context.ts';
import { JOBS } from '../../src/jobs/job-table.ts';
import type { DeliveryDoc } from '../../src/store/deliveries/delivery.ts';
import { stopSender } from '../../src/store/senders/sender-state.ts';
import type { Store } from '../../src/store/store.ts';
import { addSubscriber, plannedFor, testPeople } from '../support/people.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';

const NOW = new Date('2026-11-28T15:00:00Z');
const OVER = new Date(NOW.getTime() - 1);
const people = testPeople('135');

describe('a message that waits at a stopped number past its time', () => {
  let store: Store;
  before(async () => {
    ({ store } = await openTestStore());
    await stopSender(store, '28555', { code: '20003', why: 'test' }, NOW);
  });
  after(() => closeTestStore(store));

  const plan = async (over: Partial<DeliveryDoc>): Promise<string> => {
    const row = plannedFor(await addSubscriber(store, people), { sender: '28555', ...over });
    await store.deliveries.insertOne(row);
    return row._id;
  };
  const expire = (goOn = (): boolean => true): Promise<unknown> => {
    const job = JOBS.find(({ name }) => name === 'expire-late');
    const context = { store, now: () => NOW } as AppContext;
    const turn = { payload: {}, most: 100, goOn };
    return Promise.resolve(job?.run({ context } as never, turn as never));
  };
  const rowOf = (_id: string) => store.deliveries.findOne({ _id });

  it('expires, of whatever class it is, and nothing else does', async () => {
    const late = [
      await plan({ lane: '2-single', validUntil: OVER }),
      await plan({ lane: '1-transactional', class: 'transactional', validUntil: NOW }),
      await plan({ lane: '0-answers', class: 'prompt', validUntil: OVER }),
      await plan({ lane: '2-single', validUntil: OVER, dueAt: new Date(NOW.getTime() + 60_000) }),
    ];
    const good = [
      await plan({ lane: '2-single', validUntil: new Date(NOW.getTime() + 1) }),
      await plan({ lane: '1-transactional' }),
      await plan({ lane: '2-single', validUntil: OVER, sender: '28556' }),
    ];
    expect(await expire(() => false)).to.deep.equal({ expired: 0 });
    expect(await expire()).to.deep.equal({ expired: late.length });
    for (const id of late) {
      const row = await rowOf(id);
      expect([row?.state, row?.decision?.reasons, row?.open]).to.deep.equal([
        'expired',
        ['too-late'],
        undefined,
      ]);
    }
    for (const id of good) expect((await rowOf(id))?.state).to.equal('planned');
  });
});
