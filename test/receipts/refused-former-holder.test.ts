import { expect } from 'chai';
import { SENDERS } from '../../scripts/seed/programs.ts';
import { carrierOptOut } from '../../src/consent/carrier-opt-out.ts';
import type { OpenedContext } from '../../src/open-context.ts';
import { newPerson } from '../promises/inbound-posts.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { contextOf, plant, rowOf } from './rows.ts';

describe("a carrier's report that the former holder of a number opted out", () => {
  let gateway: Gateway;
  let open: OpenedContext;
  before(async () => {
    gateway = await startGateway({ worker: 'replies' });
    open = await contextOf(gateway);
  });
  after(async () => {
    await open.close();
    await gateway.stop();
  });

  it('keeps the block, cancels what it stops, and changes nothing that the next holder agreed to', async () => {
    const person = newPerson();
    for (const body of ['JOIN', 'YES']) await gateway.text(person, body);
    const by = { sender: SENDERS.stylist.number };
    const decision = { allowed: true, reasons: [], at: new Date() };
    const row = await plant(open, person, 'Curls!', { state: 'accepted', decision, ...by });
    for (const body of ['wrong number', 'JOIN', 'YES']) await gateway.text(person, body);
    const index = open.context.indexOf(person);
    const holder = () => gateway.store.contacts.findOne({ index, current: true });
    const { _id: contact = '', rev = 0 } = (await holder()) ?? {};
    expect(contact).not.to.be.oneOf(['', row.contact]);
    const over = { state: 'planned' as const, owner: null, leaseUntil: null, contact, rev };
    const other = await plant(open, person, 'Deals!', over);
    for (const _ of ['told', 'told again']) {
      const same = await plant(open, person, 'Curls!', { ...over, ...by });
      await carrierOptOut(open.context, { delivery: row._id, code: '21610', at: new Date() });
      expect((await rowOf(gateway.store, same)).state).to.equal('canceled');
    }
    expect((await holder())?.subscriptions.map(({ state }) => state)).to.deep.equal(['subscribed']);
    expect((await rowOf(gateway.store, other)).state).to.equal('planned');
    const block = { index, kind: 'carrier' as const, scope: `sender:${by.sender}` as const };
    expect(await gateway.store.suppressions.findOne(block)).to.include({ generation: 1 });
  });

  it('creates no contact when nobody has the number since', async () => {
    const person = newPerson();
    for (const body of ['JOIN', 'YES']) await gateway.text(person, body);
    const row = await plant(open, person, 'Deals!', { state: 'failed', error: '21610' });
    const index = open.context.indexOf(person);
    await gateway.store.contacts.updateOne({ index }, { $set: { current: false } });
    await carrierOptOut(open.context, { delivery: row._id, code: '21610', at: new Date() });
    expect(await gateway.store.contacts.countDocuments({ index })).to.equal(1);
    expect(await gateway.store.suppressions.countDocuments({ index })).to.equal(0);
  });
});
