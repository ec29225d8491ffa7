import { expect } from 'chai';
import { blindIndex } from '../../../src/store/sealing/keys.ts';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import { addSubscriber } from '../../support/people.ts';
import { type ApiAnswer, type Client, newClient } from '../client.ts';
import { OPT_INS } from '../good/requests.ts';

describe('a repeated request whose first answer was lost', () => {
  let gateway: Gateway;
  let client: Client;
  let contact: string;
  const phone = '+15551360001';
  before(async () => {
    gateway = await startGateway({ worker: false });
    client = await newClient(gateway);
    const { keyRing: ring, blindIndexKeys } = gateway.config;
    const indexOf = (number: string): string => blindIndex(blindIndexKeys, number);
    contact = (await addSubscriber(gateway.store, { ring, indexOf, number: () => phone })).id;
    await client('put', `/test-recipients/${contact}`, { body: { name: 'Desk' } });
  });
  after(() => gateway.stop());

  /** Makes the request look as if its process had died before it stored the answer. */
  const lose = () =>
    gateway.store.idempotencyKeys.updateMany({}, { $set: { answer: null, busyUntil: new Date(0) } });
  const save = (en: string) =>
    client('put', '/templates/words', { body: { program: 'deals', texts: { en } } });
  const post = (path: string, key: string, body: object): Promise<ApiAnswer> =>
    client('post', path, { headers: { 'Idempotency-Key': key }, body });
  const send = (key: string, words: object) =>
    post('/messages', key, { phone, program: 'deals', topic: 'deals', ...words });

  it('returns the message that it made, though its template can no longer be rendered', async () => {
    await save('{brand}: hello. STOP to end');
    const first = await send('message', { template: 'words' });
    expect(first.status, first.text).to.equal(202);
    await lose();
    await client('put', '/coupon-pools/dry', { body: { name: 'Dry' } });
    expect((await save('{brand}: {coupon:dry}. STOP to end')).status).to.equal(200);
    expect((await send('unsaid', { template: 'words' })).status).to.equal(422);
    const again = await send('message', { template: 'words' });
    expect([again.status, again.body]).to.deep.equal([202, first.body]);
    const other = await send('message', { text: 'Fernway: other words. STOP to end' });
    expect(other.body.type).to.equal('/api/docs#key-reused');
  });

  it('returns the test message that it sent, though the phone is no longer marked', async () => {
    await save('{brand}: hello. STOP to end');
    const test = (key: string) => post('/templates/words/test-send', key, { contact, topic: 'deals' });
    const first = await test('test');
    expect(first.status, first.text).to.equal(202);
    await lose();
    expect((await client('post', `/test-recipients/${contact}/unmark`)).status).to.equal(200);
    expect((await test('unmarked')).status).to.equal(409);
    const again = await test('test');
    expect([again.status, again.body]).to.deep.equal([202, first.body]);
  });

  it('returns the message that it made, though nobody has its number any more', async () => {
    const text = 'Fernway: hello. STOP to end';
    const first = await send('gone', { text });
    await lose();
    await gateway.store.contacts.updateOne({ _id: contact }, { $set: { current: false } });
    const again = await send('gone', { text });
    const never = await send('never', { text });
    await gateway.store.contacts.updateOne({ _id: contact }, { $set: { current: true } });
    const { id, state } = first.body;
    expect([again.status, again.body.id, again.body.contact, again.body.state]).to.deep.equal([
      ...[202, id, contact, state],
    ]);
    expect(never.status).to.equal(409);
  });

  it('prompts once and is recorded once when it is an opt-in', async () => {
    const body = { phone: '+15551360002', program: 'deals', channel: 'VERBAL', evidence: OPT_INS.VERBAL };
    const ask = () => post('/opt-ins', 'opt-in', body);
    const first = await ask();
    const query = `contact=${first.body.contact}`;
    const ledger = async () => (await client('get', '/consent-records', { query })).body.items.length;
    const recorded = await ledger();
    await lose();
    const again = await ask();
    expect([again.status, again.body]).to.deep.equal([202, first.body]);
    expect(await ledger()).to.equal(recorded);
    expect((await post('/opt-ins', 'another', body)).status).to.equal(409);
  });

  it('returns its prompt when it is an opt-in, though the prompt was closed meanwhile', async () => {
    const body = { phone: '+15551360003', program: 'deals', channel: 'VERBAL', evidence: OPT_INS.VERBAL };
    const first = await post('/opt-ins', 'ended', body);
    await client('post', '/opt-outs', { body: { phone: body.phone } });
    await lose();
    const again = await post('/opt-ins', 'ended', body);
    expect([again.status, again.body]).to.deep.equal([202, first.body]);
  });

  it('returns its prompt when it is an opt-in, though nobody has its number any more', async () => {
    const body = { phone: '+15551360004', program: 'deals', channel: 'VERBAL', evidence: OPT_INS.VERBAL };
    const first = await post('/opt-ins', 'given-up', body);
    await lose();
    await gateway.store.contacts.updateOne({ _id: first.body.contact }, { $set: { current: false } });
    const again = await post('/opt-ins', 'given-up', body);
    expect([again.status, again.body]).to.deep.equal([202, first.body]);
  });
});
