import { expect } from 'chai';
import { runJob } from '../../src/jobs/job-runner.ts';
import { JOBS } from '../../src/jobs/job-table.ts';
import type { OpenedContext } from '../../src/open-context.ts';
import { endStuck } from '../../src/receipts/unknown-outcomes.ts';
import type { ListedOutbound } from '../../src/sending/twilio/message-list.ts';
import type { DeliveryDoc } from '../../src/store/deliveries/delivery.ts';
import { beginJobs } from '../../src/store/jobs.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { bareRow, contextOf, newSid, rowOf } from './rows.ts';

const HOUR = 3_600_000;
const MADE = new Date('2026-03-02T10:00:00Z');
const UPDATED = new Date('2026-03-02T18:00:00Z');
const FREE = { most: 100, goOn: () => true };

describe('messages without a final report from the carrier', () => {
  let gateway: Gateway;
  let open: OpenedContext;
  before(async () => {
    gateway = await startGateway({ worker: false });
    open = await contextOf(gateway);
  });
  beforeEach(() => gateway.store.deliveries.deleteMany({}));
  after(async () => {
    await open.close();
    await gateway.stop();
  });

  const stuck = async (hours: number, over: Partial<DeliveryDoc> = {}): Promise<DeliveryDoc> => {
    const { open: _, ...row } = bareRow({ state: 'sent', carrierSid: newSid(), ...over });
    const stuck = { ...row, acceptedAt: new Date(Date.now() - hours * HOUR) };
    await gateway.store.deliveries.insertOne(stuck);
    return stuck;
  };
  const says =
    (status: string, errorCode: string | null = null) =>
    async (sid: string) =>
      ({
        sid,
        status,
        errorCode,
        from: '28555',
        to: '',
        body: '',
        createdAt: MADE,
        updatedAt: UPDATED,
      }) satisfies ListedOutbound;

  const ends: [status: string, state: string, error: string | undefined][] = [
    ['delivered', 'delivered', undefined],
    ['undelivered', 'undelivered', '30003'],
    ['sent', 'unknown', 'the carrier never told how it ended'],
    ['queued', 'unknown', 'the carrier never told how it ended'],
  ];
  for (const [status, state, error] of ends) {
    it(`end as ${state} when the carrier says ${status}, and are fetched once`, async () => {
      const rows = [await stuck(73), await stuck(80, { state: 'accepted' })];
      const code = state === 'undelivered' ? '30003' : null;
      const first = await endStuck(open.context, says(status, code), FREE);
      expect(first.asked).to.equal(2);
      for (const row of rows) {
        const after = await rowOf(gateway.store, row);
        expect([after.state, after.error]).to.deep.equal([state, error]);
      }
      expect(await endStuck(open.context, says(status, code), FREE)).to.deep.equal({
        asked: 0,
        settled: 0,
        unknown: 0,
      });
    });
  }

  it('are left alone for 72 hours, and when they have ended', async () => {
    await stuck(71);
    await stuck(90, { state: 'delivered' });
    expect((await endStuck(open.context, says('delivered'), FREE)).asked).to.equal(0);
  });

  it('end as unknown, not as bounced, when the carrier does not know the message any more', async () => {
    const row = await stuck(100);
    expect(await endStuck(open.context, async () => null, FREE)).to.deep.equal({
      asked: 1,
      settled: 0,
      unknown: 1,
    });
    const after = await rowOf(gateway.store, row);
    expect([after.state, after.error]).to.deep.equal(['unknown', 'the carrier no longer knows the message']);
  });

  it('end with that reason when the carrier never gave an id to fetch', async () => {
    const row = await stuck(100, { state: 'accepted' });
    await gateway.store.deliveries.updateOne({ _id: row._id }, { $unset: { carrierSid: '' } });
    let asked = 0;
    const count = async () => {
      asked += 1;
      return null;
    };
    expect(await endStuck(open.context, count, FREE)).to.deep.equal({ asked: 0, settled: 0, unknown: 1 });
    const { state, error } = await rowOf(gateway.store, row);
    expect([state, error, asked]).to.deep.equal([
      ...['unknown', 'no receipt of it came, and the carrier told no id to ask it by', 0],
    ]);
  });

  it('end at the time that the carrier gives, not when the message was created', async () => {
    const row = await stuck(73);
    await endStuck(open.context, says('delivered'), FREE);
    const { acceptedAt, finalAt } = await rowOf(gateway.store, row);
    expect([acceptedAt, finalAt]).to.deep.equal([MADE, UPDATED]);
  });

  it('are fetched by the id in a receipt of an earlier attempt, and say so', async () => {
    const sid = newSid();
    const decision = { allowed: false, reasons: ['capped' as const], at: new Date() };
    const row = await stuck(100, { state: 'accepted', epoch: 2, extraSids: [sid], decision });
    await gateway.store.deliveries.updateOne({ _id: row._id }, { $unset: { carrierSid: '' } });
    const asked: string[] = [];
    const fetchOne = (of: string) => {
      asked.push(of);
      return says('delivered')(of);
    };
    expect(await endStuck(open.context, fetchOne, FREE)).to.deep.equal({ asked: 1, settled: 1, unknown: 0 });
    const after = await rowOf(gateway.store, row);
    expect([asked, after.state, after.extraSids]).to.deep.equal([[sid], 'delivered', [sid]]);
    expect(after).to.not.have.property('carrierSid');
    expect(after.decision).to.deep.equal({ allowed: true, reasons: [], at: MADE, by: 'receipt' });
  });

  it('stay as they are when one cannot be fetched, while the others are processed', async () => {
    const [bad, good] = [await stuck(74), await stuck(73)];
    const some = async (sid: string) => {
      if (sid === bad.carrierSid) throw new Error('no answer');
      return says('delivered')(sid);
    };
    const failed = await endStuck(open.context, some, FREE).catch((error: Error) => error.message);
    expect(failed).to.equal('no answer');
    expect([(await rowOf(gateway.store, bad)).state, (await rowOf(gateway.store, good)).state]).to.deep.equal(
      [...['sent', 'delivered']],
    );
  });

  const manyStuck = async (count: number): Promise<void> => {
    const acceptedAt = new Date(Date.now() - 80 * HOUR);
    const rows = Array.from({ length: count }, () => {
      const { open: _, ...row } = bareRow({ state: 'sent', carrierSid: newSid() });
      return { ...row, acceptedAt };
    });
    await gateway.store.deliveries.insertMany(rows);
  };
  const left = () => gateway.store.deliveries.countDocuments({ state: 'sent' });
  const UNBOUND = { most: Number.POSITIVE_INFINITY, goOn: () => true };
  const nobodyKnows = async () => null;

  it('are fetched page after page until none is left, past one that cannot be fetched', async () => {
    const bad = await stuck(90);
    await manyStuck(1100);
    const asked: string[] = [];
    const some = async (sid: string) => {
      asked.push(sid);
      if (sid === bad.carrierSid) throw new Error('no answer');
      return null;
    };
    const failed = await endStuck(open.context, some, UNBOUND).catch((error: Error) => error.message);
    expect(failed).to.equal('no answer');
    expect([await left(), asked.length, new Set(asked).size]).to.deep.equal([1, 1101, 1101]);
  });

  it('wait when the time is over, or when the carrier does not answer for a whole page', async () => {
    await manyStuck(600);
    let turns = 0;
    const cut = await endStuck(open.context, nobodyKnows, { ...UNBOUND, goOn: () => turns++ < 3 });
    expect(cut.unknown).to.be.within(1, 12);
    expect(await endStuck(open.context, nobodyKnows, { ...UNBOUND, most: 5 })).to.include({ unknown: 5 });
    expect(await left()).to.equal(595 - cut.unknown);
    let asked = 0;
    const never = async () => {
      asked += 1;
      throw new Error('no answer');
    };
    await endStuck(open.context, never, UNBOUND).catch(() => undefined);
    expect([asked, await left()]).to.deep.equal([500, 595 - cut.unknown]);
  });

  it('are all processed by one run of the job when it has the time', async () => {
    await manyStuck(600);
    const job = JOBS.find(({ name }) => name === 'stuck-deliveries');
    if (job === undefined) throw new Error('there is no such job');
    await beginJobs(gateway.store, [job.name]);
    const run = await runJob(job, {
      context: open.context,
      carrier: { fetch: nobodyKnows } as never,
      planAgain: {},
    });
    expect(run?.counts).to.deep.equal({ asked: 600, settled: 0, unknown: 600 });
  });

  it('are found by the index of their state alone', async () => {
    const plan = await gateway.store.deliveries
      .find({ state: 'sent', acceptedAt: { $lte: new Date() } })
      .sort({ acceptedAt: 1 })
      .limit(10)
      .explain('queryPlanner');
    expect(JSON.stringify(plan.queryPlanner.winningPlan)).to.contain('passed-on').and.not.to.contain('SORT"');
  });
});
