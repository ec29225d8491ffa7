import { expect } from 'chai';
import express from 'express';
import supertest from 'supertest';
import { createKey, SCOPES } from '../../src/access/api-keys.ts';
import { createApi } from '../../src/api/http/server.ts';
import { ROUTES } from '../../src/api/routes.ts';
import { ROOT } from '../../src/config.ts';
import { openContext } from '../../src/open-context.ts';
import { createLog } from '../../src/running/log.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { newClient } from './client.ts';
import type { GoodRequest } from './good/good-request.ts';
import { goodRequests, HELD } from './good/requests.ts';

describe('the API without its database', () => {
  let gateway: Gateway;
  let good: Record<string, GoodRequest[]>;
  before(async () => {
    gateway = await startGateway({ worker: 'replies' });
    await gateway.text(HELD, 'JOIN');
    good = await goodRequests(await newClient(gateway));
  });
  after(() => gateway.stop());

  /** The API on a context whose database is closed. With `keys` API keys can still be read. */
  const askEveryRoute = async (keys: boolean, paths: RegExp): Promise<{ logs: string[] }> => {
    const logs: string[] = [];
    const log = createLog('debug', 'web', { write: (line) => void logs.push(line) });
    const database = gateway.store.db.databaseName;
    const { context, close } = await openContext({ ...gateway.config, database }, log);
    const store = keys ? { ...context.store, db: gateway.store.db } : context.store;
    const app = express().use(createApi({ ...context, store }, null, ROOT));
    const { key } = await createKey(gateway.store, { name: 'test', scopes: SCOPES }, new Date());
    await close();
    for (const route of ROUTES.filter(({ path }) => paths.test(path))) {
      const { path, query, body, raw, type, headers } = (good[`${route.method} ${route.path}`] ?? [])[0] ?? {
        path: '',
      };
      const request = supertest(app)[route.method](`/api/v1${path}${query ? `?${query}` : ''}`);
      if (raw !== undefined) request.set('Content-Type', type ?? 'application/json');
      const answer = await request.set({ ...headers, Authorization: `Bearer ${key}` }).send(raw ?? body);
      expect(answer.status, `${route.method} ${path}`).to.equal(503);
      expect(answer.body.title).to.equal('Temporarily unavailable.');
      expect(answer.body.detail).to.match(/^The database cannot be reached\./);
      expect(answer.headers['content-type']).to.equal('application/problem+json');
      expect(Number(answer.headers['retry-after'])).to.be.greaterThan(0);
    }
    return { logs };
  };

  it('answers every route with 503 and Retry-After, and logs no number', async () => {
    const { logs } = await askEveryRoute(false, /./);
    expect(logs.length).to.be.at.least(ROUTES.length);
    expect(logs.join('')).not.to.contain('15551230');
  });

  it('answers 503 also when the database goes away after the key was read, where a route needs it', () =>
    askEveryRoute(true, /^(?!\/doctor|\/keys|\/numbers\/normalise|\/error-codes$)/));
});
