import { expect } from 'chai';
import type { Lane } from '../../src/domain/sending/lanes.ts';
import type { DeliveryDoc } from '../../src/store/deliveries/delivery.ts';
import { oldestDue } from '../../src/store/deliveries/queue.ts';
import type { Store } from '../../src/store/store.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';

const SENDERS = ['28555', '28556'];

describe('the waiting time of the oldest due delivery', () => {
  let store: Store;
  before(async () => {
    ({ store } = await openTestStore());
  });
  after(async () => {
    await closeTestStore(store);
  });

  const at = (second: number): Date => new Date(Date.UTC(2026, 2, 20, 16, 0, second));
  const plan = (sender: string, lane: Lane, dueAt: Date, fields: Partial<DeliveryDoc> = {}) =>
    store.deliveries.insertOne({
      ...{
        _id: `${sender} ${lane} ${dueAt.getTime()}`,
        contact: 'c',
        class: 'reply',
        state: 'planned',
        open: true,
      },
      ...{ sender, lane, dueAt, createdAt: dueAt, ...fields },
    } as Partial<DeliveryDoc> as DeliveryDoc);

  it('is measured for replies, transactional messages and offers over all senders and lanes', async () => {
    const nothing = { answers: null, orders: null, offers: null };
    expect(await oldestDue(store, SENDERS, at(30))).to.deep.equal(nothing);
    await plan('28555', '0-answers', at(9));
    await plan('28555', '0-answers', at(8));
    await plan('28556', '0-answers', at(7));
    await plan('28556', '0-answers', at(1), { state: 'accepted' });
    await plan('28555', '1-transactional', at(40));
    await plan('28555', '2-spring', at(5));
    await plan('28555', '2-boots', at(3));
    await plan('28556', '2-single', at(4));
    await plan('28557', '0-answers', at(2));
    expect(await oldestDue(store, SENDERS, at(30))).to.deep.equal({
      ...nothing,
      answers: at(7),
      offers: at(3),
    });
  });

  it('starts at planning when that is later than the due time, as for a reply to a spooled text', async () => {
    await store.deliveries.deleteMany({});
    await plan('28555', '0-answers', at(2), { createdAt: at(20) });
    await plan('28556', '0-answers', at(25), { createdAt: at(21) });
    expect((await oldestDue(store, SENDERS, at(30))).answers).to.deep.equal(at(20));
  });
});
