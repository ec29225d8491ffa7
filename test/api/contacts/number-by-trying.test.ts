import { expect } from 'chai';
import { type ApiScope, createKey } from '../../../src/access/api-keys.ts';
import { scanDuplicates } from '../../../src/contacts/duplicates.ts';
import { contextOf } from '../../receipts/rows.ts';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import { type Client, clientWith, newClient } from '../client.ts';

const AT = '2026-01-05T10:00:00Z';
const TYPE = 'application/x-ndjson';

/** The masked number and a preview by area code leave these; the right one stands where most tries miss. */
const LEFT = Array.from({ length: 800 }, (_, at) => `+1555${200 + at}0102`);
const TARGET = LEFT[787] ?? '';
/** The numbers that are tried one by one: more than a day allows, and the right one. */
const ONE_BY_ONE = [...LEFT.slice(0, 110), ...LEFT.slice(780)];
/** A day of tries finds one masked number of 800 in eight days: fewer than one number in a thousand tries a day. */
const MOST_TRIES_A_DAY = 100;

describe('a masked number that somebody tries to guess', () => {
  let gateway: Gateway;
  let target: string;
  before(async () => {
    gateway = await startGateway({ worker: 'replies' });
    for (const body of ['JOIN', 'YES']) await gateway.text(TARGET, body);
    const admin = await newClient(gateway);
    const found = await admin('post', '/contacts/lookup', { body: { phone: TARGET, reason: 'a test' } });
    target = found.body.id;
    const field = { type: 'text', label: 'Second phone', identifies: 'phone' };
    await admin('put', '/contact-fields/second_phone', { body: field });
  });
  after(() => gateway.stop());

  /** A stolen key, inserted into the database. */
  const attacker = (scopes: ApiScope[] = ['contacts:read', 'contacts:write']): Promise<Client> =>
    newClient(gateway, scopes);
  const bulk = (by: Client, path: string, rows: readonly object[]) =>
    by('post', path, { raw: rows.map((row) => `${JSON.stringify(row)}\n`).join(''), type: TYPE });
  const shown = async (by: Client) => (await by('get', `/contacts/${target}`)).body;
  /** Whom the attacker made by trying must not be known the next time. */
  afterEach(async () => {
    await gateway.store.contacts.deleteMany({ _id: { $ne: target } });
  });

  it('is not found by saving one number after the other and comparing ids', async () => {
    const by = await attacker();
    const statuses: number[] = [];
    for (const phone of ONE_BY_ONE) {
      const { status, body } = await by('post', '/contacts', { body: { phone } });
      statuses.push(status);
      expect(body.contact, 'the id of the target').not.to.equal(target);
    }
    expect(statuses.filter((status) => status === 200)).to.have.length(MOST_TRIES_A_DAY);
    expect(new Set(statuses.slice(MOST_TRIES_A_DAY))).to.deep.equal(new Set([429]));
  });

  it('is not found by one request with a list of its own for each number', async () => {
    const by = await attacker();
    const tried = LEFT.map((phone, at) => ({ phone, lists: [`g-${at}`] }));
    const { status, body } = await bulk(by, '/contacts/bulk', tried);
    expect((await shown(by)).lists).to.deep.equal([]);
    expect([status, body.lines_done]).to.deep.equal([429, MOST_TRIES_A_DAY]);
    expect(await gateway.store.contacts.countDocuments({ 'profile.lists': /^g-/ })).to.equal(
      MOST_TRIES_A_DAY,
    );
  });

  it('is not found by the totals of requests of one line', async () => {
    const by = await attacker();
    let [made, known] = [0, 0];
    for (const phone of ONE_BY_ONE) {
      const { status, body } = await bulk(by, '/contacts/bulk', [{ phone, stage: 'lead' }]);
      if (status !== 200) continue;
      made += body.created;
      known += body.updated + body.unchanged + body.refused;
    }
    expect([made, known]).to.deep.equal([MOST_TRIES_A_DAY, 0]);
    expect((await shown(by)).stage).to.equal(null);
  });

  it('is not found by events under each number, in bulk or one by one', async () => {
    const by = await attacker();
    const event = (phone: string, id: string) => ({ phone, type: 'guess', at: AT, id });
    const listed = await bulk(
      by,
      '/events/bulk',
      LEFT.map((phone, at) => event(phone, `bulk-${at}`)),
    );
    expect([listed.status, listed.body.lines_done]).to.deep.equal([429, MOST_TRIES_A_DAY]);
    const other = await attacker();
    const statuses: number[] = [];
    for (const [at, phone] of ONE_BY_ONE.entries()) {
      statuses.push((await other('post', '/events', { body: event(phone, `one-${at}`) })).status);
    }
    expect(statuses.filter((status) => status === 404)).to.have.length(MOST_TRIES_A_DAY);
    expect(statuses.filter((status) => status === 429)).to.have.length(ONE_BY_ONE.length - MOST_TRIES_A_DAY);
    expect(await gateway.store.db.collection('events').countDocuments({ type: 'guess' })).to.equal(0);
  });

  it('is not found by giving numbers as second phones of others', async () => {
    const by = await attacker();
    const own = Array.from({ length: 50 }, (_, at) => `+1555141${String(at).padStart(4, '0')}`);
    expect(
      (
        await bulk(
          by,
          '/contacts/bulk',
          own.map((phone) => ({ phone })),
        )
      ).status,
    ).to.equal(200);
    const told = (phone: string, second: string) => ({ phone, fields: { second_phone: second } });
    const statuses = new Set<number>();
    for (const [at, second] of ONE_BY_ONE.entries()) {
      statuses.add((await by('post', '/contacts', { body: told(own[at % 50] ?? '', second) })).status);
    }
    const open = await contextOf(gateway);
    await scanDuplicates(open.context, { most: 1000, goOn: () => true });
    await open.close();
    expect((await by('get', '/people/candidates')).body.items).to.deep.equal([]);
    expect([...statuses].sort()).to.deep.equal([200, 429]);
  });

  it('is not found by going on with another way, or with a key that the first one made', async () => {
    const { store, url } = gateway;
    const scopes: ApiScope[] = ['contacts:read', 'contacts:write'];
    const first = await createKey(store, { name: 'first', scopes: [...scopes, 'keys:manage'] }, new Date());
    const by = clientWith(url, first.key);
    await bulk(
      by,
      '/contacts/bulk',
      LEFT.slice(0, MOST_TRIES_A_DAY).map((phone) => ({ phone })),
    );
    const made = (await by('post', '/keys', { body: { name: 'second', scopes: ['contacts:write'] } })).body;
    const check = { phone: TARGET, program: 'deals', topic: 'deals' };
    for (const client of [by, clientWith(url, made.key)]) {
      const tried = [
        await client('post', '/contacts', { body: { phone: TARGET, lists: ['found'] } }),
        await bulk(client, '/contacts/bulk', [{ phone: TARGET, lists: ['found'] }]),
        await client('post', '/events', { body: { phone: TARGET, type: 'guess', at: AT } }),
        await bulk(client, '/events/bulk', [{ phone: TARGET, type: 'guess', at: AT, id: 'last' }]),
      ];
      expect(tried.map(({ status }) => status)).to.deep.equal([429, 429, 429, 429]);
    }
    expect(
      (await by('post', '/contacts/lookup', { body: { phone: TARGET, reason: 'a test' } })).status,
    ).to.equal(429);
    expect((await by('post', '/checks', { body: check })).status).to.equal(429);
    expect((await shown(by)).lists).to.deep.equal([]);
  });
});
