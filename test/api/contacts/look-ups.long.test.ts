import { expect } from 'chai';
import { createKey, UNKNOWN_A_DAY } from '../../../src/access/api-keys.ts';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import { type ApiAnswer, type Client, clientWith, newClient } from '../client.ts';

const HELD = '+15551340001';
const NOBODY = '+15551340002';
const OTHER = '+15551340003';
const AT = '2026-01-05T10:00:00Z';

describe('a request that reveals whether a number is known', () => {
  let gateway: Gateway;
  let contact: string;
  before(async () => {
    gateway = await startGateway({ worker: 'replies' });
    const admin = await newClient(gateway);
    for (const number of [HELD, OTHER]) {
      await gateway.text(number, 'JOIN');
      await gateway.text(number, 'YES');
    }
    contact = (await admin('post', '/contacts/lookup', { body: { phone: HELD, reason: 'a test' } })).body.id;
    await admin('post', '/events', { body: { phone: OTHER, type: 'visit', at: AT, id: 'taken' } });
  });
  after(() => gateway.stop());

  let sent = 0;
  const event = (client: Client, body: object): Promise<ApiAnswer> =>
    client('post', '/events', { body: { type: 'purchase', at: AT, ...body } });
  const message = (client: Client, body: object): Promise<ApiAnswer> =>
    client('post', '/messages', {
      body: { program: 'deals', topic: 'deals', ...body },
      headers: { 'Idempotency-Key': `a-${++sent}` },
    });
  const traces = (): unknown[] =>
    gateway.logs
      .filter((line) => line.includes('came to nothing'))
      .map((line) => (JSON.parse(line) as { contact: unknown }).contact);

  for (const [what, ask] of [
    [
      "an event under the id of another's",
      (client: Client, phone: string) => event(client, { phone, type: 'visit', id: 'taken' }),
    ],
    [
      'a message that is not sent',
      (client: Client, phone: string) =>
        message(client, { phone, program: 'orders', topic: 'orders', text: 'Fernway: hello.' }),
    ],
  ] as const) {
    it(`is logged as a look-up when ${what} came to nothing`, async () => {
      const client = await newClient(gateway);
      const before = traces().length;
      for (const phone of [NOBODY, HELD]) await ask(client, phone);
      expect(traces().slice(before)).to.deep.equal([null, contact]);
    });
  }

  it('is not counted when it is refused whoever has the number', async () => {
    const client = await newClient(gateway);
    const before = traces().length;
    for (const [status, ask] of [
      [409, (phone: string) => event(client, { phone, id: 'taken' })],
      [422, (phone: string) => message(client, { phone, template: 'none' })],
    ] as const) {
      const answers = [await ask(NOBODY), await ask(HELD)];
      expect(answers.map((answer) => answer.status)).to.deep.equal([status, status]);
      expect(answers[0]?.body.detail).to.equal(answers[1]?.body.detail);
    }
    expect(traces().length).to.equal(before);
  });

  it('leaves no trace when it succeeded or named the contact by id', async () => {
    const client = await newClient(gateway);
    const before = traces().length;
    const used = [
      await event(client, { phone: HELD }),
      await event(client, { contact, id: 'taken' }),
      await message(client, { phone: HELD, text: 'Fernway: hello.' }),
      await message(client, { contact, template: 'none' }),
    ];
    expect(used.map(({ status }) => status)).to.deep.equal([200, 409, 202, 422]);
    expect(traces().length).to.equal(before);
  });

  it('is counted by the day when a number is to become one of our senders', async () => {
    const { store, url } = gateway;
    const { key, id } = await createKey(store, { name: 'test', scopes: ['programs:write'] }, new Date());
    const client = clientWith(url, key);
    const put = (number: string, change: object = {}) => {
      const body = { kind: 'long-code', country: 'US', opt_out_handling: 'default', ...change };
      return client('put', `/senders/${encodeURIComponent(number)}`, { body });
    };
    const keys = store.db.collection<{ _id: string; unknown?: { times: number } }>('apiKeys');
    const counted = async () => (await keys.findOne({ _id: id }))?.unknown?.times;
    const before = traces().length;
    const [faulty, ours] = [await put(HELD, { kind: 'short-code' }), await put('+15550100199')];
    expect([faulty.status, ours.status, await counted()]).to.deep.equal([422, 200, undefined]);
    const [held, free] = [await put(HELD), await put('+15550100177')];
    expect([held.status, free.status, await counted()]).to.deep.equal([422, 200, 1]);
    expect(traces().slice(before)).to.deep.equal([contact]);
    await keys.updateOne({ _id: id }, { $set: { 'unknown.times': UNKNOWN_A_DAY } });
    const spent = [await put(HELD), await put('+15550100178'), await put('+15550100177')];
    expect(spent.map(({ status }) => status)).to.deep.equal([429, 429, 200]);
  });

  it('counts as one look-up when it asks why somebody got a campaign', async () => {
    const client = await newClient(gateway);
    const why = (who: object) => client('post', '/campaigns/none/why', { body: who });
    expect((await why({ phone: NOBODY })).headers.ratelimit).to.contain('"lookups"');
    expect((await why({ contact })).headers.ratelimit).not.to.contain('lookups');
  });

  it('is limited for a key to so many unknown numbers a day over all processes', async () => {
    const { store, url } = gateway;
    const { key, id } = await createKey(store, { name: 'test', scopes: ['contacts:read'] }, new Date());
    const client = clientWith(url, key);
    const lookUp = (phone: string) =>
      client('post', '/contacts/lookup', { body: { phone, reason: 'a test' } });
    const check = (who: object) =>
      client('post', '/checks', { body: { ...who, program: 'deals', topic: 'deals' } });
    const why = (who: object) => client('post', '/campaigns/none/why', { body: who });
    const keys = store.db.collection<{ _id: string; unknown: { times: number } }>('apiKeys');
    const counted = async () => (await keys.findOne({ _id: id }))?.unknown?.times;

    expect([(await lookUp(HELD)).status, await counted()]).to.deep.equal([200, undefined]);
    expect([(await lookUp(NOBODY)).status, await counted()]).to.deep.equal([404, 1]);
    expect([(await check({ phone: NOBODY })).status, await counted()]).to.deep.equal([200, 2]);
    // This is the count of other processes.
    await keys.updateOne({ _id: id }, { $set: { 'unknown.times': UNKNOWN_A_DAY - 1 } });
    expect([(await lookUp(NOBODY)).status, await counted()]).to.deep.equal([404, UNKNOWN_A_DAY]);

    const refused = [await lookUp(NOBODY), await lookUp(HELD), await check({ phone: HELD })];
    for (const { status, body, headers } of refused) {
      expect(status).to.equal(429);
      expect(body.detail).to.match(
        /^This key and those of the same maker named 100 numbers today that nobody is held under/,
      );
      expect(Number(headers['retry-after'])).to.be.within(1, 86_400);
    }
    expect(await counted()).to.equal(UNKNOWN_A_DAY);
    expect([(await check({ contact })).status, (await why({ contact })).status]).to.deep.equal([200, 404]);
    const other = await newClient(gateway, ['contacts:read']);
    expect(
      (await other('post', '/contacts/lookup', { body: { phone: HELD, reason: 'a test' } })).status,
    ).to.equal(200);

    await keys.updateOne({ _id: id }, { $set: { 'unknown.day': '2026-01-01' } } as object);
    expect([(await lookUp(HELD)).status, (await lookUp(NOBODY)).status, await counted()]).to.deep.equal([
      200, 404, 1,
    ]);
  });

  it('is limited also for messages and events that came to nothing, and for a fresh key', async () => {
    const { store, url } = gateway;
    const scopes = ['contacts:read', 'contacts:write', 'messages:write'] as const;
    const { key, id } = await createKey(store, { name: 'test', scopes }, new Date());
    const keys = store.db.collection<{ _id: string; unknown: { times: number } }>('apiKeys');
    const counted = async () => (await keys.findOne({ _id: id }))?.unknown?.times;
    const ask = async (client: Client, phone: string): Promise<number[]> => [
      (await event(client, { phone, type: 'visit', id: 'taken' })).status,
      (await message(client, { phone, text: 'Fernway: hello.' })).status,
    ];
    expect([await ask(clientWith(url, key), NOBODY), await counted()]).to.deep.equal([[409, 409], 2]);
    const visit = async (phone: string): Promise<number> =>
      (await event(clientWith(url, key), { phone, type: 'visit', id: 'taken' })).status;
    expect([await visit(HELD), await visit(OTHER), await counted()]).to.deep.equal([409, 200, 3]);
    const fresh = await createKey(store, { name: 'test', scopes }, new Date(), {
      id,
      root: id,
      mayLookUp: true,
    });
    expect([await ask(clientWith(url, fresh.key), NOBODY), await counted()]).to.deep.equal([[409, 409], 5]);
    await keys.updateOne({ _id: id }, { $set: { 'unknown.times': UNKNOWN_A_DAY } });
    for (const apiKey of [key, fresh.key]) {
      expect(await ask(clientWith(url, apiKey), NOBODY)).to.deep.equal([429, 429]);
      expect(await ask(clientWith(url, apiKey), HELD)).to.deep.equal([429, 202]);
    }
    expect([await visit(OTHER), await counted()]).to.deep.equal([429, UNKNOWN_A_DAY]);
  });

  it("records no message to a person who may not get it once the day's unknown numbers are spent", async () => {
    const { store, url } = gateway;
    const { key, id } = await createKey(store, { name: 'test', scopes: ['messages:write'] }, new Date());
    const client = clientWith(url, key);
    const ask = async (phone: string) =>
      (await message(client, { phone, program: 'orders', topic: 'orders', text: 'Fernway: hello.' })).status;
    const skipped = () => store.deliveries.countDocuments({ contact, state: 'skipped' });
    const before = await skipped();
    expect([await ask(NOBODY), await ask(HELD), await skipped()]).to.deep.equal([409, 202, before + 1]);
    const keys = store.db.collection<{ _id: string }>('apiKeys');
    await keys.updateOne({ _id: id }, { $set: { 'unknown.times': UNKNOWN_A_DAY } });
    expect([await ask(NOBODY), await ask(HELD), await skipped()]).to.deep.equal([429, 429, before + 1]);
  });

  it('is limited also when it asks why somebody got a campaign', async () => {
    const admin = await newClient(gateway);
    const draft = {
      name: 'Why',
      program: 'deals',
      topic: 'deals',
      template: 'why',
      segment: { kind: 'everyone' },
    };
    const template = { program: 'deals', texts: { en: '{brand}: hello. STOP to end' } };
    await admin('put', '/templates/why', { body: template });
    expect((await admin('put', '/campaigns/why', { body: draft })).status).to.equal(200);
    const { store, url } = gateway;
    const { key, id } = await createKey(store, { name: 'test', scopes: ['contacts:read'] }, new Date());
    const client = clientWith(url, key);
    const why = async (phone: string) =>
      (await client('post', '/campaigns/why/why', { body: { phone } })).status;
    expect([await why(HELD), await why(NOBODY)]).to.deep.equal([200, 200]);
    const keys = store.db.collection<{ _id: string; unknown: { times: number } }>('apiKeys');
    expect((await keys.findOne({ _id: id }))?.unknown.times).to.equal(1);
    await keys.updateOne({ _id: id }, { $set: { 'unknown.times': UNKNOWN_A_DAY } });
    expect([await why(HELD), await why(NOBODY)]).to.deep.equal([429, 429]);
  });
});
