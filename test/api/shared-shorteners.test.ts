import { expect } from 'chai';
import { type Gateway, startGateway, until } from '../support/gateway.ts';
import { type Client, fieldsOf, newClient } from './client.ts';

const PHONE = '+15551260778';
const LINK = 'https://bit.ly/3abc';
const WHY = /^(Character \d+: )?Anybody can shorten links on bit\.ly, so US carriers filter .*CTIA Messaging/;

describe('a link of a shared shortener', () => {
  let gateway: Gateway;
  let client: Client;
  let contact = '';
  let item = '';
  let deals: Record<string, unknown> = {};
  before(async () => {
    gateway = await startGateway({ worker: 'sending' });
    client = await newClient(gateway);
    for (const body of ['JOIN', 'YES', 'is the blue one back in store?']) await gateway.text(PHONE, body);
    contact = (await client('post', '/contacts/lookup', { body: { phone: PHONE, reason: 'a test' } })).body
      .id;
    item = (await client('get', '/inbox')).body.items.find(
      (open: { contact: { id: string } | null }) => open.contact?.id === contact,
    ).id;
    const { id: _, ...rest } = (await client('get', '/programs/deals')).body;
    deals = rest;
  });
  after(() => gateway.stop());

  let sent = 0;
  const message = () => {
    sent += 1;
    const text = `Fernway: ${LINK}. STOP to end`;
    return client('post', '/messages', {
      body: { contact, program: 'deals', topic: 'deals', text },
      headers: { 'Idempotency-Key': `shortener-${sent}` },
    });
  };
  const template = (words: string) =>
    client('put', '/templates/short', { body: { program: 'deals', texts: { en: `{brand}: ${words}` } } });
  const answer = () => client('post', `/inbox/${item}/answer`, { body: { text: `Fernway: ${LINK}` } });
  const program = (changes: object) => client('put', '/programs/deals', { body: { ...deals, ...changes } });

  it('is refused in a template, its links and fallbacks, in a message, an answer and addresses of a program', async () => {
    const refused: [call: () => ReturnType<Client>, field: string][] = [
      [() => template(`go to ${LINK}`), 'texts.en'],
      [() => template('go to bit.ly/3abc'), 'texts.en'],
      [() => template(`go {link:${LINK}} now`), 'texts.en'],
      [() => template(`go to {city|${LINK}}`), 'texts.en'],
      [message, 'text'],
      [answer, 'text'],
      [() => program({ terms_url: 'https://bit.ly/3abc' }), 'terms_url'],
      [() => program({ privacy_url: LINK }), 'privacy_url'],
    ];
    for (const [call, field] of refused) {
      const given = await call();
      expect([given.status, fieldsOf(given)], given.text).to.deep.equal([422, [field]]);
      expect(given.body.errors[0].message).to.match(WHY);
    }
    expect((await client('get', '/templates/short')).status).to.equal(404);
    expect((await client('get', '/programs/deals')).body).to.deep.include({
      shared_shorteners: 'refuse',
      terms_url: deals.terms_url,
    });
    expect(await gateway.store.deliveries.countDocuments({ contact, class: 'staff-answer' })).to.equal(0);
  });

  it('passes once the program allows it, and a template names it as a fault when it does no more', async () => {
    const allowed = await program({ shared_shorteners: 'allow' });
    expect([allowed.status, allowed.body.shared_shorteners]).to.deep.equal([200, 'allow']);
    expect((await template(`go to ${LINK}`)).status).to.equal(200);
    const { status, body } = await message();
    expect([status, body.state]).to.deep.equal([202, 'planned']);
    expect((await answer()).status).to.equal(202);
    await until('the message is on the handset', async () =>
      (await gateway.received(PHONE)).includes(`Fernway: ${LINK}. STOP to end`),
    );
    expect((await program({ shared_shorteners: 'refuse' })).status).to.equal(200);
    const [fault] = (await client('get', '/templates/short')).body.faults;
    expect([fault.field, WHY.test(fault.message)]).to.deep.equal(['texts.en', true]);
  });
});
