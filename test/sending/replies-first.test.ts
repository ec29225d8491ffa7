import { expect } from 'chai';
import { SENDERS } from '../../scripts/seed/programs.ts';
import { ORDER_WAIT_MS } from '../../src/domain/sending/answer-order.ts';
import type { ServedLanes } from '../../src/domain/sending/lanes.ts';
import { createCircuitBreakers } from '../../src/sending/circuit-breaker.ts';
import type { DispatchDeps } from '../../src/sending/claim-batch.ts';
import { createConnectionQueue } from '../../src/sending/connection-queue.ts';
import { createSenderQueue, type SenderQueueTurn, startDispatcher } from '../../src/sending/dispatcher.ts';
import { createDueWatcher } from '../../src/sending/due-watcher.ts';
import type { Transport } from '../../src/sending/gate.ts';
import type { OpenContact } from '../../src/store/contacts/open-contact.ts';
import type { DeliveryDoc } from '../../src/store/deliveries/delivery.ts';
import { newDelivery } from '../../src/store/deliveries/new-delivery.ts';
import { resumeSender, stopSender } from '../../src/store/senders/sender-state.ts';
import type { Store } from '../../src/store/store.ts';
import { until } from '../support/gateway.ts';
import { addSubscriber, plannedFor, testPeople } from '../support/people.ts';
import { closeTestStore, emptyTestStore, openTestStore } from '../support/test-store.ts';
import { unpaced, wanting } from '../support/unpaced.ts';
import { carrierOf, dispatchDeps, taken, takesAll } from './dispatch-deps.ts';

const people = testPeople('139');
const SHOP = { ...SENDERS.shop, rate: 1000 };
const SENDER = SHOP.number;

/** A carrier that answers a call to one of these deliveries only once it is told to. */
function slowFor(slow: ReadonlySet<string>) {
  const handed: string[] = [];
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const transport: Transport = async (cleared) => {
    handed.push(...cleared.map(({ ref }) => ref.delivery));
    if (cleared.some(({ ref }) => slow.has(ref.delivery))) await released;
    return cleared.map((clearedMessage) => taken(clearedMessage));
  };
  return { handed, release, carrier: carrierOf(transport) };
}

describe('replies to people', () => {
  let store: Store;
  before(async () => {
    ({ store } = await openTestStore());
  });
  beforeEach(() => emptyTestStore(store));
  after(() => closeTestStore(store));

  const insert = async (row: DeliveryDoc): Promise<string> => {
    await store.deliveries.insertOne(row);
    return row._id;
  };
  const offer = async (): Promise<string> => insert(plannedFor(await addSubscriber(store, people)));
  const answer = async (to?: OpenContact, fields: Partial<DeliveryDoc> = {}): Promise<string> => {
    const answers = { sid: 'SM1', receivedAt: new Date() };
    const help = { class: 'help', lane: '0-answers', topic: null, own: true, answers } as const;
    const holder = to ?? (await addSubscriber(store, people));
    return insert(plannedFor(holder, { ...help, createdAt: new Date(), ...fields }));
  };
  const stateOf = async (id: string) => (await store.deliveries.findOne({ _id: id }))?.state;
  const isTaken = (id: string) => async () => (await stateOf(id)) === 'accepted';
  /** One worker that serves the sender. */
  const worker = (over: Partial<DispatchDeps> = {}, serves: ServedLanes = 'answers') => {
    const deps = dispatchDeps(store, people, over);
    const { turn } = createSenderQueue(deps, () => SHOP, serves);
    const whole = async (): Promise<SenderQueueTurn['kind']> => {
      const senderQueueTurn = await turn();
      if (senderQueueTurn.kind === 'sending') await senderQueueTurn.done;
      return senderQueueTurn.kind;
    };
    return { turn, whole };
  };

  it('leave while two batches of offers wait for the carrier', async () => {
    const offers = await Promise.all(Array.from({ length: 15 }, offer));
    const { handed, release, carrier } = slowFor(new Set(offers));
    const five = { ...unpaced, take: async () => unpaced.take(PACED, wanting(5)) };
    const deps = dispatchDeps(store, people, { carrier, pace: five });
    const wake = createDueWatcher(deps, () => undefined);
    const dispatcher = startDispatcher(deps, () => [SHOP], wake);
    await until('two batches are at the carrier', async () => handed.length === 10);
    const help = await answer();
    await until('the carrier has accepted the reply', isTaken(help));
    expect(handed.length, 'the third round of offers waits').to.equal(11);
    release();
    await until(
      'no offer is open',
      async () => (await store.deliveries.countDocuments({ open: true })) === 0,
    );
    await dispatcher.stop();
  });

  it('leave while two batches of replies wait for a slow carrier', async () => {
    const slow = [await answer(), await answer()];
    const { handed, release, carrier } = slowFor(new Set(slow));
    const slotPerTurn = { ...unpaced, take: async () => unpaced.take(PACED, wanting(1)) };
    const deps = dispatchDeps(store, people, { carrier, pace: slotPerTurn });
    const dispatcher = startDispatcher(
      deps,
      () => [SHOP],
      createDueWatcher(deps, () => undefined),
    );
    await until('two batches are at the carrier', async () => handed.length === 2);
    await until('the carrier has accepted the third reply', isTaken(await answer()));
    release();
    await until(
      'the slow replies have ended',
      async () => (await store.deliveries.countDocuments({ open: true })) === 0,
    );
    await dispatcher.stop();
  });

  it('get the next connection before offers of their sender that wait for one', async () => {
    let free = 0;
    const line = createConnectionQueue(() => free);
    const place = line.ask({ sender: SENDER, lane: '2-single' });
    const waited = place.wait(60_000);
    const [help, offered] = [await answer(), await offer()];
    const over = { connectionQueue: line, carrier: carrierOf(takesAll, () => free) };
    expect(await worker(over, 'rest').whole()).to.equal('wait');
    const senderQueueTurn = await worker(over).turn();
    expect(senderQueueTurn.kind).to.equal('sending');
    free = 1;
    if (senderQueueTurn.kind === 'sending') await senderQueueTurn.done;
    expect([await stateOf(help), await stateOf(offered)]).to.deep.equal(['accepted', 'planned']);
    await waited;
    place.leave();
  });

  it('leave one after the other to one person, and delay nobody else', async () => {
    const holder = await addSubscriber(store, people);
    const due = (place: number) => ({ place, dueAt: new Date(place) });
    const [first, second] = [await answer(holder, due(0)), await answer(holder, due(1))];
    const other = await answer();
    const { handed, release, carrier } = slowFor(new Set([first]));
    const woken: string[] = [];
    const { turn, whole } = worker({ carrier, wakeAnswers: (sender) => woken.push(sender) });
    const senderQueueTurn = await turn();
    await until('the carrier has accepted the replies to other people', isTaken(other));
    expect(await whole(), 'nothing else is due to anybody').to.equal('idle');
    expect([...handed].sort()).to.deep.equal([first, other].sort());
    expect(await stateOf(second)).to.equal('planned');
    release();
    if (senderQueueTurn.kind === 'sending') await senderQueueTurn.done;
    expect(woken, 'the loop hears that it may look again').to.include(SENDER);
    await whole();
    expect(handed.at(-1)).to.equal(second);
  });

  describe('two workers with replies to one person', () => {
    const EARLIER = { rev: 1, place: 0, dueAt: new Date(0) };

    it('send them in the order of the texts: the later reply waits while the earlier is under way', async () => {
      const holder = await addSubscriber(store, people);
      const first = await answer(holder, EARLIER);
      const slow = slowFor(new Set([first]));
      const senderQueueTurn = await worker({ carrier: slow.carrier }).turn();
      const later = await answer(holder, { rev: 2, dueAt: new Date(1) });
      const woken: string[] = [];
      const other = worker({ wakeAnswers: (sender) => woken.push(sender) });
      const before = Date.now();
      await other.whole();
      const held = await store.deliveries.findOne({ _id: later });
      expect([held?.state, held?.owner]).to.deep.equal(['planned', null]);
      expect(held?.dueAt.getTime()).to.be.within(before, Date.now() + 50);
      await until('the loop of the other worker is woken', async () => woken.length > 0);
      slow.release();
      if (senderQueueTurn.kind === 'sending') await senderQueueTurn.done;
      await other.whole();
      expect(await stateOf(later)).to.equal('accepted');
    });

    it('let a reply wait for an earlier one no longer than five seconds', async () => {
      const holder = await addSubscriber(store, people);
      const first = await answer(holder, EARLIER);
      const slow = slowFor(new Set([first]));
      const senderQueueTurn = await worker({ carrier: slow.carrier }).turn();
      const createdAt = new Date();
      const later = await answer(holder, { rev: 2, createdAt, dueAt: new Date(1) });
      const at = (ms: number) => ({ now: () => new Date(createdAt.getTime() + ms) });
      await worker(at(ORDER_WAIT_MS)).whole();
      expect(await stateOf(later)).to.equal('planned');
      await worker(at(ORDER_WAIT_MS + 100)).whole();
      expect(await stateOf(later)).to.equal('accepted');
      slow.release();
      if (senderQueueTurn.kind === 'sending') await senderQueueTurn.done;
    });

    it('let a reply wait for one that is due in a moment, and for none that is due later', async () => {
      const holder = await addSubscriber(store, people);
      const soon = await answer(holder, { rev: 1, dueAt: new Date(Date.now() + 4000) });
      const later = await answer(holder, { rev: 2, dueAt: new Date(1) });
      await worker().whole();
      expect(await stateOf(later)).to.equal('planned');
      await store.deliveries.updateOne({ _id: soon }, { $set: { dueAt: new Date(Date.now() + 60_000) } });
      await until('the later reply is due again and accepted', async () => {
        await worker().whole();
        return (await stateOf(later)) === 'accepted';
      });
    });

    it('let the confirmation of an opt-out wait for no reply', async () => {
      const holder = await addSubscriber(store, people);
      const help = await answer(holder, EARLIER);
      const slow = slowFor(new Set([help]));
      const senderQueueTurn = await worker({ carrier: slow.carrier }).turn();
      const confirmation = {
        rev: 2,
        class: 'opt-out-confirmation',
        program: null,
        dueAt: new Date(1),
      } as const;
      const stop = await answer(holder, confirmation);
      await worker().whole();
      expect(await stateOf(stop)).to.equal('accepted');
      expect(await stateOf(help)).to.equal('sending');
      slow.release();
      if (senderQueueTurn.kind === 'sending') await senderQueueTurn.done;
    });
  });

  it('leave by the channel of their text, from its address and without a Messaging Service', async () => {
    const holder = await addSubscriber(store, people);
    const [to, from] = [`rcs:${holder.number}`, 'rcs:fernway_agent'];
    const help = { class: 'help', lane: '0-answers', program: null, topic: null, template: 'help' } as const;
    const row = newDelivery(holder, {
      ...{ digest: 'by-rcs', rev: 1, ...help, language: 'en', sender: SENDER, service: 'MG1' },
      ...{ to, from, text: 'We help.', parts: 1, at: new Date() },
    });
    await insert({ ...row, own: true, answers: { sid: 'SM1', receivedAt: new Date() } });
    const went: unknown[] = [];
    const transport: Transport = async (cleared, mayWrite) => {
      went.push(
        ...cleared.map((clearedMessage) => [clearedMessage.from, clearedMessage.to, clearedMessage.service]),
      );
      return takesAll(cleared, mayWrite);
    };
    await worker({ carrier: carrierOf(transport) }).whole();
    expect(went).to.deep.equal([[from, to, null]]);
  });

  it('wait while their sender is stopped, and leave once a person resumes it', async () => {
    let clock = 0;
    const log = { warn: () => undefined, error: () => undefined };
    const circuits = createCircuitBreakers({ store, log, now: () => new Date(), monotonic: () => clock });
    const { whole } = worker({ allowance: circuits.allowance });
    const help = await answer();
    await stopSender(store, SENDER, { code: '30002', why: 'the account is suspended' }, new Date());
    expect(await whole()).to.equal('wait');
    expect(await stateOf(help)).to.equal('planned');
    await resumeSender(store, SENDER, new Date());
    // The state of a sender is cached for half a second.
    clock = 500;
    expect(await whole()).to.equal('sending');
    expect(await stateOf(help)).to.equal('accepted');
  });
});

const PACED = { number: SENDER, rate: 1000, receipts: true };
