import { expect } from 'chai';
import { SENDERS } from '../../scripts/seed/programs.ts';
import { isStanding } from '../../src/domain/consent/suppression.ts';
import type { OpenedContext } from '../../src/open-context.ts';
import { matchWaitingReceipts } from '../../src/receipts/adopt-receipts.ts';
import { type Client, newClient } from '../api/client.ts';
import { newPerson } from '../promises/inbound-posts.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { signedPost } from '../support/signed-post.ts';
import { contextOf, newDelivery, newSid, plant, rowOf } from './rows.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const ELSEWHERE = '+15550009999';
const STYLIST = SENDERS.stylist.number;

describe('a receipt about an opt-out for a message that is none of our deliveries', () => {
  let gateway: Gateway;
  let open: OpenedContext;
  let client: Client;
  let ahead = 0;
  /** How far the clock of the gateway that accepted the receipts is ahead, in ms. */
  let served = 0;
  before(async () => {
    gateway = await startGateway({ worker: 'replies', now: () => new Date(Date.now() + served) });
    client = await newClient(gateway);
    open = await contextOf(gateway, () => new Date(Date.now() + ahead));
  });
  beforeEach(async () => {
    ahead = MINUTE;
    served = 0;
    await gateway.store.receipts.deleteMany({});
  });
  after(async () => {
    await open.close();
    await gateway.stop();
  });

  const subscriber = async (): Promise<string> => {
    const person = newPerson();
    for (const body of ['JOIN', 'YES']) await gateway.text(person, body);
    return person;
  };
  const post = async (To: string, more: Record<string, string> = {}, query = ''): Promise<string> => {
    const MessageSid = newSid();
    const fields = { MessageSid, MessageStatus: 'failed', ErrorCode: '21610', To, From: '28555', ...more };
    const url = `${gateway.url}/webhooks/twilio/status${query}`;
    const { status } = await signedPost(gateway.config.twilio.authToken, url, Object.entries(fields));
    expect(status).to.equal(204);
    return MessageSid;
  };
  const stateOf = async (person: string) => {
    const index = open.context.indexOf(person);
    const contact = await gateway.store.contacts.findOne({ index, current: true });
    return contact?.subscriptions[0]?.state;
  };
  const blocks = async (person: string): Promise<string[]> => {
    const rows = await gateway.store.suppressions.find({ index: open.context.indexOf(person) }).toArray();
    return rows.filter((row) => row.kind === 'carrier' && isStanding(row, null)).map(({ scope }) => scope);
  };
  const kept = (carrierSid: string) => gateway.store.receipts.findOne({ carrierSid });

  it('opts the recipient out at the first try, once, with what is known as evidence', async () => {
    const person = await subscriber();
    const sid = await post(person);
    expect(await kept(sid)).to.include({ sender: '28555', index: open.context.indexOf(person) });
    expect(await matchWaitingReceipts(open.context)).to.deep.equal({ adopted: 0, orphaned: 0 });
    expect(await stateOf(person)).to.equal('unsubscribed');
    const found = await gateway.store.contacts.findOne({ index: open.context.indexOf(person) });
    const ledger = () => gateway.store.consentEvents.find({ contact: found?._id ?? '' }).toArray();
    const before = await ledger();
    expect(
      before.slice(-2).map(({ kind, scope, actor, reason }) => [kind, scope, actor, reason]),
    ).to.deep.equal([
      ['carrier-blocked', 'sender:28555', 'carrier', 'carrier error 21610'],
      ['withdrawn', 'all', 'carrier', 'carrier error 21610'],
    ]);
    ahead = HOUR;
    await matchWaitingReceipts(open.context);
    expect(await ledger()).to.have.length(before.length);
    // An hour on may be the next day.
    served = ahead;
    const { items } = (await client('get', '/reports/list-quality/removed')).body;
    const removed = items.filter(({ contact }: { contact: string }) => contact === found?._id);
    expect(
      removed.map(({ rule, receipts }: { rule: string; receipts: object[] }) => [rule, receipts]),
    ).to.deep.equal([
      ['carrier error 21610', []],
      ['carrier error 21610', []],
    ]);
  });

  it('opts the recipient out on another channel of the carrier, as by text', async () => {
    for (const channel of ['rcs', 'RCS', 'whatsapp']) {
      const person = await subscriber();
      const sid = await post(`${channel}:${person}`, { From: STYLIST.replace(/^/, `${channel}:`) });
      expect(await kept(sid), channel).to.include({ sender: STYLIST, index: open.context.indexOf(person) });
      await matchWaitingReceipts(open.context);
      expect(await blocks(person), channel).to.have.length(1);
    }
  });

  it('leaves alone at later tries a person who has opted in on another number since', async () => {
    const [asked, back] = [newPerson(), newPerson()];
    for (const person of [asked, back]) {
      for (const body of ['STYLE', 'YES']) await gateway.text(person, body, STYLIST);
      await post(person, { From: STYLIST });
    }
    await matchWaitingReceipts(open.context);
    for (const person of [asked, back]) expect(await stateOf(person)).to.equal('unsubscribed');
    for (const person of [asked, back]) await gateway.text(person, 'JOIN');
    await gateway.text(back, 'YES');
    // Told again, by another message that left before the first was refused.
    await post(back, { From: STYLIST });
    const planned = await plant(open, back, 'Deals!', { state: 'planned', owner: null, leaseUntil: null });
    for (const hours of [1, 2]) {
      ahead = hours * HOUR;
      await matchWaitingReceipts(open.context);
    }
    expect((await rowOf(gateway.store, planned)).state).to.equal('planned');
    await gateway.text(asked, 'YES');
    for (const person of [asked, back]) {
      const contact = await gateway.store.contacts.findOne({ index: open.context.indexOf(person) });
      expect(contact?.subscriptions.map(({ program, state }) => [program, state])).to.have.deep.members([
        ['stylist', 'unsubscribed'],
        ['deals', 'subscribed'],
      ]);
    }
  });

  it('leaves alone at later tries a person who has opted in on the same number since', async () => {
    const person = await subscriber();
    await post(person);
    await matchWaitingReceipts(open.context);
    expect(await stateOf(person)).to.equal('unsubscribed');
    // A receipt about another message says nothing new while that block stands.
    await post(person);
    await gateway.text(person, 'JOIN');
    for (const hours of [1, 2]) {
      ahead = hours * HOUR;
      await matchWaitingReceipts(open.context);
      expect(await blocks(person)).to.deep.equal([]);
    }
    await gateway.text(person, 'YES');
    expect(await stateOf(person)).to.equal('subscribed');
  });

  it('opts the recipient out when it names a lost delivery, once that is tried no more', async () => {
    const person = await subscriber();
    await post(person, {}, `?d=${newDelivery()}.1`);
    ahead = 6.9 * DAY;
    expect(await matchWaitingReceipts(open.context)).to.deep.equal({ adopted: 0, orphaned: 0 });
    expect(await stateOf(person)).to.equal('subscribed');
    ahead = 8 * DAY;
    expect(await matchWaitingReceipts(open.context)).to.deep.equal({ adopted: 0, orphaned: 1 });
    expect(await stateOf(person)).to.equal('unsubscribed');
  });

  it('spares what they confirmed since on another number, and ends the rest, when it comes a week late', async () => {
    const person = newPerson();
    for (const body of ['STYLE', 'YES']) await gateway.text(person, body, STYLIST);
    await post(person, { From: STYLIST }, `?d=${newDelivery()}.1`);
    for (const body of ['JOIN', 'YES']) await gateway.text(person, body);
    const over = { state: 'planned' as const, owner: null, leaseUntil: null };
    const [kept, ended] = [
      await plant(open, person, 'Deals!', over),
      await plant(open, person, 'Curls!', { ...over, sender: STYLIST, program: 'stylist', topic: 'looks' }),
    ];
    ahead = 8 * DAY;
    expect(await matchWaitingReceipts(open.context)).to.deep.equal({ adopted: 0, orphaned: 1 });
    const contact = await gateway.store.contacts.findOne({ index: open.context.indexOf(person) });
    expect(contact?.subscriptions.map(({ program, state }) => [program, state])).to.have.deep.members([
      ['stylist', 'unsubscribed'],
      ['deals', 'subscribed'],
    ]);
    expect(await blocks(person)).to.deep.equal([`sender:${STYLIST}`]);
    expect((await rowOf(gateway.store, kept)).state).to.equal('planned');
    expect((await rowOf(gateway.store, ended)).state).to.equal('canceled');
  });

  it('ends nothing for the next holder, whose prompt stays open, since the block belongs to the number', async () => {
    const person = await subscriber();
    await post(person, { From: STYLIST }, `?d=${newDelivery()}.1`);
    for (const body of ['wrong number', 'JOIN']) await gateway.text(person, body);
    ahead = 8 * DAY;
    await matchWaitingReceipts(open.context);
    expect(await blocks(person)).to.deep.equal([`sender:${STYLIST}`]);
    await gateway.text(person, 'YES');
    expect(await stateOf(person)).to.equal('subscribed');
  });

  it('waits for the key of the recipient, and ends as an orphan when that is lost for good', async () => {
    const person = await subscriber();
    const index = open.context.indexOf(person);
    await gateway.store.contacts.updateOne({ index }, { $set: { 'keys.profile.by': 'k-lost' } });
    const sid = await post(person);
    const run = () => matchWaitingReceipts(open.context).catch((error: Error) => error.name);
    ahead = 8 * DAY;
    expect(await run()).to.equal('KeyMissing');
    expect(await kept(sid)).not.to.have.property('orphanAt');
    const mark = { _id: 'key ring k-lost', at: open.context.now(), value: 'lost' };
    await gateway.store.marks.insertOne(mark);
    ahead = 9 * DAY;
    expect(await run()).to.deep.equal({ adopted: 0, orphaned: 1 });
    expect(await stateOf(person)).to.equal('subscribed');
  });

  it('ends nothing when it came from a number that is not ours, which is stored nowhere', async () => {
    const person = await subscriber();
    const sid = await post(person, { From: ELSEWHERE });
    expect(JSON.stringify(await kept(sid))).not.to.contain(ELSEWHERE.slice(1));
    await matchWaitingReceipts(open.context);
    expect(await stateOf(person)).to.equal('subscribed');
  });

  it("ends nothing when it need not be the recipient's wish, nor when they opted in again since", async () => {
    const [blocked, back] = [await subscriber(), await subscriber()];
    await post(blocked, { ErrorCode: '30004' });
    await post(back);
    for (const body of ['STOP', 'JOIN', 'YES']) await gateway.text(back, body);
    await matchWaitingReceipts(open.context);
    expect([await stateOf(blocked), await stateOf(back)]).to.deep.equal(['subscribed', 'subscribed']);
    const index = open.context.indexOf(blocked);
    expect(await gateway.store.suppressions.countDocuments({ index })).to.equal(0);
  });

  it('waits for its turn while others are given up untried: more came than an hour allows', async () => {
    const person = await subscriber();
    for (let at = 0; at < 5; at += 1) await post(newPerson());
    for (let at = 0; at < 5; at += 1) await post(newPerson(), { From: ELSEWHERE });
    const sid = await post(person);
    const since = (ms: number) => ({ $set: { tryAt: new Date(Date.now() + ahead - ms) } });
    await gateway.store.receipts.updateMany({}, since(3 * HOUR));
    await gateway.store.receipts.updateMany({ sender: { $exists: true } }, since(2 * HOUR));
    expect(await matchWaitingReceipts(open.context, 2)).to.deep.equal({ adopted: 0, orphaned: 3 });
    expect(await kept(sid))
      .to.include({ tries: 0 })
      .and.not.to.have.property('orphanAt');
    await matchWaitingReceipts(open.context);
    expect(await stateOf(person)).to.equal('unsubscribed');
  });
});
