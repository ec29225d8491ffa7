import { expect } from 'chai';
import { AT_LEAST_ONCE } from '../../src/domain/sending/unknown-outcome.ts';
import type { JobRunContext } from '../../src/jobs/job-runner.ts';
import { JOBS } from '../../src/jobs/job-table.ts';
import type { OpenedContext } from '../../src/open-context.ts';
import { type CarrierListedMessage, lookUpUnknowns } from '../../src/receipts/unknown-outcomes.ts';
import { CLAIM_LEASE_MS } from '../../src/sending/gate.ts';
import { createTwilioClient, type TwilioClient } from '../../src/sending/twilio/client.ts';
import type { DeliveryDoc } from '../../src/store/deliveries/delivery.ts';
import { expireClaims } from '../../src/store/deliveries/unknown-outcomes.ts';
import { newPerson, optOutOf } from '../promises/inbound-posts.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { contextOf, newDelivery, newSid, plant, rowOf } from './rows.ts';

const MINUTE = 60_000;

describe('messages with an unknown outcome', () => {
  let gateway: Gateway;
  let carrier: TwilioClient;
  let open: OpenedContext;
  let ahead = 0;
  before(async () => {
    gateway = await startGateway({ worker: 'replies', env: { PLAN_AGAIN: 'transactional' } });
    carrier = createTwilioClient({ ...gateway.config.twilio, publicUrl: gateway.config.publicUrl });
    open = await contextOf(gateway, () => new Date(Date.now() + ahead));
  });
  beforeEach(async () => {
    ahead = 0;
    await gateway.store.deliveries.deleteMany({});
  });
  after(async () => {
    await carrier.close();
    await open.close();
    await gateway.stop();
  });

  const someone = async (): Promise<string> => {
    const person = newPerson();
    await gateway.text(person, 'JOIN');
    return person;
  };
  /** Flagged by a process that died: its lease ended ten seconds ago, and the sweep finds it. */
  const lost = async (
    person: string,
    text: string,
    over: Partial<DeliveryDoc> = {},
  ): Promise<DeliveryDoc> => {
    const row = await plant(open, person, text, { leaseUntil: new Date(Date.now() - 10_000), ...over });
    const now = open.context.now();
    expect(await expireClaims(gateway.store, CLAIM_LEASE_MS, now)).to.equal(1);
    return row;
  };
  const look = (list: (to: string, since: Date) => Promise<CarrierListedMessage[]> = carrier.listOutbound) =>
    lookUpUnknowns(open.context, list, AT_LEAST_ONCE);
  const listed = (
    to: string,
    body: string,
    more: Partial<CarrierListedMessage> = {},
  ): CarrierListedMessage => ({
    sid: newSid(),
    from: '28555',
    to,
    body,
    status: 'delivered',
    errorCode: null,
    ...{ createdAt: new Date(Date.now() - 12_000), updatedAt: null },
    ...more,
  });
  const found = (row: DeliveryDoc | null) => row?.lookups?.map((lookup) => lookup.found);

  it("are found in the carrier's list by recipient, sender, text and time, and end as if a receipt had come", async () => {
    const person = await someone();
    const { accountSid, authToken } = gateway.config.twilio;
    const made = await fetch(`${gateway.simulator.url}/2010-04-01/Accounts/${accountSid}/Messages.json`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}` },
      body: new URLSearchParams({ To: person, From: '28555', Body: 'Your order left.' }),
    });
    const { sid } = (await made.json()) as { sid: string };
    const row = await lost(person, 'Your order left.');
    expect(await look()).to.deep.equal({ looked: 1, found: 1 });
    const after = await rowOf(gateway.store, row);
    expect(after.carrierSid).to.equal(sid);
    expect(after.state).to.be.oneOf(['accepted', 'sent', 'delivered']);
    expect(after).to.not.have.any.keys('open', 'lookUpAt', 'error');
    expect(found(after)).to.deep.equal([1]);
    expect(await look()).to.deep.equal({ looked: 0, found: 0 });
  });

  it('are searched twice, ten minutes apart; then unknown is final and says what was tried', async () => {
    const row = await lost(await someone(), 'Hello');
    expect(await look()).to.deep.equal({ looked: 1, found: 0 });
    expect(await look()).to.deep.equal({ looked: 0, found: 0 });
    ahead = 10 * MINUTE + 1000;
    expect(await look()).to.deep.equal({ looked: 1, found: 0 });
    const after = await rowOf(gateway.store, row);
    expect(after.state).to.equal('unknown');
    expect(after).to.not.have.any.keys('open', 'lookUpAt', 'carrierSid');
    expect(found(after)).to.deep.equal([0, 0]);
    ahead = 60 * MINUTE;
    expect(await look()).to.deep.equal({ looked: 0, found: 0 });
  });

  it('are found at the second search when the first found nothing', async () => {
    const person = await someone();
    const row = await lost(person, 'Hello');
    await look(async () => []);
    ahead = 10 * MINUTE + 1000;
    expect(await look(async (to) => [listed(to, 'Hello')])).to.deep.equal({ looked: 1, found: 1 });
    expect((await rowOf(gateway.store, row)).state).to.equal('delivered');
  });

  it('are not matched when two messages fit', async () => {
    const row = await lost(await someone(), 'Hello');
    for (ahead of [0, 11 * MINUTE]) await look(async (to) => [listed(to, 'Hello'), listed(to, 'Hello')]);
    const after = await rowOf(gateway.store, row);
    expect(after.state).to.equal('unknown');
    expect(found(after)).to.deep.equal([2, 2]);
  });

  for (const [what, over] of [
    ['its own', 'carrierSid'],
    ['one too many', 'extraSids'],
  ] as const) {
    it(`are not matched with a message of another delivery: ${what}`, async () => {
      const person = await someone();
      const carrierListedMessage = listed(person, 'Hello');
      const bound =
        over === 'carrierSid'
          ? { carrierSid: carrierListedMessage.sid }
          : { extraSids: [carrierListedMessage.sid], carrierSid: newSid() };
      await plant(open, person, 'Hello', { state: 'delivered', ...bound });
      const row = await lost(person, 'Hello');
      await look(async () => [carrierListedMessage]);
      expect(found(await rowOf(gateway.store, row))).to.deep.equal([0]);
      const second = listed(person, 'Hello');
      ahead = 11 * MINUTE;
      await look(async () => [carrierListedMessage, second]);
      expect((await rowOf(gateway.store, row)).carrierSid).to.equal(second.sid);
    });
  }

  it('are not matched when two of ours are alike and one message fits both', async () => {
    const person = await someone();
    const leaseUntil = new Date(Date.now() - 10_000);
    const twin = await plant(open, person, 'Hello', { leaseUntil, state: 'accepted' });
    const row = await lost(person, 'Hello');
    for (ahead of [0, 11 * MINUTE]) await look(async (to) => [listed(to, 'Hello')]);
    const after = await rowOf(gateway.store, row);
    expect(after.state).to.equal('unknown');
    expect(found(after)).to.deep.equal([1, 1]);
    expect((await rowOf(gateway.store, twin)).carrierSid).to.equal(undefined);
  });

  it('may be settled by a receipt between two searches, or after both', async () => {
    const row = await lost(await someone(), 'Hello');
    await look(async () => []);
    await gateway.store.deliveries.updateOne(
      { _id: row._id },
      { $set: { state: 'sent', carrierSid: newSid() }, $unset: { lookUpAt: '' } },
    );
    ahead = 11 * MINUTE;
    expect(await look(async (to) => [listed(to, 'Hello')])).to.deep.equal({ looked: 0, found: 0 });
    expect(found(await rowOf(gateway.store, row))).to.deep.equal([0]);
  });

  it('are left alone while a new attempt is under way', async () => {
    const row = await lost(await someone(), 'Hello');
    await gateway.store.deliveries.updateOne(
      { _id: row._id },
      { $set: { state: 'sending', open: true, epoch: 2 } },
    );
    expect(await look(async (to) => [listed(to, 'Hello')])).to.deep.equal({ looked: 0, found: 0 });
    expect((await rowOf(gateway.store, row)).state).to.equal('sending');
  });

  it('are planned once more without a trace when their class allows it, as a new attempt', async () => {
    const job = JOBS.find(({ name }) => name === 'look-up-unknowns');
    const { planAgain } = gateway.config;
    const tools = { context: open.context, carrier: { listOutbound: async () => [] } as never, planAgain };
    const turn: JobRunContext = { payload: {}, most: 100, goOn: () => true };
    const lookAsConfigured = () => job?.run(tools, turn as JobRunContext<never>);
    const person = await someone();
    const over = { class: 'transactional' as const };
    const row = await lost(person, 'Hello', over);
    const marketing = await lost(person, 'Buy');
    for (ahead of [0, 11 * MINUTE]) await lookAsConfigured();
    const again = await rowOf(gateway.store, row);
    expect(again).to.include({ state: 'planned', open: true, epoch: 1, owner: null });
    // A receipt may yet say that it left: caps count it by its lease then.
    expect(again.leaseUntil).to.deep.equal(row.leaseUntil);
    expect(again).to.not.have.any.keys('error', 'lookUpAt');
    expect((await rowOf(gateway.store, marketing)).state).to.equal('unknown');
    const second = {
      state: 'unknown' as const,
      epoch: 2,
      leaseUntil: open.context.now(),
      lookUpAt: open.context.now(),
    };
    await gateway.store.deliveries.updateOne({ _id: row._id }, { $set: second, $unset: { open: '' } });
    for (ahead of [12 * MINUTE, 23 * MINUTE]) await lookAsConfigured();
    const last = await rowOf(gateway.store, row);
    expect(last).to.include({ state: 'unknown', epoch: 2 });
    expect(found(last)).to.deep.equal([0, 0, 0, 0]);
  });

  it('opt the person out when the list says that the carrier blocks us', async () => {
    const person = await someone();
    await lost(person, 'Hello');
    await look(async (to) => [listed(to, 'Hello', { status: 'failed', errorCode: '21610' })]);
    expect(await optOutOf(gateway, person)).to.not.equal(null);
  });

  it('record when a prompt left, from which on a YES counts', async () => {
    const person = await someone();
    const contact = await gateway.store.contacts.findOne({ index: open.context.indexOf(person) });
    const prompt = newDelivery();
    const since = new Date(Date.now() - MINUTE);
    const asked = { 'prompts.0.id': prompt, 'prompts.0.handedOverAt': null, 'prompts.0.issuedAt': since };
    await gateway.store.contacts.updateOne({ _id: contact?._id ?? '' }, { $set: asked });
    await lost(person, 'Reply YES', { class: 'prompt', prompt });
    const carrierListedMessage = listed(person, 'Reply YES');
    await look(async () => [carrierListedMessage]);
    const after = await gateway.store.contacts.findOne({ _id: contact?._id ?? '' });
    expect(after?.prompts[0]?.handedOverAt).to.deep.equal(carrierListedMessage.createdAt);
  });

  it('wait when the list cannot be read, and delay no others', async () => {
    const [first, other] = [await someone(), await someone()];
    const rows = [await lost(first, 'Hello'), await lost(other, 'Hello')];
    const list = async (to: string): Promise<CarrierListedMessage[]> => {
      if (to === first) throw new Error('no list');
      return [listed(to, 'Hello')];
    };
    const failure = await look(list).catch((error: unknown) => error);
    expect(String(failure)).to.equal('Error: no list');
    const [waiting, settled] = [
      await rowOf(gateway.store, rows[0] as DeliveryDoc),
      await rowOf(gateway.store, rows[1] as DeliveryDoc),
    ];
    expect(settled.state).to.equal('delivered');
    expect(waiting).to.include({ state: 'unknown' });
    expect(found(waiting)).to.equal(undefined);
    ahead = 2 * MINUTE;
    expect(await look(async (to) => [listed(to, 'Hello')])).to.deep.equal({ looked: 1, found: 1 });
  });

  it('are final at once for a person who was erased since', async () => {
    const person = await someone();
    const row = await lost(person, 'Hello');
    await gateway.store.contacts.updateOne({ _id: row.contact }, { $set: { sealed: null } });
    expect(await look(async (to) => [listed(to, 'Hello')])).to.deep.equal({ looked: 1, found: 0 });
    expect(await rowOf(gateway.store, row)).to.not.have.property('lookUpAt');
  });
});
