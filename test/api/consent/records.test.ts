import { expect } from 'chai';
import { SCOPES } from '../../../src/access/api-keys.ts';
import { GENESIS } from '../../../src/consent/ledger/ledger.ts';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import { type Client, fieldsOf, newClient } from '../client.ts';

describe('the consent records of the API', () => {
  let gateway: Gateway;
  let client: Client;
  before(async () => {
    gateway = await startGateway({ worker: 'replies' });
    client = await newClient(gateway);
  });
  after(() => gateway.stop());

  let last = 0;
  const newPhone = (): string => `+1555126${String(++last).padStart(4, '0')}`;
  const join = async (phone: string): Promise<string> => {
    await gateway.text(phone, 'JOIN');
    await gateway.text(phone, 'YES');
    return (await client('post', '/contacts/lookup', { body: { phone, reason: 'a test' } })).body.id;
  };
  const optOut = (phone: string) => client('post', '/opt-outs', { body: { phone } });

  it('show personal fields and texts only with evidence:read, and never the whole number', async () => {
    const phone = newPhone();
    const id = await join(phone);
    const plain = await newClient(
      gateway,
      SCOPES.filter((scope) => scope !== 'evidence:read'),
    );
    const query = `contact=${id}`;
    const [shut, open] = [plain, client].map((client) => client('get', '/consent-records', { query }));
    const closed = (await shut)?.body;
    expect(closed.items.map((item: { personal: unknown }) => item.personal)).to.deep.equal([
      null,
      null,
      null,
    ]);
    const answer = await open;
    expect(answer?.body.items.at(-1).personal).to.include({ words: 'YES' });
    expect(answer?.text).not.to.contain(phone);
    const texts = async (client: Client) =>
      (await client('get', '/deliveries', { query })).body.items.map(
        (item: { text: string | null }) => item.text,
      );
    const traces = (from: number) =>
      gateway.logs.slice(from).filter((line) => line.includes('evidence was read'));
    const before = gateway.logs.length;
    expect(await texts(plain)).to.deep.equal([null, null]);
    expect(traces(before)).to.deep.equal([]);
    expect((await texts(client))[0]).to.contain('joined Fernway Deals');
    expect(traces(before).map((line) => JSON.parse(line).contact)).to.deep.equal([id]);
  });

  it('page through in order, each once, and say that the ledger is unbroken', async () => {
    const id = await join(newPhone());
    const seen: number[] = [];
    let query = `contact=${id}&limit=2`;
    for (;;) {
      const { body } = await client('get', '/consent-records', { query });
      expect([body.verified, body.fault]).to.deep.equal([true, null]);
      seen.push(...body.items.map((item: { seq: number }) => item.seq));
      if (body.next_cursor === null) break;
      query = `contact=${id}&limit=2&cursor=${body.next_cursor}`;
    }
    expect(seen).to.deep.equal([1, 2, 3]);
  });

  it('name an entry that was changed in the database', async () => {
    const id = await join(newPhone());
    await gateway.store.consentEvents.updateOne({ contact: id, seq: 2 }, { $set: { actor: 'nobody' } });
    const { body } = await client('get', '/consent-records', { query: `contact=${id}` });
    expect(body).to.deep.include({ verified: false, fault: { seq: 2, what: 'the entry was changed' } });
  });

  it('do not verify when a subscription rests on an emptied ledger whose head was set back', async () => {
    const id = await join(newPhone());
    await gateway.store.consentEvents.deleteMany({ contact: id });
    await gateway.store.contacts.updateOne({ _id: id }, { $set: { head: { seq: 0, hash: GENESIS } } });
    const { body } = await client('get', '/consent-records', { query: `contact=${id}` });
    const what = 'the entry that a subscription rests on is missing';
    expect(body).to.deep.include({ verified: false, fault: { seq: 3, what } });
  });

  it('show every entry although the head was set back', async () => {
    const phone = newPhone();
    const _id = await join(phone);
    const before = await gateway.store.contacts.findOne({ _id });
    await gateway.text(phone, 'STOP');
    const { head, subscriptions } = before ?? {};
    await gateway.store.contacts.updateOne({ _id }, { $set: { head, subscriptions } } as object);
    const { body } = await client('get', '/consent-records', { query: `contact=${_id}` });
    const fault = { seq: 3, what: 'the head of the chain is another entry' };
    expect(body).to.deep.include({ verified: false, fault });
    expect(body.items.at(-1).kind).to.equal('withdrawn');
  });

  it('do not verify when the ledger says less than its contact, or when another number leads to it', async () => {
    const _id = await join(newPhone());
    const faultAfter = async (change: object) => {
      await gateway.store.contacts.updateOne({ _id }, { $set: change });
      const { body } = await client('get', '/consent-records', { query: `contact=${_id}` });
      expect(body.verified).to.equal(body.fault === null);
      return body.fault;
    };
    const { subscriptions, index } = (await gateway.store.contacts.findOne({ _id })) ?? {};
    expect(await faultAfter({ index })).to.equal(null);
    expect(await faultAfter({ index: '1.another' })).to.deep.equal({
      seq: 0,
      what: 'the contact is found by another number than its own',
    });
    const more = subscriptions?.map((subscription) => ({
      ...subscription,
      topics: [...subscription.topics, 'events'],
    }));
    expect(await faultAfter({ index, subscriptions: more })).to.deep.equal({
      seq: 3,
      what: 'the contact has events of deals on, and by its entries has not',
    });
    expect(await faultAfter({ subscriptions })).to.equal(null);
  });

  it('list suppressions page by page, with a masked number for known contacts', async () => {
    const phone = newPhone();
    const { body: left } = await optOut(phone);
    const found: { contact: { id: string } | null }[] = [];
    let query = 'kind=opt-out&scope=all&limit=1';
    for (;;) {
      const { body, text } = await client('get', '/suppressions', { query });
      expect(text).not.to.contain(phone);
      found.push(...body.items);
      if (body.next_cursor === null) break;
      query = `kind=opt-out&scope=all&limit=1&cursor=${body.next_cursor}`;
    }
    expect(found.map((record) => record.contact?.id)).to.include(left.contact);
    expect(found.length).to.equal(
      await gateway.store.suppressions.countDocuments({ kind: 'opt-out', scope: 'all' }),
    );
  });

  it('list the suppressions of an erased person, whose number nobody can tell any more', async () => {
    const { body: left } = await optOut(newPhone());
    const _id = left.contact as string;
    await gateway.store.contacts.updateOne({ _id }, { $set: { sealed: null } });
    const { status, body } = await client('get', '/suppressions', { query: 'kind=opt-out&limit=200' });
    expect(status).to.equal(200);
    expect(body.items.at(-1).contact).to.equal(null);
  });

  const breakSeal = (_id: string) =>
    gateway.store.contacts.updateOne({ _id }, { $set: { sealed: Buffer.from('not what was sealed') } });

  it('list suppressions when one contact cannot be opened', async () => {
    const [{ body: broken }, { body: other }] = [await optOut(newPhone()), await optOut(newPhone())];
    await breakSeal(broken.contact);
    const { status, body } = await client('get', '/suppressions', { query: 'kind=opt-out&limit=200' });
    expect(status).to.equal(200);
    const [shut, open] = body.items.slice(-2);
    expect([shut.contact, open.contact?.id]).to.deep.equal([null, other.contact]);
  });

  it('show a person when one of their numbers cannot be opened', async () => {
    const [broken, other] = [await join(newPhone()), await join(newPhone())];
    const merge = { body: { with: other, reason: 'They called.' } };
    const { person } = (await client('post', `/contacts/${broken}/merge`, merge)).body;
    await breakSeal(broken);
    const { status, body } = await client('get', `/people/${person}`);
    expect(status).to.equal(200);
    const masked = (id: string) => body.contacts.find((contact: { id: string }) => contact.id === id)?.masked;
    expect(masked(broken)).to.equal(null);
    expect(masked(other)).to.match(/^\+1\u2022+\d{4}$/);
  });

  it('page through deliveries newest first, each once', async () => {
    const id = await join(newPhone());
    const first = await client('get', '/deliveries', { query: `contact=${id}&limit=1` });
    const query = `contact=${id}&limit=1&cursor=${first.body.next_cursor}`;
    const second = await client('get', '/deliveries', { query });
    const kinds = [first, second].map(({ body }) => body.items[0].class);
    expect(kinds).to.deep.equal(['reply', 'prompt']);
    expect(second.body.next_cursor).to.equal(null);
  });

  it('refuse the cursor of another list and an invented cursor', async () => {
    const id = await join(newPhone());
    const { body } = await client('get', '/deliveries', { query: `contact=${id}&limit=1` });
    for (const cursor of [body.next_cursor, 'x', 'AAAA', `${body.next_cursor}=`]) {
      const answer = await client('get', '/suppressions', { query: `cursor=${cursor}` });
      expect([answer.status, fieldsOf(answer)]).to.deep.equal([400, ['cursor']]);
    }
  });
});
