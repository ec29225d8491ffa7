import { expect } from 'chai';
import { newPerson } from '../../promises/inbound-posts.ts';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import { type Client, newClient } from '../client.ts';
import { OPT_INS } from '../good/requests.ts';

describe('a person with two numbers who ends a part', () => {
  let gateway: Gateway;
  let client: Client;
  before(async () => {
    gateway = await startGateway({ worker: 'replies' });
    client = await newClient(gateway);
  });
  after(() => gateway.stop());

  const idOf = async (phone: string): Promise<string> =>
    (await client('post', '/contacts/lookup', { body: { phone, reason: 'a test' } })).body.id;
  /** Texts from one number; the answers to the last one. The other number joins and is merged before the last. */
  const toldAfter = async (texts: readonly string[], isMerged: boolean): Promise<string[]> => {
    const [phone, other] = [newPerson(), newPerson()];
    for (const body of texts.slice(0, -1)) await gateway.text(phone, body);
    for (const body of ['JOIN', 'YES']) await gateway.text(other, body);
    const merge = { body: { with: await idOf(other), reason: 'They called.' } };
    if (isMerged)
      expect((await client('post', `/contacts/${await idOf(phone)}/merge`, merge)).status).to.equal(200);
    return (await gateway.text(phone, texts.at(-1) ?? '')).replies;
  };

  it('is told what still comes, as somebody with one number is', async () => {
    const texts = ['JOIN', 'YES', 'MENU', '1 2 3', 'STOP EVENTS'];
    const told = await toldAfter(texts, false);
    expect(told[0]).to.contain('You still get Fernway Deals (Weekly deals, Store news).');
    expect(await toldAfter(texts, true)).to.deep.equal(told);
  });
});

describe('a form from a person who said STOP on another number', () => {
  let gateway: Gateway;
  let client: Client;
  before(async () => {
    gateway = await startGateway({ worker: 'replies' });
    client = await newClient(gateway);
  });
  after(() => gateway.stop());

  it('is answered with the keyword that opts them in to marketing again', async () => {
    const phones = ['+15551420011', '+15551420012'] as const;
    const ids: string[] = [];
    for (const phone of phones) {
      for (const body of ['JOIN', 'YES']) await gateway.text(phone, body);
      ids.push((await client('post', '/contacts/lookup', { body: { phone, reason: 'a test' } })).body.id);
    }
    const evidence = OPT_INS.WEB_FORM;
    const form = { body: { phone: phones[0], program: 'deals', channel: 'WEB_FORM', evidence } };
    const told = async () => (await client('post', '/opt-ins', form)).body;
    expect((await told()).next_step).to.equal('Nothing is needed.');
    await client('post', `/contacts/${ids[0]}/merge`, { body: { with: ids[1], reason: 'They called.' } });
    await gateway.text(phones[1], 'STOP');
    const { detail, next_step } = await told();
    expect(detail).to.contain('subscribed already');
    expect(next_step).to.equal('Ask the person to text JOIN to 28555 from their own phone.');
  });
});
