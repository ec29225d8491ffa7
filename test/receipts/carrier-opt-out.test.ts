import { expect } from 'chai';
import { PROGRAMS, SENDERS } from '../../scripts/seed/programs.ts';
import { carrierOptOut } from '../../src/consent/carrier-opt-out.ts';
import type { Sender } from '../../src/domain/program.ts';
import type { OpenedContext } from '../../src/open-context.ts';
import { matchWaitingReceipts } from '../../src/receipts/adopt-receipts.ts';
import { applyListedStatus, createReceiptRecorder } from '../../src/receipts/record-receipt.ts';
import { chainOf } from '../../src/store/consent/consent-events.ts';
import { newPerson, withdrawals } from '../promises/inbound-posts.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { contextOf, newSid, plant, QUIET, rowOf } from './rows.ts';

const TOLL_FREE: Sender = {
  number: '+18885550100',
  kind: 'toll-free',
  country: 'US',
  handling: 'network',
  messagingServiceSid: null,
};
const SERVICE: Sender = {
  ...SENDERS.stylist,
  handling: 'advanced',
  messagingServiceSid: `MG${'1'.repeat(32)}`,
};

/** A log, and what is said to it. */
function listening() {
  const said: string[] = [];
  const note = (level: string) => (_: object, what: string) => void said.push(`${level}: ${what}`);
  return { said, log: { ...QUIET, info: note('info'), warn: note('warn') } };
}

describe("a carrier's report that a person opted out", () => {
  let gateway: Gateway;
  let open: OpenedContext;
  let late: OpenedContext;
  before(async () => {
    const programs = PROGRAMS.map((program) =>
      program.numbers.includes(SENDERS.shop.number)
        ? { ...program, numbers: [...program.numbers, TOLL_FREE.number] }
        : program,
    );
    gateway = await startGateway({
      worker: 'replies',
      senders: [SENDERS.shop, SERVICE, TOLL_FREE],
      programs,
    });
    open = await contextOf(gateway);
    late = await contextOf(gateway, () => new Date(Date.now() + 60_000));
  });
  after(async () => {
    await open.close();
    await late.close();
    await gateway.stop();
  });

  const subscriber = async (): Promise<string> => {
    const person = newPerson();
    for (const body of ['JOIN', 'YES']) await gateway.text(person, body);
    return person;
  };
  const facts = async (person: string) => {
    const index = open.context.indexOf(person);
    const contact = await gateway.store.contacts.findOne({ index });
    const rows = await gateway.store.suppressions.find({ index }).toArray();
    const chain = await chainOf(gateway.store, contact?._id ?? '');
    return {
      states: contact?.subscriptions.map(({ state }) => state),
      rows: rows.map(({ scope, kind, generation }) => `${kind} ${scope} ${generation}`).sort(),
      last: chain.slice(3).map(({ kind, scope, reason, actor }) => ({ kind, scope, reason, actor })),
    };
  };
  const by = (kind: string, scope: string, code: string) => ({
    kind,
    scope,
    reason: `carrier error ${code}`,
    actor: 'carrier',
  });

  for (const [code, sender, scope] of [
    ['21610', SERVICE, `service:${SERVICE.messagingServiceSid}`],
    ['21610', SENDERS.shop, 'sender:28555'],
    ['30004', TOLL_FREE, 'sender:+18885550100'],
  ] as const) {
    it(`ends everything and records the block with ${code} on ${sender.handling} handling`, async () => {
      const person = await subscriber();
      const planned = await plant(open, person, 'Deals!', {
        state: 'planned',
        owner: null,
        leaseUntil: null,
      });
      const { number, messagingServiceSid: service } = sender;
      const failed = await plant(open, person, 'News!', {
        state: 'failed',
        sender: number,
        service,
        error: code,
      });
      const { said, log } = listening();
      await carrierOptOut({ ...open.context, log }, { delivery: failed._id, code, at: new Date() });
      expect(said).to.deep.equal(['warn: the carrier knew of an opt-out that we had not']);
      expect(await facts(person)).to.deep.equal({
        states: ['unsubscribed'],
        rows: [`carrier ${scope} 1`, 'opt-out all 1'],
        last: [by('carrier-blocked', scope, code), by('withdrawn', 'all', code)],
      });
      expect((await rowOf(gateway.store, planned)).state).to.equal('canceled');
    });
  }

  it('lets a person come back by JOIN on a number with own handling', async () => {
    const person = await subscriber();
    const failed = await plant(open, person, 'News!', { state: 'failed', error: '21610' });
    await carrierOptOut(open.context, { delivery: failed._id, code: '21610', at: new Date() });
    const { replies } = await gateway.text(person, 'JOIN');
    expect(replies.at(-1)).to.match(/YES/);
    await gateway.text(person, 'YES');
    expect((await facts(person)).states).to.deep.equal(['subscribed']);
  });

  it('ends only messages from one sender with 30004 on a network that blocks, and consent stands', async () => {
    const person = await subscriber();
    const over = { state: 'planned' as const, owner: null, leaseUntil: null };
    const same = await plant(open, person, 'Deals!', over);
    const other = await plant(open, person, 'Deals!', { ...over, sender: SENDERS.stylist.number });
    const failed = await plant(open, person, 'News!', { state: 'undelivered', error: '30004' });
    const { said, log } = listening();
    await carrierOptOut({ ...open.context, log }, { delivery: failed._id, code: '30004', at: new Date() });
    expect(said).to.deep.equal(['info: the carrier blocks our messages to a number']);
    expect(await facts(person)).to.deep.equal({
      states: ['subscribed'],
      rows: ['carrier sender:28555 1'],
      last: [by('carrier-blocked', 'sender:28555', '30004')],
    });
    expect((await rowOf(gateway.store, same)).state).to.equal('canceled');
    expect((await rowOf(gateway.store, other)).state).to.equal('planned');
  });

  it('is one opt-out when it comes again or with many messages, and cancels each time what was planned since', async () => {
    const person = await subscriber();
    const failed = await plant(open, person, 'News!', { state: 'failed', error: '21610' });
    const tell = () => carrierOptOut(open.context, { delivery: failed._id, code: '21610', at: new Date() });
    await Promise.all([tell(), tell(), tell()]);
    const first = await facts(person);
    const since = await plant(open, person, 'Deals!', { state: 'planned', owner: null, leaseUntil: null });
    await tell();
    expect(await facts(person)).to.deep.equal(first);
    expect(await withdrawals(gateway, person)).to.equal(1);
    expect((await rowOf(gateway.store, since)).state).to.equal('canceled');
  });

  it('ends consent before its receipt is answered, records the failure on the row and leaves no work', async () => {
    const person = await subscriber();
    const row = await plant(open, person, 'News!', { state: 'accepted' });
    const sid = newSid();
    await createReceiptRecorder(
      gateway.store,
      open.context,
    )({
      carrierSid: sid,
      status: 'failed',
      error: '21610',
      doneDate: null,
      at: new Date(),
      attempt: { delivery: row._id, epoch: 1 },
      ...{ to: null, from: null },
    });
    expect((await facts(person)).states).to.deep.equal(['unsubscribed']);
    expect(await rowOf(gateway.store, row)).to.include({ state: 'failed', error: '21610' });
    expect(await gateway.store.receipts.countDocuments({ carrierSid: sid })).to.equal(0);
  });

  it('ends nothing when its message left before a STOP, a new JOIN and its YES', async () => {
    const person = await subscriber();
    const decision = { allowed: true, reasons: [], at: new Date() };
    const row = await plant(open, person, 'News!', { state: 'accepted', decision });
    for (const body of ['STOP', 'JOIN', 'YES']) await gateway.text(person, body);
    const planned = await plant(open, person, 'Deals!', { state: 'planned', owner: null, leaseUntil: null });
    const posted = { carrierSid: newSid(), status: 'failed', error: '21610', doneDate: null, at: new Date() };
    const attempt = { delivery: row._id, epoch: 1 };
    await createReceiptRecorder(gateway.store, open.context)({ ...posted, attempt, to: null, from: null });
    expect((await facts(person)).states).to.deep.equal(['subscribed']);
    expect((await rowOf(gateway.store, planned)).state).to.equal('planned');
    expect(await gateway.store.receipts.countDocuments({ carrierSid: posted.carrierSid })).to.equal(0);
  });

  it('is completed by the job when the process of its receipt ended halfway', async () => {
    const person = await subscriber();
    const row = await plant(open, person, 'News!', { state: 'accepted' });
    const receipt = {
      carrierSid: newSid(),
      status: 'failed',
      error: '21610',
      doneDate: null,
      at: new Date(),
      attempt: { delivery: row._id, epoch: 1 },
      ...{ to: null, from: null },
    };
    // Without a context the receipt is applied to the row, and nothing else is done.
    await createReceiptRecorder(gateway.store, null)(receipt);
    expect((await facts(person)).states).to.deep.equal(['subscribed']);
    await matchWaitingReceipts(late.context);
    expect((await facts(person)).states).to.deep.equal(['unsubscribed']);
    expect(await gateway.store.receipts.countDocuments({ carrierSid: receipt.carrierSid })).to.equal(0);
  });

  it("is completed by the job when the process that read the carrier's list ended halfway", async () => {
    const person = await subscriber();
    const row = await plant(open, person, 'News!', { state: 'unknown' });
    const times = { createdAt: new Date(), updatedAt: null };
    const listed = { sid: newSid(), status: 'failed', errorCode: '21610', ...times };
    // The writer of consent is away: it goes as far as the fold.
    const writer = { ...open.context.writer, submit: () => Promise.reject(new Error('the process ends')) };
    const ended = await applyListedStatus({ ...open.context, writer }, row, listed).catch(() => 'ended');
    expect(ended).to.equal('ended');
    await matchWaitingReceipts(late.context);
    expect((await facts(person)).states).to.deep.equal(['unsubscribed']);
    expect(await gateway.store.receipts.countDocuments({ delivery: row._id })).to.equal(0);
  });

  it('changes nothing for an unknown delivery or person', async () => {
    await carrierOptOut(open.context, { delivery: 'd_of-nobody', code: '21610', at: new Date() });
    const person = await subscriber();
    const row = await plant(open, person, 'News!', { contact: 'c_gone', state: 'failed' }).catch(() => null);
    if (row !== null) await carrierOptOut(open.context, { delivery: row._id, code: '21610', at: new Date() });
    expect((await facts(person)).states).to.deep.equal(['subscribed']);
  });
});
