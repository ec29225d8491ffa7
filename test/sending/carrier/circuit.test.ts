import { expect } from 'chai';
import type { SenderStop } from '../../../src/domain/carrier-trouble.ts';
import { SOUND } from '../../../src/domain/sending/circuit-state.ts';
import { type CircuitBreakers, createCircuitBreakers } from '../../../src/sending/circuit-breaker.ts';
import { handOver } from '../../../src/sending/gate.ts';
import { readSenderHealth, resumeSender } from '../../../src/store/senders/sender-state.ts';
import { openStore, type Store } from '../../../src/store/store.ts';
import { testDatabase } from '../../support/mongod.ts';
import { answer, answering, cleared, clientOf, SHORT_CODE, startLine } from './rig.ts';

const STOP: SenderStop = { code: '20003', why: 'The carrier does not take our credentials. Check them.' };

describe('the circuits of senders, shared by processes', () => {
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

  /** What one process has; its clocks are the test's. */
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
  const fail = async (one: CircuitBreakers, times: number): Promise<void> => {
    for (let nth = 0; nth < times; nth += 1) one.note('28555', { is: 'failed' });
    await one.drain();
  };
  const resume = (): Promise<boolean> => resumeSender(store, '28555', new Date(clock));
  const allowance = async (one: CircuitBreakers) => (await one.allowance('28555')).calls;

  it('let everything through where nothing is known, and write nothing for a sender that is sound', async () => {
    const one = process();
    expect(await allowance(one)).to.equal(Number.POSITIVE_INFINITY);
    one.note('28555', { is: 'sound' });
    await one.drain();
    expect(await store.senderStates.countDocuments()).to.equal(0);
  });

  it('pause a sender in all processes when its calls fail in a row, however many fail at once', async () => {
    const [one, other] = [process(), process()];
    await Promise.all([fail(one, 10), fail(other, 10)]);
    clock += 499;
    expect([await allowance(one), await allowance(other), await allowance(process())]).to.deep.equal([
      0, 0, 0,
    ]);
    expect((await readSenderHealth(store, '28555')).circuit.failures).to.equal(5);
    expect(said).to.include('the carrier fails, so sending is paused');
    expect((await one.allowance('+15550100199')).calls, 'another sender').to.equal(Number.POSITIVE_INFINITY);
  });

  it('count only failures in a row', async () => {
    const one = process();
    for (let round = 0; round < 5; round += 1) {
      await fail(one, 4);
      one.note('28555', { is: 'sound' });
      await one.drain();
    }
    expect(await allowance(one)).to.equal(Number.POSITIVE_INFINITY);
  });

  it('let one call of one process try after the pause, and everything once it succeeds', async () => {
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
    for (const one of all) expect(await allowance(one)).to.equal(Number.POSITIVE_INFINITY);
  });

  it('wait twice as long after each try that fails, or of which nothing is heard', async () => {
    const one = process();
    await fail(one, 5);
    for (const pause of [500, 1000, 2000, 4000]) {
      clock += pause - 1;
      expect(await allowance(one), `within ${pause}`).to.equal(0);
      clock += 1;
      expect(await allowance(one), `after ${pause}`).to.equal(1);
      if (pause % 2000 !== 0) await fail(one, 3);
    }
  });

  it('take a trial back that did not take place, but not against news of another call', async () => {
    const [one, other] = [process(), process()];
    await fail(one, 5);
    const before = (await readSenderHealth(store, '28555')).circuit;
    clock += 1000;
    const [tries, waits] = [await one.allowance('28555'), await other.allowance('28555')];
    expect([tries.calls, waits.calls]).to.deep.equal([1, 0]);
    await waits.releaseTrial();
    expect(await allowance(process()), 'it is not the other process that tries').to.equal(0);
    await tries.releaseTrial();
    expect((await readSenderHealth(store, '28555')).circuit).to.deep.equal(before);
    clock += 500;
    const again = await other.allowance('28555');
    expect(again.calls).to.equal(1);
    one.note('28555', { is: 'sound' });
    await one.drain();
    await again.releaseTrial();
    expect((await readSenderHealth(store, '28555')).circuit.failures).to.equal(0);
  });

  it('take no trial back that failed, nor the next one for an answer to the last', async () => {
    const one = process();
    await fail(one, 5);
    clock += 1000;
    const failed = await one.allowance('28555');
    await fail(one, 1);
    await failed.releaseTrial();
    expect(await allowance(one), 'it is spent').to.equal(0);
    clock += 1000;
    const late = await one.allowance('28555');
    clock += 2000;
    expect([late.calls, await allowance(one)]).to.deep.equal([1, 1]);
    await late.releaseTrial();
    expect(await allowance(process()), 'the next is under way').to.equal(0);
  });

  it('stop a sender until a person resumes it; said once, with the next step', async () => {
    const all = [process(), process()];
    for (const one of [...all, ...all]) one.note('28555', { is: 'stopped', stop: STOP });
    await Promise.all(all.map((one) => one.drain()));
    clock += 1;
    all[0]?.note('28555', { is: 'stopped', stop: { code: '30002', why: 'The account is suspended.' } });
    await all[0]?.drain();
    clock += 86_400_000;
    for (const one of all) {
      one.note('28555', { is: 'sound' });
      await one.drain();
      expect(await allowance(one)).to.equal(0);
    }
    expect(stops).to.deep.equal(['20003']);
    expect(said).to.deep.equal([`28555 20003: sending is stopped: ${STOP.why}`]);
    expect((await readSenderHealth(store, '28555')).stopped).to.include(STOP);
    expect([await resume(), await resume()]).to.deep.equal([true, false]);
    clock += 500;
    for (const one of all) expect(await allowance(one)).to.equal(Number.POSITIVE_INFINITY);
  });

  it('end a pause where somebody resumes the sender, and nothing where it sends', async () => {
    const one = process();
    expect(await resume()).to.equal(false);
    await fail(one, 5);
    expect((await readSenderHealth(store, '28555')).circuit.pausedUntil).not.to.equal(null);
    expect(await resume()).to.equal(true);
    expect(await readSenderHealth(store, '28555')).to.deep.equal({
      circuit: SOUND,
      stopped: null,
      offersFrom: null,
    });
    expect(await resume()).to.equal(false);
  });

  it('leave the pace of the sender alone', async () => {
    await store.senderStates.insertOne({ _id: '28555', pace: { slot: 7 } });
    const one = process();
    await fail(one, 5);
    one.note('28555', { is: 'stopped', stop: STOP });
    await one.drain();
    expect((await readSenderHealth(store, '28555')).circuit.failures).to.equal(5);
    await resume();
    expect(await store.senderStates.findOne({ _id: '28555' })).to.deep.include({ pace: { slot: 7 } });
  });

  it('let nothing leave, and lose nothing but news, where the database does not answer', async () => {
    const { uri, name } = testDatabase();
    const away = await openStore({ uri, database: name });
    await away.close();
    const one = createCircuitBreakers({
      store: away,
      now: () => new Date(clock),
      monotonic: () => clock,
      log: { warn: (_fields, line) => said.push(line), error: () => undefined },
    });
    one.note('28555', { is: 'failed' });
    await one.drain();
    expect(said).to.deep.equal(["the state of a sender's circuit breaker could not be written"]);
    const asked = await one.allowance('28555').then(
      () => 'answered',
      () => 'rejected',
    );
    expect(asked).to.equal('rejected');
  });

  it('hear the carrier client: bad credentials stop the sender, and its message stays', async () => {
    const line = await startLine(answering(() => answer(401, { code: 20003, message: 'Authenticate' })));
    const one = process();
    const { carrier } = clientOf(line.url, { onNews: one.note });
    const [outcome] = await handOver([cleared()], carrier.transport);
    await one.drain();
    expect(outcome?.result).to.equal('put-back');
    expect((await one.allowance(SHORT_CODE)).calls).to.equal(0);
    await carrier.close();
    await line.close();
  });

  it('hear the carrier client: a number abroad stops nothing, one at home does', async () => {
    const line = await startLine(answering(() => answer(400, { code: 21659, message: 'x' })));
    const { carrier, news } = clientOf(line.url, { countryOf: () => 'US' });
    const send = async (to: string) => (await handOver([cleared({ to })], carrier.transport))[0]?.result;
    expect(await send('+14165550123'), 'Toronto').to.equal('refused');
    expect(await send('+12125550123'), 'New York').to.equal('put-back');
    expect(news.map((one) => one.news.is)).to.deep.equal(['sound', 'stopped']);
    await carrier.close();
    await line.close();
  });
});
