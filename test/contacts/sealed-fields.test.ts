import { expect } from 'chai';
import type { OpenedContext } from '../../src/open-context.ts';
import { openFields } from '../../src/store/contacts/profiles.ts';
import { type Client, newClient } from '../api/client.ts';
import { contextOf } from '../receipts/rows.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';

const SECOND = '+15551390077';
const MAIL = 'ana@fernway.example';

describe('own fields with email addresses and phone numbers', () => {
  let gateway: Gateway;
  let api: Client;
  let open: OpenedContext;
  let used = 0;
  before(async () => {
    gateway = await startGateway({ worker: false });
    api = await newClient(gateway);
    open = await contextOf(gateway);
    expect((await define('second_phone', 'phone')).status).to.equal(200);
    expect((await define('email', 'mailbox')).status).to.equal(200);
    expect((await define('card', 'person')).status).to.equal(200);
  });
  after(async () => {
    await open.close();
    await gateway.stop();
  });

  const define = (name: string, identifies: string | null, type = 'text') =>
    api('put', `/contact-fields/${name}`, { body: { type, label: name, identifies } });
  const newPhone = (): string => `+1555139${String(used++).padStart(4, '0')}`;
  const save = (phone: string, told: object) => api('post', '/contacts', { body: { phone, ...told } });
  const stored = (id: string) => gateway.store.contacts.findOne({ _id: id });
  const openedOf = async (id: string) => {
    const contact = await stored(id);
    return contact === null ? null : openFields(open.context.ring, contact, contact.profile?.fields ?? {});
  };
  const told = { second_phone: SECOND, email: MAIL, card: 'AB 17' };

  it('are sealed for a new and for a known person', async () => {
    const known = newPhone();
    await save(known, { stage: 'lead' });
    for (const phone of [known, newPhone()]) {
      const { body } = await save(phone, { fields: told });
      const fields = (await stored(body.contact))?.profile?.fields;
      expect(fields?.card).to.equal('AB 17');
      for (const name of ['second_phone', 'email']) expect(fields?.[name], name).to.be.instanceOf(Buffer);
      expect(await openedOf(body.contact)).to.deep.equal(told);
    }
  });

  it('are not changed by the same value again, nor by a write of another field', async () => {
    const phone = newPhone();
    const { body } = await save(phone, { fields: told });
    const before = (await stored(body.contact))?.profile?.fields;
    expect((await save(phone, { fields: told })).body.changed).to.deep.equal([]);
    expect((await save(phone, { fields: { card: 'AB 18' } })).body.changed).to.deep.equal(['fields.card']);
    expect((await stored(body.contact))?.profile?.fields).to.deep.equal({ ...before, card: 'AB 18' });
    const changes = { email: 'ana@orders.example', second_phone: null };
    const { changed } = (await save(phone, { fields: changes })).body;
    expect(changed).to.have.members(['fields.email', 'fields.second_phone']);
    expect(await openedOf(body.contact)).to.deep.equal({ email: 'ana@orders.example', card: 'AB 18' });
  });

  it('can be used by no template and asked by no segment', async () => {
    const texts = { en: 'Fernway: {fields.second_phone|none} is yours' };
    const refused = await api('put', '/templates/second', { body: { program: 'deals', texts } });
    expect([refused.status, refused.text]).to.satisfy(([status, text]: [number, string]) => {
      return status === 422 && text.includes('kept sealed; no text shows it');
    });
    const tree = { kind: 'field', name: 'second_phone', test: { kind: 'starts-with', value: '+1555' } };
    const preview = await api('post', '/segments/preview', {
      body: { program: 'deals', topic: 'deals', tree },
    });
    expect(preview.status).to.equal(422);
    expect(preview.text).to.contain('kept sealed; no segment can ask it');
  });

  it('stay sealed, or not, once somebody has a value, whichever of two requests comes first', async () => {
    expect((await define('email', null)).status).to.equal(409);
    expect((await define('card', 'phone')).status).to.equal(409);
    expect((await define('card', null)).status).to.equal(200);
    for (let round = 0; round < 10; round += 1) {
      const name = `race_${round}`;
      await define(name, null);
      const [{ body }, changed] = await Promise.all([
        save(newPhone(), { fields: { [name]: SECOND } }),
        define(name, 'phone'),
      ]);
      const value = (await stored(body.contact))?.profile?.fields[name];
      expect(Buffer.isBuffer(value), `${name} ${changed.status}`).to.equal(changed.status === 200);
    }
  });
});
