import { expect } from 'chai';
import { PER_MINUTE } from '../../../src/api/limits.ts';
import { indexOf } from '../../promises/inbound-posts.ts';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import { type Answer, type Client, newClient } from '../client.ts';

const [HELD, ERASED, NOBODY, FREE] = ['+15551350001', '+15551350002', '+15551350003', '+18003569377'];
const ABROAD = { country: 'GB' };

describe('saving what is said of a number, where it is refused', () => {
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

  const save = (client: Client, body: object): Promise<Answer> => client('post', '/contacts', { body });
  const bulk = (client: Client, rows: readonly object[]): Promise<Answer> =>
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
    it(`for ${what}, is refused alike whoever has the number, and is no look-up`, async () => {
      const client = await newClient(gateway);
      const before = traces().length;
      const answers: Answer[] = [];
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

  it('for what is held of it, or since nobody is, counts and is logged as a look-up', async () => {
    const client = await newClient(gateway);
    const before = traces().length;
    const ask = () => [
      save(client, { phone: HELD, place: ABROAD }),
      save(client, { phone: ERASED }),
      save(client, { phone: FREE }),
    ];
    const answers: Answer[] = [];
    for (const one of ask()) answers.push(await one);
    expect(answers.map(({ status }) => status)).to.deep.equal([422, 409, 422]);
    for (const one of answers) expect(one.headers.ratelimit).to.contain('"lookups"');
    expect(traces().slice(before)).to.have.members([held, erased, null]);
    for (let count = answers.length; count < PER_MINUTE.lookups; count += 1)
      await save(client, { phone: ERASED });
    const spent = await Promise.all(ask());
    expect(spent.map(({ status }) => status)).to.deep.equal([429, 429, 429]);
    expect((await save(client, { phone: HELD, stage: 'lead' })).status).to.equal(200);
  });

  it('counts line by line in a list; once the look-ups are spent such lines are counted and not named, and the rest is saved', async () => {
    const client = await newClient(gateway);
    const before = traces().length;
    const gone = Array.from({ length: PER_MINUTE.lookups + 5 }, () => ({ phone: ERASED }));
    const rest = Array.from({ length: 600 }, () => ({ phone: HELD, stage: 'customer' }));
    const { status, body, headers } = await bulk(client, [...gone, ...rest, { phone: ERASED }]);
    expect([status, traces().length - before]).to.deep.equal([200, PER_MINUTE.lookups]);
    expect(headers.ratelimit?.match(/"lookups"/g)).to.have.length(1);
    // Of an answer that was given there is nothing to ask again.
    expect(headers['retry-after']).to.equal(undefined);
    const told = body.errors.map(({ line, message }: { line: number; message: string }) => [line, message]);
    expect(told).to.deep.equal(
      Array.from({ length: PER_MINUTE.lookups }, (_, at) => [at + 1, 'The person was erased.']),
    );
    expect(body).to.include({ updated: 1, unchanged: 599, refused: PER_MINUTE.lookups + 6, untold: 6 });
    const spent = await save(client, { phone: ERASED });
    expect(spent.status).to.equal(429);
    expect(Number(spent.headers['retry-after'])).to.be.greaterThan(0);
  });
});
