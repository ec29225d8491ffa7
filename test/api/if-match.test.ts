import { expect } from 'chai';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { type Client, fieldsOf, newClient } from './client.ts';

const EVERYONE = { kind: 'everyone' };
const DRAFT = { program: 'deals', topic: 'deals', template: 'spring', segment: EVERYONE };
const SPRING = '/templates/spring';

describe('a resource that two people change', () => {
  let gateway: Gateway;
  let client: Client;
  before(async () => {
    gateway = await startGateway({ worker: false });
    client = await newClient(gateway);
    expect((await client('put', SPRING, { body: offer('one') })).status).to.equal(200);
  });
  after(() => gateway.stop());

  const offer = (words: string) => ({ program: 'deals', texts: { en: `{brand}: offer ${words}` } });
  const put = (path: string, body: object, tags: string) =>
    client('put', path, { body, headers: { 'If-Match': tags } });
  const etagOf = async (path: string): Promise<string | undefined> =>
    (await client('get', path)).headers.etag;

  it('is saved with the ETag of its current state, and not with an older one', async () => {
    const mine = (await etagOf(SPRING)) ?? 'none';
    const saved = await put(SPRING, offer('two'), mine);
    expect(saved.status).to.equal(200);
    const after = await client('get', SPRING);
    expect([saved.headers.etag, mine]).to.deep.equal([after.headers.etag, 'W/"1"']);
    const late = await put(SPRING, offer('three'), mine);
    expect([late.status, late.body.type]).to.deep.equal([412, '/api/docs#changed-meanwhile']);
    expect(late.body.detail).to.match(/This request did nothing; an earlier one of yours/);
    expect(late.body.next_step).to.match(/^Read the resource again/);
    expect((await client('get', SPRING)).text).to.equal(after.text);
    expect((await client('put', SPRING, { body: offer('three') })).status, 'unasked').to.equal(200);
  });

  it('is saved by only one of two who read it and save it at the same moment', async () => {
    const mine = (await etagOf(SPRING)) ?? 'none';
    const both = await Promise.all(['left', 'right'].map((words) => put(SPRING, offer(words), mine)));
    const [saved, refused] = both.map(({ status }) => status).sort();
    expect(saved).to.equal(200);
    expect(refused).to.be.oneOf([409, 412]);
  });

  it('may be a program, whose ETag follows from what it says', async () => {
    const path = '/programs/deals';
    const { body: read, headers } = await client('get', path);
    const { id: _, ...program } = read;
    const mine = headers.etag ?? 'none';
    const saved = await put(path, { ...program, support: '1-800-555-0199' }, mine);
    expect(saved.status).to.equal(200);
    expect((await put(path, { ...program, support: 'late@fernway.example' }, mine)).status).to.equal(412);
    expect((await client('get', path)).body.support).to.equal('1-800-555-0199');
    const back = await put(path, program, saved.headers.etag ?? 'none');
    expect([back.status, back.headers.etag]).to.deep.equal([200, mine]);
    const both = await Promise.all(
      ['left', 'right'].map((name) => put(path, { ...program, support: `${name}@fernway.example` }, mine)),
    );
    expect(both.map(({ status }) => status).sort()).to.deep.equal([200, 412]);
  });

  it('accepts a list of ETags, weak or strong', async () => {
    const strong = ((await etagOf(SPRING)) ?? '').replace('W/', '');
    expect((await put(SPRING, offer('once more'), `W/"another", ${strong}`)).status).to.equal(200);
  });

  it('must exist when If-Match is *', async () => {
    expect((await put(SPRING, offer('any'), '*')).status).to.equal(200);
    expect((await put('/templates/none', offer('none'), '*')).status).to.equal(412);
    expect((await client('get', '/templates/none')).status).to.equal(404);
  });

  it('is not changed with an invalid If-Match, which is named', async () => {
    for (const tags of ['7', 'W/', '"', '* *']) {
      const answer = await put(SPRING, offer('odd'), tags);
      expect([answer.status, fieldsOf(answer)], tags).to.deep.equal([400, ['If-Match']]);
    }
  });

  it('is not saved with an If-Match when it has no revision, and is saved without one', async () => {
    const draft = { ...DRAFT, name: 'mine' };
    const segment = { name: 'all', tree: EVERYONE };
    for (const [path, body] of [
      ['/contact-fields/shoe_size', { type: 'number', label: 'Shoe size' }],
      ['/segments/all', segment],
      ['/campaigns/spring', draft],
    ] as const) {
      const guarded = await put(path, body, '*');
      expect([guarded.status, fieldsOf(guarded)], path).to.deep.equal([400, ['If-Match']]);
      expect((await client('put', path, { body })).status, path).to.equal(200);
    }
    expect(await etagOf('/campaigns/spring'), 'no revision, no ETag').to.equal(undefined);
    const start = { body: { everyone: true }, headers: { 'If-Match': '*' } };
    const started = await client('post', '/campaigns/spring/start', start);
    expect([started.status, fieldsOf(started)]).to.deep.equal([400, ['If-Match']]);
  });
});
