import { expect } from 'chai';
import type { SenderStop } from '../../../src/domain/carrier-trouble.ts';
import { SOUND } from '../../../src/domain/sending/circuit-state.ts';
import { type CircuitBreakers, createCircuitBreakers } from '../../../src/sending/circuit-breaker.ts';
import { handOver } from '../../../src/sending/gate.ts';
import { readSenderHealth, resumeSender } from '../../../src/store/senders/sender-state.ts';
import { openStore, type Store } from '../../../src/store/store.ts';
import { testDatabase } from '../../support/mongod.ts';
import {
  answerEach,
  cleared,
  clientOf,
  httpAnswer,
  SHORT_CODE,
  startScriptedServer,
} from './scripted-server.ts';

const STOP: SenderStop = { code: '20003', why: 'The carrier does not take our credentials. Check them.' };

describe('the circuit breakers of senders, shared by processes', () => {
  let store: Store;
  let clock = 0;
  let said: string[] = [];
  let stops: string[] = [];
  before(async () => {
    const { uri, name } = testDatabase();
    store = await openStore({ uri, database: name });
  });
  after(async () => {
    await store.db.dropDatabase();
    await store.close();
  });
  beforeEach(async () => {
    await store.senderStates.deleteMany({});
    clock = Date.parse('2026-03-01T12:00:00Z');
    said = [];
    stops = [];
  });

  /** The circuit breakers of one process, with the clocks of the test. */
  const process = (): CircuitBreakers =>
    createCircuitBreakers({
      store,
      now: () => new Date(clock),
      monotonic: () => clock,
      random: () => 0,
      log: {
        warn: (_fields, line) => said.push(line),
        error: (fields, line) => said.push(`${fields.sender} ${fields.code}: ${line}`),
      },
      onStop: (code) => stops.push(code),
    });
  const fail = async (circuitBreakers: CircuitBreakers, times: number): Promise<void> => {
    for (let nth = 0; nth < times; nth += 1) circuitBreakers.note('28555', { is: 'failed' });
    await circuitBreakers.drain();
  };
  const resume = (): Promise<boolean> => resumeSender(store, '28555', new Date(clock));
  const allowance = async (circuitBreakers: CircuitBreakers) =>
    (await circuitBreakers.allowance('28555')).calls;

  it('allow everything when nothing is known, and write nothing for a healthy sender', async () => {
    const circuitBreakers = process();
    expect(await allowance(circuitBreakers)).to.equal(Number.POSITIVE_INFINITY);
    circuitBreakers.note('28555', { is: 'sound' });
    await circuitBreakers.drain();
    expect(await store.senderStates.countDocuments()).to.equal(0);
  });

  it('pause a sender in all processes when its calls fail in a row, however many fail at once', async () => {
    const [first, other] = [process(), process()];
    await Promise.all([fail(first, 10), fail(other, 10)]);
    clock += 499;
    expect([await allowance(first), await allowance(other), await allowance(process())]).to.deep.equal([
      0, 0, 0,
    ]);
    expect((await readSenderHealth(store, '28555')).circuit.failures).to.equal(5);
    expect(said).to.include('the carrier fails, so sending is paused');
    expect((await first.allowance('+15550100199')).calls, 'another sender').to.equal(
      Number.POSITIVE_INFINITY,
    );
  });

  it('count only failures in a row', async () => {
    const circuitBreakers = process();
    for (let round = 0; round < 5; round += 1) {
      await fail(circuitBreakers, 4);
      circuitBreakers.note('28555', { is: 'sound' });
      await circuitBreakers.drain();
    }
    expect(await allowance(circuitBreakers)).to.equal(Number.POSITIVE_INFINITY);
  });

  it('allow one trial call of one process after the pause, and everything once it succeeds', async () => {
    const all = [process(), process(), process()];
    await fail(all[0] as CircuitBreakers, 5);
    clock += 1000;
    const tries = await Promise.all(all.map(allowance));
    expect(tries.sort()).to.deep.equal([0, 0, 1]);
    expect(await allowance(process())).to.equal(0);
    clock += 200;
    all[2]?.note('28555', { is: 'sound' });
    await all[2]?.drain();
    clock += 500;
    for (const circuitBreakers of all)
      expect(await allowance(circuitBreakers)).to.equal(Number.POSITIVE_INFINITY);
  });

  it('wait twice as long after each trial that fails or is never reported', async () => {
    const circuitBreakers = process();
    await fail(circuitBreakers, 5);
    for (const pause of [500, 1000, 2000, 4000]) {
      clock += pause - 1;
      expect(await allowance(circuitBreakers), `within ${pause}`).to.equal(0);
      clock += 1;
      expect(await allowance(circuitBreakers), `after ${pause}`).to.equal(1);
      if (pause % 2000 !== 0) await fail(circuitBreakers, 3);
    }
  });

  it('release a trial that did not take place, unless another call has reported since', async () => {
    const [first, other] = [process(), process()];
    await fail(first, 5);
    const before = (await readSenderHealth(store, '28555')).circuit;
    clock += 1000;
    const [tries, waits] = [await first.allowance('28555'), await other.allowance('28555')];
    expect([tries.calls, waits.calls]).to.deep.equal([1, 0]);
    await waits.releaseTrial();
    expect(await allowance(process()), 'it is not the other process that tries').to.equal(0);
    await tries.releaseTrial();
    expect((await readSenderHealth(store, '28555')).circuit).to.deep.equal(before);
    clock += 500;
    const again = await other.allowance('28555');
    expect(again.calls).to.equal(1);
    first.note('28555', { is: 'sound' });
    await first.drain();
    await again.releaseTrial();
    expect((await readSenderHealth(store, '28555')).circuit.failures).to.equal(0);
  });

  it('do not release a trial that failed, nor the next trial by a late release of the last', async () => {
    const circuitBreakers = process();
    await fail(circuitBreakers, 5);
    clock += 1000;
    const failed = await circuitBreakers.allowance('28555');
    await fail(circuitBreakers, 1);
    await failed.releaseTrial();
    expect(await allowance(circuitBreakers), 'it is spent').to.equal(0);
    clock += 1000;
    const late = await circuitBreakers.allowance('28555');
    clock += 2000;
    expect([late.calls, await allowance(circuitBreakers)]).to.deep.equal([1, 1]);
    await late.releaseTrial();
    expect(await allowance(process()), 'the next is under way').to.equal(0);
  });

  it('stop a sender until a person resumes it, and log that once with the next step', async () => {
    const all = [process(), process()];
    for (const circuitBreakers of [...all, ...all])
      circuitBreakers.note('28555', { is: 'stopped', stop: STOP });
    await Promise.all(all.map((circuitBreakers) => circuitBreakers.drain()));
    clock += 1;
    all[0]?.note('28555', { is: 'stopped', stop: { code: '30002', why: 'The account is suspended.' } });
    await all[0]?.drain();
    clock += 86_400_000;
    for (const circuitBreakers of all) {
      circuitBreakers.note('28555', { is: 'sound' });
      await circuitBreakers.drain();
      expect(await allowance(circuitBreakers)).to.equal(0);
    }
    expect(stops).to.deep.equal(['20003']);
    expect(said).to.deep.equal([`28555 20003: sending is stopped: ${STOP.why}`]);
    expect((await readSenderHealth(store, '28555')).stopped).to.include(STOP);
    expect([await resume(), await resume()]).to.deep.equal([true, false]);
    clock += 500;
    for (const circuitBreakers of all)
      expect(await allowance(circuitBreakers)).to.equal(Number.POSITIVE_INFINITY);
  });

  it('end a pause when a person resumes the sender, and change nothing for a sender that sends', async () => {
    const circuitBreakers = process();
    expect(await resume()).to.equal(false);
    await fail(circuitBreakers, 5);
    expect((await readSenderHealth(store, '28555')).circuit.pausedUntil).not.to.equal(null);
    expect(await resume()).to.equal(true);
    expect(await readSenderHealth(store, '28555')).to.deep.equal({
      circuit: SOUND,
      stopped: null,
      offersFrom: null,
    });
    expect(await resume()).to.equal(false);
  });

  it('leave the rate of the sender alone', async () => {
    await store.senderStates.insertOne({ _id: '28555', pace: { slot: 7 } });
    const circuitBreakers = process();
    await fail(circuitBreakers, 5);
    circuitBreakers.note('28555', { is: 'stopped', stop: STOP });
    await circuitBreakers.drain();
    expect((await readSenderHealth(store, '28555')).circuit.failures).to.equal(5);
    await resume();
    expect(await store.senderStates.findOne({ _id: '28555' })).to.deep.include({ pace: { slot: 7 } });
  });

  it('allow nothing, and lose only signals, when the database does not answer', async () => {
    const { uri, name } = testDatabase();
    const away = await openStore({ uri, database: name });
    await away.close();
    const circuitBreakers = createCircuitBreakers({
      store: away,
      now: () => new Date(clock),
      monotonic: () => clock,
      log: { warn: (_fields, line) => said.push(line), error: () => undefined },
    });
    circuitBreakers.note('28555', { is: 'failed' });
    await circuitBreakers.drain();
    expect(said).to.deep.equal(["the state of a sender's circuit breaker could not be written"]);
    const asked = await circuitBreakers.allowance('28555').then(
      () => 'answered',
      () => 'rejected',
    );
    expect(asked).to.equal('rejected');
  });

  it('stop the sender on bad credentials from the carrier client, and the message stays', async () => {
    const line = await startScriptedServer(
      answerEach(() => httpAnswer(401, { code: 20003, message: 'Authenticate' })),
    );
    const circuitBreakers = process();
    const { carrier } = clientOf(line.url, { onNews: circuitBreakers.note });
    const [outcome] = await handOver([cleared()], carrier.transport);
    await circuitBreakers.drain();
    expect(outcome?.result).to.equal('put-back');
    expect((await circuitBreakers.allowance(SHORT_CODE)).calls).to.equal(0);
    await carrier.close();
    await line.close();
  });

  it('stop nothing for a number abroad from the carrier client, and the sender for one at home', async () => {
    const line = await startScriptedServer(answerEach(() => httpAnswer(400, { code: 21659, message: 'x' })));
    const { carrier, news } = clientOf(line.url, { countryOf: () => 'US' });
    const send = async (to: string) => (await handOver([cleared({ to })], carrier.transport))[0]?.result;
    expect(await send('+14165550123'), 'Toronto').to.equal('refused');
    expect(await send('+12125550123'), 'New York').to.equal('put-back');
    expect(news.map((news) => news.news.is)).to.deep.equal(['sound', 'stopped']);
    await carrier.close();
    await line.close();
  });
});
