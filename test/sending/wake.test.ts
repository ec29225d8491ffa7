import { expect } from 'chai';
import type { ChangeStream } from 'mongodb';
import { createDueWatcher, type DueWatcher } from '../../src/sending/due-watcher.ts';
import type { DeliveryDoc } from '../../src/store/deliveries/delivery.ts';
import { makeDueNow } from '../../src/store/deliveries/queue.ts';
import type { Store } from '../../src/store/store.ts';
import { bareRow } from '../receipts/rows.ts';
import { until } from '../support/gateway.ts';
import { spied } from '../support/spied.ts';
import { closeTestStore, emptyTestStore, openTestStore } from '../support/test-store.ts';

/** Longer than any test, so a sender that wakes earlier was woken. */
const NEVER_MS = 600_000;

describe('a sender without work', () => {
  let store: Store;
  let wake: DueWatcher;
  let errors: unknown[] = [];
  before(async () => {
    ({ store } = await openTestStore());
  });
  beforeEach(async () => {
    await emptyTestStore(store);
    errors = [];
    wake = wakeOf(store, NEVER_MS);
  });
  afterEach(async () => {
    await wake.stop();
    expect(errors).to.deep.equal([]);
  });
  after(() => closeTestStore(store));

  const wakeOf = (of: Store, lookMs: number, mostMs?: number): DueWatcher =>
    createDueWatcher({ store: of, now: () => new Date() }, (error) => errors.push(error), lookMs, mostMs);
  const sleep = (sender: string, serves: 'answers' | 'rest' = 'rest'): (() => boolean) => {
    let awake = false;
    void wake.next(sender, serves).then(() => {
      awake = true;
    });
    return () => awake;
  };
  const plan = (over: Partial<DeliveryDoc>) =>
    store.deliveries.insertOne(bareRow({ state: 'planned', lane: '1-transactional', ...over }));

  it('is woken by a row that is planned for it, and by none of another', async () => {
    const [mine, other] = [sleep('28555'), sleep('28666')];
    // The stream opens in its own time: what is planned before tells it nothing.
    await until('the sender is woken by its own row', async () => {
      await plan({ sender: '28555' });
      return mine();
    });
    expect(other()).to.equal(false);
  });

  it('is woken by a planned reply in its loop for replies, and not in the other loop', async () => {
    const [answers, rest] = [sleep('28555', 'answers'), sleep('28555', 'rest')];
    await until('the loop for replies is woken by the reply', async () => {
      await plan({ sender: '28555', lane: '0-answers' });
      return answers();
    });
    expect(rest()).to.equal(false);
  });

  it('is woken at once when what a reply waited for is over, and only if the reply leaves from it', async () => {
    const [mine, rest, other] = [sleep('28555', 'answers'), sleep('28555'), sleep('28666', 'answers')];
    const later = new Date(Date.now() + 60_000);
    const draining = { lane: '0-answers', dueAt: later, draining: true } as const;
    await until('the loop for replies is woken by the reply that became due', async () => {
      // A plan is announced too: this one for a sender of which no loop sleeps.
      const row = bareRow({ state: 'planned', sender: '28777', ...draining });
      await store.deliveries.insertOne(row);
      await store.deliveries.updateOne({ _id: row._id }, { $set: { sender: '28555' } });
      await makeDueNow(store, [{ _id: row._id, dueAt: new Date(Date.now() - 2000) }]);
      return mine();
    });
    expect([rest(), other()]).to.deep.equal([false, false]);
  });

  it('is woken to answer people when one reply has ended: the next to the same person may go', async () => {
    const [answers, rest] = [sleep('28555', 'answers'), sleep('28555')];
    wake.answers('28555');
    await until('the loop for replies is woken', async () => answers());
    expect(rest()).to.equal(false);
    // No loop slept, so the signal waits for the next one.
    wake.answers('28555');
    await wake.next('28555', 'answers');
  });

  it("is not woken by each of a campaign's many rows before one that is announced", async () => {
    const [mine, other] = [sleep('28555'), sleep('28666')];
    await until('the sender is woken by the announced row', async () => {
      await plan({ sender: '28555', class: 'marketing', lane: '2-a-campaign' });
      await plan({ sender: '28666' });
      return other();
    });
    expect(mine()).to.equal(false);
  });

  describe('a sender that polls often', () => {
    const OFTEN_MS = 10;

    it('is woken by a row of a campaign that has become due, and by none that is due later', async () => {
      await wake.stop();
      wake = wakeOf(store, OFTEN_MS);
      const [mine, other] = [sleep('28555'), sleep('28666')];
      const campaign = { class: 'marketing', lane: '2-a-campaign' } as const;
      await plan({ sender: '28666', ...campaign, dueAt: new Date(Date.now() + 3_600_000) });
      await plan({ sender: '28555', ...campaign });
      await until('the sender is woken by its own row', async () => mine());
      expect(other()).to.equal(false);
    });

    it('is woken when the shared poll fails: it polls for itself and logs', async () => {
      await wake.stop();
      const deliveries = spied(store.deliveries, 'distinct', () => {
        throw new Error('no primary');
      });
      wake = wakeOf({ ...store, deliveries }, OFTEN_MS);
      const [mine, other] = [sleep('28555'), sleep('28666')];
      await until('both senders are woken', async () => mine() && other());
    });

    it('is woken when the shared poll never ends, and polls again', async () => {
      await wake.stop();
      let looks = 0;
      const deliveries = spied(store.deliveries, 'distinct', () => {
        looks += 1;
        return looks === 1 ? new Promise(() => undefined) : null;
      });
      wake = wakeOf({ ...store, deliveries }, OFTEN_MS, 100);
      const first = sleep('28555');
      await until('the first sender is woken', async () => first());
      await plan({ sender: '28555', class: 'marketing', lane: '2-a-campaign' });
      const next = sleep('28555');
      await until('the sender is woken by its own row', async () => next());
    });

    it('is told of announced rows again while it sleeps, after their stream broke', async () => {
      await wake.stop();
      const streams: ChangeStream[] = [];
      const watch = (...given: Parameters<Store['deliveries']['watch']>) => {
        const stream = store.deliveries.watch(...given);
        streams.push(stream);
        return stream;
      };
      const deliveries = new Proxy(store.deliveries, {
        get: (target, name) => (name === 'watch' ? watch : Reflect.get(target, name)),
      });
      wake = wakeOf({ ...store, deliveries }, OFTEN_MS);
      const mine = sleep('28555');
      streams[0]?.emit('error', new Error('no primary'));
      await until('a second change stream is open', async () => streams.length === 2);
      expect(mine()).to.equal(false);
      expect(errors.splice(0)).to.have.length(1);
    });
  });

  it('sleeps no more once it is stopped', async () => {
    const asleep = wake.next('28555', 'answers');
    await wake.stop();
    await asleep;
  });
});
