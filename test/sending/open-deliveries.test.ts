import { expect } from 'chai';
import { openStatesOf } from '../../src/sending/cancel-and-drain.ts';
import type { DeliveryDoc } from '../../src/store/deliveries/delivery.ts';
import { claimedFor, forbiddenDeliveries } from '../../src/store/deliveries/forbidden.ts';
import type { Store } from '../../src/store/store.ts';
import { spied } from '../support/spied.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';

const row = (id: string, contact: string, fields: Partial<DeliveryDoc>): DeliveryDoc =>
  ({
    ...{ _id: id, contact, rev: 1, open: true, state: 'planned', class: 'marketing' },
    ...{ program: 'deals', topic: 'deals', sender: '28555', service: null },
    ...fields,
  }) as DeliveryDoc;

describe('reads of rows under way', () => {
  let store: Store;
  let commands = 0;
  beforeEach(async () => {
    const { store: opened } = await openTestStore();
    commands = 0;
    const deliveries = spied(opened.deliveries, 'find', () => {
      commands += 1;
    });
    store = { ...opened, deliveries };
  });
  afterEach(() => closeTestStore(store));

  const all = (contact: string, rev: number) => [forbiddenDeliveries({ contact, rev, scopes: ['all'] })];
  const seen = (asked: Promise<ReadonlySet<string>>[]): Promise<string[][]> =>
    Promise.all(asked).then((states) => states.map((state) => [...state].toSorted()));

  it('are one command when they begin together, and each returns its own people', async () => {
    await store.deliveries.insertMany([
      row('a', 'ana', {}),
      row('b', 'ben', { state: 'sending' }),
      row('b2', 'ben', {}),
      row('c', 'cleo', { rev: 2 }),
      row('d', 'dan', { open: false as never, state: 'delivered' }),
    ]);
    const look = openStatesOf(store);
    const asked = ['ana', 'ben', 'cleo', 'dan'].map((contact) => look(all(contact, 2)));
    asked.push(look([...all('eve', 2), claimedFor(['fay', 'guy'], 'everything')]));
    expect(await seen(asked)).to.deep.equal([['planned'], ['planned', 'sending'], [], [], []]);
    expect(commands).to.equal(1);
  });

  it("are separate for one person at two revisions, so that the second's rows do not count for the first", async () => {
    await store.deliveries.insertMany([row('new', 'ana', { rev: 2, state: 'sending' })]);
    const look = openStatesOf(store);
    const asked = [look(all('ana', 2)), look(all('ana', 3)), look([...all('ben', 2), ...all('ana', 2)])];
    expect(await seen(asked)).to.deep.equal([[], ['sending'], []]);
    expect(commands).to.equal(3);
  });

  it('are several commands for more people than fit into one', async () => {
    const people = Array.from({ length: 120 }, (_, at) => `c${at}`);
    await store.deliveries.insertMany(people.map((contact, at) => row(`r${at}`, contact, { rev: at % 3 })));
    const look = openStatesOf(store);
    const found = await seen(people.map((contact) => look(all(contact, 2))));
    expect(found).to.deep.equal(people.map((_, at) => (at % 3 === 2 ? [] : ['planned'])));
    expect(commands).to.equal(3);
  });

  it('fail for all who asked when the database does not answer, and the next ones succeed', async () => {
    let down = true;
    const deliveries = spied(store.deliveries, 'find', () => {
      if (down) throw new Error('it is away');
    });
    const look = openStatesOf({ ...store, deliveries });
    const failed = await Promise.allSettled([look(all('ana', 2)), look(all('ben', 2))]);
    expect(failed.map(({ status }) => status)).to.deep.equal(['rejected', 'rejected']);
    down = false;
    expect(await seen([look(all('ana', 2))])).to.deep.equal([[]]);
  });

  it('see what was written before they were asked for, also after a read that was under way', async () => {
    const look = openStatesOf(store);
    const first = look(all('ana', 2));
    await store.deliveries.insertOne(row('a', 'ana', {}));
    expect(await seen([look(all('ana', 2))])).to.deep.equal([['planned']]);
    await first;
  });
});
