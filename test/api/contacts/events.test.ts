import { expect } from 'chai';
import { consentPrint } from '../../contacts/consent-print.ts';
import { bareRow } from '../../receipts/rows.ts';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import { type Client, fieldsOf, newClient, quiet } from '../client.ts';

const DAY_MS = 24 * 3600 * 1000;

describe('events through the API', () => {
  let gateway: Gateway;
  let client: Client;
  before(async () => {
    gateway = await startGateway({ worker: 'replies' });
    client = await newClient(gateway);
  });
  after(() => gateway.stop());

  let last = 0;
  const newPhone = (): string => `+1555132${String(++last).padStart(4, '0')}`;
  const today = new Date(Math.floor(Date.now() / DAY_MS) * DAY_MS);
  const at = today.toISOString();
  const post = (body: object) => client('post', '/events', { body: { at, ...body } });
  const someone = async (): Promise<{ phone: string; contact: string }> => {
    const phone = newPhone();
    return { phone, contact: (await client('post', '/contacts', { body: { phone } })).body.contact };
  };
  const daysOf = async (id: string) => (await gateway.store.contacts.findOne({ _id: id }))?.profile?.days;
  const kept = (contact: string) => gateway.store.events.countDocuments({ contact });

  it('are stored, and counted in the profile by type and day', async () => {
    const { phone, contact } = await someone();
    for (const amount of [19.99, 0.01]) await post({ phone, type: 'purchase', amount });
    const { body } = await post({ contact, type: 'visit' });
    expect(body).to.deep.equal({ contact, repeated: false });
    expect(await daysOf(contact)).to.deep.equal([
      { type: 'purchase', day: today, count: 2, sum: 20 },
      { type: 'visit', day: today, count: 1, sum: 0 },
    ]);
    expect(await kept(contact)).to.equal(3);
  });

  it('have their types listed page by page, each with the last time, without reading the events', async () => {
    const { phone } = await someone();
    for (const type of ['zz-tour', 'aa-visit', 'zz-tour', 'mm-return']) await post({ phone, type });
    const newest = await gateway.store.events.find({ type: 'zz-tour' }).sort({ receivedAt: -1 }).toArray();
    expect(newest).to.have.length(2);
    const types: { type: string; last_recorded_at: string }[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const query = new URLSearchParams({ limit: '2', ...(cursor === '' ? {} : { cursor }) }).toString();
      const { status, body }: { status: number; body: { items: typeof types; next_cursor: string | null } } =
        await client('get', '/event-types', { query });
      expect(status).to.equal(200);
      expect(body.items.length).to.be.within(1, 2);
      types.push(...body.items);
      cursor = body.next_cursor;
    }
    const names = types.map(({ type }) => type);
    expect(names).to.deep.equal([...new Set(await gateway.store.events.distinct('type'))].sort());
    expect(names).to.include.members(['aa-visit', 'mm-return', 'zz-tour']);
    expect(types.at(-1)).to.deep.equal({
      type: 'zz-tour',
      last_recorded_at: newest[0]?.receivedAt.toISOString(),
    });
  });

  it('count once by their id, also when they are posted twenty times at once', async () => {
    const { phone, contact } = await someone();
    const body = { phone, type: 'purchase', amount: 5, id: `order-${contact}` };
    const answers = await Promise.all(Array.from({ length: 20 }, () => post(body)));
    expect(answers.map(({ status }) => status)).to.deep.equal(Array(20).fill(200));
    expect(answers.filter((answer) => !answer.body.repeated)).to.have.length(1);
    expect(await daysOf(contact)).to.deep.equal([{ type: 'purchase', day: today, count: 1, sum: 5 }]);
    expect(await kept(contact)).to.equal(1);
  });

  it('are all counted when many come at once with saved profiles', async () => {
    const { phone, contact } = await someone();
    const events = Array.from({ length: 15 }, (_, n) => post({ phone, type: 'visit', amount: n }));
    const saves = ['female', 'male', 'other'].map((gender) =>
      client('post', '/contacts', { body: { phone, gender, lists: [gender] } }),
    );
    const statuses = (await Promise.all([...events, ...saves])).map(({ status }) => status);
    expect(statuses).to.deep.equal(Array(18).fill(200));
    expect(await daysOf(contact)).to.deep.equal([{ type: 'visit', day: today, count: 15, sum: 105 }]);
    const profile = (await gateway.store.contacts.findOne({ _id: contact }))?.profile;
    expect(profile?.lists).to.deep.equal([profile?.gender]);
  });

  it('answer a conflict when one id comes with different facts, and store no id in the clear', async () => {
    const { phone, contact } = await someone();
    const id = `secret-${phone}`;
    await post({ phone, type: 'purchase', amount: 5, id });
    for (const other of [{ amount: 6 }, { type: 'visit' }, { at: '2026-01-01T00:00:00Z' }]) {
      const answer = await post({ phone, type: 'purchase', amount: 5, id, ...other });
      expect([answer.status, answer.body.type]).to.deep.equal([409, '/api/docs#conflict']);
    }
    expect(await kept(contact)).to.equal(1);
    expect(JSON.stringify(await gateway.store.events.find().toArray())).not.to.contain(phone.slice(1));
  });

  it('may name the code of a message and are credited to its campaign, whoever used the code', async () => {
    const { phone, contact } = await someone();
    const free = { free: true as const };
    const row = (code: string, more: object) => ({
      ...{ _id: `spring/${code}`, pool: 'spring', code, createdAt: today },
      ...more,
    });
    await gateway.store.couponCodes.insertMany([
      row('GIVEN-1', { delivery: 'of another' }),
      row('FREE-1', free),
    ]);
    const { open: _, ...delivered } = bareRow({ _id: 'of another', campaign: 'boots', state: 'delivered' });
    await gateway.store.deliveries.insertOne(delivered);
    const bought = (code: string, pool = 'spring') =>
      post({ phone, type: 'purchase', amount: 5, id: `with-a-code-${contact}`, coupon: { pool, code } });
    for (const answer of [
      await bought('FREE-1'),
      await bought('NONE-1'),
      await bought('GIVEN-1', 'autumn'),
    ]) {
      expect([answer.status, fieldsOf(answer)]).to.deep.equal([422, ['coupon']]);
    }
    expect(await kept(contact)).to.equal(0);
    expect((await bought('GIVEN-1')).body).to.deep.equal({ contact, repeated: false });
    expect((await bought('GIVEN-1')).body).to.deep.equal({ contact, repeated: true });
    expect((await gateway.store.events.findOne({ contact }))?.coupon).to.deep.equal({
      ...{ code: 'spring/GIVEN-1', delivery: 'of another', campaign: 'boots' },
    });
    const without = await post({ phone, type: 'purchase', amount: 5, id: `with-a-code-${contact}` });
    expect(without.status).to.equal(409);
  });

  it('subtract the amount of a return; an event of type return is counted when its amount is not negative', async () => {
    const { phone, contact } = await someone();
    const told = [
      { type: 'purchase', amount: 20 },
      { type: 'purchase', amount: -20 },
      { type: 'refund', amount: -20 },
      { type: 'return' },
      { type: 'return', amount: 0 },
    ];
    for (const body of told) expect((await post({ phone, ...body })).status).to.equal(200);
    expect(await daysOf(contact)).to.deep.equal([
      { type: 'purchase', day: today, count: 1, sum: 0 },
      { type: 'refund', day: today, count: 0, sum: -20 },
      { type: 'return', day: today, count: 2, sum: 0 },
    ]);
  });

  it('create no contact and no event for an unknown person', async () => {
    const count = async () => [
      await gateway.store.contacts.estimatedDocumentCount(),
      await gateway.store.events.estimatedDocumentCount(),
    ];
    const before = await count();
    for (const who of [{ phone: newPhone() }, { contact: 'c_AAAAAAAAAAAAAAAA' }]) {
      expect((await post({ ...who, type: 'visit', id: 'nobody' })).status).to.equal(404);
    }
    expect(await count()).to.deep.equal(before);
  });

  it('are refused with 404 for an erased person', async () => {
    const { phone, contact } = await someone();
    const erased = { sealed: null, 'keys.profile': null };
    await gateway.store.contacts.updateOne({ _id: contact }, { $set: erased, $unset: { profile: '' } });
    for (const who of [{ phone }, { contact }]) {
      expect((await post({ ...who, type: 'visit' })).status).to.equal(404);
    }
    expect([await daysOf(contact), await kept(contact)]).to.deep.equal([undefined, 0]);
  });

  it('are stored and not counted when they happened long ago', async () => {
    const { phone, contact } = await someone();
    await post({ phone, type: 'visit', at: '2020-01-01T00:00:00Z' });
    expect([await daysOf(contact), await kept(contact)]).to.deep.equal([[], 1]);
  });

  const refused: [what: string, fields: object, field: string][] = [
    ['of tomorrow', { at: new Date(Date.now() + DAY_MS).toISOString() }, 'at'],
    ['of a day that is none', { at: '2026-02-30T00:00:00Z' }, 'at'],
    ['of a day without its hour', { at: '2026-02-03' }, 'at'],
    ['with a fraction of a cent', { amount: 1.005 }, 'amount'],
    ['with more than there is', { amount: 1e12 }, 'amount'],
    ['with a text for an amount', { amount: '5' }, 'amount'],
    ['of a type in capitals', { type: 'Purchase' }, 'type'],
    ['of a type of one letter', { type: 'x' }, 'type'],
    ['of a type that may be a number', { type: 'call-5551230001' }, 'type'],
    ['under an id that our own clicks could have', { id: 'click d-1 2026-01-05' }, 'id'],
    ['of nobody and of two', { contact: 'c_AAAAAAAAAAAAAAAA' }, 'phone'],
  ];
  for (const [what, fields, field] of refused) {
    it(`are refused ${what}`, async () => {
      const { phone, contact } = await someone();
      const answer = await post({ phone, type: 'visit', ...fields });
      expect(answer.status, answer.text).to.be.oneOf([400, 422]);
      expect(fieldsOf(answer)).to.deep.equal([field]);
      expect(await kept(contact)).to.equal(0);
    });
  }

  it("change nobody's consent, of whatever type they are", async () => {
    const [joined, stopped] = [newPhone(), newPhone()];
    for (const body of ['JOIN', 'YES']) await gateway.text(joined, body);
    for (const body of ['JOIN', 'YES', 'STOP']) await gateway.text(stopped, body);
    await quiet(gateway);
    const ids = await gateway.store.contacts.distinct('_id', { subscriptions: { $ne: [] } });
    expect(ids).to.have.length(2);
    const before = await consentPrint(gateway.store, ids);
    for (const type of ['stop', 'opt-in', 'consent', 'yes']) {
      for (const phone of [joined, stopped]) expect((await post({ phone, type })).status).to.equal(200);
    }
    expect(await consentPrint(gateway.store, ids)).to.equal(before);
  });

  it('leave an opt-out in force and its ledger whole when they race it with saved profiles', async () => {
    const phone = newPhone();
    for (const body of ['JOIN', 'YES']) await gateway.text(phone, body);
    const busy = Array.from({ length: 10 }, (_, n) => [
      post({ phone, type: 'visit' }),
      client('post', '/contacts', { body: { phone, lists: [`l-${n}`] } }),
    ]).flat();
    const stop = gateway.text(phone, 'STOP');
    const statuses = (await Promise.all(busy)).map(({ status }) => status);
    expect((await stop).status).to.equal(200);
    expect(statuses).to.deep.equal(Array(20).fill(200));
    const { body } = await client('post', '/contacts/lookup', { body: { phone, reason: 'a test' } });
    const status = (await client('get', `/contacts/${body.id}/status`)).body;
    expect(status.subscriptions.map((subscription: { state: string }) => subscription.state)).to.deep.equal([
      'unsubscribed',
    ]);
    const records = (await client('get', '/consent-records', { query: `contact=${body.id}` })).body;
    expect(records.verified).to.equal(true);
    expect((await daysOf(body.id))?.map(({ count }) => count)).to.deep.equal([10]);
  });
});
