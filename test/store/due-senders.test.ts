import { expect } from 'chai';
import type { Lane } from '../../src/domain/sending/lanes.ts';
import type { DeliveryDoc } from '../../src/store/deliveries/delivery.ts';
import { dueSenders } from '../../src/store/deliveries/queue.ts';
import type { Store } from '../../src/store/store.ts';
import { type ObservedCommand, openObservedStore } from '../support/observed-store.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';

const NOW = new Date(10_000);
const LATER = new Date(20_000);
const MANY = 500;

describe('senders with due rows', () => {
  let store: Store;
  let listened: Store;
  const heard: ObservedCommand[] = [];
  before(async () => {
    const { store: opened, ...at } = await openTestStore();
    store = opened;
    listened = await openObservedStore(at, (command) => void heard.push(command));
    await store.deliveries.insertMany([
      ...rows('28551', '2-tomorrow', LATER),
      ...rows('28552', '0-answers', NOW),
      ...rows('28553', '1-transactional', LATER),
      ...rows('28553', '2-spring', NOW),
      ...rows('28554', '0-answers', NOW, { state: 'accepted' }),
    ]);
  });
  after(async () => {
    await listened.close();
    await closeTestStore(store);
  });

  const rows = (sender: string, lane: Lane, dueAt: Date, over: Partial<DeliveryDoc> = {}) =>
    Array.from({ length: MANY }, (_, at) => ({
      ...{ _id: `${sender} ${lane} ${at}`, contact: 'c', class: 'reply', state: 'planned', open: true },
      ...{ sender, lane, dueAt, ...over },
    })) as Partial<DeliveryDoc>[] as DeliveryDoc[];

  it('are found by one command that jumps from sender to sender and reads no row', async () => {
    heard.length = 0;
    expect(await dueSenders(listened, NOW)).to.deep.equal(['28552', '28553']);
    expect(heard.map(({ name }) => name)).to.deep.equal(['distinct']);
    const { distinct, key, query } = heard[0]?.command ?? {};
    const explain = { distinct, key, query };
    const { executionStats } = await store.db.command({ explain, verbosity: 'executionStats' });
    expect(executionStats.totalDocsExamined).to.equal(0);
    expect(executionStats.totalKeysExamined).to.be.at.most(12);
  });
});
