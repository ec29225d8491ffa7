import { expect } from 'chai';
import type { Document } from 'mongodb';
import { createCarrierBacklog } from '../../../src/sending/rate-limiter.ts';
import type { DeliveryDoc } from '../../../src/store/deliveries/delivery.ts';
import { waitingStages } from '../../../src/store/senders/rate-limiter.ts';
import { openStore, type Store } from '../../../src/store/store.ts';
import { testDatabase } from '../../support/mongod.ts';
import { wanting } from '../../support/unpaced.ts';
import { newPacingClocks, newWorker } from './pacing-clocks.ts';

describe('the backlog at the carrier', () => {
  let store: Store;
  let rows = 0;
  before(async () => {
    const { uri, name } = testDatabase();
    store = await openStore({ uri, database: name });
    await store.deliveries.createIndex(
      { sender: 1, acceptedAt: 1 },
      { partialFilterExpression: { state: 'accepted' }, name: 'at-carrier' },
    );
  });
  beforeEach(() => store.deliveries.deleteMany({}));
  after(async () => {
    await store.db.dropDatabase();
    await store.close();
  });

  const SENDER = { number: '28555', rate: 10 };
  type Row = Pick<DeliveryDoc, 'sender' | 'state' | 'parts'> & { age?: number };
  const insert = async (many: number, row: Row): Promise<void> => {
    const { age = 0, ...rest } = row;
    const newRow = () =>
      ({ _id: `d${rows++}`, ...rest, acceptedAt: new Date(Date.now() - age) }) as DeliveryDoc;
    await store.deliveries.insertMany(Array.from({ length: many }, newRow));
  };
  const fresh = () => createCarrierBacklog({ store, monotonic: () => 0 });

  it('leaves room for four seconds of traffic, counted in parts', async () => {
    expect(await fresh().room(SENDER, 1)).to.equal(40);
    await insert(7, { sender: '28555', state: 'accepted', parts: 3 });
    expect(await fresh().room(SENDER, 1)).to.equal(19);
  });

  it("holds one sender's messages of the last minute that were not passed on", async () => {
    await insert(5, { sender: '28555', state: 'accepted', parts: 1 });
    await insert(5, { sender: '28556', state: 'accepted', parts: 1 });
    await insert(5, { sender: '28555', state: 'sent', parts: 1 });
    await insert(5, { sender: '28555', state: 'accepted', parts: 1, age: 61_000 });
    expect(await fresh().room(SENDER, 1)).to.equal(35);
  });

  it('leaves no room once it is full, however large it is', async () => {
    await insert(500, { sender: '28555', state: 'accepted', parts: 2 });
    expect(await fresh().room(SENDER, 1)).to.equal(0);
  });

  it('leaves room for one message of any length when it is empty', async () => {
    expect(await fresh().room({ number: '28555', rate: 1 }, 7)).to.equal(7);
    await insert(1, { sender: '28555', state: 'accepted', parts: 1 });
    expect(await fresh().room({ number: '28555', rate: 1 }, 7)).to.equal(3);
  });

  it('is read again after half a second, not before', async () => {
    let now = 0;
    const backlog = createCarrierBacklog({ store, monotonic: () => now });
    expect(await backlog.room(SENDER, 1)).to.equal(40);
    await insert(10, { sender: '28555', state: 'accepted', parts: 1 });
    now = 499;
    expect(await backlog.room(SENDER, 1)).to.equal(40);
    now = 500;
    expect(await backlog.room(SENDER, 1)).to.equal(30);
  });

  it('stops a sender until receipts come or a minute has passed, but never a sender without receipts', async () => {
    const world = newPacingClocks();
    await insert(50, { sender: '28555', state: 'accepted', parts: 1 });
    const worker = newWorker(store, world, 0);
    expect(await worker.pace.take(SENDER, wanting(1))).to.equal(null);
    expect(worker.pace.retryAfter(SENDER)).to.be.within(1, 500);
    expect((await worker.pace.take({ ...SENDER, receipts: false }, wanting(1)))?.parts).to.equal(1);
    await store.deliveries.updateMany({ sender: '28555' }, { $set: { state: 'sent' } });
    world.now += 500;
    expect((await worker.pace.take(SENDER, wanting(1)))?.parts).to.equal(1);
    const silent = { ...SENDER, number: '28558' };
    await insert(50, { sender: '28558', state: 'accepted', parts: 1 });
    expect(await worker.pace.take(silent, wanting(1))).to.equal(null);
    await store.deliveries.updateMany(
      { sender: '28558' },
      { $set: { acceptedAt: new Date(Date.now() - 61_000) } },
    );
    world.now += 500;
    expect((await worker.pace.take(silent, wanting(1)))?.parts).to.equal(1);
  });

  it('delays only offers, never replies', async () => {
    const worker = newWorker(store, newPacingClocks(), 0);
    const sender = { number: '28559', rate: 100 };
    await insert(500, { sender: '28559', state: 'accepted', parts: 1 });
    expect(await worker.pace.take(sender, wanting(3)), 'three offers').to.equal(null);
    const answers = { ...wanting(2), offers: 0, answer: true };
    expect((await worker.pace.take(sender, answers))?.parts, 'two answers').to.equal(2);
    const both = { ...wanting(5), offers: 3, answer: true };
    expect((await worker.pace.take(sender, both))?.parts, 'two answers before three offers').to.equal(2);
  });

  it('limits a grant to the room that is left', async () => {
    const worker = newWorker(store, newPacingClocks(), 0);
    await insert(390, { sender: '28557', state: 'accepted', parts: 1 });
    expect((await worker.pace.take({ number: '28557', rate: 100 }, wanting(25)))?.parts).to.equal(10);
  });

  it('is read from its index alone', async () => {
    await insert(300, { sender: '28555', state: 'accepted', parts: 1 });
    await insert(700, { sender: '28555', state: 'accepted', parts: 1, age: 70_000 });
    await insert(700, { sender: '28556', state: 'accepted', parts: 1 });
    const plan: Document = await store.deliveries
      .aggregate(waitingStages('28555', 1000))
      .explain('executionStats');
    const stats = (plan.stages?.[0]?.$cursor ?? plan).executionStats as Document;
    expect(stats.nReturned).to.equal(300);
    expect(stats.totalKeysExamined).to.be.at.most(600);
    expect(stats.totalDocsExamined).to.be.at.most(600);
  });
});
