import { expect } from 'chai';
import { SENDERS } from '../../../scripts/seed/programs.ts';
import { consentPrint } from '../../contacts/consent-print.ts';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import { type Client, fieldsOf, newClient, quiet } from '../client.ts';

const WHOLE = {
  first_name: 'Ana',
  last_name: 'Reyes',
  birth_date: '1990-02-28',
  gender: 'female',
  place: { country: 'US', state: 'CA', city: 'Fresno', zip: '93650-1234', zone: 'America/Los_Angeles' },
  interests: ['shoes', 'bags', 'shoes'],
  lists: ['spring'],
  stage: 'customer',
  fields: { shoe_size: 38.5, tier: 'gold', vip: true, member_since: '2024-02-29' },
};

describe('contacts through the API', () => {
  let gateway: Gateway;
  let client: Client;
  before(async () => {
    gateway = await startGateway({ worker: 'replies' });
    client = await newClient(gateway);
    const types = { shoe_size: 'number', tier: 'text', vip: 'boolean', member_since: 'date' };
    for (const [name, type] of Object.entries(types)) {
      await client('put', `/contact-fields/${name}`, { body: { type, label: name } });
    }
  });
  after(() => gateway.stop());

  let last = 0;
  const newPhone = (): string => `+1555131${String(++last).padStart(4, '0')}`;
  const save = (phone: string, fields: object) => client('post', '/contacts', { body: { phone, ...fields } });
  const stored = (id: string) => gateway.store.contacts.findOne({ _id: id });

  it('are created with all that the request says of them, and without any consent', async () => {
    const phone = newPhone();
    const { status, body, text } = await save(phone, WHOLE);
    expect(status).to.equal(200);
    expect(body.created).to.equal(true);
    expect(text).not.to.contain(phone.slice(-7));
    const contact = await stored(body.contact);
    expect(contact?.profile).to.deep.include({
      birthDate: '1990-02-28',
      gender: 'female',
      place: { ...WHOLE.place, zip: '93650' },
      interests: ['bags', 'shoes'],
      lists: ['spring'],
      days: [],
      fields: { ...WHOLE.fields, member_since: new Date('2024-02-29T00:00:00Z') },
    });
    expect(contact?.profile?.stage?.name).to.equal('customer');
    expect([contact?.rev, contact?.subscriptions, contact?.head.seq]).to.deep.equal([1, [], 0]);
    expect(JSON.stringify(contact)).not.to.match(/Ana|Reyes/);
    const check = { phone, program: 'deals', topic: 'deals' };
    expect((await client('post', '/checks', { body: check })).body.allowed).to.equal(false);
    expect(await gateway.store.consentEvents.countDocuments({ contact: body.contact })).to.equal(0);
  });

  it('keep fields that are left out, drop fields that are null, and do not change by the same request again', async () => {
    const phone = newPhone();
    const { body: first } = await save(phone, WHOLE);
    const { body: again } = await save(phone, WHOLE);
    const same = { contact: first.contact, created: false, changed: [], verification: null, notes: [] };
    expect(again).to.deep.equal(same);
    const before = await stored(first.contact);
    const next = { last_name: null, place: { city: 'Clovis' }, fields: { tier: null }, interests: null };
    const { body: changed } = await save(phone, next);
    expect(changed.changed).to.have.members(['last_name', 'place.city', 'fields.tier', 'interests']);
    const after = await stored(first.contact);
    const { tier: _, ...fields } = before?.profile?.fields ?? {};
    const place = { ...before?.profile?.place, city: 'Clovis' };
    expect(after?.profile).to.deep.equal({ ...before?.profile, place, fields, interests: [] });
    expect(after?.profileSealed).not.to.deep.equal(before?.profileSealed);
    const { body: back } = await save(phone, { first_name: 'Ana', last_name: 'Reyes' });
    expect(back.changed, 'the first name was kept, sealed').to.deep.equal(['last_name']);
  });

  it('keep the day a stage began until the stage changes', async () => {
    const phone = newPhone();
    const { body } = await save(phone, { stage: 'lead' });
    const since = (await stored(body.contact))?.profile?.stage?.since;
    await save(phone, { stage: 'lead', gender: 'male' });
    expect((await stored(body.contact))?.profile?.stage?.since).to.deep.equal(since);
    expect((await save(phone, { stage: 'customer' })).body.changed).to.deep.equal(['stage']);
  });

  it('accept own stages beside the built-in ones once these are defined', async () => {
    const phone = newPhone();
    expect((await save(phone, { stage: 'trial' })).status).to.equal(422);
    await client('put', '/stages', { body: { own: ['trial', 'lead', 'trial'] } });
    const { body } = await client('get', '/stages');
    expect(body).to.deep.equal({
      usual: ['lead', 'prospect', 'customer', 'churned'],
      own: ['trial'],
      rules: [],
    });
    const { body: saved } = await save(phone, { stage: 'trial' });
    await client('put', '/stages', { body: { own: [] } });
    expect((await stored(saved.contact))?.profile?.stage?.name, 'they stay in it').to.equal('trial');
    expect((await save(newPhone(), { stage: 'trial' })).status).to.equal(422);
  });

  const refused: [what: string, fields: object, named: string[]][] = [
    ['a day no month has', { birth_date: '2023-02-29' }, ['birth_date']],
    ['a birth date of tomorrow', { birth_date: '2199-01-01' }, ['birth_date']],
    ['a birth date in words', { birth_date: '28 Feb 90' }, ['birth_date']],
    ['an unknown stage', { stage: 'fan' }, ['stage']],
    ['a country that is none', { place: { country: 'XX' } }, ['place.country']],
    ['a state of another country', { place: { country: 'CA', state: 'TX' } }, ['place.state']],
    ['a ZIP of another country', { place: { country: 'US', zip: 'K1A 0B1' } }, ['place.zip']],
    ['a zone that is none', { place: { zone: 'America/Nowhere' } }, ['place.zone']],
    ['an offset for a zone', { place: { zone: '+05:00' } }, ['place.zone']],
    ['an own field nobody defined', { fields: { no_such: 1 } }, ['fields.no_such']],
    ['a text for a number', { fields: { shoe_size: '38' } }, ['fields.shoe_size']],
    ['a number for a truth', { fields: { vip: 1 } }, ['fields.vip']],
    ['an impossible date', { fields: { member_since: '2024-13-01' } }, ['fields.member_since']],
    ['two lines for a text', { fields: { tier: 'a\nb' } }, ['fields.tier']],
    ['several at once', { stage: 'fan', fields: { vip: 'x' }, gender: 'male' }, ['stage', 'fields.vip']],
  ];
  for (const [what, fields, named] of refused) {
    it(`refuse ${what}, name the field and change nothing`, async () => {
      const phone = newPhone();
      const answer = await save(phone, { ...fields, lists: ['x'] });
      expect(answer.status, answer.text).to.equal(422);
      expect(fieldsOf(answer)).to.have.members(named);
      const lookUp = await client('post', '/contacts/lookup', { body: { phone, reason: 'a test' } });
      expect(lookUp.status).to.equal(404);
    });
  }

  it('do not repeat the name of a field that may be a number', async () => {
    for (const fields of [{ '+15551310001': 1 }, { a15551310001: 1 }]) {
      const answer = await save(newPhone(), { fields });
      expect(answer.status).to.be.oneOf([400, 422]);
      expect(answer.text).not.to.contain('1555131');
    }
  });

  it('cannot be created for our own numbers', async () => {
    const own = Object.values(SENDERS).find(({ number }) => number.startsWith('+'))?.number ?? '';
    const answer = await save(own, { stage: 'lead' });
    expect([answer.status, fieldsOf(answer)]).to.deep.equal([422, ['phone']]);
  });

  it("change nobody's consent, whatever is saved", async () => {
    const [joined, stopped, fresh] = [newPhone(), newPhone(), newPhone()];
    for (const body of ['JOIN', 'YES']) await gateway.text(joined, body);
    for (const body of ['JOIN', 'YES', 'STOP']) await gateway.text(stopped, body);
    await quiet(gateway);
    const ids: string[] = [];
    for (const phone of [joined, stopped]) {
      ids.push((await client('post', '/contacts/lookup', { body: { phone, reason: 'a test' } })).body.id);
    }
    const before = await consentPrint(gateway.store, ids);
    for (const phone of [joined, stopped, fresh]) {
      expect((await save(phone, WHOLE)).status).to.equal(200);
      expect((await save(phone, { ...WHOLE, first_name: null, stage: 'churned' })).status).to.equal(200);
    }
    expect(await consentPrint(gateway.store, ids)).to.equal(before);
    await gateway.text(fresh, 'JOIN');
    await gateway.text(fresh, 'YES');
    const check = { phone: fresh, program: 'deals', topic: 'deals' };
    expect((await client('post', '/checks', { body: check })).body.allowed, 'they can still join').to.equal(
      true,
    );
    expect((await save(fresh, WHOLE)).body.created).to.equal(false);
  });

  it('cannot be written once they are erased', async () => {
    const phone = newPhone();
    const { body } = await save(phone, { gender: 'male' });
    const erased = { sealed: null, 'keys.profile': null, profileSealed: null };
    await gateway.store.contacts.updateOne({ _id: body.contact }, { $set: erased, $unset: { profile: '' } });
    const answer = await save(phone, { gender: 'female' });
    expect([answer.status, answer.body.type]).to.deep.equal([409, '/api/docs#refused']);
    expect((await stored(body.contact))?.profile).to.equal(undefined);
  });

  it('need the scope contacts:write', async () => {
    const reader = await newClient(gateway, ['contacts:read', 'consent:write']);
    for (const [path, method] of [
      ['/contacts', 'post'],
      ['/contact-fields/tier', 'put'],
      ['/events', 'post'],
    ] as const) {
      expect((await reader(method, path, { body: {} })).status, path).to.equal(403);
    }
  });

  describe('own fields of contacts', () => {
    const put = (name: string, type: string, label = name) =>
      client('put', `/contact-fields/${name}`, { body: { type, label } });

    it('are listed and may change their label at any time', async () => {
      await put('colour', 'text');
      expect((await put('colour', 'text', 'Colour')).status).to.equal(200);
      await save(newPhone(), { fields: { colour: 'red' } });
      expect((await put('colour', 'text', 'Best colour')).status).to.equal(200);
      const { items } = (await client('get', '/contact-fields')).body;
      expect(items).to.deep.include({ name: 'colour', type: 'text', label: 'Best colour', identifies: null });
    });

    it('may change their type while nobody has a value, and never after', async () => {
      await put('score', 'text');
      expect((await put('score', 'number')).body.type).to.equal('number');
      await save(newPhone(), { fields: { score: 7 } });
      const answer = await put('score', 'text');
      expect([answer.status, answer.body.type]).to.deep.equal([409, '/api/docs#not-possible']);
      const { items } = (await client('get', '/contact-fields')).body;
      expect(items).to.deep.include({ name: 'score', type: 'number', label: 'score', identifies: null });
    });

    it('never hold a value of another type, whichever of two requests comes first', async () => {
      for (let round = 0; round < 10; round += 1) {
        const name = `race_${round}`;
        await put(name, 'text');
        const [saved, changed] = await Promise.all([
          save(newPhone(), { fields: { [name]: 'x' } }),
          put(name, 'number'),
        ]);
        expect([saved.status, changed.status].filter((status) => status === 200)).to.have.length(1);
      }
    });
  });
});
