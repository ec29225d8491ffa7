import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import express from 'express';
import { answerProblems } from '../../src/api/http/problems.ts';
import { createLog } from '../../src/running/log.ts';
import { until } from '../support/gateway.ts';

const WORD = 'plantedword +15551230001';

describe('an answer whose connection fails', () => {
  let server: Server;
  let url: string;
  const logs: string[] = [];
  const said: unknown[] = [];
  const { error: consoleError } = console;
  before(async () => {
    console.error = (...all: unknown[]) => void said.push(...all);
    const app = express();
    app.set('env', 'production');
    app.use((request, response, next) => {
      response.setHeader('X-Request-Id', request.get('x-id') ?? '');
      next();
    });
    app.get('/begun', async (_request, response) => {
      response.write('one\n');
      throw new RangeError(WORD);
    });
    app.get('/whole', async () => {
      throw new RangeError(WORD);
    });
    app.use(answerProblems(createLog('info', 'web', { write: (line) => void logs.push(line) })));
    server = createServer(app);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    console.error = consoleError;
    server.closeAllConnections();
    server.close();
  });

  for (const path of ['/begun', '/whole']) {
    it(`leaves a log line with the id of its request and nothing of its content: ${path}`, async () => {
      const id = randomUUID();
      const get = async (): Promise<string> => (await fetch(url + path, { headers: { 'x-id': id } })).text();
      await get().catch(() => undefined);
      await until('the log line of the request is written', async () => logs.length + said.length > 0);
      expect(said).to.deep.equal([]);
      const line = JSON.parse(logs.splice(0).join(''));
      expect([line.id, line.error.name]).to.deep.equal([id, 'RangeError']);
      expect(JSON.stringify(line)).not.to.contain('planted');
    });
  }
});
