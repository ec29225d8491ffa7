import { expect } from 'chai';
import { PROGRAMS, SENDERS } from '../../../scripts/seed/programs.ts';
import { EMPTY_PROFILE } from '../../../src/domain/contacts/profile.ts';
import type { Program, Sender, Topic } from '../../../src/domain/program.ts';
import { blindIndex } from '../../../src/store/sealing/keys.ts';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import { SOME_ORIGIN } from '../../support/origins.ts';
import { addSubscriber, plannedFor } from '../../support/people.ts';
import { type ApiAnswer, type Client, newClient } from '../client.ts';

const FIRST = SENDERS.stylist;
const SECOND: Sender = { ...FIRST, number: '+15550100198' };
const { quietHours: _, ...deals } = PROGRAMS[0] as Program;
const news: Topic = { ...(deals.topics[1] as Topic), purpose: 'informational' };
const program: Program = {
  ...{ ...deals, numbers: [FIRST.number, SECOND.number] },
  ...{ topics: [deals.topics[0] as Topic, news], joinTopics: ['deals'] },
};
const DAY_MS = 86_400_000;

describe('a check whether a person may get a message now', () => {
  let gateway: Gateway;
  let client: Client;
  let shift = 0;
  /** The next time it is so many hours in UTC. */
  const turnTo = (hour: number): void => {
    const now = Date.now() + shift;
    const midnight = now - (now % DAY_MS);
    const today = midnight + hour * 3_600_000;
    shift += (today > now ? today : today + DAY_MS) - now;
  };
  before(async () => {
    turnTo(17);
    gateway = await startGateway({
      ...{ worker: false, senders: [FIRST, SECOND], programs: [program] },
      now: () => new Date(Date.now() + shift),
    });
    client = await newClient(gateway);
  });
  after(() => gateway.stop());

  /** A subscriber who knows the program by its second number. */
  const subscriber = async (phone: string): Promise<string> => {
    const { config, store } = gateway;
    const number = () => phone;
    const holder = await addSubscriber(store, { ring: config.keyRing, indexOf, number });
    const had = { sender: SECOND.number, state: 'delivered' as const, acceptedAt: new Date() };
    await store.deliveries.insertOne(plannedFor(holder, had));
    return holder.id;
  };
  const indexOf = (phone: string): string => blindIndex(gateway.config.blindIndexKeys, phone);
  const block = (phone: string, { number }: Sender) =>
    gateway.store.suppressions.insertOne({
      ...{ index: indexOf(phone), scope: `sender:${number}` },
      ...{ kind: 'carrier', generation: 1, since: new Date(), lifts: {}, until: null, origin: SOME_ORIGIN },
    });
  const check = async (contact: string, topic = 'deals') =>
    (await client('post', '/checks', { body: { contact, program: 'deals', topic } })).body;
  const standing = async (contact: string) => {
    const { subscriptions } = (await client('get', `/contacts/${contact}/status`)).body;
    return subscriptions[0];
  };
  let keys = 0;
  const send = (contact: string): Promise<ApiAnswer> =>
    client('post', '/messages', {
      headers: { 'Idempotency-Key': `check-${++keys}` },
      body: { contact, program: 'deals', topic: 'deals', text: 'Fernway: hello. STOP to end' },
    });
  const codesOf = (reasons: { code: string }[]): string[] => reasons.map(({ code }) => code);

  it('decides by the sender that the message would leave from', async () => {
    for (const [phone, blocked, state, reasons] of [
      ['+12125550101', [FIRST], 'planned', []],
      ['+12125550102', [SECOND], 'planned', []],
      ['+12125550109', [FIRST, SECOND], 'skipped', ['carrier-blocks']],
    ] as const) {
      const contact = await subscriber(phone);
      for (const sender of blocked) await block(phone, sender);
      const { allowed, reasons: why } = await check(contact);
      expect([allowed, codesOf(why)]).to.deep.equal([reasons.length === 0, reasons]);
      const { can_be_texted_now, why_not } = await standing(contact);
      expect([can_be_texted_now, codesOf(why_not)]).to.deep.equal([reasons.length === 0, reasons]);
      expect((await send(contact)).body.state).to.equal(state);
    }
  });

  it('refuses when no sender of the program may write to the person', async () => {
    const contact = await subscriber('+14165550102');
    const { allowed, reasons } = await check(contact);
    expect([allowed, codesOf(reasons)]).to.deep.equal([false, ['no-sender']]);
    expect((await standing(contact)).can_be_texted_now).to.equal(false);
    expect((await send(contact)).status).to.equal(422);
  });

  it('refuses without reading any sender when consent forbids the message', async () => {
    const contact = await subscriber('+12125550104');
    const ended = { 'subscriptions.0.state': 'unsubscribed' };
    await gateway.store.contacts.updateOne({ _id: contact }, { $set: ended });
    const { db } = gateway.store;
    await db.command({ profile: 2 });
    const { allowed, reasons } = await check(contact);
    const looks = db.collection('system.profile');
    expect(await looks.countDocuments({ ns: /\.(deliveries|senderStates)$/ })).to.equal(0);
    const { can_be_texted_now, why_not } = await standing(contact);
    await db.command({ profile: 0 });
    expect([allowed, codesOf(reasons)]).to.deep.equal([false, ['not-subscribed']]);
    expect([can_be_texted_now, codesOf(why_not)]).to.deep.equal([false, ['not-subscribed']]);
    // The status reads the last messages to the person once, and no sender.
    expect(await looks.countDocuments({ ns: /\.senderStates$/ })).to.equal(0);
    expect(await looks.countDocuments({ ns: /\.deliveries$/ })).to.equal(1);
  });

  it('refuses marketing in quiet hours and names the rule and the time from which it may go', async () => {
    const contact = await subscriber('+12125550103');
    const noon = await check(contact);
    expect([noon.allowed, noon.held]).to.deep.equal([true, null]);
    expect(await standing(contact)).to.deep.include({ can_be_texted_now: true, held: null });
    turnTo(7);
    const night = await check(contact);
    expect([night.allowed, codesOf(night.reasons)]).to.deep.equal([false, ['quiet-hours']]);
    const wait = Date.parse(night.held.until) - Date.parse(night.checked_at);
    expect(wait / 3_600_000).to.be.within(4.9, 6.1);
    expect(night.held.rule).to.match(/\S/);
    const { can_be_texted_now, why_not, held } = await standing(contact);
    expect([can_be_texted_now, codesOf(why_not), held]).to.deep.equal([false, ['quiet-hours'], night.held]);
    const { body } = await client('get', `/contacts/${contact}/status`);
    expect(body.sentence).to.match(
      /^Subscribed to .*; quiet hours keep marketing back until \w{3} \d{1,2}, \d{4}, \d{1,2}:\d\d [AP]M [A-Z]{2,4}\.$/,
    );
    const ordered = {
      'subscriptions.0.topics': ['deals', 'news'],
      'subscriptions.0.purposes': ['marketing', 'informational'],
    };
    await gateway.store.contacts.updateOne({ _id: contact }, { $set: ordered });
    expect(await check(contact, 'news')).to.deep.include({ allowed: true, held: null });
    const place = { ...EMPTY_PROFILE.place, zone: 'Pacific/Guam' };
    await gateway.store.contacts.updateOne(
      { _id: contact },
      { $set: { profile: { ...EMPTY_PROFILE, place } } },
    );
    const never = await check(contact);
    expect([never.allowed, never.held.until, codesOf(never.reasons)]).to.deep.equal([
      ...[false, null],
      ['quiet-hours'],
    ]);
    expect(await standing(contact)).to.deep.include({ can_be_texted_now: true, held: null });
  });
});
