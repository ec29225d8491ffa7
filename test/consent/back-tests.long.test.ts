import { expect } from 'chai';
import { sealForm } from '../../src/consent/inbound/inbound-record.ts';
import { runBackTests } from '../../src/consent/programs/back-test.ts';
import type { OpenedContext } from '../../src/open-context.ts';
import { type BackTestDoc, findBackTest, moveBackTest } from '../../src/store/consent/back-tests.ts';
import type { InboundDoc } from '../../src/store/consent/inbound-texts.ts';
import { pastFilters, pastTexts } from '../../src/store/consent/inbound-texts.ts';
import { openHolder } from '../../src/store/contacts/open-contact.ts';
import { type Client, newClient } from '../api/client.ts';
import { contextOf, newSid } from '../receipts/rows.ts';
import { type Gateway, startGateway, until } from '../support/gateway.ts';

const [ANA, BEN, CLEO, DAN] = ['+15551660001', '+15551660002', '+15551660003', '+15551660004'] as const;
const DAY_MS = 86_400_000;
const MOVING = { state: { $in: ['sending', 'accepted', 'sent'] } } as const;
const always = (): boolean => true;

/** Today STOP and REMOVE end everything, ADIOS is an unknown word, "too many texts" a hold. */
const CHANGES = [
  { list: 'opt-out', add: ['adios'], take: ['remove'] },
  { list: 'harmless-phrase', add: ['too many texts'] },
];

describe('a back-test of changed rules over past texts', () => {
  let gateway: Gateway;
  let client: Client;
  let open: OpenedContext;
  before(async () => {
    gateway = await startGateway({ worker: 'replies' });
    client = await newClient(gateway);
    open = await contextOf(gateway);
    for (const body of ['JOIN', 'YES', 'HELP', 'ADIOS', 'remove']) await gateway.text(ANA, body);
    for (const body of ['i get too many texts', 'is the blue one back?']) await gateway.text(BEN, body);
    for (const body of ['remove', 'stop']) await gateway.text(CLEO, body);
    await gateway.text(DAN, 'remove');
    await until(
      'the delivery reports of all messages are recorded',
      async () => (await gateway.store.deliveries.countDocuments(MOVING)) === 0,
    );
    await gateway.store.contacts.updateOne({ index: open.context.indexOf(DAN) }, { $set: { sealed: null } });
  });
  after(async () => {
    await open.close();
    await gateway.stop();
  });
  afterEach(() => gateway.store.backTests.deleteMany({}));

  const begin = async (rules: object = { changes: CHANGES }, days = 30) =>
    (await client('post', '/back-tests', { body: { rules, days } })).body;
  const shown = async (id: string) => (await client('get', `/back-tests/${id}`)).body;
  const contactOf = async (phone: string) => {
    const found = await gateway.store.contacts.findOne({ index: open.context.indexOf(phone) });
    if (found === null) throw new Error('nobody has this number');
    return found;
  };
  /** Copies of one person's texts as of other moments, read as nothing when they came. */
  const plant = async (phone: string, texts: readonly (readonly [body: string, at: number])[]) => {
    const contact = await contactOf(phone);
    const { keys } = openHolder(open.context.ring, contact, []);
    const [row] = await gateway.store.inbound.find({ contact: contact._id }).limit(1).toArray();
    const rows = texts.map(([Body, at]): InboundDoc => {
      const [_id, when] = [newSid(), new Date(at)];
      const sealed = sealForm(keys.profile, _id, { From: phone, Body });
      return { ...(row as InboundDoc), _id, receivedAt: when, recordedAt: when, sealed };
    });
    await gateway.store.inbound.insertMany(rows);
    return () => gateway.store.inbound.deleteMany({ _id: { $in: rows.map(({ _id }) => _id) } });
  };

  it('shows what would change, lost opt-outs first, and counts what it could not read', async () => {
    const { id, texts } = await begin();
    expect(texts).to.equal(10);
    await runBackTests(open.context, always);
    const { groups, ...run } = await shown(id);
    expect(run).to.deep.include({
      ...{ state: 'done', lost_opt_outs: 2, lost_holds: 1, new_opt_outs: 1, changed: 4 },
      ...{ texts: 10, looked_at: 10, read: 9 },
      not_read: { erased: 1, not_kept: 0, unreadable: 0, of_nobody: 0 },
    });
    const found = groups.map(({ from, to, lost, count }: Record<string, unknown>) => [from, to, lost, count]);
    expect(found).to.deep.equal([
      ['opt-out', 'nothing', true, 2],
      ['hold', 'nothing', false, 1],
      ['nothing', 'opt-out', false, 1],
    ]);
    const [{ samples }] = groups;
    const masked = samples.map(({ contact }: { contact: { masked: string } }) => contact.masked).sort();
    expect(masked.map((number: string) => number.slice(-2))).to.deep.equal(['01', '03']);
    expect(samples[0]).to.deep.include({ rule: 'exact:remove', would_rule: 'unknown' });
    expect(samples[0].day).to.match(/^\d{4}-\d\d-\d\d$/);
    const said = JSON.stringify([await gateway.store.backTests.find().toArray(), groups]);
    for (const secret of ['5551660', 'too many texts"}', 'blue one']) {
      expect(said.replaceAll('"add":["too many texts"]', ''), secret).not.to.contain(secret);
    }
  });

  it('writes nothing but the run itself', async () => {
    const others = async () => {
      const { collections } = await gateway.store.db.command({ dbHash: 1 });
      const { backTests, apiKeys, apiRequests, webProcesses, ...rest } = collections;
      return { rest, run: backTests };
    };
    await begin();
    const before = await others();
    await runBackTests(open.context, always);
    const after = await others();
    expect(after.run).not.to.equal(before.run);
    expect(after.rest).to.deep.equal(before.rest);
  });

  it('shows the words only to keys that may read evidence, and logs each read', async () => {
    const { id } = await begin();
    await runBackTests(open.context, always);
    const body = { from: 'opt-out', to: 'nothing', reason: 'Are these opt-outs?' };
    const auditor = await newClient(gateway, ['reviews:read', 'reviews:write']);
    expect((await auditor('post', `/back-tests/${id}/read`, { body })).status).to.equal(403);
    const { texts } = (await client('post', `/back-tests/${id}/read`, { body })).body;
    expect(texts.map(({ words }: { words: string }) => words)).to.deep.equal(['remove', 'remove']);
    const line = gateway.logs.find((log) => log.includes('words of a back-test were read'));
    expect(JSON.parse(line ?? '{}')).to.include({ backTest: id, texts: 2, reasonLength: body.reason.length });
    const none = { ...body, to: 'help' };
    expect((await client('post', `/back-tests/${id}/read`, { body: none })).body.texts).to.deep.equal([]);
  });

  it('shows nothing of a person who was erased since, and still counts their texts', async () => {
    const { id } = await begin();
    await runBackTests(open.context, always);
    const { _id, sealed } = await contactOf(CLEO);
    await gateway.store.contacts.updateOne({ _id }, { $set: { sealed: null } });
    const [{ count, samples }] = (await shown(id)).groups;
    expect(count).to.equal(2);
    expect(samples.filter(({ contact }: { contact: object | null }) => contact === null)).to.have.length(1);
    const body = { from: 'opt-out', to: 'nothing', reason: 'Are these opt-outs?' };
    expect((await client('post', `/back-tests/${id}/read`, { body })).body.texts).to.have.length(1);
    await gateway.store.contacts.updateOne({ _id }, { $set: { sealed } });
  });

  it('shows the others when the keys of the process cannot open one person any more', async () => {
    const { id } = await begin();
    await runBackTests(open.context, always);
    const { _id, keys } = await contactOf(CLEO);
    await gateway.store.contacts.updateOne({ _id }, { $set: { 'keys.profile.by': 'lost' } });
    const [{ samples }] = (await shown(id)).groups;
    await gateway.store.contacts.updateOne({ _id }, { $set: { keys } });
    expect(samples.filter(({ contact }: { contact: object | null }) => contact === null)).to.have.length(1);
  });

  it('comes to the same counts wherever it is killed, with many texts of one moment', async () => {
    const moment = Date.now() - 5 * DAY_MS;
    const texts = Array.from({ length: 450 }, (_, at) => {
      const body = at % 3 === 0 ? 'remove' : at % 3 === 1 ? 'adios' : 'hello there';
      return [body, at < 260 ? moment : moment + at] as const;
    });
    const unplant = await plant(BEN, texts);
    const whole = await begin();
    await runBackTests(open.context, always);
    const expected = await shown(whole.id);
    expect(expected).to.include({ read: 459, lost_opt_outs: 152, new_opt_outs: 151, texts: 460 });
    const [lost] = expected.groups;
    expect([lost.count, lost.samples.length]).to.deep.equal([152, 20]);

    const { id } = await begin();
    for (let cut = 0; (await shown(id)).state === 'running'; cut += 1) {
      // Every other slice loses what it wrote last, as a kill before that write does.
      const was = await gateway.store.backTests.findOne({ _id: id });
      let turns = 0;
      await runBackTests(open.context, () => turns++ === 0);
      if (cut % 2 === 0) await gateway.store.backTests.replaceOne({ _id: id }, was as BackTestDoc);
    }
    const { id: _, until: __, since: ___, ended_at: ____, ...same } = await shown(id);
    expect(expected).to.deep.include(same);
    await unplant();
  });

  it('counts a slice once when two processes read it at the same time', async () => {
    const { id } = await begin();
    const run = await findBackTest(gateway.store, id);
    if (run === null) throw new Error('the run is gone');
    const step = { cursor: 'c_a 1', read: 1, unread: {}, found: [], complete: false };
    const moved = [1, 2].map(() => moveBackTest(gateway.store, run, step, new Date()));
    expect((await Promise.all(moved)).sort()).to.deep.equal([false, true]);
    expect((await shown(id)).read).to.equal(1);
  });

  it('reads no more days than requested, and nothing that came after its start', async () => {
    const unplant = await plant(ANA, [
      ['remove', Date.now() - 40 * DAY_MS],
      ['remove', Date.now() + DAY_MS],
    ]);
    const { id } = await begin();
    await runBackTests(open.context, always);
    expect(await shown(id)).to.include({ state: 'done', texts: 10, lost_opt_outs: 2 });
    await unplant();
  });

  it('stops when it is canceled, and keeps what it found', async () => {
    const { id } = await begin();
    const canceled = await client('post', `/back-tests/${id}/cancel`, { body: {} });
    expect(canceled.body).to.deep.include({ state: 'canceled', read: 0 });
    expect(await runBackTests(open.context, always)).to.deep.equal({ read: 0, changed: 0 });
    expect((await shown(id)).state).to.equal('canceled');
  });

  it('tries keywords of programs', async () => {
    await gateway.text(BEN, 'SNEAKERS');
    const { id } = await begin({ changes: [{ list: 'join', program: 'deals', add: ['Sneakers'] }] });
    await runBackTests(open.context, always);
    const { groups, warnings } = await shown(id);
    expect(groups.map(({ from, to, count }: Record<string, unknown>) => [from, to, count])).to.deep.equal([
      ['nothing', 'join', 1],
    ]);
    expect(warnings).to.deep.equal([]);
  });

  it('is refused when nothing is changed, and names a change that is not possible', async () => {
    const refused = async (rules: object) => {
      const { status, body } = await client('post', '/back-tests', { body: { rules, days: 5 } });
      return [status, body.errors?.[0]?.field];
    };
    expect(await refused({})).to.deep.equal([422, 'rules.changes']);
    expect(await refused({ version: '2025-04-11.14', changes: CHANGES })).to.deep.equal([
      400,
      'rules.version',
    ]);
    const nowhere = [CHANGES[0], { list: 'help', take: ['remove'] }];
    expect(await refused({ changes: nowhere })).to.deep.equal([422, 'rules.changes.1']);
    const demanded = await begin({ changes: [{ list: 'opt-out', take: ['stop'] }] });
    expect(demanded.warnings.join(' ')).to.match(/"stop" must stand in opt-out: 47 CFR 64\.1200\(a\)\(10\)/);
  });

  it('ends as failed when other rules came into force, and delays no other run', async () => {
    const [gone, next] = [await begin(), await begin()];
    await gateway.store.backTests.updateOne({ _id: gone.id }, { $set: { version: '2019-01-01.1' } });
    await runBackTests(open.context, always);
    expect([(await shown(gone.id)).state, (await shown(next.id)).state]).to.deep.equal(['failed', 'done']);
  });

  it('reads along an index, person by person', async () => {
    const span = { since: new Date(0), until: new Date() };
    const [first] = await pastTexts(gateway.store, span, null, 1);
    const place = { contact: first?.contact ?? '', at: first?.receivedAt ?? new Date() };
    for (const filter of pastFilters(span, place)) {
      const plan = await gateway.store.inbound
        .find(filter, { sort: { contact: 1, receivedAt: 1 } })
        .explain('executionStats');
      const said = JSON.stringify(plan.queryPlanner.winningPlan);
      expect(said).to.contain('"indexName":"of-contact"').and.not.to.contain('SORT');
      const { totalDocsExamined, nReturned } = plan.executionStats;
      expect(totalDocsExamined).to.equal(nReturned);
    }
  });
});
