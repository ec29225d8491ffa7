import { request as httpRequest } from 'node:http';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { createKey } from '../../../src/access/api-keys.ts';
import { consentPrint } from '../../contacts/consent-print.ts';
import { indexOf } from '../../promises/inbound-posts.ts';
import { type Gateway, startGateway, until } from '../../support/gateway.ts';
import { type ApiAnswer, type Client, newClient, quiet } from '../client.ts';

const TYPE = 'application/x-ndjson';

describe('contacts saved in bulk through the API', () => {
  let gateway: Gateway;
  let client: Client;
  /** May not look people up: is told nothing of whom it saves, and saves as many as it likes. */
  let importer: Client;
  before(async () => {
    gateway = await startGateway({ worker: 'replies' });
    client = await newClient(gateway);
    importer = await newClient(gateway, ['contacts:write']);
    await client('put', '/contact-fields/points', { body: { type: 'number', label: 'Points' } });
  });
  after(() => gateway.stop());

  let last = 0;
  const newPhone = (): string => `+1555133${String(++last).padStart(4, '0')}`;
  const send = (raw: string, by: Client = client): Promise<ApiAnswer> =>
    by('post', '/contacts/bulk', { raw, type: TYPE });
  const lines = (rows: readonly object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  const of = (list: string) => gateway.store.contacts.countDocuments({ 'profile.lists': list });
  const NONE = {
    lines: 0,
    created: 0,
    updated: 0,
    unchanged: 0,
    refused: 0,
    errors: [],
    errors_left_out: 0,
    refused_unnamed: 0,
  };

  it('are saved line by line, in their order, and refused alone', async () => {
    const [known, fresh] = [newPhone(), newPhone()];
    await client('post', '/contacts', { body: { phone: known, stage: 'lead' } });
    const { status, body, text } = await send(
      lines([
        { phone: fresh, stage: 'lead', fields: { points: 7 } },
        { phone: known, stage: 'customer' },
        { phone: fresh, fields: { points: 'x' }, gender: 'male' },
        { phone: '911' },
        { phone: fresh, stage: 'customer' },
        { phone: known, stage: 'customer' },
        { phone: fresh, colour: 'red' },
      ]),
    );
    expect(status).to.equal(200);
    expect(body).to.deep.include({ lines: 7, created: 1, updated: 2, unchanged: 1, refused: 3 });
    const faults = body.errors.map(({ line, field }: { line: number; field: string }) => [line, field]);
    expect(faults).to.deep.equal([
      [3, 'fields.points'],
      [4, 'phone'],
      [7, 'colour'],
    ]);
    expect(text).not.to.contain(fresh.slice(-7));
    const { body: found } = await client('post', '/contacts/lookup', {
      body: { phone: fresh, reason: 'test' },
    });
    const { profile } = (await gateway.store.contacts.findOne({ _id: found.id })) ?? {};
    expect([profile?.stage?.name, profile?.fields, profile?.gender]).to.deep.equal([
      'customer',
      { points: 7 },
      null,
    ]);
  });

  it('change nothing the second time, and are created once when two requests send the same', async () => {
    const rows = lines(
      Array.from({ length: 1200 }, () => ({ phone: newPhone(), lists: ['twice'], first_name: 'Ana' })),
    );
    const both = await Promise.all([send(rows, importer), send(rows, importer)]);
    for (const { body } of both) expect(body).to.include({ lines: 1200, refused: 0 });
    expect(await of('twice')).to.equal(1200);
    const again = (await send(rows)).body;
    expect(again).to.deep.equal({ ...NONE, lines: 1200, unchanged: 1200 });
  });

  it('may end as lines of any system end, and have empty ones', async () => {
    const row = () => JSON.stringify({ phone: newPhone(), lists: ['ends'] });
    const { body } = await send(`\uFEFF${row()}\r\n\r\n${row()}\n\n  \n{\n${row()}`);
    expect(body).to.deep.include({ lines: 4, created: 3, refused: 1 });
    expect(body.errors).to.deep.equal([{ line: 6, field: 'body', message: 'It is not JSON in UTF-8.' }]);
    expect((await send('')).body).to.deep.equal(NONE);
  });

  const strange: [what: string, line: string | Buffer, field: string][] = [
    [
      'of more than 1 MB',
      JSON.stringify({ phone: '+15551330001', first_name: 'x'.repeat(8_000_000) }),
      'body',
    ],
    ['that is a list', '[]', 'body'],
    ['that is null', 'null', 'body'],
    ['that is no UTF-8', Buffer.from([0x22, 0xff, 0x22]), 'body'],
    ['nested without end', '['.repeat(100_000) + ']'.repeat(100_000), '0'],
    ['with a key for the database', '{"phone":"+15551330001","fields":{"$where":"1"}}', 'fields.$where'],
    ['with a prototype', '{"phone":"+15551330001","__proto__":{"stage":"lead"}}', '__proto__'],
    ['with consent', '{"phone":"+15551330001","subscriptions":[]}', 'subscriptions'],
    ['about one of our own numbers', '{"phone":"+15550100199"}', 'phone'],
  ];
  for (const [what, line, field] of strange) {
    it(`refuse a line ${what}, and save the next`, async () => {
      const list = `next-${strange.findIndex(([name]) => name === what)}`;
      const good = lines([{ phone: newPhone(), lists: [list] }]);
      const raw = Buffer.concat([Buffer.from(good), Buffer.from(line), Buffer.from(`\n${good}`)]);
      const { body } = await sendRaw(raw);
      expect(body).to.deep.include({ lines: 3, created: 1, unchanged: 1, refused: 1 });
      expect(body.errors.map((error: { field: string }) => error.field)).to.deep.equal([field]);
      expect(await of(list)).to.equal(1);
    });
  }

  it('count every fault and list the first hundred', async () => {
    const { body } = await send('{}\n'.repeat(150));
    expect(body).to.deep.include({ lines: 150, refused: 150, errors_left_out: 50 });
    expect(body.errors.map(({ line }: { line: number }) => line)).to.deep.equal(
      Array.from({ length: 100 }, (_, at) => at + 1),
    );
  });

  it('list the first hundred faults in the order of lines, of whatever kind they are', async () => {
    const rows = lines(Array.from({ length: 120 }, () => ({ phone: newPhone(), fields: { points: 'x' } })));
    const { body } = await send(`${rows}${'{}\n'.repeat(120)}`);
    expect(body).to.deep.include({ lines: 240, refused: 240, errors_left_out: 140 });
    expect(body.errors.map(({ line }: { line: number }) => line)).to.deep.equal(
      Array.from({ length: 100 }, (_, at) => at + 1),
    );
  });

  it('refuse the line about a contact that no key opens, and save the others', async () => {
    const [first, closed, second] = [newPhone(), newPhone(), newPhone()];
    await send(lines([{ phone: closed, first_name: 'Ana', stage: 'lead' }]));
    const $set = { 'keys.profile.by': 'lost' };
    await gateway.store.contacts.updateOne({ index: indexOf(gateway, closed) }, { $set });
    const rows = [first, closed, second].map((phone) => ({ phone, lists: ['closed'], last_name: 'Reyes' }));
    const { status, body } = await send(lines(rows));
    expect([status, body.created, body.refused, body.refused_unnamed]).to.deep.equal([200, 2, 0, 1]);
    expect(await of('closed')).to.equal(2);
    const alone = await client('post', '/contacts', { body: rows[1] });
    expect([alone.status, alone.body.errors[0].field]).to.deep.equal([422, 'phone']);
    expect(alone.body.errors[0].message).to.contain('cannot be opened');
  });

  it('must be NDJSON, as it is', async () => {
    const json = await client('post', '/contacts/bulk', { raw: '{}', type: 'application/json' });
    const headers = { 'Content-Encoding': 'gzip', 'Content-Type': TYPE };
    const packed = await sendRaw(gzipSync('{}\n'), headers);
    expect([json.status, packed.status]).to.deep.equal([415, 415]);
  });

  it('leave only whole lines behind when the connection breaks', async () => {
    const rows = Array.from({ length: 700 }, () => ({ phone: newPhone(), lists: ['broken', 'whole'] }));
    const half = `{"phone":"${newPhone()}","lists":["half"]`;
    const open = await opened({ 'Content-Type': TYPE });
    open.on('error', () => undefined);
    open.write(lines(rows) + half);
    await until('the first batch of contacts is saved', async () => (await of('broken')) >= 500);
    open.destroy();
    expect(await of('half')).to.equal(0);
    expect((await send(lines(rows), importer)).body).to.include({ lines: 700, refused: 0 });
    expect(await of('whole')).to.equal(700);
  });

  it("change nobody's consent", async () => {
    const [joined, stopped] = [newPhone(), newPhone()];
    for (const body of ['JOIN', 'YES']) await gateway.text(joined, body);
    for (const body of ['JOIN', 'YES', 'STOP']) await gateway.text(stopped, body);
    await quiet(gateway);
    const ids = await gateway.store.contacts.distinct('_id', { subscriptions: { $ne: [] } });
    expect(ids).to.have.length(2);
    const before = await consentPrint(gateway.store, ids);
    const row = { first_name: 'Ana', stage: 'churned', lists: ['x'], fields: { points: 1 } };
    const { body } = await send(lines([joined, stopped, newPhone()].map((phone) => ({ ...row, phone }))));
    expect(body).to.deep.include({ created: 1, updated: 2 });
    expect(await consentPrint(gateway.store, ids)).to.equal(before);
  });

  it('refuse a line about an erased contact', async () => {
    const phone = newPhone();
    const { body } = await client('post', '/contacts', { body: { phone } });
    const erased = { sealed: null, 'keys.profile': null };
    await gateway.store.contacts.updateOne({ _id: body.contact }, { $set: erased, $unset: { profile: '' } });
    const answer = await send(lines([{ phone, stage: 'lead' }]));
    expect(answer.body).to.deep.include({ refused: 0, refused_unnamed: 1, created: 0, updated: 0 });
    expect((await gateway.store.contacts.findOne({ _id: body.contact }))?.profile).to.equal(undefined);
  });

  const opened = async (headers: Record<string, string>) => {
    const { key } = await createKey(gateway.store, { name: 'raw', scopes: ['contacts:write'] }, new Date());
    const all = { ...headers, Authorization: `Bearer ${key}` };
    return httpRequest(`${gateway.url}/api/v1/contacts/bulk`, { method: 'POST', headers: all });
  };
  const sendRaw = async (raw: Buffer, headers: Record<string, string> = { 'Content-Type': TYPE }) => {
    const scopes = ['contacts:read', 'contacts:write'] as const;
    const { key } = await createKey(gateway.store, { name: 'raw', scopes }, new Date());
    const all = { ...headers, Authorization: `Bearer ${key}` };
    const options = { method: 'POST', headers: all, body: raw };
    const response = await fetch(`${gateway.url}/api/v1/contacts/bulk`, options);
    return { status: response.status, body: (await response.json()) as ApiAnswer['body'] };
  };
});
