import { expect } from 'chai';
import { SENDERS } from '../../scripts/seed/programs.ts';
import { createSenderQueue } from '../../src/sending/dispatcher.ts';
import { createOutcomeRecorder } from '../../src/sending/outcome-recorder.ts';
import type { DeliveryDoc } from '../../src/store/deliveries/delivery.ts';
import type { Store } from '../../src/store/store.ts';
import { addSubscriber, plannedFor, testPeople } from '../support/people.ts';
import { closeTestStore, emptyTestStore, openTestStore } from '../support/test-store.ts';
import { unpaced, wanting } from '../support/unpaced.ts';
import { dispatchDeps } from './dispatch-deps.ts';

const people = testPeople('136');

describe('a batch in which some messages may not leave', () => {
  let store: Store;
  before(async () => {
    ({ store } = await openTestStore());
  });
  beforeEach(() => emptyTestStore(store));
  after(() => closeTestStore(store));

  const plan = async (fields: Partial<DeliveryDoc>): Promise<void> => {
    await store.deliveries.insertOne(plannedFor(await addSubscriber(store, people), fields));
  };
  /** A store in which reads of due rows fail after rows were claimed. */
  const blind = (): Store => {
    let flagged = false;
    const deliveries = new Proxy(store.deliveries, {
      get: (target, name) => {
        if (name === 'updateMany') flagged = true;
        if (name === 'findOne' && flagged) return () => Promise.reject(new Error('no primary'));
        const value = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    return { ...store, deliveries };
  };
  /** Runs one turn of a worker with slots for four messages. Returns what it logged. */
  const turn = async (): Promise<string[]> => {
    const told: string[] = [];
    const deps = dispatchDeps(blind(), people, {
      outcomeRecorder: createOutcomeRecorder(store),
      pace: { ...unpaced, take: (sender) => unpaced.take(sender, wanting(4)) },
      onError: (_error, line) => told.push(line),
    });
    const senderQueueTurn = await createSenderQueue(deps, () => ({ ...SENDERS.shop, rate: 1000 })).turn();
    if (senderQueueTurn.kind === 'sending') await senderQueueTurn.done;
    return told;
  };
  const states = async (): Promise<string[]> =>
    (await store.deliveries.find().toArray()).map(({ state }) => state).sort();

  for (const may of [2, 0]) {
    it(`hands over the ${may} that may leave when the database finds no others`, async () => {
      for (let at = 0; at < 4; at += 1) {
        await plan({ dueAt: new Date(-1), ...(at < may ? {} : { topic: 'news' }) });
      }
      await plan({});
      expect(await turn()).to.deep.equal(['a batch of the dispatcher could not be filled up']);
      const gone = Array.from({ length: 4 }, (_, at) => (at < may ? 'accepted' : 'skipped'));
      expect(await states()).to.deep.equal([...gone, 'planned'].sort());
    });
  }
});
