import { once } from 'node:events';
import { createServer as createSecureServer } from 'node:tls';
import { expect } from 'chai';
import { type HandOver, handOver } from '../../../src/sending/gate.ts';
import { CERTIFICATE, PRIVATE_KEY } from '../../support/certificate.ts';
import { until } from '../../support/gateway.ts';
import {
  CREATED,
  cleared,
  clientOf,
  httpAnswer,
  isWhole,
  type ScriptedServer,
  SLOW_CONNECT,
  startScriptedServer,
  startSlowServer,
} from './scripted-server.ts';

/** Longer than any test may take, ms. */
const NEVER_MS = 600_000;

describe('a create call and the lease of its claim', () => {
  let line: ScriptedServer | null = null;
  afterEach(async () => {
    await line?.close();
    line = null;
  });

  const callWithin = async (apiBase: string, leaseMs: number): Promise<HandOver> => {
    const { carrier } = clientOf(apiBase, { createMs: NEVER_MS });
    const [outcome] = await handOver([cleared({ leaseMs })], carrier.transport);
    await carrier.close();
    return outcome as HandOver;
  };

  it('ends as unknown with the lease, however long it might wait for its answer', async () => {
    line = await startScriptedServer(() => undefined);
    expect(await callWithin(line.url, 700)).to.include({ result: 'unknown', why: 'no answer in time' });
  });

  it('is accepted when its answer came in time to a process that stood still until the lease was over', async () => {
    line = await startScriptedServer((socket, heard) => {
      if (!isWhole(heard)) return;
      socket.write(httpAnswer(201, CREATED));
      const until = performance.now() + 900;
      while (performance.now() < until);
    });
    expect(await callWithin(line.url, 700)).to.include({ result: 'accepted', carrierSid: CREATED.sid });
  });

  it('is put back when less time is left than its answer would take', async () => {
    line = await startScriptedServer(
      (socket, heard) => isWhole(heard) && socket.write(httpAnswer(201, CREATED)),
    );
    expect(await callWithin(line.url, 500)).to.include({ result: 'put-back' });
    expect(line.heard().join('')).to.equal('');
  });

  it('is put back as a failure when connecting took nearly all of its time, and the next call uses that connection', async () => {
    const slow = await startSlowServer(SLOW_CONNECT.connectMs);
    const more = { createMs: SLOW_CONNECT.createMs, ca: CERTIFICATE };
    const { carrier, news } = clientOf(slow.url, more);
    const call = async () => (await handOver([cleared({ leaseMs: NEVER_MS })], carrier.transport))[0]?.result;
    expect([await call(), slow.heard()]).to.deep.equal(['put-back', '']);
    expect(news.map((news) => news.news.is)).to.deep.equal(['failed']);
    expect([await call(), slow.opened()]).to.deep.equal(['accepted', 1]);
    await carrier.close();
    await slow.close();
  });

  it('is reset, so that the kernel delivers nothing more of it, as a closed connection would', async () => {
    const ends: string[] = [];
    line = await startScriptedServer((socket, heard) => {
      if (heard !== '') return;
      socket.on('end', () => ends.push('closed'));
      socket.on('error', (error: NodeJS.ErrnoException) => ends.push(error.code ?? ''));
    });
    await callWithin(line.url, 700);
    await until('the connection has ended', async () => ends.length > 0);
    expect(ends).to.deep.equal(['ECONNRESET']);
  });

  it('is reset over TLS too, and the next call opens its own connection', async () => {
    const ends: string[] = [];
    const server = createSecureServer({ cert: CERTIFICATE, key: PRIVATE_KEY }, (socket) => {
      const first = ends.length === 0;
      socket.on('end', () => ends.push('closed'));
      socket.on('error', (error: NodeJS.ErrnoException) => ends.push(error.code ?? ''));
      socket.on('data', () => first || socket.end(httpAnswer(201, CREATED)));
    });
    server.listen(0, 'localhost');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const { carrier } = clientOf(`https://localhost:${port}`, { connections: 1, ca: CERTIFICATE });
    const [lost] = await handOver([cleared({ leaseMs: 700 })], carrier.transport);
    await until('the connection has ended', async () => ends.length > 0);
    const [made] = await handOver([cleared()], carrier.transport);
    await carrier.close();
    server.close();
    expect([lost?.result, ends[0], made?.result]).to.deep.equal(['unknown', 'ECONNRESET', 'accepted']);
  });
});
