import { expect } from 'chai';
import type { ContactDoc } from '../../src/store/contacts/contacts.ts';
import { openHolder } from '../../src/store/contacts/open-contact.ts';
import { type Client, newClient } from '../api/client.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { plannedFor } from '../support/people.ts';

describe('the new holder of a number that was said to be the wrong one', () => {
  let gateway: Gateway;
  let client: Client;
  let numbers = 0;
  before(async () => {
    gateway = await startGateway({ worker: 'replies' });
    client = await newClient(gateway);
  });
  after(() => gateway.stop());

  const lookUp = async (phone: string): Promise<string> =>
    (await client('post', '/contacts/lookup', { body: { phone, reason: 'a test' } })).body.id;
  const stored = async (id: string): Promise<ContactDoc> =>
    (await gateway.store.contacts.findOne({ _id: id })) as ContactDoc;
  const holderOf = async (id: string) => openHolder(gateway.config.keyRing, await stored(id), []);
  /** A named person in the program, merged with another number, whose number then says that it is somebody else's. */
  const marked = async (before: string[] = []) => {
    const number = `+1555132${String(++numbers).padStart(4, '0')}`;
    const other = `+1555133${String(numbers).padStart(4, '0')}`;
    for (const body of ['JOIN', 'YES']) await gateway.text(number, body);
    const named = { phone: number, first_name: 'Denise', stage: 'customer' };
    expect((await client('post', '/contacts', { body: named })).status).to.be.lessThan(300);
    const contact = await lookUp(number);
    const { body } = await client('post', '/contacts', { body: { phone: other } });
    const merge = { body: { with: body.contact, reason: 'The same e-mail.' } };
    expect((await client('post', `/contacts/${contact}/merge`, merge)).status).to.be.lessThan(300);
    for (const text of before) await gateway.text(other, text);
    await gateway.text(number, 'wrong number');
    return { number, other, contact };
  };

  it('begins as a new contact with their JOIN, without name, profile and other numbers of the former holder', async () => {
    const { number, contact } = await marked();
    await gateway.text(number, 'HELP');
    expect(await lookUp(number), 'nothing but a wish to join begins one').to.equal(contact);
    const before = await stored(contact);
    await gateway.text(number, 'JOIN');
    const fresh = await lookUp(number);
    expect(fresh).not.to.equal(contact);
    const [former, holder] = [await stored(contact), await stored(fresh)];
    const { lastWord, ...rest } = former;
    expect(rest).to.deep.equal({ ...before, current: false, rev: before.rev + 1 });
    expect(lastWord?.map(({ scope, kind }) => [scope, kind])).to.deep.equal([['all', 'opt-out']]);
    expect(former.personId).to.be.a('string');
    expect(holder).to.not.have.any.keys('profile', 'profileSealed', 'personId', 'wrongNumberAt', 'likeness');
    expect(holder.subscriptions[0]).to.include({ program: 'deals', state: 'pending' });
    await gateway.text(number, 'YES');
    expect((await stored(fresh)).subscriptions[0]?.state).to.equal('subscribed');
    expect((await stored(contact)).subscriptions[0]?.state).to.equal('unsubscribed');
    for (const holder of [contact, fresh]) {
      const { body } = await client('get', '/consent-records', { query: `contact=${holder}` });
      expect(body.verified).to.equal(true);
    }
  });

  it('is the contact of every later STOP and JOIN', async () => {
    const { number } = await marked();
    await gateway.text(number, 'JOIN');
    const fresh = await lookUp(number);
    for (const body of ['YES', 'STOP', 'JOIN', 'YES']) await gateway.text(number, body);
    expect(await lookUp(number)).to.equal(fresh);
    const check = { body: { contact: fresh, program: 'deals', topic: 'deals' } };
    expect((await client('post', '/checks', check)).body.allowed).to.equal(true);
  });

  it('ends by a STOP through any door what was planned for the former holder', async () => {
    for (const door of ['text', 'API'] as const) {
      const { number, contact } = await marked();
      await gateway.text(number, 'JOIN');
      const dueAt = new Date(Date.now() + 3_600_000);
      const fields = { _id: `d_${door}`, contact, class: 'staff-answer' as const, dueAt };
      await gateway.store.deliveries.insertOne({ ...plannedFor(await holderOf(contact)), ...fields });
      if (door === 'text') await gateway.text(number, 'STOP');
      else await client('post', '/opt-outs', { body: { phone: number } });
      const row = await gateway.store.deliveries.findOne({ _id: fields._id });
      expect([row?.state, row?.error], door).to.deep.equal(['canceled', 'the number has another holder']);
    }
  });

  describe('the former holder of the number, on their other numbers,', () => {
    const offersTo = async (phone: string): Promise<string[]> => {
      const check = { body: { contact: await lookUp(phone), program: 'deals', topic: 'deals' } };
      const { body } = await client('post', '/checks', check);
      return body.reasons.map(({ code }: { code: string }) => code);
    };
    const STOPPED = ['other-number-stopped'];

    it('keeps what they agreed to later when the new holder texts STOP or doubtful words', async () => {
      const { number, other } = await marked();
      for (const body of ['JOIN', 'YES']) await gateway.text(other, body);
      expect(await offersTo(other)).to.deep.equal([]);
      for (const body of ['JOIN', 'YES', 'STOP']) await gateway.text(number, body);
      expect(await offersTo(other)).to.deep.equal([]);
      for (const body of ['JOIN', 'YES', 'please take me off whatever this is'])
        await gateway.text(number, body);
      expect(await offersTo(other)).to.deep.equal([]);
    });

    it('stays opted out when the new holder texts YES', async () => {
      const { number, other } = await marked(['JOIN', 'YES']);
      expect(await offersTo(other)).to.deep.equal(STOPPED);
      for (const body of ['JOIN', 'YES']) await gateway.text(number, body);
      expect(await offersTo(number)).to.deep.equal([]);
      expect(await offersTo(other)).to.deep.equal(STOPPED);
    });
  });

  it('begins once when two of their texts come at the same time', async () => {
    const { number, contact } = await marked();
    await Promise.all(['JOIN', 'ORDERS', 'JOIN'].map((body) => gateway.text(number, body)));
    const all = await gateway.store.contacts.find({ index: (await stored(contact)).index }).toArray();
    expect(all.map(({ current }) => current).sort()).to.deep.equal([false, true]);
  });
});
