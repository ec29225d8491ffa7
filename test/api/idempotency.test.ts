import { expect } from 'chai';
import { beginRequest, keepAnswer } from '../../src/store/idempotency-keys.ts';
import type { Store } from '../../src/store/store.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { type ApiAnswer, type Client, fieldsOf, newClient } from './client.ts';
import { OPT_INS } from './good/requests.ts';

const SUBSCRIBER = '+15551290001';
const OTHER = '+15551290002';
const TEXT = 'Fernway: said only once.';

describe('a request with an Idempotency-Key', () => {
  let gateway: Gateway;
  let client: Client;
  let keys = 0;
  const newKey = (): string => `once-${++keys}`;
  before(async () => {
    gateway = await startGateway({ worker: 'replies' });
    client = await newClient(gateway);
    for (const phone of [SUBSCRIBER, OTHER]) {
      for (const body of ['JOIN', 'YES']) await gateway.text(phone, body);
    }
  });
  after(() => gateway.stop());

  const send = (key: string | null, change: object = {}, by: Client = client): Promise<ApiAnswer> =>
    by('post', '/messages', {
      ...(key === null ? {} : { headers: { 'Idempotency-Key': key } }),
      body: { phone: SUBSCRIBER, program: 'deals', topic: 'deals', text: TEXT, ...change },
    });
  const messages = (): Promise<number> => gateway.store.deliveries.countDocuments({ template: 'text' });
  const kept = () => gateway.store.idempotencyKeys.find().sort({ createdAt: -1 }).toArray();
  const newest = async () => {
    const [row] = await kept();
    if (row === undefined) throw new Error('nothing is kept');
    return row;
  };

  it('is executed once and gets the first answer again when it is repeated', async () => {
    const key = newKey();
    const before = await messages();
    const [first, second] = [await send(key), await send(key)];
    expect(first.status).to.equal(202);
    expect(first.headers).not.to.have.property('idempotent-replayed');
    expect([second.status, second.text]).to.deep.equal([first.status, first.text]);
    expect(second.headers['idempotent-replayed']).to.equal('true');
    expect(second.headers['content-type']).to.equal(first.headers['content-type']);
    expect(await messages()).to.equal(before + 1);
  });

  it('is the same request in whatever order its fields are', async () => {
    const key = newKey();
    const first = await send(key);
    const raw = `{ "topic": "deals", "text": ${JSON.stringify(TEXT)}, "phone": "${SUBSCRIBER}", "program": "deals" }`;
    const again = await client('post', '/messages', { headers: { 'Idempotency-Key': key }, raw });
    expect(again.body).to.deep.equal(first.body);
  });

  it('is refused when its key comes with another body', async () => {
    const key = newKey();
    await send(key);
    const before = await messages();
    for (const change of [{ text: `${TEXT}!` }, { phone: OTHER }, { valid_minutes: 5 }]) {
      const answer = await send(key, change);
      expect([answer.status, answer.body.type]).to.deep.equal([409, '/api/docs#key-reused']);
      expect(answer.text).not.to.contain(OTHER);
    }
    const form = { phone: OTHER, program: 'orders', channel: 'VERBAL', evidence: OPT_INS.VERBAL };
    const elsewhere = await client('post', '/opt-ins', { headers: { 'Idempotency-Key': key }, body: form });
    expect(elsewhere.body.type).to.equal('/api/docs#key-reused');
    expect(await messages()).to.equal(before);
  });

  it('is another request when it comes from another API key', async () => {
    const key = newKey();
    const first = await send(key);
    const other = await newClient(gateway);
    const second = await send(key, {}, other);
    expect(second.headers).not.to.have.property('idempotent-replayed');
    expect(second.body.id).not.to.equal(first.body.id);
    expect((await send(key, { text: `${TEXT}!` }, await newClient(gateway))).status).to.equal(202);
  });

  it('is executed once when it is sent many times at once, and the others are told to wait', async () => {
    const key = newKey();
    const before = await messages();
    const answers = await Promise.all(Array.from({ length: 12 }, () => send(key)));
    expect(await messages()).to.equal(before + 1);
    for (const { status, body, headers } of answers) {
      expect(status).to.be.oneOf([202, 409]);
      if (status === 409) {
        expect(body.type).to.equal('/api/docs#in-progress');
        expect(Number(headers['retry-after'])).to.be.within(1, 16);
      }
    }
    const ids = new Set(answers.flatMap(({ status, body }) => (status === 202 ? [body.id] : [])));
    expect(ids.size).to.equal(1);
  });

  it('ends in the same message on a retry after its process died', async () => {
    const key = newKey();
    const first = await send(key);
    const { _id, busyUntil, answer } = await newest();
    expect([busyUntil, answer?.status]).to.deep.equal([null, 202]);
    const before = await messages();
    const soon = new Date(Date.now() + 10_000);
    await gateway.store.idempotencyKeys.updateOne({ _id }, { $set: { answer: null, busyUntil: soon } });
    const meanwhile = await send(key);
    expect([meanwhile.status, meanwhile.body.type]).to.deep.equal([409, '/api/docs#in-progress']);
    await gateway.store.idempotencyKeys.updateOne({ _id }, { $set: { busyUntil: new Date() } });
    const again = await send(key);
    expect(again.headers).not.to.have.property('idempotent-replayed');
    expect([again.status, again.body.id]).to.deep.equal([202, first.body.id]);
    expect(await messages()).to.equal(before);
    expect((await send(key)).headers['idempotent-replayed']).to.equal('true');
  });

  it('is taken over by one of the retries after its process died', async () => {
    const key = newKey();
    await send(key);
    const { _id } = await newest();
    await gateway.store.idempotencyKeys.updateOne(
      { _id },
      { $set: { answer: null, busyUntil: new Date(0) } },
    );
    await gateway.store.deliveries.deleteMany({ template: 'text' });
    const answers = await Promise.all(Array.from({ length: 8 }, () => send(key)));
    expect(await messages()).to.equal(1);
    expect(answers.filter(({ status }) => status === 202).length).to.be.at.least(1);
    expect((await newest()).epoch).to.equal(2);
  });

  it('is taken over by only one of two retries, and answered by that one', async () => {
    const asked = { _id: newKey(), key: 'k', asked: 'the same' };
    const { store } = gateway;
    const began = new Date(Date.now() - 60_000);
    await beginRequest(store, asked, began);
    let waiting = 0;
    let open: () => void = () => undefined;
    const both = new Promise<void>((resolve) => {
      open = resolve;
    });
    const idempotencyKeys = new Proxy(store.idempotencyKeys, {
      get: (target, name) => {
        const value = Reflect.get(target, name);
        if (name !== 'findOne') return typeof value === 'function' ? value.bind(target) : value;
        return async (filter: object) => {
          const found = await target.findOne(filter);
          waiting += 1;
          if (waiting === 2) open();
          await both;
          return found;
        };
      },
    });
    const slow: Store = { ...store, idempotencyKeys };
    const begun = await Promise.all([1, 2].map(() => beginRequest(slow, asked, new Date())));
    expect(begun.map(({ kind }) => kind)).to.have.members(['ours', 'busy']);
    const answer = { status: 202, json: '{}' };
    await keepAnswer(store, { _id: asked._id, epoch: 1 }, answer);
    expect((await beginRequest(store, asked, new Date())).kind).to.equal('busy');
    await keepAnswer(store, { _id: asked._id, epoch: 2 }, answer);
    expect(await beginRequest(store, asked, new Date())).to.deep.equal({ kind: 'answered', answer });
  });

  it('causes no second message even after its answer is forgotten', async () => {
    const key = newKey();
    const first = await send(key);
    await gateway.store.idempotencyKeys.deleteMany({});
    expect((await send(key)).body.id).to.equal(first.body.id);
    expect((await send(newKey())).body.id).not.to.equal(first.body.id);
  });

  it('gets the first answer again even when the person opted out meanwhile, and the gate decides', async () => {
    const key = newKey();
    const phone = '+15551290003';
    for (const body of ['JOIN', 'YES']) await gateway.text(phone, body);
    const first = await send(key, { phone });
    await gateway.text(phone, 'STOP');
    expect((await send(key, { phone })).text).to.equal(first.text);
    const row = await gateway.store.deliveries.findOne({ _id: first.body.id });
    expect([row?.state, row?.error]).to.deep.equal(['canceled', 'opted out']);
  });

  it('gets the same refusal again, as a problem, after the rules refused it', async () => {
    const key = newKey();
    const phone = '+15551290004';
    const first = await send(key, { phone });
    for (const body of ['JOIN', 'YES']) await gateway.text(phone, body);
    const again = await send(key, { phone });
    expect([again.status, again.text]).to.deep.equal([409, first.text]);
    expect(again.headers['idempotent-replayed']).to.equal('true');
    expect((await send(newKey(), { phone })).status).to.equal(202);
  });

  it('leaves its key free when it changed nothing', async () => {
    const key = newKey();
    for (const change of [{ topic: 'nothing' }, { contact: `c_${'x'.repeat(16)}`, phone: undefined }]) {
      expect((await send(key, change)).status).to.be.oneOf([404, 422]);
    }
    expect((await send(key)).status).to.equal(202);
  });

  it('may be an opt-in, which is then prompted and recorded once', async () => {
    const key = newKey();
    const body = { phone: '+15551290005', program: 'deals', channel: 'VERBAL', evidence: OPT_INS.VERBAL };
    const ask = () => client('post', '/opt-ins', { headers: { 'Idempotency-Key': key }, body });
    const first = await ask();
    const query = `contact=${first.body.contact}`;
    const ledger = async () => (await client('get', '/consent-records', { query })).body.items;
    const recorded = await ledger();
    const second = await ask();
    expect([first.status, second.text]).to.deep.equal([202, first.text]);
    expect(await ledger()).to.deep.equal(recorded);
    expect((await client('post', '/opt-ins', { body })).status).to.equal(409);
    expect(await ledger()).to.have.length.greaterThan(recorded.length);
  });

  it('needs the key on routes that send, in a readable form', async () => {
    const before = await messages();
    const bad = ['', ' ', 'two words', 'é', 'x'.repeat(256), 'tab\there'];
    for (const key of [null, ...bad]) {
      const answer = await send(key);
      expect([answer.status, fieldsOf(answer)], String(key)).to.deep.equal([400, ['Idempotency-Key']]);
    }
    expect(await messages()).to.equal(before);
    expect((await send('!'.repeat(255))).status).to.equal(202);
    expect((await send('"8e03978e-40d5-43e8-bc93-6894a57f9324"')).status).to.equal(202);
  });

  it('leaves neither key, number nor words behind and is forgotten after a day', async () => {
    const key = 'secret-order-15551290001';
    await send(key);
    const stored = JSON.stringify(await kept());
    for (const trace of [key, '1555129', 'Fernway']) expect(stored).not.to.contain(trace);
    const indexes = await gateway.store.idempotencyKeys.indexes();
    expect(indexes.find(({ name }) => name === 'kept')?.expireAfterSeconds).to.equal(86_400);
  });
});
