import { expect } from 'chai';
import { createKey, SCOPES } from '../../../src/access/api-keys.ts';
import { type Client, clientWith } from '../../api/client.ts';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import { marketer, person, subscribe } from '../marketer.ts';

/** Long after every day on which the tests run. */
const AT = '2099-06-01T12:00:00.000Z';

describe('the one who paused', () => {
  let gateway: Gateway;
  let client: Client;
  let key = '';
  let team: ReturnType<typeof marketer>;
  before(async () => {
    gateway = await startGateway({ worker: 'replies' });
    const made = await createKey(gateway.store, { name: 'Mira of marketing', scopes: SCOPES }, new Date());
    key = made.id;
    client = clientWith(gateway.url, made.key);
    team = marketer(client);
    await subscribe(gateway, 1);
    await team.words('offer', '{brand}: an offer');
  });
  after(() => gateway.stop());

  it('is named for a campaign, by key and with the time, until it is resumed', async () => {
    await team.draft('spring');
    await team.post('spring', 'start', { at: AT });
    expect((await team.show('spring')).paused_by).to.equal(null);
    const { paused_by } = (await team.post('spring', 'pause')).body;
    expect(paused_by).to.deep.include({ by: 'staff', key, name: 'Mira of marketing' });
    expect(paused_by.sentence).to.match(
      /^Paused by “Mira of marketing” \(key .+\) at \w{3} \d{1,2}, \d{4}, \d{1,2}:\d\d [AP]M UTC\.$/,
    );
    const { updatedAt } = (await gateway.store.campaigns.findOne({ _id: 'spring' })) ?? {};
    expect(paused_by.at).to.equal(updatedAt?.toISOString());
    const { body } = await client('get', '/campaigns', { query: 'state=paused' });
    expect(body.items.map((item: { paused_by: object }) => item.paused_by)).to.deep.equal([paused_by]);
    expect((await team.post('spring', 'resume')).body.paused_by).to.equal(null);
  });

  it('is named for the runs of a recurrence that was paused', async () => {
    await team.draft('daily');
    const { status, text } = await team.post('daily', 'start', { repeat: { cron: '0 10 * * *' } });
    expect(status, text).to.equal(200);
    const daily = await gateway.store.campaigns.findOne({ _id: 'daily' });
    if (daily === null) throw new Error('the recurrence is gone');
    const { repeat: _, ...same } = daily;
    const startAt = new Date(AT);
    await gateway.store.campaigns.insertOne({ ...same, _id: 'daily.9906011400', runOf: 'daily', startAt });
    await team.post('daily', 'pause');
    for (const id of ['daily', 'daily.9906011400'])
      expect((await team.show(id)).paused_by, id).to.deep.include({ by: 'staff', key });
  });

  it('is named for a journey, by key and with the time, until it is started again', async () => {
    const journey = {
      name: 'Welcome',
      program: 'deals',
      trigger: { kind: 'consent' },
      steps: [{ id: 'first', message: { template: 'offer', topic: 'deals' } }],
    };
    await client('put', '/journeys/welcome', { body: journey });
    const move = async (how: string) => (await client('post', `/journeys/welcome/${how}`, { body: {} })).body;
    expect((await move('start')).paused_by).to.equal(null);
    const { paused_by } = await move('pause');
    expect(paused_by).to.deep.include({ by: 'staff', key, name: 'Mira of marketing' });
    const stored = await gateway.store.journeys.findOne({ _id: 'welcome' });
    expect(paused_by.at).to.equal(stored?.updatedAt.toISOString());
    expect((await client('get', '/journeys/welcome')).body.paused_by).to.deep.equal(paused_by);
    expect((await move('start')).paused_by).to.equal(null);
    expect((await client('get', '/journeys/welcome')).body.paused_by).to.equal(null);
  });

  it('is the person for a pause by text, with the entry of the ledger', async () => {
    const { body: contact } = await client('post', '/contacts/lookup', {
      body: { phone: person(1), reason: 'a test' },
    });
    const status = async () => (await client('get', `/contacts/${contact.id}/status`)).body;
    expect(await status()).to.include({ paused_until: null, paused_by: null });
    await gateway.text(person(1), 'PAUSE 30');
    const { paused_by, paused_until } = await status();
    expect(paused_until).to.be.a('string');
    expect(paused_by).to.include({ by: 'person', channel: 'VIA_TEXT' });
    const { body } = await client('get', '/consent-records', { query: `contact=${contact.id}` });
    const entry = body.items.find(({ seq }: { seq: number }) => seq === paused_by.entry);
    expect(entry).to.include({ kind: 'paused', acted_at: paused_by.at });
    await gateway.text(person(1), 'RESUME');
    expect(await status()).to.include({ paused_until: null, paused_by: null });
  });
});
