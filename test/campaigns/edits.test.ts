import { expect } from 'chai';
import { type Client, fieldsOf, newClient } from '../api/client.ts';
import { type Gateway, startGateway, until } from '../support/gateway.ts';
import { marketer, slow, subscribe } from './crew.ts';

describe('an edit of a campaign', () => {
  let gateway: Gateway;
  let client: Client;
  let team: ReturnType<typeof marketer>;
  before(async () => {
    gateway = await startGateway({ senders: slow(12) });
    client = await newClient(gateway);
    team = marketer(client);
    await subscribe(gateway, 6);
    await team.words('offer', '{brand}: an offer');
  });
  after(() => gateway.stop());

  it('after it was approved needs the second person again before it goes on', async () => {
    await team.rules({}, 5);
    const second = marketer(await newClient(gateway));
    await team.words('approved', '{brand}: as approved');
    await team.draft('shown', { template: 'approved' });
    await team.post('shown', 'start', { at: new Date(Date.now() + 3_600_000).toISOString() });
    await second.post('shown', 'approve');
    const at = new Date(Date.now() + 3_600_000).toISOString();
    expect((await team.post('shown', 'start', { at })).status).to.equal(200);
    await team.post('shown', 'pause');
    expect((await second.post('shown', 'approve')).status).to.equal(409);
    await team.words('approved', '{brand}: never shown to anybody');
    await team.post('shown', 'edit', { words: true, note: 'other words' });
    await until('the new words', async () => !(await team.show('shown')).rewriting);
    const alone = await team.post('shown', 'resume');
    expect([alone.status, alone.body.detail?.slice(0, 39)]).to.deep.equal([
      409,
      'It was changed since it was approved. A',
    ]);
    expect((await team.post('shown', 'approve')).body.detail).to.match(/^The key that asked cannot approve/);
    expect((await second.post('shown', 'approve')).status).to.equal(200);
    expect((await team.post('shown', 'resume')).status).to.equal(200);
    await team.post('shown', 'cancel');
    await team.rules({}, null);
  });

  it('leads to nothing that a start would refuse', async () => {
    const at = new Date(Date.now() + 3_600_000).toISOString();
    await team.draft('bound');
    await team.post('bound', 'start', { at });
    await team.post('bound', 'pause');
    const deadline = new Date(Date.now() + 1_800_000).toISOString();
    const early = await team.post('bound', 'edit', { deadline, note: 'sooner' });
    expect([early.status, fieldsOf(early)]).to.deep.equal([422, ['deadline']]);
    await client('put', '/coupon-pools/bound', { body: { name: 'bound' } });
    await client('post', '/coupon-pools/bound/codes', { body: { codes: ['ONLY-1'] } });
    await team.words('offer', '{brand}: your code {coupon:bound}');
    const short = await team.post('bound', 'edit', { words: true, note: 'a code' });
    expect(short.status).to.equal(409);
    expect(short.body.detail).to.match(/"bound" has 1 codes left/);
    await team.words('offer', '{brand}: an offer');
    await team.post('bound', 'cancel');
    await team.draft('daily');
    await team.post('daily', 'start', { repeat: { cron: '0 10 * * *' } });
    await team.post('daily', 'pause');
    const fixed = await team.post('daily', 'edit', { deadline: at, note: 'an end' });
    expect([fixed.status, fieldsOf(fixed)]).to.deep.equal([422, ['deadline']]);
    await team.post('daily', 'cancel');
  });
});
