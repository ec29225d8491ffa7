import { expect } from 'chai';
import { SENDERS } from '../../scripts/seed/programs.ts';
import { type CircuitBreakers, createCircuitBreakers } from '../../src/sending/circuit-breaker.ts';
import { createSenderQueue, type SenderQueueTurn } from '../../src/sending/dispatcher.ts';
import type { DeliveryDoc } from '../../src/store/deliveries/delivery.ts';
import type { Store } from '../../src/store/store.ts';
import { addSubscriber, plannedFor, testPeople } from '../support/people.ts';
import { closeTestStore, emptyTestStore, openTestStore } from '../support/test-store.ts';
import {
  answerEach,
  clientOf,
  httpAnswer,
  type ScriptedServer,
  startScriptedServer,
} from './carrier/scripted-server.ts';
import { carrierOf, dispatchDeps } from './dispatch-deps.ts';

const people = testPeople('137');
const SENDER = SENDERS.shop.number;
const START = Date.parse('2026-03-01T12:00:00Z');

describe('a sender whose queue at the carrier is full', () => {
  let store: Store;
  let line: ScriptedServer;
  let clock = 0;
  let full = true;
  let said: string[] = [];
  before(async () => {
    ({ store } = await openTestStore());
    line = await startScriptedServer(
      answerEach((nth) =>
        full
          ? httpAnswer(400, { code: 21611, message: 'x' })
          : httpAnswer(201, { sid: `SM${String(nth).padStart(32, '0')}`, status: 'queued' }),
      ),
    );
  });
  beforeEach(async () => {
    await emptyTestStore(store);
    clock = START;
    full = true;
    said = [];
  });
  after(async () => {
    await line.close();
    await closeTestStore(store);
  });

  const OFFER = {};
  const ANSWER: Partial<DeliveryDoc> = {
    ...{ class: 'help', lane: '0-answers', topic: null, own: true },
    answers: { sid: 'SM1', receivedAt: new Date() },
  };
  const plan = async (fields: Partial<DeliveryDoc>): Promise<string> => {
    const row = plannedFor(await addSubscriber(store, people), { sender: SENDER, ...fields });
    await store.deliveries.insertOne(row);
    return row._id;
  };
  const stateOf = async (id: string) => (await store.deliveries.findOne({ _id: id }))?.state;

  /**
   * One process: its circuit breakers with the test's clocks, and one turn of its worker, which ends when everything
   * has settled.
   */
  const worker = (): {
    turn: () => Promise<SenderQueueTurn['kind']>;
    circuits: CircuitBreakers;
    close: () => unknown;
  } => {
    const circuits = createCircuitBreakers({
      store,
      now: () => new Date(clock),
      monotonic: () => clock,
      log: { warn: (_fields, words) => said.push(words), error: () => undefined },
    });
    const { carrier } = clientOf(line.url, { onNews: circuits.note });
    const deps = dispatchDeps(store, people, {
      carrier: carrierOf(carrier.transport, carrier.free),
      allowance: circuits.allowance,
    });
    const queue = createSenderQueue(deps, () => ({ ...SENDERS.shop, rate: 1000 }));
    const turn = async (): Promise<SenderQueueTurn['kind']> => {
      const senderQueueTurn = await queue.turn();
      if (senderQueueTurn.kind === 'sending') await senderQueueTurn.done;
      await circuits.drain();
      return senderQueueTurn.kind;
    };
    return { turn, circuits, close: carrier.close };
  };

  it('pauses its offers for half a minute in every process, while replies go on', async () => {
    const [first, other] = [worker(), worker()];
    const refused = await Promise.all([OFFER, OFFER, OFFER].map(plan));
    expect(await first.turn()).to.equal('sending');
    full = false;
    expect(await Promise.all(refused.map(stateOf))).to.deep.equal(['planned', 'planned', 'planned']);
    expect(said, 'once for three calls').to.deep.equal(["the carrier's queue is full, so marketing waits"]);
    const [offer, help] = [await plan(OFFER), await plan(ANSWER)];
    expect(await first.turn()).to.equal('sending');
    expect([await stateOf(offer), await stateOf(help)]).to.deep.equal(['planned', 'accepted']);
    expect([await first.turn(), await other.turn()]).to.deep.equal(['wait', 'wait']);
    clock = START + 29_999;
    expect(await other.turn()).to.equal('wait');
    clock = START + 30_000;
    expect(await other.turn()).to.equal('sending');
    expect(await stateOf(offer)).to.equal('accepted');
    await Promise.all([first.close(), other.close()]);
  });

  it('ignores a pause longer than any, which a fast clock wrote', async () => {
    await store.senderStates.insertOne({ _id: SENDER, offersFrom: new Date(START + 3_600_000) });
    const running = worker();
    full = false;
    const offer = await plan(OFFER);
    expect(await running.turn()).to.equal('sending');
    expect(await stateOf(offer)).to.equal('accepted');
    await running.close();
  });
});
