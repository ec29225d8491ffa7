import { expect } from 'chai';
import { PER_MINUTE } from '../../src/api/limits.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { type Answer, type Client, newClient } from './client.ts';

const HELD = '+15551340001';
const NOBODY = '+15551340002';
const AT = '2026-01-05T10:00:00Z';

describe('what tells by the way whether a number is known', () => {
  let gateway: Gateway;
  let contact: string;
  before(async () => {
    gateway = await startGateway({ worker: false });
    const admin = await newClient(gateway);
    await gateway.text(HELD, 'JOIN');
    await gateway.text(HELD, 'YES');
    contact = (await admin('post', '/contacts/lookup', { body: { phone: HELD, reason: 'a test' } })).body.id;
    await admin('post', '/events', { body: { contact, type: 'visit', at: AT, id: 'taken' } });
  });
  after(() => gateway.stop());

  let sent = 0;
  const event = (client: Client, body: object): Promise<Answer> =>
    client('post', '/events', { body: { type: 'purchase', at: AT, ...body } });
  const message = (client: Client, body: object): Promise<Answer> =>
    client('post', '/messages', {
      body: { program: 'deals', topic: 'deals', ...body },
      headers: { 'Idempotency-Key': `a-${++sent}` },
    });
  /** As often as a key may look a number up, but for once. */
  const nearlyAll = async (client: Client): Promise<void> => {
    const check = { phone: NOBODY, program: 'deals', topic: 'deals' };
    for (let count = 1; count < PER_MINUTE.lookups; count += 1)
      await client('post', '/checks', { body: check });
  };
  const traces = (): unknown[] =>
    gateway.logs
      .filter((line) => line.includes('came to nothing'))
      .map((line) => (JSON.parse(line) as { contact: unknown }).contact);

  for (const [what, ask] of [
    ['an event', (client: Client, phone: string) => event(client, { phone, id: 'taken' })],
    ['a message', (client: Client, phone: string) => message(client, { phone, template: 'none' })],
    [
      'a message that is not sent',
      (client: Client, phone: string) =>
        message(client, { phone, program: 'orders', topic: 'orders', text: 'Fernway: hello.' }),
    ],
  ] as const) {
    it(`counts and is logged as a look-up, where ${what} came to nothing`, async () => {
      const client = await newClient(gateway);
      const before = traces().length;
      const answers = [await ask(client, NOBODY), await ask(client, HELD)];
      for (const one of answers) expect(one.headers.ratelimit).to.contain('"lookups"');
      expect(traces().slice(before)).to.deep.equal([null, contact]);
      await nearlyAll(client);
      const refused = [await ask(client, NOBODY), await ask(client, HELD)];
      expect(refused.map(({ status }) => status)).to.deep.equal([429, 429]);
      expect(Number(refused[0]?.headers['retry-after'])).to.be.within(1, 60);
    });
  }

  it('counts as none where something came of it, or the contact is named', async () => {
    const client = await newClient(gateway);
    await nearlyAll(client);
    const spent = await event(client, { phone: NOBODY });
    const refused = await event(client, { phone: NOBODY });
    expect([spent.status, refused.status]).to.deep.equal([404, 429]);
    expect(refused.body.detail).to.match(/^This counted as a look-up, .* at most 60 a minute with this key/);
    const before = traces().length;
    const used = [
      await event(client, { phone: HELD }),
      await event(client, { contact, id: 'taken' }),
      await message(client, { phone: HELD, text: 'Fernway: hello.' }),
      await message(client, { contact, template: 'none' }),
    ];
    expect(used.map(({ status }) => status)).to.deep.equal([200, 409, 202, 422]);
    for (const one of used) expect(one.headers.ratelimit).not.to.contain('lookups');
    expect(traces().length).to.equal(before);
  });

  it('counts as one where a number is to become a sender of ours, and as none where it is one', async () => {
    const client = await newClient(gateway);
    const put = (number: string, change: object = {}) => {
      const body = { kind: 'long-code', country: 'US', opt_out_handling: 'default', ...change };
      return client('put', `/senders/${encodeURIComponent(number)}`, { body });
    };
    const before = traces().length;
    const [faulty, ours] = [await put(HELD, { kind: 'short-code' }), await put('+15550100199')];
    for (const one of [faulty, ours]) expect(one.headers.ratelimit).not.to.contain('lookups');
    expect([faulty.status, ours.status]).to.deep.equal([422, 200]);
    const [held, free] = [await put(HELD), await put('+15550100177')];
    for (const one of [held, free]) expect(one.headers.ratelimit).to.contain('"lookups"');
    expect([held.status, free.status]).to.deep.equal([422, 200]);
    expect(traces().slice(before)).to.deep.equal([contact]);
    await nearlyAll(client);
    const spent = [await put(HELD), await put('+15550100178'), await put('+15550100177')];
    expect(spent.map(({ status }) => status)).to.deep.equal([429, 429, 200]);
  });

  it('counts as one where it is asked why somebody got a campaign', async () => {
    const client = await newClient(gateway);
    const why = (who: object) => client('post', '/campaigns/none/why', { body: who });
    expect((await why({ phone: NOBODY })).headers.ratelimit).to.contain('"lookups"');
    expect((await why({ contact })).headers.ratelimit).not.to.contain('lookups');
  });
});
