import { expect } from 'chai';
import { createKey } from '../../src/access/api-keys.ts';
import { createRequestLog } from '../../src/access/request-log.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { type ConsoleClient, signedIn } from './client.ts';

const SECRET = /ak_[0-9a-f]{16}_[\w-]{43}/;

describe('The keys at the console', () => {
  let gateway: Gateway;
  let ada: ConsoleClient;
  let kit: ConsoleClient;
  before(async () => {
    gateway = await startGateway({ worker: 'replies', env: { CONSOLE: 'demo' } });
    ada = await signedIn(gateway.url, 'admin');
    kit = await signedIn(gateway.url, 'integrator');
  });
  after(() => gateway.stop());

  const answers = async (key: string): Promise<number> => {
    const headers = { Authorization: `Bearer ${key}` };
    return (await fetch(`${gateway.url}/api/v1/programs`, { headers })).status;
  };

  it('are made with a secret that one page shows once, rotated, and revoked by typing the name', async () => {
    const made = await ada.post('/console/keys/new', { name: 'web form', scope: 'programs:read' });
    const door = made.location ?? '';
    const secret = SECRET.exec((await ada.get(door)).html)?.[0] ?? '';
    expect((await ada.get(door)).html).to.not.match(SECRET);
    expect(await answers(secret)).to.equal(200);
    const rotated = await ada.post(`${door}/rotate`);
    const page = await ada.follow(rotated);
    const next = SECRET.exec(page.html)?.[0] ?? '';
    expect(page.html).to.include('In place of').and.include('Ada Brandt');
    expect([await answers(secret), await answers(next)]).to.deep.equal([200, 200]);
    const wrong = await ada.post(`${door}/revoke`, { name: 'web' });
    expect([wrong.status, await answers(secret)]).to.deep.equal([422, 200]);
    expect(wrong.html).to.include('value="web"');
    const gone = await ada.post(`${door}/revoke`, { name: 'web form' });
    expect(gone.location).to.equal('/console/keys');
    expect([await answers(secret), await answers(next)]).to.deep.equal([401, 200]);
  });

  it('lets an integrator give and revoke only what the own role may do', async () => {
    expect((await kit.get('/console/keys/new')).html).to.not.include('value="numbers:reveal"');
    const over = await kit.post('/console/keys/new', { name: 'too much', scope: 'numbers:reveal' });
    expect(over.status).to.equal(422);
    expect(over.html).to.include('value="too much"');
    const { id } = await createKey(gateway.store, { name: 'strong', scopes: ['numbers:reveal'] }, new Date());
    expect((await kit.post(`/console/keys/${id}/revoke`, { name: 'strong' })).status).to.equal(422);
    expect((await kit.post(`/console/keys/${id}/rotate`)).status).to.equal(422);
    expect(
      (
        await gateway.store.db
          .collection<{ _id: string; revokedAt: Date | null }>('apiKeys')
          .findOne({ _id: id })
      )?.revokedAt,
    ).to.equal(null);
  });

  it('says how many work and which nobody used for 90 days', async () => {
    const long = new Date(Date.now() - 100 * 24 * 3600_000);
    await createKey(gateway.store, { name: 'forgotten', scopes: ['programs:read'] }, long);
    expect((await ada.get('/console/keys')).html).to.include('was not used for 90 days');
  });

  it('keeps the last requests by the pattern of their route, without what their path named', async () => {
    const log = createRequestLog({
      store: gateway.store,
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    });
    const { key, id } = await createKey(
      gateway.store,
      { name: 'shop', scopes: ['contacts:read'] },
      new Date(),
    );
    const at = new Date();
    log.record({
      at,
      key: id,
      method: 'GET',
      route: '/contacts/{id}',
      status: 404,
      problem: 'not-found',
      ms: 3,
    });
    await log.stop();
    const { html } = await kit.get(`/console/requests?key=${id}&only=failed`);
    expect(html).to.include('was answered 404.').and.include('/contacts/{id}').and.include('not-found');
    expect((await kit.get('/console/requests?key[$ne]=x&after=%24')).status).to.equal(200);
    expect(await answers(key)).to.equal(403);
  });
});
