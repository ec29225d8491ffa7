import { expect } from 'chai';
import { DAY_MS } from '../../../src/domain/durations.ts';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import { type Client, fieldsOf, newClient, quiet } from '../client.ts';

const PHONE = '+15551236001';
const OTHER = '+15551236002';

describe('The acts of staff about one person', () => {
  let gateway: Gateway;
  let client: Client;
  let person: string;
  before(async () => {
    gateway = await startGateway({ worker: 'replies' });
    client = await newClient(gateway);
    await gateway.text(PHONE, 'JOIN');
    await gateway.text(PHONE, 'YES');
    await gateway.text(OTHER, 'HELP');
    person = await idOf(PHONE);
  });
  after(() => gateway.stop());

  const idOf = async (phone: string): Promise<string> =>
    (await client('post', '/contacts/lookup', { body: { phone, reason: 'a test' } })).body.id;
  const inDays = (days: number): string => new Date(Date.now() + days * DAY_MS).toISOString();
  const pause = (id: string, days: number) =>
    client('post', `/contacts/${id}/pause`, { body: { until: inDays(days), reason: 'in hospital' } });

  it('shows the number only with its own scope and a reason, and logs that without the number', async () => {
    const body = { reason: 'to call back' };
    const shown = await client('post', `/contacts/${person}/number`, { body });
    expect(shown.body).to.deep.equal({ contact: person, number: PHONE });
    expect(gateway.logs.join('')).to.include('a number was shown').and.not.include(PHONE);
    const reader = await newClient(gateway, ['contacts:read', 'evidence:read']);
    expect((await reader('post', `/contacts/${person}/number`, { body })).status).to.equal(403);
    const without = await client('post', `/contacts/${person}/number`, { body: {} });
    expect([without.status, fieldsOf(without)]).to.deep.equal([400, ['reason']]);
  });

  it('keeps notes sealed, lists the newest first, page by page', async () => {
    for (const words of ['first', 'second', 'third']) {
      const { status, body } = await client('post', `/contacts/${person}/notes`, { body: { words } });
      expect([status, body.words]).to.deep.equal([201, words]);
    }
    const first = await client('get', `/contacts/${person}/notes`, { query: 'limit=2' });
    const rest = await client('get', `/contacts/${person}/notes`, {
      query: `limit=2&cursor=${first.body.next_cursor}`,
    });
    const words = [...first.body.items, ...rest.body.items].map((note: { words: string }) => note.words);
    expect(words).to.deep.equal(['third', 'second', 'first']);
    expect(rest.body.next_cursor).to.equal(null);
    const stored = await gateway.store.personNotes.find({}).toArray();
    expect(stored.map(({ sealed }) => sealed.toString('utf8')).join('')).to.not.match(/first|second|third/);
  });

  it('pauses marketing in the ledger, as a PAUSE of the person does, until their RESUME', async () => {
    const done = await pause(person, 20);
    expect(done.status, done.text).to.equal(200);
    const { body: status } = await client('get', `/contacts/${person}/status`);
    expect(status.paused_until).to.equal(done.body.paused_until);
    expect(status.paused_by.by).to.equal('staff');
    expect(status.subscriptions[0].why_not.map(({ code }: { code: string }) => code)).to.include('paused');
    const ledger = await client('get', '/consent-records', { query: `contact=${person}` });
    expect(ledger.body.verified).to.equal(true);
    expect(ledger.body.items.at(-1)).to.include({ kind: 'paused', reason: '20 days', channel: 'NO_ACT' });
    await gateway.text(PHONE, 'RESUME');
    expect((await client('get', `/contacts/${person}/status`)).body.paused_until).to.equal(null);
  });

  it('shortens no pause of the person, and pauses nobody who is in nothing', async () => {
    await gateway.text(PHONE, 'PAUSE 60');
    const shorter = await pause(person, 7);
    expect([shorter.status, shorter.body.detail]).to.deep.equal([
      409,
      'They are paused for at least as long already.',
    ]);
    const stranger = await pause(await idOf(OTHER), 7);
    expect([stranger.status, stranger.body.detail]).to.deep.equal([
      409,
      'They are subscribed to nothing, so there is nothing to pause.',
    ]);
    for (const days of [-1, 400]) {
      const refused = await pause(person, days);
      expect([refused.status, fieldsOf(refused)]).to.deep.equal([422, ['until']]);
    }
  });

  it('lists what happened once each, the newest first, and words only with evidence:read', async () => {
    type Item = { kind: string; id: string; at: string; words: string | null };
    await quiet(gateway);
    const all: Item[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const query: string = cursor === '' ? 'limit=3' : `limit=3&cursor=${cursor}`;
      const { body } = await client('get', `/contacts/${person}/timeline`, { query });
      all.push(...body.items);
      cursor = body.next_cursor;
    }
    const { body } = await client('get', `/contacts/${person}/timeline`, { query: 'limit=200' });
    expect(all).to.deep.equal(body.items);
    const { text, message, consent, staff } = body.counts;
    expect(all).to.have.length(text + message + consent + staff);
    expect(new Set(all.map(({ kind, id }) => `${kind} ${id}`)).size).to.equal(all.length);
    expect(all.map(({ at }) => at)).to.deep.equal(
      all
        .map(({ at }) => at)
        .sort()
        .reverse(),
    );
    expect(all.find(({ kind, words }) => kind === 'text' && words === 'JOIN')).to.not.equal(undefined);
    const reader = await newClient(gateway, ['contacts:read']);
    const blind = await reader('get', `/contacts/${person}/timeline`);
    expect(
      blind.body.items.map(({ words }: Item) => words).filter((words: unknown) => words !== null),
    ).to.deep.equal([]);
  });

  it('orders messages by when they left, not by when they were planned', async () => {
    const left = await gateway.store.deliveries
      .find({ contact: person, acceptedAt: { $exists: true } })
      .sort({ acceptedAt: -1 })
      .toArray();
    const [newest] = left;
    expect(left.length).to.be.above(1);
    const planned = new Date((newest?.acceptedAt?.getTime() ?? 0) - 3 * DAY_MS);
    await gateway.store.deliveries.updateOne({ _id: newest?._id ?? '' }, { $set: { createdAt: planned } });
    const listed: { id: string; at: string }[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const query: string = `kind=message&limit=1${cursor === '' ? '' : `&cursor=${cursor}`}`;
      const { body } = await client('get', `/contacts/${person}/timeline`, { query });
      listed.push(...body.items);
      cursor = body.next_cursor;
    }
    expect(listed[0]).to.include({ id: newest?._id, at: newest?.acceptedAt?.toISOString() });
    expect(new Set(listed.map(({ id }) => id)).size).to.equal(listed.length);
    expect(listed.length).to.equal(await gateway.store.deliveries.countDocuments({ contact: person }));
  });

  it('exports everything that is held about a person, on record, only with number and words', async () => {
    const body = { reason: 'asked by mail, known' };
    const other = await idOf(OTHER);
    const message = await gateway.store.deliveries.findOne({ contact: person });
    const at = new Date('2026-03-04T12:00:00Z');
    const claim = { delivery: message?._id ?? '', claimedAt: at, createdAt: at };
    await gateway.store.couponPools.insertOne({
      _id: 'spring',
      name: 'Spring',
      longest: 4,
      createdAt: at,
      updatedAt: at,
    });
    await gateway.store.couponCodes.insertOne({ _id: 'spring/AB12', pool: 'spring', code: 'AB12', ...claim });
    const contacts: [string, string] = [person, other];
    const merge = {
      _id: `m_${'A'.repeat(16)}`,
      contacts,
      person: `p_${'A'.repeat(16)}`,
      by: 'staff:support',
      at,
    };
    await gateway.store.merges.insertOne({ ...merge, reason: 'the same email' });
    const exported = await client('post', `/contacts/${person}/export`, { body });
    expect(exported.status, exported.text).to.equal(200);
    type Item = { kind: string; data: Record<string, unknown> };
    const of = (kind: string): Item[] => exported.body.items.filter((item: Item) => item.kind === kind);
    expect(of('person')[0]?.data.number).to.equal(PHONE);
    expect(of('text').map(({ data }) => data.words)).to.include('JOIN');
    expect(of('note').map(({ data }) => data.words)).to.deep.equal(['first', 'second', 'third']);
    expect(of('message').length).to.equal(await gateway.store.deliveries.countDocuments({ contact: person }));
    expect(of('message').every(({ data }) => typeof data.words === 'string')).to.equal(true);
    const withCode = of('message').filter(({ data }) => (data.coupons as unknown[]).length > 0);
    expect(withCode.map(({ data }) => [data.id, data.coupons])).to.deep.equal([
      [message?._id, [{ pool: 'spring', code: 'AB12', claimedAt: at.toISOString() }]],
    ]);
    expect(of('merge').map(({ data }) => [data.contacts, data.reason, data.takenBack])).to.deep.equal([
      [[person, other], 'the same email', null],
    ]);
    const entries = await gateway.store.consentEvents.countDocuments({ contact: person });
    expect(of('consent').map(({ data }) => data.seq)).to.deep.equal(
      Array.from({ length: entries }, (_, at) => at + 1),
    );
    expect(exported.text).to.not.include('"sealed"').and.not.include('"mac"').and.not.include(OTHER);
    expect(gateway.logs.join(''))
      .to.include('everything held about a person was exported')
      .and.not.include('by mail');
    const half = await newClient(gateway, ['contacts:read', 'numbers:reveal']);
    const refused = await half('post', `/contacts/${person}/export`, { body });
    expect([refused.status, refused.text.includes('missing-scope')]).to.deep.equal([403, true]);
    expect((await client('post', '/contacts/c_AAAAAAAAAAAAAAAA/export', { body })).status).to.equal(404);
  });

  it('lists people by filters and cursor, with counts that add up', async () => {
    const { body } = await client('get', '/contacts', { query: 'limit=1' });
    expect(body.total).to.deep.equal({ people: 2 });
    const others = body.why_not.reduce((sum: number, { people }: { people: number }) => sum + people, 0);
    expect(body.may_be_texted.people + others).to.equal(2);
    const rest = await client('get', '/contacts', { query: `limit=1&cursor=${body.next_cursor}` });
    expect([rest.body.items.length, rest.body.next_cursor]).to.deep.equal([1, null]);
    expect(new Set([body.items[0].id, rest.body.items[0].id]).size).to.equal(2);
    expect(JSON.stringify([body, rest.body])).to.not.include('5551236');
    const { code } = { code: body.why_not[0].standing };
    const some = await client('get', '/contacts', { query: `standing=${code}` });
    expect(some.body.items).to.have.length(body.why_not[0].people);
    expect((await client('get', '/contacts', { query: 'segment=gone' })).status).to.equal(404);
    expect((await client('get', '/contacts', { query: 'topic=deals:gone' })).status).to.equal(404);
    expect(fieldsOf(await client('get', '/contacts', { query: 'standing=valueOf' }))).to.deep.equal([
      'standing',
    ]);
  });

  it('saves a list of people for everybody until it is removed', async () => {
    const saved = await client('post', '/contact-views', { body: { name: 'Held', standing: 'held' } });
    expect([saved.status, saved.body.standing]).to.deep.equal([201, 'held']);
    const { body } = await client('get', '/contact-views');
    expect(body.items).to.deep.equal([saved.body]);
    const withNumber = await client('post', '/contact-views', { body: { name: 'call 555 123 6001' } });
    expect(fieldsOf(withNumber)).to.deep.equal(['name']);
    const gone = await client('post', `/contact-views/${saved.body.id}/delete`, { body: {} });
    expect(gone.status, gone.text).to.equal(200);
    expect((await client('get', '/contact-views')).body.items).to.deep.equal([]);
    const again = await client('post', `/contact-views/${saved.body.id}/delete`, { body: {} });
    expect(again.status).to.equal(404);
  });

  it('knows nobody of an id that does not exist', async () => {
    const id = 'c_AAAAAAAAAAAAAAAA';
    const answers = await Promise.all([
      client('get', `/contacts/${id}/notes`),
      client('get', `/contacts/${id}/timeline`),
      client('post', `/contacts/${id}/notes`, { body: { words: 'x' } }),
      client('post', `/contacts/${id}/number`, { body: { reason: 'a test' } }),
      pause(id, 7),
    ]);
    expect(answers.map(({ status }) => status)).to.deep.equal([404, 404, 404, 404, 404]);
  });
});
