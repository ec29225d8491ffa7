import { expect } from 'chai';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import { type Client, newClient } from '../client.ts';
import { OPT_INS } from '../good/requests.ts';

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
