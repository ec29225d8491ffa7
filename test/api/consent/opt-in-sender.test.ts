import { expect } from 'chai';
import { SENDERS } from '../../../scripts/seed/programs.ts';
import { writeSender } from '../../../src/store/consent/programs.ts';
import { resumeSender, stopSender } from '../../../src/store/senders/sender-state.ts';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import { type Client, fieldsOf, newClient } from '../client.ts';
import { OPT_INS } from '../good/requests.ts';

const CANADIAN = '+14375550100';

describe('the sender of the prompt for POST /opt-ins', () => {
  let gateway: Gateway;
  let client: Client;
  before(async () => {
    gateway = await startGateway({ worker: false });
    client = await newClient(gateway);
    await writeSender(gateway.store, { ...SENDERS.stylist, number: CANADIAN, country: 'CA' });
  });
  after(() => gateway.stop());

  const withNumbers = async (...numbers: string[]): Promise<void> => {
    const { id: _, ...body } = (await client('get', '/programs/orders')).body;
    const answer = await client('put', '/programs/orders', { body: { ...body, numbers } });
    expect(answer.status, answer.text).to.equal(200);
  };
  const ask = (phone: string) =>
    client('post', '/opt-ins', {
      body: { phone, program: 'orders', channel: 'VERBAL', evidence: OPT_INS.VERBAL },
    });
  const askedFrom = async (delivery: string) =>
    (await gateway.store.deliveries.findOne({ _id: delivery }))?.sender;

  it("is one of the person's country, and so is that of every message afterwards", async () => {
    await withNumbers(SENDERS.shop.number, CANADIAN);
    for (const [phone, number] of [
      ['+14165550123', CANADIAN],
      ['+15551250011', SENDERS.shop.number],
    ] as const) {
      const { status, body } = await ask(phone);
      expect(status).to.equal(202);
      expect(await askedFrom(body.delivery)).to.equal(number);
    }
  });

  it('is named in the next step when no prompt leaves', async () => {
    const { status, body } = await ask('+14165550123');
    expect(status).to.equal(409);
    expect(body.next_step).to.contain(`ORDERS to ${CANADIAN}`);
  });

  it("is missing when no sender may write to the person's country, and nothing is recorded", async () => {
    await withNumbers(SENDERS.shop.number, SENDERS.stylist.number);
    const phone = '+14165550124';
    const answer = await ask(phone);
    expect([answer.status, fieldsOf(answer)]).to.deep.equal([422, ['phone']]);
    expect(answer.body.errors[0].message).to.match(/^No number of the program may write to CA/);
    const { body } = await client('post', '/contacts/lookup', { body: { phone, reason: 'a test' } });
    expect(body.id).to.equal(undefined);
  });

  it('sends no prompt while it is stopped and records nothing; once it is resumed the same key works', async () => {
    await withNumbers(SENDERS.shop.number, SENDERS.stylist.number);
    const phone = '+15551250012';
    const body = { phone, program: 'orders', channel: 'VERBAL', evidence: OPT_INS.VERBAL };
    const form = () => client('post', '/opt-ins', { body, headers: { 'Idempotency-Key': 'the-same-form' } });
    const stop = { code: '30007', why: 'The carrier filters it.' };
    for (const number of [SENDERS.shop.number, SENDERS.stylist.number]) {
      await stopSender(gateway.store, number, stop, new Date());
    }
    const { status, body: problem } = await form();
    expect([status, problem.type]).to.deep.equal([409, '/api/docs#not-possible']);
    expect(problem.detail).to.contain(stop.why);
    const { body: found } = await client('post', '/contacts/lookup', { body: { phone, reason: 'a test' } });
    expect(found.id).to.equal(undefined);
    await resumeSender(gateway.store, SENDERS.stylist.number, new Date());
    const asked = await form();
    expect(asked.status).to.equal(202);
    expect(await askedFrom(asked.body.delivery)).to.equal(SENDERS.stylist.number);
  });
});
