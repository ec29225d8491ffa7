import { expect } from 'chai';
import { SENDERS } from '../../../scripts/seed/programs.ts';
import { startDispatcher } from '../../../src/sending/dispatcher.ts';
import { createDueWatcher } from '../../../src/sending/due-watcher.ts';
import type { Cleared, HandOver } from '../../../src/sending/gate.ts';
import type { DeliveryDoc } from '../../../src/store/deliveries/delivery.ts';
import type { Store } from '../../../src/store/store.ts';
import { until } from '../../support/gateway.ts';
import { addSubscriber, plannedFor, testPeople } from '../../support/people.ts';
import { closeTestStore, openTestStore } from '../../support/test-store.ts';
import { carrierOf, dispatchDeps, taken } from '../dispatch-deps.ts';

const people = testPeople('134');
const [FAST, OTHER] = ['28555', '28666'];
const OFFERS = 12;
const ANSWERS = 5;

/** A carrier that takes one call at a time, and answers when it is told to. */
function oneAtATime() {
  const calls: string[] = [];
  let answer: (() => void) | null = null;
  const transport = async ([message]: readonly Cleared[]): Promise<HandOver[]> => {
    if (message === undefined || answer !== null) return expect.fail('no connection was free');
    calls.push(message.from);
    await new Promise<void>((resolve) => {
      answer = resolve;
    });
    answer = null;
    return [taken(message)];
  };
  const next = async (): Promise<void> => {
    const before = calls.length;
    answer?.();
    await until('the next call has begun', async () => calls.length > before);
  };
  const free = (): number => (answer === null ? 1 : 0);
  return { calls, next, end: () => answer?.(), carrier: carrierOf(transport, free) };
}

describe('two senders at a carrier that takes one call at a time', () => {
  let store: Store;
  let line: ReturnType<typeof oneAtATime>;
  let dispatcher: ReturnType<typeof startDispatcher>;
  const faults: unknown[] = [];
  beforeEach(async () => {
    ({ store } = await openTestStore());
    line = oneAtATime();
    const deps = dispatchDeps(store, people, {
      // Nothing gives up waiting during the test.
      monotonic: () => 0,
      carrier: line.carrier,
      onError: (error) => faults.push(error),
    });
    await plan(FAST, OFFERS);
    const senders = [FAST, OTHER].map((number) => ({ ...SENDERS.shop, number, rate: 1000 }));
    dispatcher = startDispatcher(
      deps,
      () => senders,
      createDueWatcher(deps, () => undefined),
    );
    await until('the first call has begun', async () => line.calls.length === 1);
  });
  afterEach(async () => {
    const over = dispatcher.stop().then(() => true);
    await until('the dispatcher has stopped', async () => {
      line.end();
      return Promise.race([over, new Promise<false>((resolve) => setImmediate(resolve, false))]);
    });
    await closeTestStore(store);
    expect(faults).to.deep.equal([]);
  });

  const plan = async (sender: string, count: number, fields: Partial<DeliveryDoc> = {}): Promise<void> => {
    const holders = await Promise.all(Array.from({ length: count }, () => addSubscriber(store, people)));
    await store.deliveries.insertMany(holders.map((holder) => plannedFor(holder, { sender, ...fields })));
  };
  /** Waits until the sender's first message is cleared and asks for a connection. */
  const stands = (sender: string) =>
    until('the claimed row waits for a connection', async () => {
      const [row] = await store.deliveries.find({ sender, state: 'sending' }).toArray();
      return row !== undefined;
    });

  it('send the replies of one before the offers of the other', async () => {
    const answers = { sid: `SM${'0'.repeat(32)}`, receivedAt: new Date() };
    await plan(OTHER, ANSWERS, { class: 'reply', lane: '0-answers', answers });
    await stands(OTHER);
    for (let call = 0; call < 5 && line.calls.at(-1) !== OTHER; call += 1) await line.next();
    // If the senders only took turns, an offer would follow each reply.
    for (let call = 1; call < ANSWERS; call += 1) await line.next();
    expect(line.calls.slice(-ANSWERS), line.calls.join()).to.deep.equal(Array(ANSWERS).fill(OTHER));
  });

  it('take turns with their offers', async () => {
    await plan(OTHER, OFFERS);
    await stands(OTHER);
    for (let call = 0; call < 12; call += 1) await line.next();
    const [theirs, all] = [line.calls.filter((call) => call === OTHER), line.calls];
    expect(theirs.length, all.join()).to.be.within(4, 7);
  });
});
