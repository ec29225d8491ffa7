import { expect } from 'chai';
import { UNKNOWN_A_DAY } from '../../../src/access/api-keys.ts';
import { consentPrint } from '../../contacts/consent-print.ts';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import { type ApiAnswer, type Client, newClient, quiet } from '../client.ts';

const DAY_MS = 24 * 3600 * 1000;

describe('events posted in bulk through the API', () => {
  let gateway: Gateway;
  let client: Client;
  before(async () => {
    gateway = await startGateway({ worker: 'replies' });
    client = await newClient(gateway);
  });
  after(() => gateway.stop());

  let last = 0;
  const newPhone = (): string => `+1555139${String(++last).padStart(4, '0')}`;
  const today = new Date(Math.floor(Date.now() / DAY_MS) * DAY_MS);
  const at = today.toISOString();
  const send = (rows: readonly object[], by: Client = client): Promise<ApiAnswer> =>
    by('post', '/events/bulk', {
      raw: rows.map((row) => `${JSON.stringify({ at, ...row })}\n`).join(''),
      type: 'application/x-ndjson',
    });
  const someone = async (): Promise<{ phone: string; contact: string }> => {
    const phone = newPhone();
    return { phone, contact: (await client('post', '/contacts', { body: { phone } })).body.contact };
  };
  const daysOf = async (id: string) => (await gateway.store.contacts.findOne({ _id: id }))?.profile?.days;

  it('are stored and counted line by line, and refused alone in the order of lines', async () => {
    const [first, second, nobody] = [await someone(), await someone(), newPhone()];
    const { status, body, text } = await send([
      { phone: first.phone, type: 'purchase', amount: 20, id: 'a-1' },
      { phone: first.phone, type: 'purchase', amount: -5, id: 'a-2' },
      { contact: second.contact, type: 'visit', id: 'a-3' },
      { phone: nobody, type: 'visit', id: 'a-4' },
      { phone: first.phone, type: 'visit' },
      { phone: first.phone, type: 'purchase', amount: 21, id: 'a-1' },
      { contact: 'c_nobodynobodynob', type: 'visit', id: 'a-5' },
      { phone: second.phone, type: 'visit', at: new Date(Date.now() + DAY_MS).toISOString(), id: 'a-6' },
      { phone: second.phone, type: 'visit', id: 'a-7', coupon: { pool: 'spring', code: 'NOBODYS-1' } },
      { phone: second.phone, type: 'visit', id: 'a-8', $where: '1' },
      { phone: second.phone, type: 'visit', id: 'a-3' },
    ]);
    expect(status).to.equal(200);
    expect(body).to.include({ lines: 11, recorded: 3, repeated: 1, refused: 6, refused_unnamed: 1 });
    const faults = body.errors.map(({ line, field }: { line: number; field: string }) => [line, field]);
    expect(faults).to.deep.equal([
      [5, 'id'],
      [6, 'id'],
      [7, 'contact'],
      [8, 'at'],
      [9, 'coupon'],
      [10, '$where'],
    ]);
    expect(text).not.to.contain(nobody.slice(-7));
    expect(await daysOf(first.contact)).to.deep.equal([{ type: 'purchase', day: today, count: 1, sum: 15 }]);
    expect(await daysOf(second.contact)).to.deep.equal([{ type: 'visit', day: today, count: 1, sum: 0 }]);
  });

  it('count once when two requests send the same list, and when it is sent again', async () => {
    const people = await Promise.all(Array.from({ length: 30 }, someone));
    const rows = Array.from({ length: 600 }, (_, n) => ({
      phone: people[n % people.length]?.phone,
      type: 'purchase',
      amount: 1,
      id: `twice-${n}`,
    }));
    const both = (await Promise.all([send(rows), send(rows)])).map(({ body }) => body);
    expect(both[0].recorded + both[1].recorded).to.equal(600);
    expect(both[0].repeated + both[1].repeated).to.equal(600);
    expect((await send(rows)).body).to.include({ lines: 600, recorded: 0, repeated: 600, refused: 0 });
    for (const { contact } of people) {
      expect(await daysOf(contact)).to.deep.equal([{ type: 'purchase', day: today, count: 20, sum: 20 }]);
    }
  });

  it('create no contact and change no consent', async () => {
    const [joined, nobody] = [newPhone(), newPhone()];
    for (const body of ['JOIN', 'YES']) await gateway.text(joined, body);
    await quiet(gateway);
    const people = await gateway.store.contacts.countDocuments({});
    const ids = await gateway.store.contacts.distinct('_id', { subscriptions: { $ne: [] } });
    const before = await consentPrint(gateway.store, ids);
    const { body } = await send([
      { phone: joined, type: 'purchase', amount: 5, id: 'c-1' },
      { phone: nobody, type: 'purchase', amount: 5, id: 'c-2' },
    ]);
    expect(body).to.include({ recorded: 1, refused: 0, refused_unnamed: 1 });
    expect(await consentPrint(gateway.store, ids)).to.equal(before);
    expect(await gateway.store.contacts.countDocuments({})).to.equal(people);
  });

  it("end the list at the line that exceeds the day's limit of unknown numbers", async () => {
    const by = await newClient(gateway);
    const { phone, contact } = await someone();
    const rows = Array.from({ length: UNKNOWN_A_DAY + 3 }, (_, n) => ({
      ...{ phone: newPhone(), type: 'visit', id: `d-${n}` },
    }));
    const { status, body, headers } = await send([...rows, { phone, type: 'visit', id: 'd-known' }], by);
    expect([status, body.lines_done]).to.deep.equal([429, UNKNOWN_A_DAY]);
    expect(Number(headers['retry-after'])).to.be.within(1, 86_400);
    expect(await daysOf(contact)).to.deep.equal([]);
    const byContact = await send([{ contact, type: 'visit', id: 'd-known' }], by);
    expect(byContact.body).to.include({ recorded: 1 });
    expect((await by('post', '/contacts/lookup', { body: { phone, reason: 'test' } })).status).to.equal(429);
  });

  it("count as a look-up of an unknown number under the id of somebody else's event", async () => {
    const [owner, ...others] = await Promise.all(Array.from({ length: 12 }, someone));
    await send([{ contact: owner?.contact, type: 'visit', id: 'e-taken' }]);
    const tries = (people: typeof others) =>
      people.map(({ phone }) => ({ phone, type: 'visit', id: 'e-taken' }));
    const by = await newClient(gateway);
    const first = await send(tries([...others, ...(owner ? [owner] : [])]), by);
    expect(first.body).to.include({ recorded: 0, repeated: 1, refused: 0, refused_unnamed: 11 });
    const unknown = Array.from({ length: UNKNOWN_A_DAY - 15 }, (_, n) => ({
      ...{ phone: newPhone(), type: 'visit', id: `e-${n}` },
    }));
    expect((await send(unknown, by)).body).to.include({ refused_unnamed: UNKNOWN_A_DAY - 15 });
    const spent = await send(tries([...others, ...(owner ? [owner] : [])]), by);
    expect([spent.status, spent.body.lines_done]).to.deep.equal([429, 0]);
    expect(spent.body).to.not.have.property('repeated');
  });

  it('count as a look-up only when the answer tells whether a number is known or whose the event is', async () => {
    const by = await newClient(gateway);
    const [first, second] = [await someone(), await someone()];
    await send([{ phone: first.phone, type: 'visit', id: 'f-1' }]);
    const { body } = await send(
      [first.phone, second.phone].map((phone) => ({ phone, type: 'purchase', id: 'f-1' })),
      by,
    );
    expect(body).to.include({ refused: 2, refused_unnamed: 0 });
    const unknown = Array.from({ length: UNKNOWN_A_DAY }, (_, n) => ({
      ...{ phone: newPhone(), type: 'visit', id: `f-${n + 2}` },
    }));
    expect((await send(unknown, by)).body).to.include({ refused_unnamed: UNKNOWN_A_DAY });
  });

  it('reveal nothing to a key that may not look people up', async () => {
    const by = await newClient(gateway, ['contacts:write']);
    const { phone, contact } = await someone();
    const { body } = await send(
      [phone, newPhone()].map((number, n) => ({ phone: number, type: 'visit', id: `g-${n}` })),
      by,
    );
    expect(body).to.include({ lines: 2, recorded: null, repeated: null, refused: 0, refused_unnamed: null });
    expect(await daysOf(contact)).to.have.length(1);
  });
});
