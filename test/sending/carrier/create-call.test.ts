import type { Socket } from 'node:net';
import { expect } from 'chai';
import { freePort } from '../../../scripts/rig/free-port.ts';
import { handOver } from '../../../src/sending/gate.ts';
import { until } from '../../support/gateway.ts';
import {
  answerEach,
  CREATED,
  callOnce,
  cleared,
  clientOf,
  FREE,
  type HandOverResult,
  httpAnswer,
  isWhole,
  PERSON,
  resultKinds,
  type ScriptedServer,
  SHORT_MS,
  startScriptedServer,
} from './scripted-server.ts';

describe('a create call', () => {
  let line: ScriptedServer | null = null;
  afterEach(async () => {
    await line?.close();
    line = null;
  });

  const callTo = async (act: (socket: Socket, heard: string) => void): Promise<HandOverResult> => {
    line = await startScriptedServer(act);
    return callOnce(line.url);
  };
  const heard = (): string => line?.heard().join('') ?? '';

  describe('a create call that provably did not leave', () => {
    it('is put back when the connection is refused', async () => {
      const told = await callOnce(`http://127.0.0.1:${await freePort()}`);
      expect(resultKinds(told)).to.deep.equal(['put-back', 'failed']);
      expect(told.outcome).to.include({ why: 'it did not leave: ECONNREFUSED' });
      expect(told.free).to.equal(FREE);
    });

    it("is put back when the carrier's host name does not resolve", async () => {
      expect(resultKinds(await callOnce('http://carrier.invalid'))).to.deep.equal(['put-back', 'failed']);
    });

    it('is put back when the server is silent in the TLS handshake or answers it in clear text', async () => {
      line = await startScriptedServer(() => undefined);
      const silent = await callOnce(line.url.replace('http:', 'https:'), SHORT_MS);
      expect(resultKinds(silent)).to.deep.equal(['put-back', 'failed']);
      expect(heard()).not.to.contain('POST');
      await line.close();
      line = await startScriptedServer(
        (socket, heard) => heard !== '' && socket.write(httpAnswer(201, CREATED)),
      );
      const clear = await callOnce(line.url.replace('http:', 'https:'));
      expect(resultKinds(clear)).to.deep.equal(['put-back', 'failed']);
      expect(heard()).not.to.contain('POST');
    });

    it('is put back when the client is closed', async () => {
      line = await startScriptedServer(answerEach(() => httpAnswer(201, CREATED)));
      const { carrier } = clientOf(line.url);
      await carrier.close();
      const [outcome] = await handOver([cleared()], carrier.transport);
      expect([outcome?.result, line.heard()]).to.deep.equal(['put-back', []]);
    });

    it('lets a message whose slots have passed by the time of its write go later, over the same connection', async () => {
      line = await startScriptedServer(answerEach(() => httpAnswer(201, CREATED)));
      const { carrier, news } = clientOf(line.url, { connections: 1 });
      const clearedMessage = cleared();
      const [first] = await handOver([clearedMessage], carrier.transport, () => false);
      expect(first).to.include({ result: 'put-back', why: 'it did not leave: its slots had passed' });
      expect([line.heard(), carrier.free(), news]).to.deep.equal([[''], 1, []]);
      const [second] = await handOver([clearedMessage], carrier.transport);
      expect(second?.result).to.equal('accepted');
      expect(line.heard().length, 'connections in all').to.equal(1);
      await carrier.close();
    });

    it('is put back when every connection is busy, and the calls under way are not disturbed', async () => {
      const held: Socket[] = [];
      line = await startScriptedServer((socket, heard) => isWhole(heard) && held.push(socket));
      const { carrier, news } = clientOf(line.url, { connections: 2 });
      const outcomes = handOver([cleared(), cleared(), cleared()], carrier.transport);
      expect(carrier.free()).to.equal(0);
      await until('two calls are under way', async () => held.length === 2);
      for (const socket of held) socket.write(httpAnswer(201, CREATED));
      expect((await outcomes).map(({ result }) => result)).to.deep.equal([
        'accepted',
        'accepted',
        'put-back',
      ]);
      expect(news.map((news) => news.news.is)).to.deep.equal(['sound', 'sound']);
      expect(line.heard().length).to.equal(2);
      await carrier.close();
    });
  });

  describe('an answered call', () => {
    const answered = (
      status: number,
      body: unknown,
      headers: Record<string, string> = {},
    ): Promise<HandOverResult> => callTo(answerEach(() => httpAnswer(status, body, headers)));

    it('201, after a hint or not, is accepted', async () => {
      const told = await answered(201, CREATED);
      expect(resultKinds(told)).to.deep.equal(['accepted', 'sound']);
      expect(told.outcome).to.include({ carrierSid: CREATED.sid });
      await line?.close();
      const hint = 'HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n';
      expect(resultKinds(await callTo(answerEach(() => hint + httpAnswer(201, CREATED))))).to.deep.equal([
        'accepted',
        'sound',
      ]);
    });

    it('400 with a code is refused by that code', async () => {
      const told = await answered(400, { code: 21610, message: 'Attempt to send to unsubscribed recipient' });
      expect(resultKinds(told)).to.deep.equal(['refused', 'sound']);
      expect(told.outcome).to.include({ code: '21610' });
    });

    it('400 in words that are not the carrier’s is put back, and counts as failure', async () => {
      expect(resultKinds(await answered(403, '<h1>Forbidden</h1>'))).to.deep.equal(['put-back', 'failed']);
    });

    it('401 is put back and stops the sender, whoever says it', async () => {
      for (const body of [{ code: 20003, message: 'Authenticate' }, '<h1>Unauthorized</h1>']) {
        const told = await answered(401, body);
        expect(resultKinds(told)).to.deep.equal(['put-back', 'stopped']);
        expect(told.outcome).to.have.nested.property('stop.why').that.contains('TWILIO_AUTH_TOKEN');
        await line?.close();
      }
    });

    it('429 is put back until the time it names, or for about a second, and says nothing of the carrier', async () => {
      const timed = await answered(429, { code: 20429 }, { 'retry-after': '7' });
      expect(resultKinds(timed)).to.deep.equal(['put-back']);
      expect(timed.outcome).to.include({ result: 'put-back', afterMs: 7000 });
      expect(timed.free, 'until then no other call begins').to.equal(0);
      await line?.close();
      const plain = await answered(429, 'Too many requests');
      expect(resultKinds(plain)).to.deep.equal(['put-back']);
      expect(plain.outcome).to.have.property('afterMs').that.is.within(500, 1500);
      expect(plain.free).to.equal(FREE / 2);
    });

    it('503 by the carrier itself is put back, and counts as failure', async () => {
      const told = await answered(503, { code: 20503 }, { 'retry-after': '2' });
      expect(resultKinds(told)).to.deep.equal(['put-back', 'failed']);
      expect(told.outcome).to.include({ afterMs: 2000 });
    });
  });

  it('goes over a new connection when the carrier has closed the last', async () => {
    line = await startScriptedServer(
      (socket, heard) => isWhole(heard) && socket.end(httpAnswer(201, CREATED)),
    );
    const { carrier } = clientOf(line.url, { connections: 1 });
    for (let nth = 1; nth <= 5; nth += 1) {
      expect((await handOver([cleared()], carrier.transport))[0]?.result).to.equal('accepted');
      await until('the carrier has closed the connection', async () => line?.open() === 0);
      expect(line.heard().length).to.equal(nth);
    }
    await carrier.close();
  });

  it("keeps the quotes of the carrier's answer out of logs and errors", async () => {
    const quoting = { code: PERSON, sid: PERSON, message: `${PERSON} is not valid`, more_info: PERSON };
    for (const status of [200, 400, 401, 429, 500, 503]) {
      const told = await callTo(
        answerEach(() => httpAnswer(status, quoting, { 'retry-after': PERSON, [PERSON.slice(1)]: 'x' })),
      );
      expect(JSON.stringify([told.outcome, told.news])).not.to.contain('5551230001');
      await line?.close();
    }
    const garbled = await callTo(
      (socket, heard) => isWhole(heard) && socket.write(`${PERSON}\r\n${PERSON}: x\r\n\r\n`),
    );
    expect(JSON.stringify([garbled.outcome, garbled.news])).not.to.contain('5551230001');
  });
});
