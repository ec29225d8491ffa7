import { expect } from 'chai';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { type Client, fieldsOf, newClient } from './client.ts';

const EVERYONE = { kind: 'everyone' };
const DRAFT = { program: 'deals', topic: 'deals', template: 'spring', segment: EVERYONE };
const PRICE = { country: 'US', kind: null, media: 'sms', price: '0.01' };

/** What is saved, as it is after so many changes. `now`: what GET says of it. */
type Saved = [path: string, body: (now: Record<string, unknown>, times: number) => object];

const SAVED: Saved[] = [
  ['/programs/deals', ({ id: _, ...now }, times) => ({ ...now, support: `HELP ${times}` })],
  ['/templates/spring', (_, times) => ({ program: 'deals', texts: { en: `{brand}: offer ${times}` } })],
  ['/segments/all', (_, times) => ({ name: `all ${times}`, tree: EVERYONE })],
  ['/campaigns/spring', (_, times) => ({ ...DRAFT, name: `spring ${times}` })],
  ['/campaign-rules', (now, times) => ({ ...now, approval_over: 1000 + times })],
  ['/prices', (_, times) => ({ currency: 'USD', as_of: `2026-01-0${times}`, prices: [PRICE] })],
  [
    '/verification-rules',
    ({ lookup: _, asked_today: __, ...now }, times) => ({ ...now, daily_budget: times }),
  ],
];

describe('a thing that two people change', () => {
  let gateway: Gateway;
  let client: Client;
  before(async () => {
    gateway = await startGateway({ worker: false });
    client = await newClient(gateway);
    for (const [path, body] of SAVED) {
      const now = (await client('get', path)).body;
      expect((await client('put', path, { body: body(now, 1) })).status, path).to.equal(200);
    }
  });
  after(() => gateway.stop());

  const put = (path: string, body: object, tags: string) =>
    client('put', path, { body, headers: { 'If-Match': tags } });
  const etagOf = async (path: string): Promise<string> => (await client('get', path)).headers.etag ?? '';

  for (const [path, body] of SAVED) {
    it(`is saved to ${path} by who has read it as it is, and by nobody who read it before`, async () => {
      const { body: before, headers } = await client('get', path);
      const mine = headers.etag ?? 'none';
      expect((await put(path, body(before, 2), mine)).status).to.equal(200);
      const after = await client('get', path);
      const late = await put(path, body(before, 3), mine);
      expect([late.status, late.body.type]).to.deep.equal([412, '/api/docs#changed-meanwhile']);
      expect(late.body.detail).to.match(/This request did nothing; an earlier one of yours/);
      expect(late.body.next_step).to.match(/^Read it again/);
      expect((await client('get', path)).text).to.equal(after.text);
      expect((await client('put', path, { body: body(before, 3) })).status, 'unasked').to.equal(200);
    });
  }

  it('may have any of several ETags, weak or strong', async () => {
    const strong = (await etagOf('/segments/all')).replace('W/', '');
    const body = { name: 'once more', tree: EVERYONE };
    expect((await put('/segments/all', body, `W/"another", ${strong}`)).status).to.equal(200);
  });

  it('has to be there, where any will do', async () => {
    const body = { name: 'any', tree: EVERYONE };
    expect((await put('/segments/all', body, '*')).status).to.equal(200);
    expect((await put('/segments/none', body, '*')).status).to.equal(412);
    expect((await client('get', '/segments/none')).status).to.equal(404);
  });

  it('is not changed by an If-Match that is none, which is named', async () => {
    for (const tags of ['7', 'W/', '"', '* *']) {
      const answer = await put('/segments/all', { name: 'odd', tree: EVERYONE }, tags);
      expect([answer.status, fieldsOf(answer)], tags).to.deep.equal([400, ['If-Match']]);
    }
  });

  it('is not saved where an If-Match comes and no GET shows it, and is without one', async () => {
    const path = '/contact-fields/shoe_size';
    const body = { type: 'number', label: 'Shoe size' };
    const guarded = await put(path, body, '*');
    expect([guarded.status, fieldsOf(guarded)]).to.deep.equal([400, ['If-Match']]);
    expect(await gateway.store.db.collection('contactFields').countDocuments()).to.equal(0);
    expect((await client('put', path, { body })).status).to.equal(200);
  });

  it('is sent by start as it was read, or not at all', async () => {
    const path = '/campaigns/start';
    await client('put', path, { body: { ...DRAFT, name: 'mine' } });
    const mine = await etagOf(path);
    await client('put', path, { body: { ...DRAFT, name: 'theirs' } });
    const start = async (tags: string) =>
      client('post', `${path}/start`, {
        body: { at: '2100-01-01T10:00:00Z', everyone: true },
        headers: { 'If-Match': tags },
      });
    expect((await start(mine)).status).to.equal(412);
    const { body, headers } = await client('get', path);
    expect(body.state).to.equal('draft');
    // It fits, and what it fits is asked next: nobody is there to get it.
    const asked = await start(headers.etag ?? '');
    expect([asked.status, fieldsOf(asked)]).to.deep.equal([422, ['segment']]);
  });
});
