import { expect } from 'chai';
import type twilio from 'twilio';
import type { MessagePage } from 'twilio/lib/rest/api/v2010/account/message.js';
import { sdkFor } from './redirected-sdk.ts';
import type { SimulatorBox } from './simulator-box.ts';
import { eventually, LONG_CODE, openBox, PERSON, SHORT_CODE } from './simulator-box.ts';

describe('the twilio SDK, listing messages of the simulated carrier', () => {
  let box: SimulatorBox;
  let sdk: twilio.Twilio;

  before(async () => {
    box = await openBox();
    sdk = sdkFor(box);
  });
  after(() => box.close());
  beforeEach(() => box.control('DELETE', '/sim'));

  it('pages through the list by its links, newest first, though new messages arrive meanwhile', async () => {
    for (let sent = 0; sent < 7; sent += 1) {
      await sdk.messages.create({ to: PERSON, from: SHORT_CODE, body: `no. ${sent}` });
    }
    const seen: string[] = [];
    let page: Pick<MessagePage, 'instances' | 'nextPage'> | undefined = await sdk.messages.page({
      pageSize: 3,
    });
    while (page) {
      seen.push(...page.instances.map(({ body }) => body));
      await sdk.messages.create({ to: PERSON, from: SHORT_CODE, body: 'meanwhile' });
      page = await page.nextPage();
    }

    expect(seen).to.deep.equal([6, 5, 4, 3, 2, 1, 0].map((number) => `no. ${number}`));
  });

  it('filters by both ends and takes no more than the limit, over pages', async () => {
    for (let sent = 0; sent < 5; sent += 1) {
      await sdk.messages.create({ to: PERSON, from: SHORT_CODE, body: `no. ${sent}` });
      await sdk.messages.create({ to: PERSON, from: LONG_CODE, body: 'other sender' });
      await sdk.messages.create({ to: '+15551230002', from: SHORT_CODE, body: 'other person' });
    }
    const both = { to: PERSON, from: SHORT_CODE, dateSentAfter: new Date(Date.now() - 60_000) };
    const bodies = async (more: object) =>
      (await sdk.messages.list({ ...both, ...more })).map(({ body }) => body);

    expect(await bodies({})).to.deep.equal([4, 3, 2, 1, 0].map((number) => `no. ${number}`));
    expect(await bodies({ pageSize: 2 })).to.have.length(5);
    expect(await bodies({ pageSize: 2, limit: 3 })).to.deep.equal(['no. 4', 'no. 3', 'no. 2']);
    expect(await bodies({ dateSentAfter: new Date(Date.now() + 86_400_000) })).to.deep.equal([]);
    expect(await sdk.messages.list({ from: SHORT_CODE })).to.have.length(10);
    expect(await sdk.messages.list({ dateSentBefore: new Date(Date.now() - 86_400_000) })).to.deep.equal([]);
  });

  it('has everything that came to one of our numbers, also where somebody texted from it', async () => {
    await box.control('POST', '/sim/inbound', { from: LONG_CODE, to: SHORT_CODE, body: 'from ours' });
    await box.control('POST', '/sim/inbound', { from: PERSON, to: LONG_CODE, body: 'JOIN' });
    expect((await sdk.messages.list({ to: LONG_CODE })).map(({ body }) => body)).to.deep.equal(['JOIN']);
  });

  it('pages on when the message that ended a page is deleted', async () => {
    const sids: string[] = [];
    for (let sent = 0; sent < 4; sent += 1) {
      sids.unshift((await sdk.messages.create({ to: PERSON, from: SHORT_CODE, body: 'x' })).sid);
    }
    await eventually(async () => (await box.handset()).length === 4);
    const page = await sdk.messages.page({ pageSize: 2 });
    await sdk.messages(sids[1] ?? '').remove();

    const next = await page.nextPage();

    expect(next?.instances.map(({ sid }) => sid)).to.deep.equal(sids.slice(2));
    expect((await next?.nextPage())?.instances ?? []).to.deep.equal([]);
  });

  it('finds inbound texts to a number since a moment', async () => {
    await box.text(SHORT_CODE, 'STOP');
    await box.text(LONG_CODE, 'elsewhere');
    await sdk.messages.create({ to: PERSON, from: SHORT_CODE, body: 'outbound' });
    const since = (dateSentAfter: Date) => sdk.messages.list({ to: SHORT_CODE, dateSentAfter });

    const found = await since(new Date(Date.now() - 60_000));

    expect(found.map(({ body, direction, status }) => ({ body, direction, status }))).to.deep.equal([
      { body: 'STOP', direction: 'inbound', status: 'received' },
    ]);
    expect(await since(new Date(Date.now() + 60_000))).to.deep.equal([]);
  });
});
