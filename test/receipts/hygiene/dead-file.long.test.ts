import { expect } from 'chai';
import { DoneInPart } from '../../../src/domain/reports/job-counts.ts';
import { matchWaitingReceipts } from '../../../src/receipts/adopt-receipts.ts';
import { sweepAll, sweepBounces } from '../../../src/receipts/bounce-sweep.ts';
import { findIncidents } from '../../../src/receipts/incidents.ts';
import { endStuck } from '../../../src/receipts/unknown-outcomes.ts';
import { keepWaitingReceipts } from '../../../src/store/deliveries/waiting-receipts.ts';
import { newSid } from '../rows.ts';
import { type BounceHarness, daysAgo, openBounceHarness } from './bounce-harness.ts';

const FREE = { most: 1_000_000, goOn: () => true };
const MANY = 24;

describe('many numbers that fail in one hour', () => {
  let ground: BounceHarness;
  before(async () => {
    ground = await openBounceHarness();
  });
  afterEach(async () => {
    for (const name of ['contacts', 'deliveries', 'suppressions', 'consentEvents', 'incidents'] as const) {
      await ground.gateway.store.db.collection(name).deleteMany({});
    }
    await ground.gateway.store.marks.deleteMany({});
  });
  after(() => ground.close());

  const people = async (words: string): Promise<string[]> => {
    const ids: string[] = [];
    for (let at = 0; at < MANY; at += 1) ids.push(await ground.addPerson());
    for (const id of ids) await ground.addMessages(id, words);
    return ids;
  };
  const incidents = () => ground.gateway.store.incidents.countDocuments({});

  it('are bounces when none of them was ever known to work: a file of dead numbers is no incident', async () => {
    await people('3 30005');
    expect(await sweepBounces(ground.context, FREE)).to.include({ ended: MANY });
    expect(await incidents()).to.equal(0);
  });

  it('are bounces too when such numbers are out of reach on three days', async () => {
    await people('20 30003, 12 30003, 3 30003');
    expect(await sweepBounces(ground.context, FREE)).to.include({ suppressed: MANY });
  });

  for (const code of ['30003', '30005']) {
    it(`are an incident when they got messages before: ${code}`, async () => {
      await people(`30 ok, 3 ${code}`);
      expect(await sweepBounces(ground.context, FREE)).to.include({ ended: 0, suppressed: 0 });
      expect(await incidents()).to.equal(1);
    });
  }

  it('are an incident when the search ran only weeks later', async () => {
    await people('30 ok, 20 30005');
    expect(await sweepBounces(ground.context, FREE)).to.include({ ended: 0 });
    expect(await incidents()).to.equal(1);
    await people('30 ok, 8 30005');
    const [at, value] = [daysAgo(9), daysAgo(9).toISOString().slice(0, 10)];
    await ground.gateway.store.marks.updateOne({ _id: 'incident look' }, { $set: { at, value } });
    expect(await sweepBounces(ground.context, FREE)).to.include({ ended: 0 });
    expect(await incidents()).to.equal(2);
  });

  it('are an incident when the carrier reports them only when asked, days after the last search', async () => {
    const { deliveries } = ground.gateway.store;
    for (const id of await people('30 ok'))
      await ground.addMessages(id, '5 ok', { state: 'sent', carrierSid: newSid() });
    await deliveries.updateMany({ state: 'sent' }, { $unset: { finalAt: 1 } });
    await findIncidents(ground.context);
    const failed = {
      ...{ status: 'undelivered', errorCode: '30005' },
      ...{ from: '28555', to: '', body: '' },
    };
    const told = async (sid: string) => ({ ...failed, sid, createdAt: daysAgo(5), updatedAt: daysAgo(4.9) });
    expect(await endStuck(ground.context, told, FREE)).to.include({ settled: MANY });
    expect(await sweepAll(ground.context, FREE)).to.include({ ended: 0, suppressed: 0 });
    expect(await incidents()).to.equal(1);
  });

  it('are an incident when their receipts waited until days after the last search', async () => {
    const { deliveries } = ground.gateway.store;
    for (const id of await people('30 ok')) await ground.addMessages(id, '5 ok', { state: 'accepted' });
    await findIncidents(ground.context);
    const rows = await deliveries.find({ state: 'accepted' }).toArray();
    const failed = { ...{ status: 'undelivered', error: '30005', doneDate: null }, at: daysAgo(4.9) };
    const kept = rows.map(({ _id: delivery, epoch }) => ({ ...failed, delivery, epoch, index: null }));
    await keepWaitingReceipts(
      ground.gateway.store,
      kept.map((receipt) => ({ ...receipt, carrierSid: newSid() })),
    );
    expect(await matchWaitingReceipts(ground.context)).to.include({ adopted: MANY });
    expect(await sweepAll(ground.context, FREE)).to.include({ ended: 0, suppressed: 0 });
    expect(await incidents()).to.equal(1);
  });

  it('are an incident when the search was cut off time and again, and are judged when it is done', async () => {
    await people('30 ok, 25 ok, 20 30005');
    let looks = 0;
    for (let found = null; looks < 20 && found === null; looks += 1) {
      let left = 8;
      found = await findIncidents(ground.context, () => left-- > 0);
    }
    expect(looks).to.be.within(2, 5);
    expect(await sweepBounces(ground.context, FREE)).to.include({ ended: 0 });
    expect(await incidents()).to.equal(1);
  });

  it('are an incident when another day cannot be read: nobody is judged, and the next search begins with that day', async () => {
    await people('30 ok, 3 30005');
    const { incidents: kept } = ground.context.store;
    const find = (filter: { hour: { $gte: Date } }) => {
      if (filter.hour.$gte < daysAgo(29)) throw new Error('unreadable');
      return kept.find(filter);
    };
    const store = { ...ground.context.store, incidents: Object.assign(Object.create(kept), { find }) };
    const failure = await sweepBounces({ ...ground.context, store }, FREE).catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(DoneInPart).and.to.include({ message: 'unreadable' });
    expect(await incidents()).to.equal(1);
    const look = () => ground.gateway.store.marks.findOne({ _id: 'incident look' });
    expect(await look()).to.equal(null);
    expect(await sweepBounces(ground.context, FREE)).to.include({ ended: 0 });
    expect(await look()).to.include({ value: daysAgo(0).toISOString().slice(0, 10) });
  });

  it('are bounces when a person dismissed the incident, also when late receipts had ended it for a while', async () => {
    await people('30 ok, 3 30003');
    await findIncidents(ground.context);
    const { incidents: kept, deliveries } = ground.gateway.store;
    await kept.updateMany({}, { $set: { dismissed: { by: 'key:1', at: daysAgo(1), note: 'A bad file.' } } });
    const failed = { createdAt: daysAgo(3) };
    await deliveries.updateMany(failed, { $set: { state: 'delivered' } });
    await findIncidents(ground.context);
    await deliveries.updateMany(failed, { $set: { state: 'undelivered' } });
    await findIncidents(ground.context);
    const hours = await kept.find({}).toArray();
    expect(hours.map(({ dismissed }) => dismissed?.note)).to.deep.equal(['A bad file.']);
  });

  it('are an incident when their holders wrote to us before', async () => {
    const ids = await people('3 30005');
    const repliedAt = new Date(ground.context.now().getTime() - 40 * 86_400_000);
    await ground.gateway.store.contacts.updateMany({ _id: { $in: ids } }, { $set: { repliedAt } });
    expect(await sweepBounces(ground.context, FREE)).to.include({ ended: 0 });
    expect(await incidents()).to.equal(1);
  });

  it("are bounces in the hour of a network's outage when the carrier says that they do not exist", async () => {
    const working = await people('30 ok, 3 30003');
    const dead = await people('3 30005');
    expect(await sweepBounces(ground.context, FREE)).to.include({ ended: MANY, suppressed: 0 });
    expect(await ground.standing(working[0] ?? '')).to.equal('subscribed');
    expect(await ground.standing(dead[0] ?? '')).to.equal('ended gone, suppressed all');
  });
});
