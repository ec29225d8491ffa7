import { expect } from 'chai';
import { SENDERS } from '../../scripts/seed/programs.ts';
import type { ServedLanes } from '../../src/domain/sending/lanes.ts';
import { type CircuitBreakers, createCircuitBreakers } from '../../src/sending/circuit-breaker.ts';
import type { DispatchDeps } from '../../src/sending/claim-batch.ts';
import { createSenderQueue } from '../../src/sending/dispatcher.ts';
import type { HandOver, Transport } from '../../src/sending/gate.ts';
import type { DeliveryDoc } from '../../src/store/deliveries/delivery.ts';
import { readSenderHealth } from '../../src/store/senders/sender-state.ts';
import type { Store } from '../../src/store/store.ts';
import { CERTIFICATE } from '../support/certificate.ts';
import { addSubscriber, plannedFor, testPeople } from '../support/people.ts';
import { closeTestStore, emptyTestStore, openTestStore } from '../support/test-store.ts';
import { unpaced } from '../support/unpaced.ts';
import { clientOf, SLOW_CONNECT, startSlowServer } from './carrier/scripted-server.ts';
import { carrierOf, dispatchDeps, taken } from './dispatch-deps.ts';

const people = testPeople('135');
const SENDER = SENDERS.shop.number;
const PAUSED = { failures: 5, pausedUntil: new Date('2026-01-05T12:00:00Z') };

describe('the trial call of a sender whose pause is over', () => {
  let store: Store;
  let calls = 0;
  let heard: CircuitBreakers['note'] = () => undefined;
  before(async () => {
    ({ store } = await openTestStore());
  });
  beforeEach(async () => {
    await emptyTestStore(store);
    await store.senderStates.insertOne({ _id: SENDER, ...PAUSED });
    calls = 0;
  });
  after(() => closeTestStore(store));

  const plan = async (fields: Partial<DeliveryDoc> = {}): Promise<string> => {
    const row = plannedFor(await addSubscriber(store, people), { sender: SENDER, ...fields });
    await store.deliveries.insertOne(row);
    return row._id;
  };
  const answering =
    (
      how: { result: 'unknown'; why: string } | { result: 'put-back'; why: string; afterMs: number },
    ): Transport =>
    async (cleared) => {
      calls += cleared.length;
      return cleared.map(({ ref }): HandOver => ({ ...ref, ...how }));
    };
  const transport = answering({ result: 'unknown', why: 'it is down' });
  /** Runs one turn of a worker. Returns the sender's state afterwards. */
  const turn = async (
    change: Partial<DispatchDeps> = {},
    free = (): number => 5,
    serves: ServedLanes = 'all',
  ) => {
    const log = { warn: () => undefined, error: () => undefined };
    const circuits = createCircuitBreakers({ store, log, now: () => new Date(), monotonic: () => 0 });
    const { allowance } = circuits;
    heard = circuits.note;
    const over = { carrier: carrierOf(transport, free), allowance, onError: () => undefined, ...change };
    const deps = dispatchDeps(store, people, over);
    const senderQueueTurn = await createSenderQueue(
      deps,
      () => ({ ...SENDERS.shop, rate: 1000 }),
      serves,
    ).turn();
    if (senderQueueTurn.kind === 'sending') await senderQueueTurn.done;
    await circuits.drain();
    return { kind: senderQueueTurn.kind, circuit: (await readSenderHealth(store, SENDER)).circuit };
  };
  /** Every look at the clock is a second later: what stands in line has stood there long enough at its first. */
  const hurried = (): (() => number) => {
    let at = 0;
    return () => {
      at += 1000;
      return at;
    };
  };

  it('is spent by a call, and the pause is then longer', async () => {
    await plan();
    const { kind, circuit } = await turn();
    expect([kind, calls, circuit.failures]).to.deep.equal(['sending', 1, 6]);
  });

  it('is spent by a call without time after connecting, which is put back', async () => {
    const id = await plan();
    const slow = await startSlowServer(SLOW_CONNECT.connectMs);
    const onNews: CircuitBreakers['note'] = (sender, news) => heard(sender, news);
    const { carrier } = clientOf(slow.url, { createMs: SLOW_CONNECT.createMs, ca: CERTIFICATE, onNews });
    const { kind, circuit } = await turn({ carrier });
    await carrier.close();
    await slow.close();
    expect([kind, slow.heard(), circuit.failures]).to.deep.equal(['sending', '', 6]);
    expect((await store.deliveries.findOne({ _id: id }))?.state).to.equal('planned');
  });

  it('is not spent by a call that is turned away as one too many', async () => {
    await plan();
    const busy = answering({ result: 'put-back', why: 'too many calls', afterMs: 0 });
    const { circuit } = await turn({ carrier: carrierOf(busy, () => 5) });
    expect([calls, circuit]).to.deep.equal([1, PAUSED]);
  });

  /** A transport that takes everything, and what it was given. */
  const noting = (): { handed: string[]; over: Partial<DispatchDeps> } => {
    const handed: string[] = [];
    const takes: Transport = async (cleared) => {
      handed.push(...cleared.map(({ ref }) => ref.delivery));
      return cleared.map((clearedMessage) => taken(clearedMessage));
    };
    return { handed, over: { carrier: carrierOf(takes, () => 5) } };
  };
  const ANSWER: Partial<DeliveryDoc> = {
    ...{ class: 'help', lane: '0-answers', topic: null, own: true },
    answers: { sid: 'SM1', receivedAt: new Date() },
  };

  for (const serves of ['answers', 'all'] as const) {
    it(`is an offer when one is due, though a reply is: its call may end as unknown (${serves})`, async () => {
      const [help, offer] = [await plan(ANSWER), await plan()];
      const { handed, over } = noting();
      await turn(over, () => 5, serves);
      expect(handed).to.deep.equal([offer]);
      expect((await store.deliveries.findOne({ _id: help }))?.state).to.equal('planned');
    });
  }

  it('is a reply when no offer is due, or when due offers may not begin', async () => {
    await plan({ dueAt: new Date(Date.now() + 60_000) });
    const paused = await plan({ lane: '2-spring' });
    const help = await plan(ANSWER);
    const { handed, over } = noting();
    await turn({ ...over, closed: () => new Set(['2-spring'] as const) }, () => 5, 'answers');
    expect(handed).to.deep.equal([help]);
    expect((await store.deliveries.findOne({ _id: paused }))?.state).to.equal('planned');
  });

  it('is a reply when the one due offer may not leave', async () => {
    const [help] = [await plan(ANSWER), await plan({ topic: 'news' })];
    const { handed, over } = noting();
    await turn(over, () => 5, 'answers');
    expect(handed).to.deep.equal([help]);
  });

  it('is not spent while waiting for a connection, and the message waits on', async () => {
    const id = await plan();
    const { kind, circuit } = await turn({ monotonic: hurried() }, () => 0);
    expect([kind, calls]).to.deep.equal(['sending', 0]);
    expect(circuit).to.deep.equal(PAUSED);
    expect((await store.deliveries.findOne({ _id: id }))?.state).to.equal('planned');
    await turn();
    expect(calls, 'whoever asks next may try').to.equal(1);
  });

  it('is not spent without a slot', async () => {
    await plan();
    const { kind, circuit } = await turn({ pace: { ...unpaced, take: async () => null } });
    expect([kind, calls]).to.deep.equal(['wait', 0]);
    expect(circuit).to.deep.equal(PAUSED);
  });

  it('is not spent by a message that may not leave', async () => {
    await plan({ topic: 'news' });
    const { circuit } = await turn();
    expect(calls).to.equal(0);
    expect(circuit).to.deep.equal(PAUSED);
  });

  it('is not spent when the facts cannot be read', async () => {
    await plan();
    const indexOf = (): string => {
      throw new Error('a key is missing');
    };
    const failed = await turn({ indexOf }).then(
      () => false,
      () => true,
    );
    expect([failed, calls]).to.deep.equal([true, 0]);
    expect((await readSenderHealth(store, SENDER)).circuit).to.deep.equal(PAUSED);
  });
});
