import { expect } from 'chai';
import { SENDERS } from '../../scripts/seed/programs.ts';
import { createKey } from '../../src/access/api-keys.ts';
import { senderId } from '../../src/consent/programs/sender-health.ts';
import { MINUTE_MS } from '../../src/domain/durations.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import {
  type ConsoleClient,
  colleague,
  consoleClient,
  firstAdmin,
  movableClock,
  PASSWORD,
  sendPassword,
} from './client.ts';

const SECRET = /ak_[0-9a-f]{16}_[\w-]{43}/;
const FORM = /name="form" value="([\w-]{16})"/;
const [CODE] = Object.values(SENDERS);
const AT_CODE = `/console/numbers/${CODE === undefined ? '' : senderId(CODE)}`;
const PERSON = '/console/people/c_0123456789abcdef';

const clock = movableClock();

describe('Dangerous acts at the console', () => {
  let gateway: Gateway;
  let ada: ConsoleClient;
  before(async () => {
    gateway = await startGateway({ worker: 'replies', env: { CONSOLE: 'on' }, now: clock.now });
    ada = await firstAdmin(gateway);
  });
  after(() => gateway.stop());

  const answers = async (key: string): Promise<number> => {
    const headers = { Authorization: `Bearer ${key}` };
    return (await fetch(`${gateway.url}/api/v1/programs`, { headers })).status;
  };
  const confirmed = async (next: string) =>
    ada.follow(await ada.post('/console/confirm', { proof: PASSWORD, next }));

  /** Signs in anew, and waits until the password is asked for again. */
  const elevenMinutesLater = async (): Promise<void> => {
    await sendPassword(ada, 'ada@fernway.example');
    await ada.get('/console/account');
    clock.move(11 * MINUTE_MS);
  };

  for (const path of [
    '/console/keys/new',
    '/console/keys/0123456789abcdef/rotate',
    '/console/keys/0123456789abcdef/revoke',
    `${AT_CODE}/webhooks`,
    `${AT_CODE}/webhooks-back`,
    `${PERSON}/export`,
    '/console/account/second-factor/remove',
    '/console/team/somebody/role',
  ]) {
    it(`asks for the password again before ${path.replace(/[0-9a-f]{16}|c_\w+|somebody/, ':id')}`, async () => {
      await elevenMinutesLater();
      const { location } = await ada.post(path);
      expect(location).to.equal('/console/confirm?next=%2Fconsole%2Fagain');
    });
  }

  for (const [file, list] of [
    ['/console/sent.csv?since=2026-01-01', '/console/sent?since=2026-01-01'],
    ['/console/sent.ndjson?since=2026-01-01', '/console/sent?since=2026-01-01'],
    ['/console/suppressions.csv', '/console/suppressions'],
    ['/console/audit.csv', '/console/audit'],
  ] as const) {
    it(`asks for the password again before the file ${file}, and then leads to its list`, async () => {
      await elevenMinutesLater();
      const asked = await ada.get(file);
      expect(asked.location).to.equal(`/console/confirm?next=${encodeURIComponent(list)}`);
      await ada.follow(asked);
      const { status, html } = await confirmed(list);
      expect(status).to.equal(200);
      expect(html).to.include('It is you. For 10 minutes you are not asked again');
      expect((await ada.get(file)).headers.get('content-disposition')).to.include('attachment');
    });
  }

  it('keeps every box that was ticked behind the question, and makes the key after it', async () => {
    await sendPassword(ada, 'ada@fernway.example');
    const page = await ada.get('/console/keys/new');
    clock.move(11 * MINUTE_MS);
    const typed = new URLSearchParams({ name: 'shop', form: FORM.exec(page.html)?.[1] ?? '' });
    const asked = await ada.postAll('/console/keys/new', [
      ...typed,
      ['scope', 'programs:read'],
      ['scope', 'contacts:read'],
    ]);
    await ada.follow(asked);
    const { html } = await confirmed('/console/again');
    expect(html).to.include('value="programs:read"').and.include('value="contacts:read"');
    const made = await ada.postAll('/console/keys/new', [
      ...typed,
      ['scope', 'programs:read'],
      ['scope', 'contacts:read'],
    ]);
    expect((await ada.follow(made)).html).to.match(SECRET);
    const [key] = await gateway.store.db.collection('apiKeys').find({ name: 'shop' }).toArray();
    expect(key?.scopes).to.deep.equal(['contacts:read', 'programs:read']);
  });

  it('makes one key of two presses, one after the other or at once', async () => {
    const page = await ada.get('/console/keys/new');
    const form = FORM.exec(page.html)?.[1] ?? '';
    const typed = { name: 'pressed twice', scope: 'programs:read', form };
    const [first, second] = await Promise.all([
      ada.post('/console/keys/new', typed),
      ada.post('/console/keys/new', typed),
    ]);
    expect(first.location).to.equal(second.location);
    const shown = await ada.follow(first);
    expect(await answers(SECRET.exec(shown.html)?.[0] ?? '')).to.equal(200);
    expect((await ada.post('/console/keys/new', typed)).location).to.equal(first.location);
    const keys = gateway.store.db.collection('apiKeys');
    expect(await keys.countDocuments({ name: 'pressed twice' })).to.equal(1);
    const other = await ada.post('/console/keys/new', { ...typed, name: 'another' });
    expect(other.status).to.equal(422);
    expect(other.html).to.include('This form made the key “pressed twice” already.');
    const { html } = await ada.get(first.location ?? '');
    const rotate = { form: FORM.exec(html)?.[1] ?? '' };
    const both = await Promise.all([
      ada.post(`${first.location}/rotate`, rotate),
      ada.post(`${first.location}/rotate`, rotate),
    ]);
    expect(both[0]?.location).to.equal(both[1]?.location);
    expect(await keys.countDocuments({ name: 'pressed twice' })).to.equal(2);
  });

  const leaving = async (email: string) => {
    const client = await colleague(gateway, ada, { name: 'Ivo Lenz', email, role: 'integrator' });
    const row = await gateway.store.staff.findOne({ email });
    const made = async (name: string) => {
      const { html } = await client.follow(
        await client.postAll('/console/keys/new', [
          ['name', name],
          ['scope', 'programs:read'],
          ['scope', 'keys:manage'],
        ]),
      );
      const secret = SECRET.exec(html)?.[0] ?? '';
      return { secret, id: secret.slice(3, 19) };
    };
    return { client, made, at: `/console/team/${row?._id}` };
  };

  it('revokes the keys of a member who leaves, and the keys that these made, but those that are kept', async () => {
    const { made, at, client } = await leaving('ivo@fernway.example');
    const [shop, till] = [await made('shop of Ivo'), await made('till of Ivo')];
    const given = await fetch(`${gateway.url}/api/v1/keys`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${shop.secret}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ name: 'child', scopes: ['programs:read'] }),
    });
    const child = SECRET.exec(await given.text())?.[0] ?? '';
    expect(await answers(child)).to.equal(200);
    const other = await createKey(
      gateway.store,
      { name: 'of others', scopes: ['programs:read'] },
      clock.now(),
    );
    const { html } = await ada.get(at);
    expect(html).to.include('shop of Ivo').and.include('till of Ivo').and.include('>child<');
    expect(html).to.not.include('of others');
    const removed = await ada.follow(await ada.post(`${at}/remove`, { keep: till.id }));
    expect(removed.html).to.include('2 keys are revoked.');
    const left = await Promise.all([shop.secret, child, till.secret, other.key].map(answers));
    expect(left).to.deep.equal([401, 401, 200, 200]);
    expect((await client.get('/console/keys')).location).to.include('/console/sign-in');
    expect((await ada.get('/console/audit')).html).to.include('revoked');
  });

  it('leaves no key open that a member makes at the moment of leaving', async () => {
    const { client, at } = await leaving('ian@fernway.example');
    await client.get('/console/keys/new');
    await ada.get(at);
    const presses = [1, 2, 3].map((number) =>
      client.post('/console/keys/new', { name: `last ${number}`, scope: 'programs:read' }),
    );
    await Promise.all([...presses, ada.post(`${at}/remove`)]);
    const keys = gateway.store.db.collection('apiKeys');
    expect(await keys.countDocuments({ name: /^last/, revokedAt: null })).to.equal(0);
  });

  it('revokes nothing where the member is the last admin', async () => {
    const own = await gateway.store.staff.findOne({ email: 'ada@fernway.example' });
    const before = await gateway.store.db.collection('apiKeys').countDocuments({ revokedAt: null });
    await ada.get(`/console/team/${own?._id}`);
    expect((await ada.post(`/console/team/${own?._id}/remove`)).status).to.equal(409);
    const after = await gateway.store.db.collection('apiKeys').countDocuments({ revokedAt: null });
    expect(after).to.equal(before);
  });

  it('knows no cookie of a member whose document is gone', async () => {
    const { client } = await leaving('ulf@fernway.example');
    await gateway.store.staff.deleteOne({ email: 'ulf@fernway.example' });
    expect((await client.get('/console/keys')).location).to.include('/console/sign-in');
    expect(
      (await client.post('/console/keys/new', { name: 'ghost', scope: 'programs:read' })).status,
    ).to.equal(303);
    expect(await gateway.store.db.collection('apiKeys').countDocuments({ name: 'ghost' })).to.equal(0);
    expect((await sendPassword(consoleClient(gateway.url), 'ulf@fernway.example')).status).to.equal(422);
  });
});
