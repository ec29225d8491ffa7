import { expect } from 'chai';
import { PER_MINUTE } from '../../../src/api/limits.ts';
import { consentPrint } from '../../contacts/consent-print.ts';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import { type Answer, type Client, newClient, quiet } from '../client.ts';

const DAY_MS = 24 * 3600 * 1000;

describe('events by API in bulk', () => {
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
  const send = (rows: readonly object[], by: Client = client): Promise<Answer> =>
    by('post', '/events/bulk', {
      raw: rows.map((row) => `${JSON.stringify({ at, ...row })}\n`).join(''),
      type: 'application/x-ndjson',
    });
  const someone = async (): Promise<{ phone: string; contact: string }> => {
    const phone = newPhone();
    return { phone, contact: (await client('post', '/contacts', { body: { phone } })).body.contact };
  };
  const daysOf = async (id: string) => (await gateway.store.contacts.findOne({ _id: id }))?.profile?.days;

  it('are kept and counted line by line, and refused alone in the order of lines', async () => {
    const [one, two, nobody] = [await someone(), await someone(), newPhone()];
    const { status, body, text } = await send([
      { phone: one.phone, type: 'purchase', amount: 20, id: 'a-1' },
      { phone: one.phone, type: 'purchase', amount: -5, id: 'a-2' },
      { contact: two.contact, type: 'visit', id: 'a-3' },
      { phone: nobody, type: 'visit', id: 'a-4' },
      { phone: one.phone, type: 'visit' },
      { phone: one.phone, type: 'purchase', amount: 21, id: 'a-1' },
      { contact: 'c_nobodynobodynob', type: 'visit', id: 'a-5' },
      { phone: two.phone, type: 'visit', at: new Date(Date.now() + DAY_MS).toISOString(), id: 'a-6' },
      { phone: two.phone, type: 'visit', id: 'a-7', coupon: { pool: 'spring', code: 'NOBODYS-1' } },
      { phone: two.phone, type: 'visit', id: 'a-8', $where: '1' },
      { phone: two.phone, type: 'visit', id: 'a-3' },
    ]);
    expect(status).to.equal(200);
    expect(body).to.include({ lines: 11, recorded: 3, repeated: 1, refused: 7, untold: 0 });
    const faults = body.errors.map(({ line, field }: { line: number; field: string }) => [line, field]);
    expect(faults).to.deep.equal([
      [4, 'phone'],
      [5, 'id'],
      [6, 'id'],
      [7, 'contact'],
      [8, 'at'],
      [9, 'coupon'],
      [10, '$where'],
    ]);
    expect(text).not.to.contain(nobody.slice(-7));
    expect(await daysOf(one.contact)).to.deep.equal([{ type: 'purchase', day: today, count: 1, sum: 15 }]);
    expect(await daysOf(two.contact)).to.deep.equal([{ type: 'visit', day: today, count: 1, sum: 0 }]);
  });

  it('count once when two send the same list, and when it is sent again', async () => {
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

  it('make nobody, and change no consent', async () => {
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
    expect(body).to.include({ recorded: 1, refused: 1 });
    expect(await consentPrint(gateway.store, ids)).to.equal(before);
    expect(await gateway.store.contacts.countDocuments({})).to.equal(people);
  });

  it('by an unknown number are look-ups; once these are spent such lines are only counted, and the rest is taken', async () => {
    const by = await newClient(gateway);
    const { phone } = await someone();
    const unknown = Array.from({ length: PER_MINUTE.lookups + 3 }, (_, n) => ({
      phone: newPhone(),
      type: 'visit',
      id: `d-${n}`,
    }));
    const { body } = await send([...unknown, { phone, type: 'visit', id: 'd-known' }], by);
    expect(body).to.include({ recorded: 1, refused: PER_MINUTE.lookups + 3, untold: 3 });
    expect(body.errors).to.have.length(PER_MINUTE.lookups);
    const { status } = await by('post', '/contacts/lookup', { body: { phone, reason: 'test' } });
    expect(status).to.equal(429);
  });

  it('by number are not called refused where they were taken before, once the look-ups are spent', async () => {
    const by = await newClient(gateway);
    const known = await Promise.all(Array.from({ length: 10 }, someone));
    const unknown = Array.from({ length: PER_MINUTE.lookups + 1 }, newPhone);
    const rows = [...unknown, ...known.map(({ phone }) => phone)].map((phone, n) => ({
      ...{ phone, type: 'visit', id: `again-${n}` },
    }));
    expect((await send(rows, by)).body).to.include({ recorded: 10, refused: unknown.length });
    const { body } = await send(rows, by);
    expect(body).to.include({
      recorded: 0,
      repeated: 0,
      refused: unknown.length,
      untold: unknown.length + 10,
    });
  });

  it('by number under the id of one event never tell whose it is by their totals, once the look-ups are spent', async () => {
    const [owner, other] = [await someone(), await someone()];
    await send([{ contact: owner.contact, type: 'visit', id: 'e-taken' }]);
    const tried = Array.from({ length: PER_MINUTE.lookups + 2 }, newPhone);
    const ask = async (phones: readonly string[], by: Client): Promise<object> => {
      const { body } = await send(
        phones.map((phone) => ({ phone, type: 'visit', id: 'e-taken' })),
        by,
      );
      const { recorded, repeated, refused, untold } = body;
      return { recorded, repeated, refused, untold };
    };
    for (const { phone } of [owner, other]) {
      const by = await newClient(gateway);
      const totals = { recorded: 0, repeated: 0, refused: PER_MINUTE.lookups, untold: 3 };
      expect(await ask([...tried, phone], by)).to.deep.equal(totals);
      const untold = { recorded: 0, repeated: 0, refused: 0, untold: 1 };
      expect(await ask([phone], by)).to.deep.equal(untold);
    }
    const by = await newClient(gateway);
    await ask(tried, by);
    const { body } = await send([{ contact: owner.contact, type: 'visit', id: 'e-taken' }], by);
    expect(body).to.include({ repeated: 1, untold: 0 });
  });

  it('count as look-ups only where a line tells whether a number is known, or whose the event is', async () => {
    const by = await newClient(gateway);
    const [one, two] = [await someone(), await someone()];
    await send([{ phone: one.phone, type: 'visit', id: 'f-1' }]);
    const { headers } = await send(
      [one.phone, two.phone, newPhone()].map((phone) => ({ phone, type: 'purchase', id: 'f-1' })),
      by,
    );
    expect(headers.ratelimit).not.to.contain('lookups');
  });
});
