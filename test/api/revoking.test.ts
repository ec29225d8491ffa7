import { expect } from 'chai';
import { type ApiScope, createKey, giveKey } from '../../src/access/api-keys.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { type Client, clientWith, newClient } from './client.ts';

type Key = { id: string; ask: Client };

describe('revoking API keys', () => {
  let gateway: Gateway;
  before(async () => {
    gateway = await startGateway({ worker: false });
  });
  after(() => gateway.stop());

  const MANAGER: readonly ApiScope[] = ['keys:manage', 'programs:read'];
  const first = async (scopes: readonly ApiScope[] = MANAGER): Promise<Key> => {
    const { key, id } = await createKey(gateway.store, { name: 'first', scopes }, new Date());
    return { id, ask: clientWith(gateway.url, key) };
  };
  const made = async (by: Key, scopes: readonly ApiScope[] = MANAGER): Promise<Key> => {
    const { body } = await by.ask('post', '/keys', { body: { name: 'made', scopes } });
    return { id: body.id, ask: clientWith(gateway.url, body.key) };
  };
  const revoke = (by: Key, id: string, body: object = {}) => by.ask('post', `/keys/${id}/revoke`, { body });
  const works = async ({ ask }: Key): Promise<boolean> => (await ask('get', '/programs')).status === 200;

  it('revokes one key and names the keys made with it that stay valid', async () => {
    const admin = await first();
    const key = await made(admin);
    const [child, other] = [await made(key), await made(admin)];
    const { status, body } = await revoke(admin, key.id);
    expect([status, body.also_revoked, body.still_in_force]).to.deep.equal([200, [], [child.id]]);
    expect(await Promise.all([key, child, other].map(works))).to.deep.equal([false, true, true]);
  });

  it('revokes the whole line of keys on request, also through a key that was revoked before', async () => {
    const admin = await first();
    const key = await made(admin);
    const child = await made(key);
    const [grandchild, second] = [await made(child), await made(key, ['programs:read'])];
    const other = await made(admin);
    await revoke(admin, child.id);
    const { status, body } = await revoke(admin, key.id, { whole_line: true });
    expect([status, body.still_in_force]).to.deep.equal([200, []]);
    expect(body.also_revoked).to.have.members([grandchild.id, second.id]);
    const line = [key, child, grandchild, second, other];
    expect(await Promise.all(line.map(works))).to.deep.equal([false, false, false, false, true]);
    const again = await revoke(admin, key.id, { whole_line: true });
    expect([again.status, again.body.revoked_at, again.body.also_revoked]).to.deep.equal([
      200,
      body.revoked_at,
      [],
    ]);
  });

  it("refuses to revoke a key that can do more than the caller's, and says what", async () => {
    const [strong, weak] = [await first([...MANAGER, 'messages:write']), await first()];
    for (const body of [{}, { whole_line: true }]) {
      const answer = await revoke(weak, strong.id, body);
      expect([answer.status, answer.body.type]).to.deep.equal([403, '/api/docs#missing-scope']);
      expect(answer.body.detail).to.contain('messages:write');
      expect(answer.body.next_step).to.contain('npm run key');
    }
    expect(await works(strong)).to.equal(true);
    expect((await revoke(strong, weak.id)).status).to.equal(200);
    expect((await revoke(strong, strong.id)).status).to.equal(200);
    expect(await works(strong)).to.equal(false);
  });

  it('leaves no key behind that the revoked one was about to make', async () => {
    const maker = await first();
    const admin = await newClient(gateway);
    await admin('post', `/keys/${maker.id}/revoke`, { body: { whole_line: true } });
    const wanted = { name: 'late', scopes: ['programs:read'] as const };
    const { id } = maker;
    const revoked = { id, root: id, mayLookUp: false, scopes: new Set(wanted.scopes) };
    const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
    const given = await giveKey(
      {
        store: gateway.store,
        audit: { record: async () => undefined, within: async () => true },
        log,
        now: () => new Date(),
      },
      wanted,
      revoked,
    );
    expect(given).to.deep.equal({ kind: 'maker-revoked' });
    const alive = { madeBy: id, revokedAt: null };
    expect(await gateway.store.db.collection('apiKeys').countDocuments(alive)).to.equal(0);
  });
});
