import { expect } from 'chai';
import { recordAndReply } from '../../../src/consent/inbound/handle-inbound.ts';
import { chainOf } from '../../../src/store/consent/consent-events.ts';
import { textOf } from '../../consent/inbound-texts.ts';
import { newPerson } from '../../promises/inbound-posts.ts';
import { contextOf } from '../../receipts/rows.ts';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import { type Client, newClient } from '../client.ts';

describe('an opt-out that is listed again', () => {
  let gateway: Gateway;
  let client: Client;
  before(async () => {
    gateway = await startGateway({ worker: 'replies' });
    client = await newClient(gateway);
  });
  after(() => gateway.stop());

  const list = async (phone: string): Promise<void> => {
    const raw = `${JSON.stringify({ phone, channel: 'PAPER_FORM' })}\n`;
    const { body } = await client('post', '/opt-outs/bulk', { raw, type: 'application/x-ndjson' });
    expect(body[0].result).to.equal('in-force');
  };
  const join = async (phone: string): Promise<void> => {
    for (const word of ['JOIN', 'YES']) await gateway.text(phone, word);
  };
  const idOf = async (phone: string): Promise<string> =>
    (await client('post', '/contacts/lookup', { body: { phone, reason: 'a test' } })).body.id;

  it('ends marketing on another number that the person has confirmed since', async () => {
    const [listed, other] = [newPerson(), newPerson()];
    for (const phone of [listed, other]) await join(phone);
    const [first, second] = [await idOf(listed), await idOf(other)];
    const merge = { body: { with: second, reason: 'They called.' } };
    expect((await client('post', `/contacts/${first}/merge`, merge)).status).to.equal(200);
    const check = { body: { contact: second, program: 'deals', topic: 'deals' } };
    const reasons = async (): Promise<string[]> =>
      (await client('post', '/checks', check)).body.reasons.map(({ code }: { code: string }) => code);
    await list(listed);
    expect(await reasons()).to.include('other-number-stopped');
    await join(other);
    expect(await reasons()).not.to.include('other-number-stopped');
    await list(listed);
    expect(await reasons()).to.include('other-number-stopped');
  });

  it('counts against a JOIN and a YES that were texted before it and arrive after it', async () => {
    const open = await contextOf(gateway);
    try {
      const phone = newPerson();
      await list(phone);
      const receivedAt = new Date();
      await list(phone);
      const contact = await idOf(phone);
      const entries = await chainOf(gateway.store, contact);
      for (const word of ['JOIN', 'YES']) {
        const text = textOf(phone, word, { receivedAt });
        await recordAndReply(open.context, text);
        expect(await gateway.store.deliveries.countDocuments({ 'answers.sid': text.sid })).to.equal(0);
      }
      const added = (await chainOf(gateway.store, contact)).slice(entries.length);
      expect(added.map(({ kind, reason }) => [kind, reason])).to.deep.equal(
        ['JOIN', 'YES'].map(() => ['ineffective', 'older than the last opt-out']),
      );
    } finally {
      await open.close();
    }
  });
});
