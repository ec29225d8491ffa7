import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import express from 'express';
import type { Problem } from '../../src/api/http/problems.ts';
import { createLimits, PER_MINUTE } from '../../src/api/http/rate-limits.ts';
import { shortLinks } from '../../src/public/short-links.ts';

const HOUR = 3_600_000;

describe('limits of a minute after the clock was set', () => {
  const own = Date.now;
  let server: Server;
  /** The clock that nobody sets, ms. */
  let at = 0;
  before((done) => {
    const monotonic = (): number => at;
    const app = express();
    app.use(shortLinks({ monotonic } as never));
    app.use((_request, response, next) => {
      response.locals.apiKey = { id: 'a key' };
      next();
    });
    app.use(createLimits(monotonic).lookups, (_request, response) => void response.end());
    app.use((({ status, headers }: Problem, _request, response, _next) => {
      response.status(status).set(headers).end();
    }) as express.ErrorRequestHandler);
    server = createServer(app).listen(0, '127.0.0.1', done);
  });
  afterEach(() => {
    Date.now = own;
  });
  after((done) => void server.close(done));

  const ask = async (path: string) => {
    const { status, headers } = await fetch(
      `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
    );
    return { status, after: headers.get('retry-after') };
  };

  for (const [what, path, most, taken] of [
    ['look-ups of a key', '/', PER_MINUTE.lookups, 200],
    ['codes that lead nowhere', '/l/-', 60, 404],
  ] as const) {
    for (const [way, off] of [
      ['ahead', HOUR],
      ['behind', -HOUR],
    ] as const) {
      it(`allow ${what} again a minute later: it was ${way}`, async () => {
        at += HOUR;
        Date.now = () => own() + off;
        for (let asked = 0; asked < most; asked += 1) expect((await ask(path)).status).to.equal(taken);
        Date.now = own;
        at += 59_000;
        expect((await ask(path)).status).to.equal(429);
        at += 1000;
        expect((await ask(path)).status).to.equal(taken);
      });
    }
  }

  it('say after how many seconds to ask again', async () => {
    at += HOUR;
    for (let asked = 0; asked < PER_MINUTE.lookups; asked += 1) await ask('/');
    at += 20_000;
    expect(await ask('/')).to.deep.equal({ status: 429, after: '40' });
  });
});
