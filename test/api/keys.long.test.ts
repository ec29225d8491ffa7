import { expect } from 'chai';
import { SCOPES } from '../../src/access/api-keys.ts';
import { PER_MINUTE } from '../../src/api/http/rate-limits.ts';
import { ROUTES } from '../../src/api/routes.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { type ApiAnswer, type Client, clientWith, dataHeld, keysHeld, newClient, quiet } from './client.ts';
import type { GoodRequest } from './good/good-request.ts';
import { goodRequests, HELD } from './good/requests.ts';

describe('API keys', () => {
  let gateway: Gateway;
  let admin: Client;
  let good: Record<string, GoodRequest[]>;
  before(async () => {
    gateway = await startGateway({ worker: 'replies' });
    await gateway.text(HELD, 'JOIN');
    admin = await newClient(gateway);
    await quiet(gateway);
    good = await goodRequests(admin);
  });
  after(() => gateway.stop());

  /** Asks every route for what it would do, and sees that it does not. */
  const everyRoute = async (
    client: (scope: (typeof SCOPES)[number]) => Promise<Client> | Client,
    check: (answer: ApiAnswer, scope: string) => void,
  ): Promise<void> => {
    let held = await dataHeld(gateway);
    const clients = await Promise.all(SCOPES.map(async (scope) => [scope, await client(scope)] as const));
    const asking = new Map(clients);
    const keys = await keysHeld(gateway);
    for (const route of ROUTES) {
      const [first] = good[`${route.method} ${route.path}`] ?? [];
      const { path = '', ...ask } = first ?? {};
      const answer = await asking.get(route.scope)?.(route.method, path, ask);
      check(answer as ApiAnswer, route.scope);
      const before = held;
      held = await dataHeld(gateway);
      expect(held, `${route.method} ${path} changed something`).to.equal(before);
      expect(await keysHeld(gateway), `${route.method} ${path} changed a key`).to.equal(keys);
    }
  };

  it('are required by every route', () =>
    everyRoute(
      () => clientWith(gateway.url, null),
      (answer) => {
        expect(answer.status).to.equal(401);
        expect(answer.headers['www-authenticate']).to.equal('Bearer realm="api"');
      },
    ));

  for (const [what, key] of [
    ['malformed', 'x'],
    ['unknown', `ak_${'0'.repeat(16)}_${'A'.repeat(43)}`],
  ]) {
    it(`are refused when ${what}`, () =>
      everyRoute(
        () => clientWith(gateway.url, key ?? ''),
        (answer) => {
          expect(answer.status).to.equal(401);
          expect(answer.headers['www-authenticate']).to.contain('invalid_token');
        },
      ));
  }

  it('are refused by every route whose scope they lack, and the answer names the scope', () =>
    everyRoute(
      (scope) =>
        newClient(
          gateway,
          SCOPES.filter((other) => other !== scope),
        ),
      (answer, scope) => {
        expect(answer.status).to.equal(403);
        expect(answer.body.detail).to.contain(scope);
      },
    ));

  it('stop working at once when they are revoked, and can be revoked again', async () => {
    const made = await admin('post', '/keys', { body: { name: 'partner', scopes: ['programs:read'] } });
    const partner = clientWith(gateway.url, made.body.key);
    expect((await partner('get', '/programs')).status).to.equal(200);
    const revoked = await admin('post', `/keys/${made.body.id}/revoke`);
    expect((await partner('get', '/programs')).status).to.equal(401);
    const again = await admin('post', `/keys/${made.body.id}/revoke`);
    expect(again.body.revoked_at).to.equal(revoked.body.revoked_at);
  });

  it('are never shown again and not stored', async () => {
    const { body } = await admin('post', '/keys', {
      body: { name: 'shown once', scopes: ['programs:read'] },
    });
    const secret = body.key.slice(`ak_${body.id}_`.length);
    const listed = await admin('get', '/keys', { query: 'limit=200' });
    expect(listed.text).not.to.contain(secret);
    const stored = await gateway.store.db.collection('apiKeys').find().toArray();
    expect(JSON.stringify(stored)).not.to.contain(secret);
  });

  it('are refused with a known id and another secret', async () => {
    const { body } = await admin('post', '/keys', { body: { name: 'guessed', scopes: ['programs:read'] } });
    const forged = clientWith(gateway.url, `ak_${body.id}_${'A'.repeat(43)}`);
    expect((await forged('get', '/programs')).status).to.equal(401);
  });

  it('can grant only scopes that they have', async () => {
    const limited = await newClient(gateway, ['keys:manage', 'contacts:read']);
    const body = { name: 'more', scopes: ['contacts:read', 'evidence:read'] };
    const answer = await limited('post', '/keys', { body });
    expect(answer.status).to.equal(403);
    expect(answer.body.detail).to.contain('evidence:read');
  });

  it('may look up fewer numbers a minute than they may send other requests', async () => {
    const client = await newClient(gateway);
    const body = { phone: HELD, reason: 'a test' };
    for (let count = 0; count < PER_MINUTE.lookups; count += 1) {
      const answer = await client('post', '/contacts/lookup', { body });
      expect(answer.status).to.equal(200);
      expect(answer.headers.ratelimit).to.contain('"lookups"');
    }
    const refused = await client('post', '/contacts/lookup', { body });
    expect(refused.status).to.equal(429);
    expect(Number(refused.headers['retry-after'])).to.be.within(1, 60);
    expect((await client('get', '/programs')).status).to.equal(200);
    expect((await (await newClient(gateway))('post', '/contacts/lookup', { body })).status).to.equal(200);
  });

  it('may check few phone numbers a minute, each of which is logged, and contacts by id as often as usual', async () => {
    const client = await newClient(gateway);
    const found = await client('post', '/contacts/lookup', { body: { phone: HELD, reason: 'a test' } });
    const check = (who: object) =>
      client('post', '/checks', { body: { ...who, program: 'deals', topic: 'deals' } });
    for (let count = 1; count < PER_MINUTE.lookups; count += 1) {
      const answer = await check({ phone: HELD });
      expect(answer.status).to.equal(200);
      expect(answer.headers.ratelimit).to.contain('"usual"').and.to.contain('"lookups"');
    }
    const line = gateway.logs.findLast((log) => log.includes('looked up by a check')) ?? '';
    expect(JSON.parse(line)).to.include({ contact: found.body.id });
    expect(line).not.to.contain(HELD.slice(2));
    await (await newClient(gateway))('post', '/checks', {
      body: { phone: '+15551239999', program: 'deals', topic: 'deals' },
    });
    const nobody = gateway.logs.findLast((log) => log.includes('looked up by a check')) ?? '';
    expect(JSON.parse(nobody)).to.include({ contact: null });
    const refused = await check({ phone: HELD });
    expect(refused.status).to.equal(429);
    expect(Number(refused.headers['retry-after'])).to.be.within(1, 60);
    const lines = gateway.logs.length;
    const byContact = await check({ contact: found.body.id });
    expect(byContact.status).to.equal(200);
    expect(byContact.headers.ratelimit).not.to.contain('lookups');
    expect(gateway.logs.slice(lines).join('')).not.to.contain('looked up');
  });

  it('save journeys with programs:write, but need campaigns:send for one that sends', async () => {
    const writer = await newClient(gateway, ['programs:write', 'programs:read']);
    const template = { program: 'deals', texts: { en: '{brand}: welcome. STOP to end' } };
    await writer('put', '/templates/welcome', { body: template });
    const steps = [{ id: 'hello', message: { template: 'welcome', topic: 'deals' } }];
    const journey = { name: 'Welcome', program: 'deals', trigger: { kind: 'consent' }, steps };
    const put = (client: Client, name: string) =>
      client('put', '/journeys/keyed', { body: { ...journey, name } });
    const shown = async () => (await writer('get', '/journeys/keyed')).body;
    const move = (how: string) => admin('post', `/journeys/keyed/${how}`, { body: {} });
    expect([(await put(writer, 'First')).status, (await put(writer, 'Second')).status]).to.deep.equal([
      200, 200,
    ]);
    for (const how of ['start', 'pause']) {
      expect((await move(how)).status).to.equal(200);
      const before = await shown();
      const refused = await put(writer, 'Third');
      expect([refused.status, refused.body.type]).to.deep.equal([403, '/api/docs#missing-scope']);
      expect(refused.body.detail).to.contain('campaigns:send');
      expect(await shown()).to.deep.equal(before);
      expect((await put(admin, `By ${how}`)).body.name).to.equal(`By ${how}`);
    }
    await move('stop');
    expect((await put(writer, 'Fourth')).status).to.equal(200);
  });
});
