import { expect } from 'chai';
import { SENDERS } from '../../../scripts/seed/programs.ts';
import { type Client, newClient } from '../../api/client.ts';
import { type Gateway, startGateway, until } from '../../support/gateway.ts';
import { marketer, person, slowSender, subscribe } from '../marketer.ts';

const PEOPLE = 3;

describe("the preview of a campaign's start", () => {
  let gateway: Gateway;
  let client: Client;
  let team: ReturnType<typeof marketer>;
  before(async () => {
    gateway = await startGateway({ worker: 'sending', senders: slowSender(50) });
    client = await newClient(gateway);
    team = marketer(client);
    await subscribe(gateway, PEOPLE);
    await team.words('offer', '{brand}: an offer');
  });
  after(() => gateway.stop());

  const order = (): Record<string, unknown> => ({ at: new Date(Date.now() + 3_600_000).toISOString() });
  /** The preview first, then the start, asked the same. */
  const both = async (id: string, more: Record<string, unknown> = {}) => {
    const asked = { ...order(), ...more };
    const preview = await team.post(id, 'preview', asked);
    expect(preview.status, preview.text).to.equal(200);
    expect((await gateway.store.campaigns.findOne({ _id: id }))?.asked).to.equal(undefined);
    const { status, body } = await team.post(id, 'start', asked);
    return {
      previewed: preview.body.start_refused,
      started: body.errors?.[0]?.message ?? body.detail,
      status,
    };
  };
  const refused = async (id: string, why: RegExp) => {
    const { previewed, started, status } = await both(id);
    expect(previewed).to.match(why);
    expect([started, status < 300]).to.deep.equal([previewed, false]);
  };

  it('names no obstacle when the campaign can start, nor for everyone once that is confirmed', async () => {
    await team.draft('whole', { segment: { kind: 'everyone' } });
    const silent = await team.post('whole', 'preview', order());
    expect(silent.body.start_refused).to.match(/Confirm that with "everyone": true\.$/);
    expect(silent.body.when.going.people).to.equal(PEOPLE);
    const { previewed, status } = await both('whole', { everyone: true });
    expect([previewed, status]).to.deep.equal([null, 200]);
    expect((await team.post('whole', 'preview')).body.start_refused).to.equal(null);
    await team.post('whole', 'cancel');
  });

  it('says that nobody fits', async () => {
    await team.draft('nobody', { segment: { kind: 'list', oneOf: ['none-is-on-it'] } });
    await refused('nobody', /^Nobody matches its segment now\./);
  });

  it('names the unfinished campaign that the audience follows, instead of saying that nobody fits', async () => {
    const hours = (count: number) => new Date(Date.now() + count * 3_600_000).toISOString();
    await team.draft('spring');
    expect((await team.post('spring', 'start', { at: hours(2) })).status).to.equal(200);
    await team.draft('follows', { segment: { kind: 'sent', campaign: 'spring', clicked: false } });
    const early = await team.post('follows', 'preview', { at: hours(1) });
    expect(early.body.start_refused).to.match(/^Nobody matches its segment now\./);
    expect(early.body.start_waits).to.equal(null);
    const waits = /^Its segment asks who got "spring"\. The campaign waits for the end of "spring"/;
    const late = await team.post('follows', 'preview', { at: hours(3) });
    expect(late.body.start_waits).to.match(waits);
    expect(await both('follows', { at: hours(3) })).to.deep.include({ previewed: null, status: 200 });
    expect((await team.post('follows', 'preview')).body.start_waits).to.match(waits);
    for (const id of ['follows', 'spring']) await team.post(id, 'cancel');
  });

  it('says that there are too few coupon codes, or that nobody could click in a test by clicks', async () => {
    await client('put', '/coupon-pools/few', { body: { name: 'Few' } });
    await client('post', '/coupon-pools/few/codes', { body: { codes: ['ONLY-1'] } });
    await team.words('coded', '{brand}: {coupon:few}');
    await team.draft('coded', { template: 'coded' });
    await refused('coded', /^The coupon pool "few" has 1 codes left/);
    const variants = ['a', 'b'].map((id) => ({ id, template: 'offer', share: 50 }));
    await team.draft('tested', { split: { variants, test: { share: 20, wait_minutes: 60, by: 'click' } } });
    await refused('tested', /has no short link/);
  });

  it('says that a second person must approve, and asks nobody to', async () => {
    await team.rules({}, PEOPLE - 1);
    await team.draft('large');
    await refused('large', /above 2 a second person must approve it\./);
    await team.rules({}, null);
  });

  it('counts nobody who came after the test of a campaign that waits for its winner', async () => {
    const variants = ['a', 'b'].map((id) => ({ id, template: 'offer', share: 50 }));
    await team.draft('tests', {
      split: { variants, test: { share: 1, wait_minutes: 600, by: 'opt-out' } },
    });
    expect((await team.post('tests', 'start')).status).to.equal(200);
    const tests = () => gateway.store.campaigns.findOne({ _id: 'tests' });
    await until(
      'the test part of the campaign is planned',
      async () => (await tests())?.plan.complete === true,
    );
    const before = (await team.post('tests', 'preview')).body.when;
    for (const word of ['JOIN', 'YES']) await gateway.text(person(9), word);
    const { people, going, after_test } = (await team.post('tests', 'preview')).body.when;
    expect([people, going, after_test]).to.deep.equal([{ people: PEOPLE }, before.going, before.after_test]);
    await team.post('tests', 'cancel');
  });

  it('says that no number may send, or that the program has ended', async () => {
    const { id: _, ...deals } = (await client('get', '/programs/deals')).body;
    const saved = (change: object) => client('put', '/programs/deals', { body: { ...deals, ...change } });
    await team.draft('ended');
    await saved({ status: 'ended' });
    await refused('ended', /^Its program has ended\./);
    const senders = gateway.store.db.collection('senders');
    await senders.updateOne({ _id: SENDERS.shop.number as never }, { $set: { rate: 0 } });
    await saved({ status: 'active' });
    await refused('ended', /^No sender of its program may send\./);
  });
});
