import { expect } from 'chai';
import { type Client, fieldsOf, newClient } from '../../api/client.ts';
import { type Gateway, startGateway, until } from '../../support/gateway.ts';
import { marketer, person, slowSender, subscribe } from '../marketer.ts';

describe('an edit of a campaign', () => {
  let gateway: Gateway;
  let client: Client;
  let team: ReturnType<typeof marketer>;
  before(async () => {
    gateway = await startGateway({ worker: 'sending', senders: slowSender(12) });
    client = await newClient(gateway);
    team = marketer(client);
    await subscribe(gateway, 6);
    await team.words('offer', '{brand}: an offer');
  });
  after(() => gateway.stop());

  it("needs the second person's approval again before the campaign goes on", async () => {
    await team.rules({}, 5);
    const second = marketer(await newClient(gateway));
    await team.words('approved', '{brand}: as approved');
    await team.draft('shown', { template: 'approved' });
    await team.post('shown', 'start', { at: new Date(Date.now() + 3_600_000).toISOString() });
    await second.post('shown', 'approve');
    const at = new Date(Date.now() + 3_600_000).toISOString();
    expect((await team.post('shown', 'start', { at })).status).to.equal(200);
    await team.post('shown', 'pause');
    await team.words('approved', '{brand}: never shown to anybody');
    await team.post('shown', 'edit', { words: true, note: 'other words' });
    await until('the edited messages are written anew', async () => !(await team.show('shown')).rewriting);
    const alone = await team.post('shown', 'resume');
    expect([alone.status, alone.body.detail?.slice(0, 47)]).to.deep.equal([
      409,
      'The campaign was changed since it was approved.',
    ]);
    expect((await team.post('shown', 'approve')).body.detail).to.match(
      /^The key that asked for the approval cannot approve/,
    );
    expect((await second.post('shown', 'approve')).status).to.equal(200);
    expect((await team.post('shown', 'resume')).status).to.equal(200);
    await team.post('shown', 'cancel');
    await team.rules({}, null);
  });

  it('moves the time of a campaign that has not begun, which is then resumed at once and goes at the new time', async () => {
    const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();
    await team.draft('waiting');
    await team.post('waiting', 'start', { at: inHours(2) });
    await team.post('waiting', 'pause');
    const [later, note] = [inHours(5), 'another time'];
    const moved = await team.post('waiting', 'edit', { at: later, note });
    expect(moved.body).to.deep.include({ state: 'paused', at: later, rewriting: false });
    const resumed = await team.post('waiting', 'resume');
    expect([resumed.status, resumed.body.state, resumed.body.at]).to.deep.equal([200, 'scheduled', later]);
    await team.post('waiting', 'pause');
    // Where the machine stands still, the time has passed before the edit comes, and another one is given.
    await until('the campaign has a time that is near', async () => {
      const at = new Date(Date.now() + 2000).toISOString();
      return (await team.post('waiting', 'edit', { at, note })).status === 200;
    });
    expect((await team.post('waiting', 'resume')).status).to.equal(200);
    await team.reaches('waiting', 'finished');
    expect((await team.show('waiting')).progress.people).to.equal(6);
  });

  it('cannot lead to anything that a start would refuse', async () => {
    const at = new Date(Date.now() + 3_600_000).toISOString();
    await team.draft('bound');
    await team.post('bound', 'start', { at });
    await team.post('bound', 'pause');
    const deadline = new Date(Date.now() + 1_800_000).toISOString();
    const early = await team.post('bound', 'edit', { deadline, note: 'sooner' });
    expect([early.status, fieldsOf(early)]).to.deep.equal([422, ['deadline']]);
    await client('put', '/coupon-pools/bound', { body: { name: 'bound' } });
    await team.words('offer', '{brand}: your code {coupon:bound}');
    const coded = await team.post('bound', 'edit', { words: true, note: 'a code' });
    expect([coded.status, coded.body.errors]).to.deep.equal([
      422,
      [
        {
          field: 'words',
          message:
            'The new words take codes of the coupon pool "bound", which the old words did not. Cancel the campaign and draft another.',
        },
      ],
    ]);
    await team.words('offer', '{brand}: an offer');
    await team.post('bound', 'cancel');
    await team.words('linked', '{brand}: {link:https://shop.fernway.example/}');
    const variants = ['a', 'b'].map((id) => ({ id, template: 'linked', share: 50 }));
    const test = { share: 20, wait_minutes: 60, by: 'click' };
    await team.draft('clicked', { split: { variants, test } });
    expect((await team.post('clicked', 'start', { repeat: { cron: '0 10 * * *' } })).status).to.equal(200);
    await team.post('clicked', 'pause');
    await team.words('linked', '{brand}: https://shop.fernway.example/');
    const unlinked = await team.post('clicked', 'edit', { words: true, note: 'links of ours' });
    expect([unlinked.status, fieldsOf(unlinked)]).to.deep.equal([422, ['words']]);
    await team.post('clicked', 'cancel');
    await team.draft('daily');
    await team.post('daily', 'start', { repeat: { cron: '0 10 * * *' } });
    await team.post('daily', 'pause');
    const fixed = await team.post('daily', 'edit', { deadline: at, note: 'an end' });
    expect([fixed.status, fieldsOf(fixed)]).to.deep.equal([422, ['deadline']]);
    await team.post('daily', 'cancel');
  });

  it('gives new links to people without the message, while the old links work for the others', async () => {
    const [old, better] = ['https://shop.fernway.example/sale', 'https://shop.fernway.example/spring'];
    const other = 'https://shop.fernway.example/hours';
    await team.words('linked', `{brand}: {link:${old}} {link:${other}}`);
    await team.draft('linked', { template: 'linked' });
    await team.post('linked', 'start', { spread_minutes: 1440 });
    const ofCampaign = { campaign: 'linked' };
    const { deliveries, links } = gateway.store;
    await until(
      'the six rows of the campaign are planned',
      async () => (await deliveries.countDocuments(ofCampaign)) === 6,
    );
    await team.post('linked', 'pause');
    const before = await links.find(ofCampaign).toArray();
    expect(before).to.have.length(12);
    await team.words('linked', `{brand}: {link:${other}} {link:${better}}`);
    const edit = await team.post('linked', 'edit', { words: true, note: 'the wrong page' });
    expect(edit.status).to.equal(200);
    await until('the edited messages are written anew', async () => !(await team.show('linked')).rewriting);
    await deliveries.updateMany({ ...ofCampaign, state: 'planned' }, { $set: { dueAt: new Date() } });
    await team.post('linked', 'resume');
    await team.reaches('linked', 'finished');
    const led = async (code: string): Promise<string | null> => {
      const answer = await fetch(`${gateway.url}/l/${code}`, { redirect: 'manual' });
      return answer.headers.get('location');
    };
    let corrected = 0;
    for (let at = 1; at <= 6; at += 1) {
      const text = (await gateway.received(person(at))).find((message) => message.includes('/l/')) ?? '';
      const codes = [...text.matchAll(/\/l\/(\w+)/g)].map(([, code = '']) => code);
      const wasOld = codes.some((code) => before.some(({ _id }) => _id === code));
      if (!wasOld) corrected += 1;
      expect(await Promise.all(codes.map(led))).to.deep.equal(wasOld ? [old, other] : [other, better]);
    }
    expect(corrected).to.be.greaterThan(0);
    for (const { _id, target } of before) expect(await led(_id)).to.equal(target);
  });
});
