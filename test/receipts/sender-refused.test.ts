import { expect } from 'chai';
import { SENDERS } from '../../scripts/seed/programs.ts';
import type { OpenedContext } from '../../src/open-context.ts';
import { matchWaitingReceipts } from '../../src/receipts/adopt-receipts.ts';
import { applyListedStatus, createReceiptRecorder } from '../../src/receipts/record-receipt.ts';
import { createCircuitBreakers } from '../../src/sending/circuit-breaker.ts';
import { keepWaitingReceipts } from '../../src/store/deliveries/waiting-receipts.ts';
import { readSenderHealth, resumeSender, stopSender } from '../../src/store/senders/sender-state.ts';
import { indexOf } from '../promises/inbound-posts.ts';
import { type Gateway, startGateway, until } from '../support/gateway.ts';
import { addSubscriber, plannedFor } from '../support/people.ts';
import { spied } from '../support/spied.ts';
import { contextOf, newSid, plant, QUIET } from './rows.ts';

const [SHOP, STYLIST] = [SENDERS.shop.number, SENDERS.stylist.number];
const REFUSED = { kind: 'errorCallback', code: 30034 };

describe('a sender of ours that the carrier refuses by receipt', () => {
  let gateway: Gateway;
  let open: OpenedContext;
  let used = 0;
  before(async () => {
    gateway = await startGateway({ worker: 'sending' });
    open = await contextOf(gateway);
  });
  beforeEach(() => gateway.store.senderStates.updateMany({}, { $unset: { stopped: '', resumedAt: '' } }));
  after(async () => {
    await open.close();
    await gateway.stop();
  });

  const someone = async () => {
    const number = `+1555131${String(used++).padStart(4, '0')}`;
    const people = { ring: gateway.config.keyRing, indexOf: (phone: string) => indexOf(gateway, phone) };
    return addSubscriber(gateway.store, { ...people, number: () => number });
  };
  const stopped = async (number = SHOP) => (await readSenderHealth(gateway.store, number)).stopped;
  const ago = (ms: number): Date => new Date(Date.now() - ms);

  /** A message that left so long ago, and what the carrier then says of it. */
  const sent = async (ms: number, over: { sender?: string } = {}) => {
    const { number } = await someone();
    const decision = { allowed: true as const, reasons: [], at: ago(ms) };
    return plant(open, number, 'An offer.', { state: 'accepted', decision, ...over });
  };
  const posted = (error: string) => ({
    ...{ carrierSid: newSid(), status: 'undelivered', error, doneDate: null, at: new Date() },
  });
  const record = (row: { _id: string }, error: string, context = open.context): Promise<void> =>
    createReceiptRecorder(
      context.store,
      context,
    )({ ...posted(error), attempt: { delivery: row._id, epoch: 1 }, to: null, from: null });

  it('is stopped by the first receipt, which is logged once, and nothing leaves until a person resumes it', async () => {
    const [first, next] = [await someone(), await someone()];
    const rule = { match: { number: first.number }, on: 'create', effect: REFUSED };
    await gateway.sim('PUT', '/sim/behaviours', [rule]);
    await gateway.store.deliveries.insertOne(plannedFor(first));
    await until('the sender is stopped', async () => (await stopped()) !== null);
    expect(await stopped()).to.deep.include({ code: '30034' });
    expect((await stopped())?.why).to.match(/ then resume this number and the campaigns that paused\.$/);
    expect(gateway.logs.filter((log) => log.includes('sending is stopped'))).to.have.length(1);
    const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
    expect(metrics).to.match(/^assent_sender_stops_total\{[^}]*code="30034"[^}]*\} 1$/m);
    const circuits = createCircuitBreakers({ ...open.context, log: QUIET });
    expect((await circuits.allowance(SHOP)).calls).to.equal(0);
    expect(await resumeSender(gateway.store, SHOP, new Date())).to.equal(true);
    await gateway.store.deliveries.insertOne(plannedFor(next));
    await until(
      'the next message is on the handset',
      async () => (await gateway.received(next.number)).length === 1,
    );
    expect(await stopped()).to.equal(null);
  });

  it('keeps the first reason of its stop, and nothing is written again', async () => {
    await record(await sent(1000), '30034');
    const before = await stopped();
    const senderStates = spied(gateway.store.senderStates, 'updateOne', () => {
      throw new Error('it is written');
    });
    const store = { ...open.context.store, senderStates };
    for (const code of ['30034', '30032']) await record(await sent(1000), code, { ...open.context, store });
    expect(await stopped()).to.deep.equal(before);
  });

  it('is not stopped again by what left before the resumption, but by what left since', async () => {
    const [before, since] = [await sent(60_000), await sent(10_000)];
    await record(await sent(120_000), '30034');
    await resumeSender(gateway.store, SHOP, ago(30_000));
    await record(before, '30034');
    expect(await stopped()).to.equal(null);
    await record(since, '30034');
    expect(await stopped()).to.include({ code: '30034' });
  });

  it('is stopped alone, unless the whole account is suspended', async () => {
    await record(await sent(1000, { sender: STYLIST }), '30034');
    expect([await stopped(SHOP), (await stopped(STYLIST))?.code]).to.deep.equal([null, '30034']);
    await record(await sent(1000), '30002');
    expect([(await stopped(SHOP))?.code, (await stopped(STYLIST))?.code]).to.deep.equal(['30002', '30034']);
  });

  it('is not stopped for the account by what left before another was resumed, but by what left since', async () => {
    const [before, since] = [await sent(60_000), await sent(10_000)];
    // Its create call was refused, which stops only this sender.
    await stopSender(gateway.store, SHOP, { code: '20003', why: 'The account is suspended.' }, ago(50_000));
    await resumeSender(gateway.store, SHOP, ago(30_000));
    await record(before, '30002');
    expect([await stopped(SHOP), await stopped(STYLIST)]).to.deep.equal([null, null]);
    await record(since, '30002');
    expect([(await stopped(SHOP))?.code, (await stopped(STYLIST))?.code]).to.deep.equal(['30002', '30002']);
  });

  it("is stopped by the carrier's list, and by a receipt that had waited", async () => {
    const row = await sent(1000);
    const times = { createdAt: ago(1000), updatedAt: null };
    await applyListedStatus(open.context, row, {
      sid: newSid(),
      status: 'undelivered',
      errorCode: '30034',
      ...times,
    });
    expect(await stopped()).to.include({ code: '30034' });
    await resumeSender(gateway.store, SHOP, ago(5000));
    const kept = { ...posted('30033'), delivery: (await sent(1000))._id, epoch: 1, index: null };
    await keepWaitingReceipts(gateway.store, [{ ...kept, at: ago(60_000) }]);
    await matchWaitingReceipts(open.context);
    expect(await stopped()).to.include({ code: '30033' });
  });

  it('goes on after old reports, and after an error of the recipient', async () => {
    await record(await sent(2 * 3_600_000), '30034');
    expect(await stopped()).to.equal(null);
    await record(await sent(1000), '30003');
    expect(await stopped()).to.equal(null);
  });
});
