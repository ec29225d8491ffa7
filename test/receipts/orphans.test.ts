import { expect } from 'chai';
import type { OpenedContext } from '../../src/open-context.ts';
import { matchWaitingReceipts } from '../../src/receipts/adopt-receipts.ts';
import { keepWaitingReceipts, type ReceiptDoc } from '../../src/store/deliveries/waiting-receipts.ts';
import { type Client, newClient } from '../api/client.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { contextOf, newDelivery, newSid, plant, rowOf } from './rows.ts';

const DAY_MS = 86_400_000;
const PERSON = '+15551670001';
const CAME = new Date('2026-03-02T23:30:00Z');

describe('receipts that never find a delivery', () => {
  let gateway: Gateway;
  let client: Client;
  let open: OpenedContext;
  let days = 0;
  before(async () => {
    gateway = await startGateway({ worker: 'replies' });
    client = await newClient(gateway);
    open = await contextOf(gateway, () => new Date(CAME.getTime() + days * DAY_MS));
  });
  after(async () => {
    await open.close();
    await gateway.stop();
  });
  beforeEach(() => gateway.store.receipts.deleteMany({}));

  const keep = async (over: Partial<ReceiptDoc> = {}): Promise<string> => {
    const carrierSid = newSid();
    const raw = { carrierSid, status: 'delivered', error: null, doneDate: null, at: CAME, index: null };
    await keepWaitingReceipts(gateway.store, [{ ...raw, delivery: newDelivery(), epoch: 1, ...over }]);
    return carrierSid;
  };
  const listed = async () => (await client('get', '/receipts/orphans')).body;

  it('are kept for a week, then counted by day, tried no more and shown without a number', async () => {
    await keep();
    await keep({ status: 'undelivered', error: '21610' });
    days = 6.9;
    expect(await matchWaitingReceipts(open.context)).to.deep.equal({ adopted: 0, orphaned: 0 });
    expect(await listed()).to.deep.equal({ waiting: 2, kept_days: 30, days: [] });
    days = 8;
    await keep({ at: new Date(CAME.getTime() + 7 * DAY_MS), status: 'sent' });
    expect(await matchWaitingReceipts(open.context)).to.deep.equal({ adopted: 0, orphaned: 2 });
    const day = { day: '2026-03-02', orphans: 2, opt_outs: 1, statuses: { delivered: 1, undelivered: 1 } };
    expect(await listed()).to.deep.equal({ waiting: 1, kept_days: 30, days: [day] });
    const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
    expect(metrics).to.contain('assent_orphan_receipts{role="web"} 2');
    expect(metrics).to.contain('assent_receipts_waiting{role="web"} 1');

    days = 9;
    const before = await gateway.store.receipts.find({ orphanAt: { $exists: true } }).toArray();
    expect(await matchWaitingReceipts(open.context)).to.deep.equal({ adopted: 0, orphaned: 0 });
    expect(await gateway.store.receipts.find({ orphanAt: { $exists: true } }).toArray()).to.deep.equal(
      before,
    );
  });

  it('delay no receipts with a delivery when they name none, and are given up after eight tries', async () => {
    const nameless = { delivery: null, epoch: null, index: '1.nobody' };
    for (let at = 0; at < 5; at += 1) await keep({ ...nameless, at: new Date(CAME.getTime() - 60_000) });
    await gateway.text(PERSON, 'JOIN');
    const row = await plant(open, PERSON, 'Deals!', { state: 'accepted' });
    await keep({ delivery: row._id });
    days = 0.01;
    expect(await matchWaitingReceipts(open.context, 3)).to.deep.equal({ adopted: 1, orphaned: 0 });
    await gateway.store.receipts.updateMany({}, { $set: { tries: 6, tryAt: CAME } });
    expect(await matchWaitingReceipts(open.context)).to.deep.equal({ adopted: 0, orphaned: 0 });
    days = 0.9;
    expect(await matchWaitingReceipts(open.context)).to.deep.equal({ adopted: 0, orphaned: 5 });
  });

  it('find a message that waited for weeks before it left when they name no delivery', async () => {
    await gateway.text(PERSON, 'JOIN');
    const carrierSid = newSid();
    const createdAt = new Date(CAME.getTime() - 20 * DAY_MS);
    const row = await plant(open, PERSON, 'Deals!', { state: 'accepted', carrierSid, createdAt });
    await keep({ delivery: null, epoch: null, index: open.context.indexOf(PERSON), carrierSid });
    days = 0.01;
    expect(await matchWaitingReceipts(open.context)).to.deep.equal({ adopted: 1, orphaned: 0 });
    expect((await rowOf(gateway.store, row)).state).to.equal('delivered');
  });

  it('change nothing of a later attempt under way when they name no delivery', async () => {
    await gateway.text(PERSON, 'JOIN');
    const carrierSid = newSid();
    const flagged = { state: 'sending' as const, open: true as const, epoch: 2, extraSids: [carrierSid] };
    const row = await plant(open, PERSON, 'Deals!', { ...flagged, createdAt: CAME });
    await keep({ delivery: null, epoch: null, index: open.context.indexOf(PERSON), carrierSid });
    days = 0.01;
    expect(await matchWaitingReceipts(open.context)).to.deep.equal({ adopted: 0, orphaned: 0 });
    expect(await rowOf(gateway.store, row)).to.include({ state: 'sending', open: true, epoch: 2 });
  });

  it('are given up untried when they name no delivery and others delayed them for an hour', async () => {
    const nameless = { delivery: null, epoch: null, index: '1.nobody' };
    for (let at = 0; at < 5; at += 1) await keep(nameless);
    await keep();
    days = 1.5 / 24;
    expect(await matchWaitingReceipts(open.context, 3)).to.deep.equal({ adopted: 0, orphaned: 3 });
    const waiting = await gateway.store.receipts.find({ orphanAt: { $exists: false } }).toArray();
    expect(waiting.map(({ tries }) => tries)).to.deep.equal([1, 1, 1]);
    expect(await matchWaitingReceipts(open.context, 3)).to.deep.equal({ adopted: 0, orphaned: 0 });
  });

  it('stay one orphan when the carrier posts them again', async () => {
    const carrierSid = await keep();
    days = 8;
    await matchWaitingReceipts(open.context);
    const again = { status: 'delivered', error: null, doneDate: null, at: open.context.now(), index: null };
    await keepWaitingReceipts(gateway.store, [{ ...again, carrierSid, delivery: null, epoch: null }]);
    expect(await listed()).to.deep.include({ waiting: 0 });
    expect((await listed()).days[0].orphans).to.equal(1);
  });

  it('are no orphans when they have a delivery that something else keeps them from', async () => {
    await gateway.text(PERSON, 'JOIN');
    const row = await plant(open, PERSON, 'Deals!', { state: 'accepted' });
    await keep({ delivery: row._id, status: 'undelivered', error: '21610' });
    days = 8;
    const keyless = { ...open.context, ring: { ...open.context.ring, keys: new Map() } };
    const failure = await matchWaitingReceipts(keyless).catch((error: Error) => error);
    expect(failure).to.include({ name: 'KeyMissing' });
    expect(await listed()).to.deep.include({ waiting: 1, days: [] });
    days = 9;
    expect(await matchWaitingReceipts(open.context)).to.deep.equal({ adopted: 1, orphaned: 0 });
  });

  it('are given up when their delivery belongs to a person whose key is lost for good', async () => {
    const person = '+15551670002';
    await gateway.text(person, 'JOIN');
    const row = await plant(open, person, 'Deals!', { state: 'accepted' });
    const { contacts, marks } = gateway.store;
    await contacts.updateOne({ _id: row.contact }, { $set: { 'keys.profile.by': 'k-lost' } });
    await keep({ delivery: row._id, status: 'undelivered', error: '21610' });
    await marks.insertOne({ _id: 'key ring k-lost', at: CAME, value: 'lost' });
    days = 1;
    expect(await matchWaitingReceipts(open.context)).to.deep.equal({ adopted: 1, orphaned: 0 });
    expect(await rowOf(gateway.store, row)).to.include({ state: 'undelivered', error: '21610' });
  });
});
