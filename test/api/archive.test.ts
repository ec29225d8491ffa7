import { expect } from 'chai';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { type Client, fieldsOf, newClient } from './client.ts';

describe('an archived segment', () => {
  let gateway: Gateway;
  let client: Client;
  before(async () => {
    gateway = await startGateway({ worker: false });
    client = await newClient(gateway);
    const texts = { en: '{brand}: an offer' };
    await client('put', '/templates/offer', { body: { program: 'deals', texts } });
    for (const id of ['old', 'kept']) await segment(id, { kind: 'state', oneOf: ['CA'] });
    await draft('before', NAMED);
    expect((await client('post', '/segments/old/archive', { body: {} })).body.archived).to.equal(true);
  });
  after(() => gateway.stop());

  const NAMED = { kind: 'segment', id: 'old' };
  const segment = (id: string, tree: object) =>
    client('put', `/segments/${id}`, { body: { name: id, tree } });
  const draft = (id: string, of: object) => {
    const body = { name: id, program: 'deals', topic: 'deals', template: 'offer', segment: of };
    return client('put', `/campaigns/${id}`, { body });
  };
  const listed = async (query?: string) => {
    const { body } = await client('get', '/segments', query === undefined ? {} : { query });
    return body.items.map(({ id }: { id: string }) => id);
  };

  it('is listed only among archived segments, and can be read', async () => {
    expect(await listed())
      .to.include('kept')
      .and.not.include('old');
    expect(await listed('archived=true')).to.deep.equal(['old']);
    expect((await client('get', '/segments/old')).body).to.deep.include({ id: 'old', archived: true });
    expect((await client('post', '/segments/nowhere/archive', { body: {} })).status).to.equal(404);
  });

  it('cannot be named by a new draft, segment or journey', async () => {
    const refused = [
      [await draft('after', NAMED), 'segment.id'],
      [await segment('around', { kind: 'all', of: [NAMED] }), 'tree.of.0.id'],
      [await client('put', '/journeys/after', { body: journey }), 'trigger.segment.id'],
    ] as const;
    for (const [answer, field] of refused) {
      expect([answer.status, fieldsOf(answer)], answer.text).to.deep.equal([422, [field]]);
      expect(answer.text).to.contain('The segment “old” is archived.');
    }
  });

  it('keeps its meaning for what named it before, also when its own tree is saved', async () => {
    expect((await segment('old', { kind: 'state', oneOf: ['NY'] })).body.archived).to.equal(true);
    const { body } = await client('post', '/campaigns/before/preview', { body: {} });
    expect(body.start_refused).to.match(/^Nobody matches its segment now\./);
  });

  it('can be restored and named again', async () => {
    expect((await client('post', '/segments/old/restore', { body: {} })).body.archived).to.equal(false);
    expect(await listed()).to.include('old');
    expect((await draft('after', NAMED)).status).to.equal(200);
    await client('post', '/segments/old/archive', { body: {} });
  });

  const journey = {
    name: 'After',
    program: 'deals',
    trigger: { kind: 'segment', segment: NAMED },
    steps: [{ id: 'first', message: { template: 'offer', topic: 'deals' } }],
  };
});
