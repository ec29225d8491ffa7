import { expect } from 'chai';
import { PROGRAMS } from '../../../scripts/seed/programs.ts';
import { answerOf } from '../../../src/api/programs.ts';
import { CLAIM_LEASE_MS } from '../../../src/sending/gate.ts';
import { type Gateway, startGateway, until } from '../../support/gateway.ts';
import { type Client, fieldsOf, newClient } from '../client.ts';

const HOUR_MS = 3_600_000;

describe('caps through the API', () => {
  let gateway: Gateway;
  let client: Client;
  let used = 0;
  before(async () => {
    const programs = PROGRAMS.map(({ capping: _, ...program }) => program);
    gateway = await startGateway({ worker: 'sending', programs });
    client = await newClient(gateway);
    await client('put', '/templates/offer', {
      body: { program: 'deals', texts: { en: '{brand}: an offer' } },
    });
  });
  after(() => gateway.stop());

  /** The seed's program under caps, with what a test says of it. */
  const put = (over: Record<string, unknown>) => {
    const deals = PROGRAMS.find(({ id }) => id === 'deals');
    if (deals === undefined) throw new Error('the seed has no such program');
    const { id: _, capping: __, ...body } = answerOf(deals);
    return client('put', '/programs/deals', { body: { ...body, ...over } });
  };
  /** A subscriber of deals who got `had` messages, `everyHours` apart. */
  const someone = async (had: number, everyHours = 1): Promise<{ phone: string; contact: string }> => {
    const phone = `+1555134${String(used++).padStart(4, '0')}`;
    await gateway.text(phone, 'JOIN');
    await gateway.text(phone, 'YES');
    const { body } = await client('post', '/contacts/lookup', { body: { phone, reason: 'a test' } });
    const [like] = await gateway.store.deliveries.find({ contact: body.id }).toArray();
    if (like === undefined) throw new Error('they were asked nothing');
    for (let at = 0; at < had; at += 1) {
      const { prompt: _, open: __, ...row } = like;
      const leaseUntil = new Date(Date.now() - (at + 1) * everyHours * HOUR_MS + CLAIM_LEASE_MS);
      const of = { class: 'marketing', program: 'deals', topic: 'deals', state: 'delivered' } as const;
      const _id = `${like._id.slice(0, 22)}${used}-${at}`;
      await gateway.store.deliveries.insertOne({ ...row, ...of, _id, leaseUntil, prompt: null });
    }
    return { phone, contact: body.id };
  };
  const check = async (phone: string) =>
    (await client('post', '/checks', { body: { phone, program: 'deals', topic: 'deals' } })).body;
  const draft = async (
    id: string,
    of: readonly { contact: string }[],
    over: Record<string, unknown> = {},
  ) => {
    const segment = { kind: 'contact', oneOf: of.map((person) => person.contact) };
    const body = { name: id, program: 'deals', topic: 'deals', template: 'offer', segment, ...over };
    const { status } = await client('put', `/campaigns/${id}`, { body });
    expect(status).to.equal(200);
  };
  const rowOf = async (campaign: string, { contact }: { contact: string }) => {
    const find = () => gateway.store.deliveries.findOne({ campaign, contact });
    await until(`every row of campaign ${campaign} is decided`, async () => {
      const row = await find();
      if (row === null || row.state === 'sending') return false;
      return row.state !== 'planned' || row.cappedBy !== undefined;
    });
    const id = (await find())?._id ?? '';
    return (await client('get', `/deliveries/${id}`)).body;
  };

  it('a program states its promise as a number, read from its words when none is given', async () => {
    const { body } = await client('get', '/programs/deals');
    expect([body.promised, body.overall_cap, body.capping]).to.deep.equal([
      { count: 4, days: 30 },
      { count: 3, hours: 24 },
      'on',
    ]);
    const again = await put({ promised: { count: 4, days: 30 }, caps: [{ count: 2, hours: 48 }] });
    expect([again.status, again.body.caps]).to.deep.equal([200, [{ count: 2, hours: 48 }]]);
    await put({});
  });

  it('a program with contradictory numbers or loose, empty or negative caps is refused, by field', async () => {
    const bad: [Record<string, unknown>, string][] = [
      [{ promised: { count: 8, days: 30 } }, 'promised'],
      [{ caps: [{ count: 5, hours: 720 }] }, 'caps.0'],
      [{ caps: [{ count: 0, hours: 24 }] }, 'caps.0.count'],
      [{ caps: [{ count: -1, hours: 24 }] }, 'caps.0.count'],
      [{ overall_cap: { count: 0, hours: 24 } }, 'overall_cap.count'],
      [{ overall_cap: { count: 3, hours: -24 } }, 'overall_cap.hours'],
      [{ promised: { count: 4, days: 0 } }, 'promised.days'],
      [{ frequency: { en: '2 msgs/month', es: '4 msjs/mes', fr: '4 msgs/mois' } }, 'promised'],
    ];
    for (const [over, field] of bad) {
      const { status, ...answer } = await put(over);
      expect([status >= 400 && status < 500, fieldsOf({ status, ...answer })[0]], field).to.deep.equal([
        true,
        field,
      ]);
    }
  });

  it('a check names the cap that binds and when there is room, and nothing for unknown programs and topics', async () => {
    const { phone } = await someone(3);
    const answer = await check(phone);
    expect([answer.allowed, answer.reasons.map((reason: { code: string }) => reason.code)]).to.deep.equal([
      false,
      ['capped'],
    ]);
    expect(answer.capped).to.deep.include({ by: 'overall', count: 3, hours: 24 });
    expect(Date.parse(answer.capped.frees_at) - Date.now()).to.be.closeTo(21 * HOUR_MS, 60_000);
    const free = await someone(2);
    expect(await check(free.phone)).to.deep.include({ allowed: true, capped: null });
    for (const wrong of [{ program: 'nowhere' }, { topic: 'nothing' }]) {
      const body = { phone, program: 'deals', topic: 'deals', ...wrong };
      expect((await client('post', '/checks', { body })).status).to.be.within(404, 422);
    }
  });

  it('a preview counts the people whom a cap keeps out', async () => {
    const people = [await someone(3), await someone(3), await someone(0)];
    const tree = { kind: 'contact', oneOf: people.map((person) => person.contact) };
    const { body } = await client('post', '/segments/preview', {
      body: { program: 'deals', topic: 'deals', tree },
    });
    expect([body.may_be_texted.people, body.over_cap.people]).to.deep.equal([1, 2]);
  });

  it('a campaign defers capped people, or skips them when it says so or when its deadline comes first', async () => {
    const [full, free] = [await someone(3), await someone(0)];
    await draft('defers', [full, free]);
    await client('post', '/campaigns/defers/start', { body: {} });
    const waits = await rowOf('defers', full);
    expect([waits.state, waits.capped.by]).to.deep.equal(['planned', 'overall']);
    expect(waits.sentence).to.match(/^Waits until .*: the person had 3 messages in 24 h over all programs/);
    expect(waits.due_at).to.equal(waits.capped.frees_at);
    expect((await rowOf('defers', free)).state).to.be.oneOf(['sending', 'accepted', 'sent', 'delivered']);

    await draft('skips', [full], { capped: 'skip' });
    const { when } = (await client('post', '/campaigns/skips/preview', { body: {} })).body;
    expect([when.going.people, when.parts.parts, when.over_cap]).to.deep.equal([
      ...[0, 0],
      { skipped: { people: 1 }, delayed: { people: 0 } },
    ]);
    await client('post', '/campaigns/skips/start', { body: {} });
    await draft('ends', [full]);
    const deadline = new Date(Date.now() + HOUR_MS).toISOString();
    await client('post', '/campaigns/ends/start', { body: { deadline } });
    for (const id of ['skips', 'ends']) {
      const row = await rowOf(id, full);
      expect([row.state, row.decision.reasons[0].code]).to.deep.equal(['skipped', 'capped']);
      expect(row.sentence).to.match(
        /^Not sent: The person had 3 messages in 24 h over all programs; there is room/,
      );
      const listed = async (query: string) =>
        (await client('get', `/campaigns/${id}/recipients`, { query })).body.items.map(
          (item: { contact: string; reasons: { code: string }[] }) => [item.contact, item.reasons[0]?.code],
        );
      expect(await listed('reason=capped')).to.deep.equal([[full.contact, 'capped']]);
      expect(await listed('reason=capped&state=planned')).to.deep.equal([]);
      expect(await listed('reason=opted-out')).to.deep.equal([]);
    }
    const first = (await client('get', '/campaigns/defers/recipients', { query: 'limit=1' })).body;
    expect([first.items.length, first.next_cursor === null]).to.deep.equal([1, false]);
    const query = `limit=1&cursor=${first.next_cursor}`;
    const second = (await client('get', '/campaigns/defers/recipients', { query })).body;
    expect([first, second].map(({ items }) => items[0].contact).sort()).to.deep.equal(
      [full.contact, free.contact].sort(),
    );
    expect(second.next_cursor).to.equal(null);
  });

  it('a person keeps the promise that they accepted when the program promises more', async () => {
    const before = await someone(4, 20);
    const more = {
      promised: { count: 9, days: 30 },
      frequency: { en: '9 msgs/month', es: '9 msjs/mes', fr: '9 msgs/mois' },
      overall_cap: { count: 9, hours: 24 },
    };
    const deals = answerOf(PROGRAMS[0] as (typeof PROGRAMS)[0]);
    const topics = deals.topics.map((topic) => (topic.id === 'deals' ? { ...topic, ...pick(more) } : topic));
    expect((await put({ ...more, topics })).status).to.equal(200);
    expect((await check(before.phone)).capped).to.deep.include({ by: 'promise', count: 4, hours: 720 });
    const since = await someone(4, 20);
    expect(await check(since.phone)).to.deep.include({ allowed: true, capped: null });
    await put({});
  });
});

const pick = ({ promised, frequency }: { promised: object; frequency: object }) => ({ promised, frequency });
