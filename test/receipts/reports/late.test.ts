import { expect } from 'chai';
import type { OpenedContext } from '../../../src/open-context.ts';
import { matchWaitingReceipts } from '../../../src/receipts/adopt-receipts.ts';
import { applyListedStatus, createReceiptRecorder, REFUSED } from '../../../src/receipts/record-receipt.ts';
import { buildDailyFigures } from '../../../src/reports/daily-figures.ts';
import type { DeliveryDoc } from '../../../src/store/deliveries/delivery.ts';
import { keepWaitingReceipts } from '../../../src/store/deliveries/waiting-receipts.ts';
import { type Client, newClient } from '../../api/client.ts';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import { bareRow, contextOf, newSid } from '../rows.ts';

const NOW = new Date('2026-03-20T16:00:00Z');
const DAY_MS = 86_400_000;

describe('a day that was summed up before its messages had ended', () => {
  let gateway: Gateway;
  let client: Client;
  let open: OpenedContext;
  before(async () => {
    gateway = await startGateway({ worker: false, now: () => NOW });
    client = await newClient(gateway);
    open = await contextOf(gateway, () => NOW);
  });
  after(async () => {
    await open.close();
    await gateway.stop();
  });

  const left = async (days: number, state: 'accepted' | 'unknown'): Promise<DeliveryDoc> => {
    const at = new Date(NOW.getTime() - days * DAY_MS);
    const { open: _, ...row } = bareRow({ state, createdAt: at, acceptedAt: at, carrierSid: newSid() });
    const decided = { ...row, decision: { allowed: true as const, reasons: [], at } };
    await gateway.store.deliveries.insertOne(decided);
    return decided;
  };
  const totals = async () => {
    const query = 'program=deals&since=2026-02-20&until=2026-03-18';
    return (await client('get', '/reports/deliverability', { query })).body.totals;
  };

  it('is computed again while some of them wait', async () => {
    const row = await left(6, 'accepted');
    await buildDailyFigures(open.context);
    expect(await totals()).to.include({ waiting: 1, delivered: 0 });
    const ended = { state: 'delivered' as const, finalAt: NOW };
    await gateway.store.deliveries.updateOne({ _id: row._id }, { $set: ended });
    expect(await buildDailyFigures(open.context)).to.deep.equal({ written: 1, left: 0 });
    expect(await totals()).to.include({ waiting: 0, delivered: 1 });
    expect(await buildDailyFigures(open.context)).to.deep.equal({ written: 0, left: 0 });
  });

  it("is computed again when the carrier's list has one that nobody waited for any more", async () => {
    const row = await left(20, 'unknown');
    await buildDailyFigures(open.context);
    expect(await totals()).to.include({ unknown: 1, delivered: 1 });
    const times = { createdAt: row.createdAt, updatedAt: NOW };
    await applyListedStatus(open.context, row, {
      ...{ sid: row.carrierSid ?? '', status: 'delivered', errorCode: null },
      ...times,
    });
    await buildDailyFigures(open.context);
    expect(await totals()).to.include({ unknown: 0, delivered: 2 });
    expect(await buildDailyFigures(open.context)).to.deep.equal({ written: 0, left: 0 });
  });

  it('is computed again for a receipt that had waited', async () => {
    const row = await left(15, 'unknown');
    await buildDailyFigures(open.context);
    const attempt = { delivery: row._id, epoch: row.epoch, index: null };
    const posted = {
      carrierSid: row.carrierSid ?? '',
      status: 'undelivered',
      error: '30003',
      doneDate: null,
    };
    await keepWaitingReceipts(gateway.store, [
      { ...posted, ...attempt, at: new Date(NOW.getTime() - 60_000) },
    ]);
    expect(await matchWaitingReceipts(open.context)).to.include({ adopted: 1 });
    await buildDailyFigures(open.context);
    expect(await totals()).to.include({ unknown: 0, undelivered: 1, delivered: 2 });
  });

  it('is computed again for a late receipt of a message that was given up', async () => {
    const row = await left(7, 'unknown');
    await gateway.store.dailyFigures.deleteMany({});
    await buildDailyFigures(open.context);
    const before = await totals();
    const [attempt, carrierSid] = [{ delivery: row._id, epoch: row.epoch }, row.carrierSid ?? ''];
    const record = createReceiptRecorder(gateway.store, open.context);
    const posted = { carrierSid, status: 'delivered', error: null, doneDate: null, at: NOW };
    await record({ ...posted, attempt, to: null, from: null });
    await buildDailyFigures(open.context);
    const { unknown, delivered } = before;
    expect(await totals()).to.include({ unknown: unknown - 1, delivered: delivered + 1 });
    expect(await buildDailyFigures(open.context)).to.deep.equal({ written: 0, left: 0 });
  });

  it('is computed again for a refusal that was written down and not recorded', async () => {
    const row = await left(17, 'unknown');
    await gateway.store.dailyFigures.deleteMany({});
    await buildDailyFigures(open.context);
    const { unknown, failed } = await totals();
    const kept = { carrierSid: `${row._id}.${row.epoch}`, status: REFUSED, error: '21610', doneDate: null };
    const attempt = { delivery: row._id, epoch: row.epoch, index: null };
    const at = row.decision?.at ?? expect.fail('it was not decided');
    await keepWaitingReceipts(gateway.store, [{ ...kept, ...attempt, at }]);
    await matchWaitingReceipts(open.context);
    await buildDailyFigures(open.context);
    expect(await totals()).to.include({ unknown: unknown - 1, failed: failed + 1 });
  });
});
