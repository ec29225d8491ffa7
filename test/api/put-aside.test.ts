import { expect } from 'chai';
import { marketer, SUBSCRIBED } from '../campaigns/marketer.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { type ApiAnswer, type Client, newClient } from './client.ts';

describe('drafts, templates and segments that are put aside', () => {
  let gateway: Gateway;
  let client: Client;
  let team: ReturnType<typeof marketer>;
  before(async () => {
    gateway = await startGateway({ worker: false });
    client = await newClient(gateway);
    team = marketer(client);
    for (const id of ['offer', 'other', 'spare']) await team.words(id, '{brand}: an offer');
  });
  after(() => gateway.stop());

  const act = (what: string, id: string, how: string): Promise<ApiAnswer> =>
    client('post', `/${what}/${id}/${how}`, { body: {} });
  const ids = async (what: string, query = ''): Promise<string[]> =>
    (await client('get', `/${what}`, { query })).body.items.map(({ id }: { id: string }) => id);
  const segment = (id: string, tree: object = SUBSCRIBED) =>
    client('put', `/segments/${id}`, { body: { name: `Segment ${id}`, tree } });
  const journey = (id: string, more: object = {}) =>
    client('put', `/journeys/${id}`, {
      body: {
        name: `Journey ${id}`,
        program: 'deals',
        trigger: { kind: 'consent' },
        steps: [{ id: 'first', message: { template: 'other', topic: 'deals' } }],
        ...more,
      },
    });
  const usesOf = ({ status, body }: ApiAnswer) => {
    expect([status, body.type]).to.deep.equal([409, '/api/docs#not-possible']);
    return body.used_by.map(({ kind, id }: { kind: string; id: string }) => `${kind} ${id}`);
  };

  it('keeps an archived template out of lists and of everything new', async () => {
    expect((await act('templates', 'spare', 'archive')).body).to.include({ archived: true, version: 1 });
    expect(await ids('templates')).to.deep.equal(['offer', 'other']);
    expect(await ids('templates', 'archived=true')).to.deep.equal(['spare']);
    const refused = await team.draft('with-archived', { template: 'spare' });
    expect([refused.status, refused.body.errors[0].field]).to.deep.equal([422, 'template']);
    expect(refused.text).to.contain('is archived');
    const steps = [{ id: 'first', message: { template: 'spare', topic: 'deals' } }];
    expect((await journey('with-archived', { steps })).text).to.contain('is archived');
    expect((await team.words('spare', '{brand}: other words')).body).to.include({
      archived: true,
      version: 2,
    });
    expect((await act('templates', 'spare', 'restore')).body.archived).to.equal(false);
    expect((await team.draft('with-restored', { template: 'spare' })).status).to.equal(200);
    expect(usesOf(await act('templates', 'spare', 'delete'))).to.deep.equal(['campaign with-restored']);
    expect((await act('campaigns', 'with-restored', 'delete')).body).to.deep.equal({
      id: 'with-restored',
      deleted: true,
    });
    expect((await act('templates', 'spare', 'delete')).body).to.deep.equal({ id: 'spare', deleted: true });
    expect((await client('get', '/templates/spare')).status).to.equal(404);
    expect((await act('templates', 'spare', 'delete')).status).to.equal(404);
  });

  it('names every campaign and journey that uses a template', async () => {
    const variants = [
      { id: 'a', template: 'offer', share: 50 },
      { id: 'b', template: 'other', share: 50 },
    ];
    await team.draft('halves', { split: { variants } });
    await journey('welcome');
    const refused = await act('templates', 'other', 'delete');
    expect(usesOf(refused)).to.have.members(['campaign halves', 'journey welcome']);
    expect(refused.body.detail).to.match(
      /^It is used by the campaign “halves” \(halves\) and the journey “Journey welcome” \(welcome\)\./,
    );
    expect((await client('get', '/templates/other')).status).to.equal(200);
    await act('campaigns', 'halves', 'cancel');
    expect(usesOf(await act('templates', 'other', 'delete'))).to.deep.equal(['journey welcome']);
  });

  it('names the segments, drafts and journeys that use a segment, and deletes it without them', async () => {
    const named = { kind: 'segment', id: 'core' };
    await segment('core');
    await segment('around', { kind: 'all', of: [named, { kind: 'state', oneOf: ['CA'] }] });
    await team.draft('for-core', { segment: named });
    await journey('of-core', { trigger: { kind: 'segment', segment: named } });
    expect(usesOf(await act('segments', 'core', 'delete'))).to.have.members([
      'segment around',
      'campaign for-core',
      'journey of-core',
    ]);
    expect((await act('segments', 'around', 'delete')).status).to.equal(200);
    expect((await act('segments', 'around', 'delete')).status).to.equal(404);
    expect(await ids('segments')).to.deep.equal(['core']);
  });

  it('keeps an archived draft out of lists, and starts it only once it is restored', async () => {
    await team.draft('aside');
    expect((await act('campaigns', 'aside', 'archive')).body.archived).to.equal(true);
    expect(await ids('campaigns', 'limit=200')).not.to.include('aside');
    expect(await ids('campaigns', 'archived=true')).to.deep.equal(['aside']);
    const refused = await team.post('aside', 'start');
    expect([refused.status, refused.body.detail]).to.deep.equal([
      409,
      'It is archived. Restore it first: POST /campaigns/{id}/restore.',
    ]);
    expect((await act('campaigns', 'aside', 'restore')).body.archived).to.equal(false);
    expect(await ids('campaigns', 'limit=200')).to.include('aside');
    expect((await act('campaigns', 'nowhere', 'archive')).status).to.equal(404);
  });

  it('deletes no draft that a segment asks about, and no campaign that was started', async () => {
    await team.draft('asked-about');
    await segment('asking', { kind: 'none', of: [{ kind: 'sent', campaign: 'asked-about' }] });
    expect(usesOf(await act('campaigns', 'asked-about', 'delete'))).to.deep.equal(['segment asking']);
    await gateway.store.campaigns.updateOne({ _id: 'asked-about' }, { $set: { state: 'paused' } });
    for (const how of ['delete', 'archive'])
      expect((await act('campaigns', 'asked-about', how)).status, how).to.equal(409);
  });
});

describe('the list of campaigns', () => {
  let gateway: Gateway;
  let client: Client;
  let team: ReturnType<typeof marketer>;
  before(async () => {
    gateway = await startGateway({ worker: false });
    client = await newClient(gateway);
    team = marketer(client);
    await team.words('offer', '{brand}: an offer');
    for (const [id, at, name] of ROWS) await add(id, at, name);
  });
  after(() => gateway.stop());

  const day = (at: number): Date => new Date(Date.UTC(2026, 0, at));
  /** Ids with the day of creation and the name. Two have the same day, and two the same name. */
  const ROWS = [
    ['d', 1, 'Émile'],
    ['a', 2, 'Autumn'],
    ['c', 2, 'Spring'],
    ['b', 3, 'Spring'],
    ['e', 4, 'Zebra, the last one of all'],
  ] as const;
  const add = async (id: string, at: number, name: string) => {
    await team.draft(id, { name });
    const startAt = at % 2 === 0 ? day(20 - at) : null;
    await gateway.store.campaigns.updateOne({ _id: id }, { $set: { createdAt: day(at), startAt } });
  };
  const page = async (query: string, cursor: string | null = null) => {
    const after = cursor === null ? '' : `&cursor=${cursor}`;
    const { body } = await client('get', '/campaigns', { query: `${query}${after}` });
    return {
      ids: body.items.map(({ id }: { id: string }) => id) as string[],
      next: body.next_cursor as string | null,
    };
  };
  const all = async (query: string): Promise<string[]> => {
    const found: string[] = [];
    for (let cursor: string | null = null; ; ) {
      const { ids, next } = await page(query, cursor);
      found.push(...ids);
      if (next === null) return found;
      cursor = next;
    }
  };

  const orders: [query: string, expected: string[]][] = [
    ['limit=1', ['e', 'b', 'a', 'c', 'd']],
    ['limit=2&sort=created', ['e', 'b', 'a', 'c', 'd']],
    ['limit=2&sort=start', ['a', 'c', 'e', 'b', 'd']],
    ['limit=1&sort=start&state=draft', ['a', 'c', 'e', 'b', 'd']],
    ['limit=1&sort=name', ['a', 'b', 'c', 'e', 'd']],
  ];
  for (const [query, expected] of orders)
    it(`shows each campaign once, in order: ${query}`, async () => {
      expect(await all(query)).to.deep.equal(expected);
    });

  it('shows each campaign once while others are added and deleted', async () => {
    const first = await page('limit=2');
    await add('newest', 9, 'Newest');
    await client('post', '/campaigns/b/delete', { body: {} });
    const second = await page('limit=2', first.next);
    const third = await page('limit=2', second.next);
    expect([first.ids, second.ids, third.ids]).to.deep.equal([['e', 'b'], ['a', 'c'], ['d']]);
    expect((await page('limit=1')).ids).to.deep.equal(['newest']);
  });

  it('refuses a cursor of another order', async () => {
    const { next } = await page('limit=1');
    const { status, body } = await client('get', '/campaigns', { query: `sort=name&cursor=${next}` });
    expect([status, body.errors[0].field]).to.deep.equal([422, 'cursor']);
  });
});
