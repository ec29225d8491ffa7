import { expect } from 'chai';
import { SCOPES } from '../../../src/access/api-keys.ts';
import { blindIndex } from '../../../src/store/sealing/keys.ts';
import { type Gateway, startGateway, until } from '../../support/gateway.ts';
import { addSubscriber } from '../../support/people.ts';
import { type ApiAnswer, type Client, fieldsOf, newClient } from '../client.ts';

describe('one delivery through the API', () => {
  let gateway: Gateway;
  let client: Client;
  before(async () => {
    gateway = await startGateway();
    client = await newClient(gateway);
  });
  after(() => gateway.stop());

  let last = 0;
  const subscriber = async (): Promise<string> => {
    const phone = `+1555131${String(++last).padStart(4, '0')}`;
    for (const body of ['JOIN', 'YES']) await gateway.text(phone, body);
    return phone;
  };
  const send = (phone: string, text: string): Promise<ApiAnswer> =>
    client('post', '/messages', {
      headers: { 'Idempotency-Key': `${phone} ${text}`.replace(/[^!-~]/g, '-') },
      body: { phone, program: 'deals', topic: 'deals', text },
    });
  const show = async (id: string, by: Client = client) => (await by('get', `/deliveries/${id}`)).body;
  const whats = (body: { timeline: { what: string }[] }): string[] => body.timeline.map(({ what }) => what);

  it('says when the message left and that it arrived', async () => {
    const phone = await subscriber();
    const text = 'Fernway: ten off today, é and 😀.';
    const { body } = await send(phone, text);
    expect(body.state).to.equal('planned');
    await until('the message is on the handset', async () => (await gateway.received(phone)).includes(text));
    await until(
      'the delivery report of the message is recorded',
      async () => (await show(body.id)).state === 'delivered',
    );
    // A receipt may be quicker than the record of the answer it follows.
    await until(
      'the decision on the message is recorded',
      async () => (await show(body.id)).decision !== null,
    );
    const shown = await show(body.id);
    expect(shown.sentence).to.match(/^Delivered( .+ after the carrier accepted it)?\.$/);
    expect(shown).to.deep.include({
      text,
      class: 'marketing',
      due_at: null,
      answers: null,
      error: null,
    });
    expect(shown.decision).to.deep.include({ allowed: true, reasons: [] });
    expect(shown.tries).to.be.at.least(1);
    expect(shown.carrier_id).to.match(/^SM[0-9a-f]{32}$/);
    expect(whats(shown)).to.include.members(['planned', 'decided', 'flagged', 'accepted']);
    const times = shown.timeline.map(({ at }: { at: string }) => Date.parse(at));
    expect(times).to.deep.equal(times.toSorted((a: number, b: number) => a - b));
    expect(JSON.stringify(shown)).not.to.contain(phone.slice(1));
    expect((await gateway.received(phone)).filter((received) => received === text)).to.have.length(1);
  });

  it('names the error code of a message that the carrier refused', async () => {
    const phone = await subscriber();
    await gateway.sim('PUT', '/sim/behaviours', [
      { match: { number: phone }, on: 'create', effect: { kind: 'errorSync', code: 21612 } },
    ]);
    const { body } = await send(phone, 'Fernway: never arrives.');
    await until('the message has failed', async () => (await show(body.id)).state === 'failed');
    expect((await show(body.id)).sentence).to.equal('Not sent: the carrier refused it (error 21612).');
  });

  it('says that an opt-out canceled the message before it left', async () => {
    const phone = await subscriber();
    const { body } = await send(phone, 'Fernway: overtaken.');
    // A receipt may be quicker than the record of the answer, which would close the row once more.
    await until("the message is delivered and the carrier's answer recorded", async () => {
      const row = await gateway.store.deliveries.findOne({ _id: body.id });
      return row?.state === 'delivered' && row.decision !== null && row.decision.by === undefined;
    });
    await gateway.store.deliveries.updateOne(
      { _id: body.id },
      { $set: { state: 'planned', open: true, dueAt: new Date(Date.now() + 3_600_000) } },
    );
    expect((await show(body.id)).sentence).to.match(/^Waits until /);
    await gateway.text(phone, 'STOP');
    const shown = await show(body.id);
    expect([shown.state, shown.sentence]).to.deep.equal([
      'canceled',
      'Not sent: it was canceled before it was sent (opted out).',
    ]);
  });

  it('names the text that a reply answers, only to keys that may read evidence', async () => {
    const phone = await subscriber();
    const { body: contact } = await client('post', '/contacts/lookup', { body: { phone, reason: 'a test' } });
    const { body: list } = await client('get', '/deliveries', { query: `contact=${contact.id}` });
    const plain = await newClient(
      gateway,
      SCOPES.filter((scope) => scope !== 'evidence:read'),
    );
    const [open, shut] = [await show(list.items[0].id), await show(list.items[0].id, plain)];
    expect(open.answers.message_sid).to.match(/^SM/);
    expect(open.text).to.contain('joined Fernway Deals');
    expect([shut.answers.message_sid, shut.text]).to.deep.equal([null, null]);
    expect(shut.answers.received_at).to.equal(open.answers.received_at);
    const { sentence: _, ...rest } = open;
    expect(rest).to.include({ id: list.items[0].id, contact: contact.id, class: list.items[0].class });
  });

  it('explains a message to an erased person without its words', async () => {
    const phone = await subscriber();
    const { body } = await send(phone, 'Fernway: soon erased.');
    await until('the message is delivered', async () => (await show(body.id)).state === 'delivered');
    const $set = { sealed: null, current: false, 'keys.profile': null };
    await gateway.store.contacts.updateOne({ _id: body.contact }, { $set });
    const shown = await show(body.id);
    expect([shown.text, shown.state]).to.deep.equal([null, 'delivered']);
  });

  it('answers 404 for an unknown id and 400 for a value that is no id', async () => {
    const lost = await client('get', `/deliveries/00${'x'.repeat(24)}`);
    expect([lost.status, lost.body.type]).to.deep.equal([404, '/api/docs#not-found']);
    for (const id of ['%2B15551310001', '00', `00${'x'.repeat(25)}`, '%24gt', `zz${'x'.repeat(24)}`]) {
      const answer = await client('get', `/deliveries/${id}`);
      expect([answer.status, fieldsOf(answer)]).to.deep.equal([400, ['id']]);
    }
  });
});

describe('a message that is valid for a minute', () => {
  let gateway: Gateway;
  before(async () => {
    // The web process writes down a time that is long over for the worker.
    gateway = await startGateway({ now: () => new Date(Date.now() - 3_600_000) });
  });
  after(() => gateway.stop());

  it('does not leave after that minute and says why', async () => {
    const client = await newClient(gateway);
    const phone = '+15551320001';
    // No text of theirs: by its clock they would have answered before they were asked.
    const { keyRing: ring, blindIndexKeys } = gateway.config;
    const indexOf = (number: string): string => blindIndex(blindIndexKeys, number);
    await addSubscriber(gateway.store, { ring, indexOf, number: () => phone });
    const send = (valid_minutes: number) =>
      client('post', '/messages', {
        headers: { 'Idempotency-Key': `good-for-${valid_minutes}` },
        body: { phone, program: 'deals', topic: 'deals', text: `Fernway: ${valid_minutes}`, valid_minutes },
      });
    const [late, good] = [await send(1), await send(120)];
    const show = async (id: string) => (await client('get', `/deliveries/${id}`)).body;
    await until('the late message has expired', async () => (await show(late.body.id)).state === 'expired');
    await until(
      'the other message is delivered',
      async () => (await show(good.body.id)).state === 'delivered',
    );
    const { sentence, decision } = await show(late.body.id);
    expect(sentence).to.equal('Not sent: its validity ended before it was sent.');
    expect(decision.reasons.map(({ code }: { code: string }) => code)).to.deep.equal(['too-late']);
    expect(await gateway.received(phone)).not.to.include('Fernway: 1');
  });
});
