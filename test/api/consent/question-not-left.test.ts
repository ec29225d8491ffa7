import { expect } from 'chai';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import { type Client, newClient } from '../client.ts';
import { OPT_INS } from '../good/requests.ts';

const PHONE = '+15551420001';

describe('a prompt that has not left', () => {
  let gateway: Gateway;
  let client: Client;
  before(async () => {
    gateway = await startGateway({ worker: false });
    client = await newClient(gateway);
  });
  after(() => gateway.stop());

  it('is closed by an opt-out through the API', async () => {
    const evidence = OPT_INS.WEB_FORM;
    const asked = { phone: PHONE, program: 'deals', channel: 'WEB_FORM', evidence };
    const { contact } = (await client('post', '/opt-ins', { body: asked })).body;
    const questions = async (): Promise<string[]> => {
      const { body } = await client('get', '/deliveries', { query: `contact=${contact}` });
      return body.items.map(({ state }: { state: string }) => state);
    };
    expect(await questions()).to.deep.equal(['planned']);
    await client('post', '/opt-outs', { body: { phone: PHONE } });
    expect(await questions()).to.deep.equal(['canceled']);
  });
});
