import type { Socket } from 'node:net';
import { expect } from 'chai';
import { until } from '../../support/gateway.ts';
import {
  CREATED,
  callOnce,
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

describe('a create call whose answer is lost', () => {
  let line: ScriptedServer | null = null;
  afterEach(async () => {
    await line?.close();
    line = null;
  });

  type Act = (socket: Socket, heard: string) => void;
  const callTo = async (act: Act, createMs?: number): Promise<HandOverResult> => {
    line = await startScriptedServer(act);
    return callOnce(line.url, createMs);
  };
  const heard = (): string => line?.heard().join('') ?? '';

  const lost: Record<string, Act> = {
    'closed before a byte is read': (socket) => socket.destroy(),
    'read whole and reset': (socket, heard) => isWhole(heard) && socket.resetAndDestroy(),
    'read whole and closed': (socket, heard) => isWhole(heard) && socket.end(),
    'answered in another protocol': (socket, heard) =>
      isWhole(heard) && socket.write('SSH-2.0-OpenSSH_9.6\r\n'),
    'answered by half a head': (socket, heard) => isWhole(heard) && socket.end('HTTP/1.1 201 Cre'),
    'answered by half a body, then closed': (socket, heard) =>
      isWhole(heard) && socket.end(httpAnswer(201, CREATED).slice(0, -20)),
    'answered at great length': (socket, heard) =>
      isWhole(heard) && socket.write(httpAnswer(201, JSON.stringify(CREATED) + ' '.repeat(100_000))),
    'answered 201 without an id': (socket, heard) => isWhole(heard) && socket.write(httpAnswer(201, {})),
    'answered 201 with an id of another shape': (socket, heard) =>
      isWhole(heard) && socket.write(httpAnswer(201, { sid: PERSON })),
    'answered 200 in words': (socket, heard) => isWhole(heard) && socket.write(httpAnswer(200, '<p>Hi</p>')),
    'answered 200 by null': (socket, heard) => isWhole(heard) && socket.write(httpAnswer(200, 'null')),
    'answered 500': (socket, heard) =>
      isWhole(heard) && socket.write(httpAnswer(500, { code: 20500, message: 'An error' })),
    'answered 502 by another machine': (socket, heard) =>
      isWhole(heard) && socket.write(httpAnswer(502, '<h1>Bad Gateway</h1>')),
    'answered 503 by another machine': (socket, heard) =>
      isWhole(heard) && socket.write(httpAnswer(503, 'upstream connect error')),
    'sent elsewhere': (socket, heard) =>
      isWhole(heard) && socket.write(httpAnswer(307, '', { location: '/elsewhere' })),
  };
  const unended: Record<string, Act> = {
    'read whole and never answered': () => undefined,
    'answered by half a body, then nothing': (socket, heard) =>
      isWhole(heard) && socket.write(httpAnswer(201, CREATED).slice(0, -20)),
    'answered without end, drop by drop': (socket, heard) => {
      if (!isWhole(heard)) return;
      socket.write('HTTP/1.1 201 x\r\ntransfer-encoding: chunked\r\n\r\n');
      const drip = setInterval(() => socket.write('1\r\n \r\n'), SHORT_MS / 10);
      socket.once('close', () => clearInterval(drip));
    },
  };
  for (const [how, act] of Object.entries({ ...lost, ...unended })) {
    it(`is unknown: ${how}`, async () => {
      const told = await callTo(act, how in unended ? SHORT_MS : undefined);
      expect([...resultKinds(told), told.free]).to.deep.equal(['unknown', 'failed', FREE]);
      // Never tried again by whatever lies between: one request in all.
      expect(heard().split('POST ').length - 1).to.be.at.most(1);
      await until('the connection is closed', async () => line?.open() === 0);
    });
  }

  it('is unknown or put back when it is reset while it opens, and a put-back means that nothing arrived', async () => {
    const told = await callTo((socket) => socket.resetAndDestroy());
    expect(resultKinds(told)[1]).to.equal('failed');
    if (told.outcome.result !== 'unknown') expect(told.outcome.result).to.equal('put-back');
    expect(heard()).to.equal('');
  });
});
