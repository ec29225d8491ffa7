import { expect } from 'chai';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import { type Client, newClient } from '../client.ts';

const WHOLE = {
  first_name: 'Ana',
  last_name: 'Reyes',
  birth_date: '1990-02-28',
  gender: 'female',
  place: { country: 'US', state: 'CA', city: 'Fresno', zip: '93650-1234', zone: 'America/Los_Angeles' },
  interests: ['shoes', 'bags', 'shoes'],
  lists: ['spring'],
  stage: 'customer',
  fields: { shoe_size: 38.5, vip: true, member_since: '2024-02-29' },
};

describe('profiles through the API', () => {
  let gateway: Gateway;
  let client: Client;
  before(async () => {
    gateway = await startGateway({ worker: false });
    client = await newClient(gateway);
    const types = { shoe_size: 'number', vip: 'boolean', member_since: 'date' };
    for (const [name, type] of Object.entries(types)) {
      await client('put', `/contact-fields/${name}`, { body: { type, label: name } });
    }
  });
  after(() => gateway.stop());

  let last = 0;
  const save = (phone: string, fields: object) => client('post', '/contacts', { body: { phone, ...fields } });
  const newcomer = async (fields: object) => {
    const phone = `+1555132${String(++last).padStart(4, '0')}`;
    return { phone, ...(await save(phone, fields)) };
  };

  it('note a state that contradicts the ZIP code, when it is saved and whenever it is shown', async () => {
    const sentence =
      'ZIP codes that begin with 936 belong to CA, but the state is NY. Until one of them is corrected, texts keep to the hours of both.';
    const notes = [{ field: 'place.state', code: 'state-beside-zip', sentence }];
    const { phone, body } = await newcomer({ place: { country: 'US', state: 'NY', zip: '93650' } });
    expect(body.notes).to.deep.equal(notes);
    expect((await client('get', `/contacts/${body.contact}`)).body.notes).to.deep.equal(notes);
    expect((await save(phone, { gender: 'female' })).body.notes).to.deep.equal(notes);
    expect((await save(phone, { place: { state: 'CA' } })).body.notes).to.deep.equal([]);
    expect((await client('get', `/contacts/${body.contact}`)).body.notes).to.deep.equal([]);
  });

  it('are shown with all that is known, except that sealed fields are only named', async () => {
    const body = { type: 'text', label: 'Work mail', identifies: 'mailbox' };
    expect((await client('put', '/contact-fields/work_mail', { body })).status).to.equal(200);
    const { fields } = WHOLE;
    const saved = await newcomer({
      ...WHOLE,
      fields: { ...fields, work_mail: 'ana@fernway.example' },
    });
    const shown = await client('get', `/contacts/${saved.body.contact}`);
    const { created_at, stage_since, ...known } = shown.body;
    expect(known).to.deep.equal({
      id: saved.body.contact,
      masked: `+1••••••${saved.phone.slice(-4)}`,
      birth_date: '1990-02-28',
      gender: 'female',
      place: { ...WHOLE.place, zip: '93650' },
      interests: ['bags', 'shoes'],
      lists: ['spring'],
      stage: 'customer',
      fields: { ...fields, member_since: '2024-02-29T00:00:00.000Z' },
      sealed: ['first_name', 'last_name', 'fields.work_mail'],
      notes: [],
    });
    expect([created_at, stage_since]).to.deep.equal(['created_at', 'stage_since'].map(() => created_at));
    expect(shown.text).not.to.match(/Ana|Reyes|ana@/);
    const again = { place: known.place, fields: known.fields, lists: known.lists };
    expect((await save(saved.phone, again)).body.changed).to.deep.equal([]);
  });

  it('are shown as empty when nothing is known, and are missing for unknown contacts', async () => {
    const { body } = await newcomer({});
    const shown = await client('get', `/contacts/${body.contact}`);
    expect(shown.body).to.deep.include({ birth_date: null, stage: null, lists: [], fields: {}, sealed: [] });
    expect((await client('get', `/contacts/c_${'A'.repeat(16)}`)).status).to.equal(404);
  });

  it('are put on lists and taken off by one system, and stay on the lists of another', async () => {
    const { phone, body } = await newcomer({ lists: ['crm', 'spring'], interests: ['bags'] });
    const change = { lists_add: ['vip'], lists_remove: ['spring'], interests_add: ['shoes'] };
    expect((await save(phone, change)).body.changed).to.deep.equal(['interests', 'lists']);
    const shown = await client('get', `/contacts/${body.contact}`);
    expect(shown.body).to.deep.include({ lists: ['crm', 'vip'], interests: ['bags', 'shoes'] });
    const raw = `{"phone": "${phone}", "lists_remove": ["crm"]}\n{"phone": "${phone}", "lists": [], "lists_add": ["a"]}`;
    const bulk = await client('post', '/contacts/bulk', { raw, type: 'application/x-ndjson' });
    expect([bulk.body.updated, bulk.body.errors[0]?.field]).to.deep.equal([1, 'lists']);
    expect((await client('get', `/contacts/${body.contact}`)).body.lists).to.deep.equal(['vip']);
  });

  it('name the existing lists, each once, page by page', async () => {
    for (const lists of [['b-list', 'c-list'], ['a-list', 'b-list'], ['c'], []]) await newcomer({ lists });
    const names: string[] = [];
    let cursor: string | null = '';
    do {
      const more: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const { body } = await client('get', '/lists', { query: `limit=2${more}` });
      expect(body.items.length).to.be.at.most(2);
      names.push(...body.items.map(({ name }: { name: string }) => name));
      cursor = body.next_cursor;
    } while (cursor !== null);
    expect(names)
      .to.deep.equal([...new Set(names)].sort())
      .and.to.include.members(['a-list', 'b-list', 'c', 'c-list']);
  });
});
