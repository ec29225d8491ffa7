import { expect } from 'chai';
import { indexOf } from '../../promises/inbound-posts.ts';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import { type ApiAnswer, type Client, newClient } from '../client.ts';

const [HELD, ERASED, NOBODY, FREE] = ['+15551350001', '+15551350002', '+15551350003', '+18003569377'];
const ABROAD = { country: 'GB' };
/** A toll-free number gets no texts: refused where nobody is held under it. */
const FREE_LINE = { phone: FREE };

describe('a refused request to save a contact', () => {
  let gateway: Gateway;
  let held: string;
  let erased: string;
  before(async () => {
    gateway = await startGateway({ worker: false });
    const admin = await newClient(gateway);
    const place = { country: 'US', state: 'TX' };
    held = (await admin('post', '/contacts', { body: { phone: HELD, place } })).body.contact;
    erased = (await admin('post', '/contacts', { body: { phone: ERASED, place } })).body.contact;
    const $set = { sealed: null, 'keys.profile': null };
    await gateway.store.contacts.updateOne({ _id: erased }, { $set, $unset: { profile: '' } });
  });
  after(() => gateway.stop());

  const save = (client: Client, body: object): Promise<ApiAnswer> => client('post', '/contacts', { body });
  const bulk = (client: Client, rows: readonly object[]): Promise<ApiAnswer> =>
    client('post', '/contacts/bulk', {
      raw: rows.map((row) => `${JSON.stringify(row)}\n`).join(''),
      type: 'application/x-ndjson',
    });
  const traces = (): unknown[] =>
    gateway.logs
      .filter((line) => line.includes('came to nothing'))
      .map((line) => (JSON.parse(line) as { contact: unknown }).contact);

  for (const [what, wrong] of [
    ['no stage', { stage: 'nope' }],
    ['no field', { fields: { nope: 1 } }],
    ['no day', { birth_date: '1990-02-31' }],
    ['no state of its own country', { place: { country: 'GB', state: 'TX' } }],
  ] as const) {
    it(`answers alike whoever has the number, and counts as no look-up, for ${what}`, async () => {
      const client = await newClient(gateway);
      const before = traces().length;
      const answers: ApiAnswer[] = [];
      for (const phone of [HELD, ERASED, NOBODY, FREE])
        answers.push(await save(client, { phone, place: ABROAD, ...wrong }));
      for (const { status, body, headers } of answers) {
        expect([status, body]).to.deep.equal([422, answers[0]?.body]);
        expect(headers.ratelimit).not.to.contain('lookups');
      }
      const listed = await bulk(
        client,
        [HELD, ERASED, NOBODY, FREE].map((phone) => ({ phone, place: ABROAD, ...wrong })),
      );
      const told = listed.body.errors.map(({ line: _, ...fault }: { line: number }) => fault);
      for (const fault of told) expect(fault).to.deep.equal(answers[0]?.body.errors[0]);
      expect([told.length, listed.headers.ratelimit?.includes('lookups')]).to.deep.equal([4, false]);
      expect(traces().length).to.equal(before);
      expect(await gateway.store.contacts.countDocuments({ index: indexOf(gateway, NOBODY ?? '') })).to.equal(
        0,
      );
    });
  }

  it('is logged as a look-up when it reveals what is stored or that nobody is known', async () => {
    const client = await newClient(gateway);
    const before = traces().length;
    const answers: ApiAnswer[] = [];
    for (const body of [{ phone: HELD, place: ABROAD }, { phone: ERASED }, { phone: FREE }])
      answers.push(await save(client, body));
    expect(answers.map(({ status }) => status)).to.deep.equal([422, 409, 422]);
    expect(traces().slice(before)).to.deep.equal([held, erased, null]);
  });

  it('counts as a look-up for a line of a list that reveals what is stored, while the rest is saved', async () => {
    const client = await newClient(gateway);
    const gone = Array.from({ length: 60 }, () => ({ phone: ERASED }));
    const rest = Array.from({ length: 600 }, () => ({ phone: HELD, stage: 'customer' }));
    const { status, body } = await bulk(client, [
      ...gone,
      { phone: HELD, stage: 'nope' },
      ...rest,
      FREE_LINE,
    ]);
    expect(status).to.equal(200);
    expect(body.errors.map(({ line }: { line: number }) => line)).to.deep.equal([61]);
    expect(body).to.include({ lines: 662, updated: 1, unchanged: 599, refused: 1, refused_unnamed: 61 });
  });

  it('reveals nothing to a key that may not look people up', async () => {
    const client = await newClient(gateway, ['contacts:write']);
    const stored = await gateway.store.contacts.findOne({ _id: held });
    const told = { contact: null, created: null, changed: null, verification: null, notes: null };
    for (const body of [{ phone: HELD, place: ABROAD }, { phone: ERASED }, FREE_LINE, { phone: NOBODY }]) {
      const { status, body: answer } = await save(client, body);
      expect([status, answer]).to.deep.equal([200, told]);
      const listed = await bulk(client, [body]);
      expect([listed.status, listed.body]).to.deep.equal([
        200,
        {
          ...{ lines: 1, created: null, updated: null, unchanged: null },
          ...{ refused: 0, errors: [], errors_left_out: 0, refused_unnamed: null },
        },
      ]);
      const event = { phone: body.phone, type: 'visit', at: '2026-01-05T10:00:00Z', id: 'untold' };
      const taken = await client('post', '/events', { body: event });
      expect([taken.status, taken.body]).to.deep.equal([200, { contact: null, repeated: null }]);
    }
    expect((await gateway.store.contacts.findOne({ _id: held }))?.profile?.place).to.deep.equal(
      stored?.profile?.place,
    );
    const saved = { index: indexOf(gateway, NOBODY ?? '') };
    expect(await gateway.store.contacts.countDocuments(saved)).to.equal(1);
  });

  it('may name any number of unknown people from a key that may not look people up', async () => {
    const client = await newClient(gateway, ['contacts:write']);
    const rows = Array.from({ length: 150 }, (_, at) => ({
      phone: `+1555136${String(at).padStart(4, '0')}`,
    }));
    const { body } = await bulk(
      client,
      rows.map((row) => ({ ...row, lists: ['import'] })),
    );
    expect(body).to.include({ lines: 150, refused: 0 });
    expect(await gateway.store.contacts.countDocuments({ 'profile.lists': 'import' })).to.equal(150);
  });
});
