import { expect } from 'chai';
import { recordSendHistory } from '../../../src/campaigns/send-history.ts';
import type { AppContext } from '../../../src/consent/app-context.ts';
import { readCode } from '../../../src/domain/templates/short-links.ts';
import { countClick } from '../../../src/store/templates/links.ts';
import { recordLeftClicks } from '../../../src/templates/clicks.ts';
import { type Client, newClient } from '../../api/client.ts';
import { contextOf } from '../../receipts/rows.ts';
import { type Gateway, startGateway, until } from '../../support/gateway.ts';

const PEOPLE = ['+15551280001', '+15551280002'];
const TARGET = 'https://shop.fernway.example/sale?utm_source=sms';
const PHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1';

describe('a short link, from the template to the click', () => {
  let gateway: Gateway;
  let client: Client;
  /** Clicks come this much later than they would here, ms. */
  let later = 0;
  let codes: string[] = [];
  const contacts: string[] = [];
  before(async () => {
    gateway = await startGateway({ now: () => new Date(Date.now() + later) });
    client = await newClient(gateway);
    for (const phone of PEOPLE) {
      await gateway.text(phone, 'JOIN');
      await gateway.text(phone, 'YES');
      const { body } = await client('post', '/contacts/lookup', { body: { phone, reason: 'a test' } });
      contacts.push(body.id);
    }
    await client('put', '/templates/sale', {
      body: { program: 'deals', texts: { en: `{brand}: 20% off {link:${TARGET}} STOP to end` } },
    });
  });
  after(() => gateway.stop());

  const follow = (code: string, headers: Record<string, string> = {}, method = 'GET') =>
    fetch(`${gateway.url}/l/${code}`, {
      method,
      redirect: 'manual',
      headers: { 'user-agent': PHONE, ...headers },
    });
  const codeIn = (text: string): string => {
    const [, code = ''] = new RegExp(`${gateway.url}/l/(\\w+)`).exec(text) ?? [];
    return code;
  };
  const clicked = async (id: string) => (await client('get', `/deliveries/${id}`)).body.clicks;
  const rows = () => gateway.store.deliveries.find({ campaign: 'sale' }).sort({ _id: 1 }).toArray();
  const deliveryOf = async (code: string) =>
    (await gateway.store.links.findOne({ _id: code }))?.delivery ?? '';
  const daysOf = async (contact: string) =>
    ((await gateway.store.contacts.findOne({ _id: contact }))?.profile?.days ?? []).filter(
      ({ type }) => type === 'click',
    );

  const matching = async (tree: object) => {
    const preview = { program: 'deals', topic: 'deals', tree };
    return (await client('post', '/segments/preview', { body: preview })).body.matches.people;
  };

  it('is measured and previewed at full length, and leads nowhere in a preview', async () => {
    const { body } = await client('post', '/templates/sale/preview', { body: { contact: contacts[0] } });
    expect(body.text).to.equal(`Fernway: 20% off ${gateway.url}/l/000000000000 STOP to end`);
    const long = `${'a'.repeat(130 - gateway.url.length)} {link:${TARGET}}`;
    const saved = await client('put', '/templates/long', { body: { program: 'deals', texts: { en: long } } });
    expect(saved.body.report[0].parts).to.equal(1);
    const longer = { program: 'deals', texts: { en: `${'a'.repeat(20)}${long}` } };
    expect((await client('put', '/templates/long', { body: longer })).body.report[0].parts).to.equal(2);
    expect((await follow('000000000000')).status).to.equal(404);
  });

  it('has its own code in each delivery, which reveals nothing about the person', async () => {
    const segment = { kind: 'subscription', state: 'subscribed', program: 'deals' };
    const draft = { name: 'Sale', program: 'deals', topic: 'deals', template: 'sale', segment };
    await client('put', '/campaigns/sale', { body: draft });
    await client('post', '/campaigns/sale/start', { body: {} });
    const offers = async () => {
      const all = await Promise.all(PEOPLE.map((phone) => gateway.received(phone)));
      return all.map((texts) => codeIn(texts.find((text) => text.includes('20% off')) ?? ''));
    };
    await until('both offers are on the handsets', async () => (await offers()).every((code) => code !== ''));
    codes = await offers();
    for (const code of codes) expect(readCode(code ?? '')).to.equal(code);
    expect(new Set(codes).size).to.equal(2);
    await until("the carrier's answers are recorded", async () =>
      (await rows()).every(({ acceptedAt }) => acceptedAt !== undefined),
    );
  });

  it('redirects the person and counts the click for delivery, campaign and contact', async () => {
    await until('the send history of the campaign is recorded', async () => {
      await recordSendHistory({ store: gateway.store, now: () => new Date() } as AppContext);
      return (await matching({ kind: 'sent', campaign: 'sale' })) === 2;
    });
    later = 30_000;
    const [code = ''] = codes;
    const answer = await follow(code);
    expect([answer.status, answer.headers.get('location')]).to.deep.equal([302, TARGET]);
    expect(answer.headers.get('cache-control')).to.equal('no-store');
    await follow(code);
    expect(await clicked(await deliveryOf(code))).to.include({ people: 2, bots: 0 });
    const { body } = await client('get', '/campaigns/sale');
    expect(body.progress.clicked).to.deep.equal({ people: 1, bots: 0 });
    const [row] = await daysOf(contacts[0] ?? '');
    expect(row).to.include({ type: 'click', count: 1 });
    expect(await matching({ kind: 'did', event: 'click', days: 7 })).to.equal(1);
    expect(await matching({ kind: 'sent', campaign: 'sale', clicked: true })).to.equal(1);
    expect(await matching({ kind: 'sent', campaign: 'sale', clicked: false })).to.equal(1);
  });

  it('redirects machines and counts them apart', async () => {
    const [, code = ''] = codes;
    later = 30_000;
    for (const [headers, method] of [
      [{ 'user-agent': 'WhatsApp/2.23.20.0 A' }, 'GET'],
      [{ 'sec-purpose': 'prefetch' }, 'GET'],
      [{}, 'HEAD'],
    ] as const) {
      expect((await follow(code, headers, method)).status).to.equal(302);
    }
    const { acceptedAt } = (await rows()).find(({ contact }) => contact === contacts[1]) ?? {};
    later = (acceptedAt?.getTime() ?? 0) + 500 - Date.now();
    expect((await follow(code)).status).to.equal(302);
    expect(await clicked(await deliveryOf(code))).to.deep.equal({
      people: 0,
      bots: 4,
      tests: 0,
      first_at: null,
    });
    expect((await client('get', '/campaigns/sale')).body.progress.clicked).to.deep.equal({
      people: 1,
      bots: 1,
    });
    expect(await daysOf(contacts[1] ?? '')).to.deep.equal([]);
    later = 0;
  });

  it('counts a click once when a process died before the contact was updated', async () => {
    later = 30_000;
    const [code = ''] = codes;
    await gateway.store.clicks.updateMany({ link: code, kind: 'person' }, { $unset: { told: '' } });
    await follow(code);
    const [row] = await daysOf(contacts[0] ?? '');
    expect(row?.count).to.equal(1);
    expect(await gateway.store.clicks.countDocuments({ link: code, told: true })).to.equal(1);
    later = 0;
  });

  it('is counted by another process after a death, though nobody opens it again', async () => {
    const [, code = ''] = codes;
    const link = await gateway.store.links.findOne({ _id: code });
    if (link === null) throw new Error('there is no such link');
    const contact = contacts[1] ?? '';
    const at = new Date();
    await countClick(gateway.store, link, 'person', null, at);
    const tell = async (afterMs: number) => {
      const { context, close } = await contextOf(gateway, () => new Date(at.getTime() + afterMs));
      await recordLeftClicks(context, { most: 10, goOn: () => true });
      await close();
      return (await daysOf(contact)).map(({ count }) => count);
    };
    expect(await tell(59_999)).to.deep.equal([]);
    expect([await tell(60_000), await tell(60_000)]).to.deep.equal([[1], [1]]);
    expect(await matching({ kind: 'sent', campaign: 'sale', clicked: true })).to.equal(2);
    expect(await gateway.store.clicks.countDocuments({ untold: true })).to.equal(0);
  });

  it('leads where the template led when it was sent, whatever the template says today', async () => {
    const texts = { en: '{brand}: {link:https://elsewhere.example/}' };
    await client('put', '/templates/sale', { body: { program: 'deals', texts } });
    expect((await follow(codes[0] ?? '')).headers.get('location')).to.equal(TARGET);
  });

  it('works when the phone took the punctuation behind it for a part of it', async () => {
    for (const marks of ['.', ',', '!', '?', ').', "'", '"', '.%22', ':;']) {
      const answer = await follow(`${codes[0]}${marks.replace('?', '%3F')}`);
      expect([answer.status, answer.headers.get('location')], marks).to.deep.equal([302, TARGET]);
    }
  });

  it('answers unknown and invalid codes with the same empty page and limits guessing, but not people', async () => {
    const pages = new Set<string>();
    for (const code of ['2'.repeat(12), 'x', '%252e%252e', '%ZZ', '$ne', 'a'.repeat(5000), '%00']) {
      const answer = await follow(code);
      expect([answer.status, answer.headers.get('location')]).to.deep.equal([404, null]);
      pages.add(await answer.text());
    }
    expect(pages.size).to.equal(1);
    expect((await follow(codes[0] ?? '', {}, 'POST')).status).to.equal(404);
    const statuses: number[] = [];
    for (let at = 0; at < 70; at += 1) statuses.push((await follow('3'.repeat(12))).status);
    expect(statuses.at(-1)).to.equal(429);
    expect((await follow(codes[0] ?? '')).status).to.equal(302);
  });

  it('leaves no code and no target in a log line', () => {
    const lines = gateway.logs.join('\n');
    for (const trace of [...codes, 'utm_source']) expect(lines).not.to.contain(trace);
  });
});
