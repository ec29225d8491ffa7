import { expect } from 'chai';
import { runRetention } from '../../src/contacts/retention.ts';
import { WHOLE_DAYS } from '../../src/domain/retention.ts';
import type { OpenedContext } from '../../src/open-context.ts';
import { beginBackTest, endBackTest } from '../../src/store/consent/back-tests.ts';
import type { InboundDoc } from '../../src/store/consent/inbound-texts.ts';
import { type Aged, agedMessages, agedTexts, lateItems, writeRound } from '../../src/store/retention.ts';
import { type Client, newClient } from '../api/client.ts';
import { contextOf, newSid, plant } from '../receipts/rows.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';

const [ANA, BEN, CLEO] = ['+15551680001', '+15551680002', '+15551680003'] as const;
const DAY_MS = 86_400_000;
/** A form that nobody could parse, of nobody. */
const FORM = { contact: null, sealed: null, unreadable: { by: 'k', box: Buffer.of(1) } };
const always = (): boolean => true;
const ago = (days: number): Date => new Date(Date.now() - days * DAY_MS);

describe('retention', () => {
  let gateway: Gateway;
  let client: Client;
  let open: OpenedContext;
  before(async () => {
    gateway = await startGateway({ worker: 'replies' });
    client = await newClient(gateway);
    open = await contextOf(gateway);
    for (const phone of [ANA, BEN]) for (const body of ['JOIN', 'YES']) await gateway.text(phone, body);
    await gateway.text(CLEO, 'STOP');
  });
  after(async () => {
    await open.close();
    await gateway.stop();
  });
  beforeEach(async () => {
    await gateway.store.marks.deleteMany({ _id: /^retention/ });
    await gateway.store.deliveries.deleteMany({ template: 'text' });
    await gateway.store.inbound.deleteMany({ door: 'list' });
  });

  const run = (dry = false, goOn = always, inDays = 0) =>
    runRetention({ ...open.context, now: () => ago(-inDays) }, { dry, goOn });
  const contactOf = async (phone: string) => {
    const found = await gateway.store.contacts.findOne({ index: open.context.indexOf(phone) });
    if (found === null) throw new Error('nobody has this number');
    return found;
  };
  /** A text as if it had come some days ago. */
  const text = async (phone: string, days: number, over: Partial<InboundDoc> = {}): Promise<string> => {
    const { _id: contact } = await contactOf(phone);
    const [row] = await gateway.store.inbound.find({ contact, door: 'webhook' }).limit(1).toArray();
    const of = { _id: newSid(), door: 'list', receivedAt: ago(days), recordedAt: ago(days) } as const;
    await gateway.store.inbound.insertOne({ ...(row as InboundDoc), ...of, ...over });
    return of._id;
  };
  const message = async (phone: string, days: number, ended = true): Promise<string> => {
    const createdAt = ago(days);
    const row = await plant(open, phone, 'Deals!', { createdAt, state: ended ? 'delivered' : 'planned' });
    if (ended) await gateway.store.deliveries.updateOne({ _id: row._id }, { $unset: { open: true } });
    return row._id;
  };
  const withWords = async (): Promise<string[]> => {
    const words = { sealed: { $ne: null } };
    const texts = await gateway.store.inbound.find({ ...words, door: 'list' }).toArray();
    const messages = await gateway.store.deliveries.find({ ...words, template: 'text' }).toArray();
    return [...texts, ...messages].map(({ _id }) => _id).sort();
  };
  const untouched = async () => {
    const { collections } = await gateway.store.db.command({ dbHash: 1 });
    const { contacts, consentEvents, suppressions, disclosures } = collections;
    return { contacts, consentEvents, suppressions, disclosures };
  };

  it('deletes old words only: facts, ledger, suppressions and consent stay', async () => {
    const gone = [
      await text(ANA, 401),
      await text(CLEO, 900),
      await message(ANA, 401),
      await message(BEN, 700),
    ];
    const open_ = { inbox: 'open', urgency: 0 } as const;
    const kept = [await text(BEN, 399), await text(ANA, 500, open_), await message(ANA, 399)];
    kept.push(await message(BEN, 500, false));
    const nobody = await text(ANA, 450, FORM);
    const before = await untouched();
    const facts = await gateway.store.inbound.countDocuments();

    const dry = await run(true);
    expect(dry).to.include({ texts: 3, messages: 2, left: 0 });
    expect(await withWords()).to.deep.equal([...gone, ...kept].sort());
    expect(await gateway.store.marks.countDocuments({ _id: /^retention/ })).to.equal(0);

    expect(await run()).to.deep.equal(dry);
    expect(await withWords()).to.deep.equal([...kept].sort());
    expect((await gateway.store.inbound.findOne({ _id: nobody }))?.unreadable).to.equal(null);
    expect(await gateway.store.inbound.countDocuments()).to.equal(facts);
    expect(await untouched()).to.deep.equal(before);
    expect(await run()).to.include({ texts: 0, messages: 0, left: 0 });
    const shown = (await client('get', '/retention')).body;
    expect(Date.parse(shown.words_gone_until)).to.be.closeTo(ago(400).getTime(), 60_000);
  });

  it('goes on where it was cut off, and comes back to what was still open', async () => {
    const late = await message(ANA, 420, false);
    const old = await text(BEN, 420);
    expect(await run(false, () => false)).to.include({ people: 0, left: 1 });
    let turns = 0;
    await run(false, () => turns++ === 0);
    expect(await withWords()).to.deep.equal([late]);
    expect(await gateway.store.inbound.countDocuments({ _id: old })).to.equal(1);
    await gateway.store.deliveries.updateOne({ _id: late }, { $unset: { open: true } });
    await run();
    expect(await withWords()).to.deep.equal([]);
  });

  it('comes back to an inbox item that ended after it was open for longer than a walk looks back', async () => {
    const open_ = { inbox: 'open', urgency: 0 } as const;
    const items = [await text(ANA, 600, open_), await text(BEN, 500, open_)];
    const waits = await text(ANA, 610, open_);
    await run();
    expect(await withWords()).to.deep.equal([...items, waits].sort());
    const [answered = '', closed = ''] = items;
    const why = { 'ended.reason': Buffer.from('sealed') };
    const end = (_id: string, inbox: 'answered' | 'closed') =>
      gateway.store.inbound.updateOne({ _id }, { $set: { inbox, ...why }, $unset: { urgency: '' } });
    await Promise.all([end(answered, 'answered'), end(closed, 'closed')]);
    const young = await text(BEN, 399, { inbox: 'answered' });
    expect(await run(true)).to.include({ texts: 2 });
    expect(await run()).to.include({ texts: 2, left: 0 });
    expect(await withWords()).to.deep.equal([waits, young].sort());
    expect(await gateway.store.inbound.countDocuments({ 'ended.reason': { $exists: true } })).to.equal(0);
    expect(await run()).to.include({ texts: 0 });
  });

  it('deletes within a month what was open for longer than a walk looks back, however it ended', async () => {
    const open_ = { inbox: 'open', urgency: 0 } as const;
    const late = await message(ANA, 600, false);
    const overtaken = await text(BEN, 600, open_);
    await run();
    await gateway.store.deliveries.updateOne({ _id: late }, { $unset: { open: true } });
    await gateway.store.inbound.updateOne({ _id: overtaken }, { $unset: { inbox: '', urgency: '' } });
    expect(await run(false, always, WHOLE_DAYS - 1)).to.include({ texts: 0, messages: 0 });
    expect(await run(false, always, WHOLE_DAYS + 1)).to.include({ texts: 1, messages: 1 });
    expect(await withWords()).to.deep.equal([]);
  });

  it('deletes a form that names no sender once its item has ended, however late that is', async () => {
    const form = await text(ANA, 600, { ...FORM, inbox: 'open', urgency: 0 });
    await run();
    expect((await gateway.store.inbound.findOne({ _id: form }))?.unreadable).not.to.equal(null);
    const end = { $set: { inbox: 'closed' }, $unset: { urgency: '' } } as const;
    await gateway.store.inbound.updateOne({ _id: form }, end);
    expect(await run()).to.include({ texts: 1 });
    expect((await gateway.store.inbound.findOne({ _id: form }))?.unreadable).to.equal(null);
  });

  it('keeps its place between runs', async () => {
    const ids = (await gateway.store.contacts.find().sort({ _id: 1 }).toArray()).map(({ _id }) => _id);
    const round = { from: new Date(0), until: ago(400), position: ids.at(-2) ?? '' };
    const value = { round, doneUntil: null, wholeAt: null };
    await gateway.store.marks.insertOne({ _id: 'retention round', at: new Date(), value });
    expect((await client('get', '/retention')).body.walking).to.equal(true);
    expect(await run()).to.include({ people: 1, left: 0 });
    expect((await client('get', '/retention')).body.walking).to.equal(false);
  });

  it('keeps words for the configured number of days', async () => {
    await text(ANA, 60);
    expect((await client('put', '/retention', { body: { words_days: 50 } })).body.words_days).to.equal(50);
    expect(await run(true)).to.include({ texts: 1 });
    await client('put', '/retention', { body: { words_days: 70 } });
    expect(await run(true)).to.include({ texts: 0 });
    expect((await client('put', '/retention', { body: { words_days: 29 } })).status).to.equal(400);
  });

  it('applies a longer period at once during a walk, and a shorter one from the next walk on', async () => {
    const old = await text(ANA, 60);
    const set = (words_days: number) => client('put', '/retention', { body: { words_days } });
    await set(50);
    const underWay = (days: number) =>
      writeRound(
        gateway.store,
        {
          ...{ doneUntil: null, wholeAt: null },
          round: { from: new Date(0), until: ago(days), position: '' },
        },
        new Date(),
      );
    await underWay(50);
    await set(70);
    expect(await run()).to.include({ texts: 0, left: 0 });
    expect(await withWords()).to.deep.equal([old]);
    const shown = (await client('get', '/retention')).body;
    expect(Date.parse(shown.words_gone_until)).to.be.closeTo(ago(70).getTime(), 60_000);
    await underWay(70);
    await set(50);
    expect(await run()).to.include({ texts: 0, left: 0 });
    expect(await run()).to.include({ texts: 1, left: 0 });
  });

  it('keeps an item that ended late for the configured days since then', async () => {
    const item = await text(ANA, 600, { inbox: 'open', urgency: 0 });
    await run();
    await client('put', '/retention', { body: { words_days: 700 } });
    const end = { $set: { inbox: 'closed' }, $unset: { urgency: '' } } as const;
    await gateway.store.inbound.updateOne({ _id: item }, end);
    expect(await run()).to.include({ texts: 0, left: 0 });
    expect(await withWords()).to.deep.equal([item]);
  });

  it('deletes runs that ended long ago, and none under way', async () => {
    const of = { version: 'a', changes: [], warnings: [], words: [], since: ago(2), createdBy: 'k' };
    const [old, young, going] = await Promise.all(
      [500, 10, 500].map((days) => beginBackTest(gateway.store, { ...of, until: ago(days), texts: null })),
    );
    await endBackTest(gateway.store, old?._id ?? '', 'canceled', ago(500));
    await endBackTest(gateway.store, young?._id ?? '', 'canceled', ago(10));
    expect(await run()).to.include({ runs: 1 });
    const left = (await gateway.store.backTests.find().toArray()).map(({ _id }) => _id).sort();
    expect(left).to.deep.equal([young?._id, going?._id].sort());
  });

  it('can be run dry on request, which other jobs do not offer', async () => {
    const asked = await client('post', '/jobs/retention/run', { body: { dry: true } });
    expect(asked.status).to.equal(202);
    const refused = await client('post', '/jobs/expire-late/run', { body: { dry: true } });
    expect([refused.status, refused.body.errors[0].field]).to.deep.equal([422, 'dry']);
  });

  it('finds old rows along an index', async () => {
    const { _id } = await contactOf(ANA);
    const aged: Aged = { from: ago(800), until: ago(700) };
    const plans = [
      await gateway.store.inbound.find(agedTexts([_id, 'c_none'], aged)).explain('executionStats'),
      await gateway.store.deliveries.find(agedMessages([_id, 'c_none'], aged)).explain('executionStats'),
    ];
    const late = await gateway.store.inbound
      .find(lateItems(ago(700)))
      .hint('inbox')
      .explain('queryPlanner');
    expect(JSON.stringify(late.queryPlanner.winningPlan)).to.contain('"receivedAt":["[new Date(');
    for (const { queryPlanner, executionStats } of plans) {
      expect(JSON.stringify(queryPlanner.winningPlan)).to.contain('"indexName":"of-contact"');
      expect(executionStats.totalDocsExamined).to.equal(0);
    }
  });
});
