import { expect } from 'chai';
import { EMPTY_PROFILE } from '../../../src/domain/contacts/profile.ts';
import { receiptOf } from '../../../src/domain/receipt-order.ts';
import { deliverySentence } from '../../../src/domain/sending/delivery-sentence.ts';
import type { OpenContact } from '../../../src/store/contacts/open-contact.ts';
import { applyReceipts } from '../../../src/store/deliveries/apply-receipts.ts';
import type { DeliveryState } from '../../../src/store/deliveries/delivery.ts';
import { testPeople } from '../../support/people.ts';
import { type CapsHarness, openCapsHarness, programUnderCaps } from './caps-harness.ts';

const HOUR_MS = 3_600_000;

describe('caps at the dispatcher', () => {
  let rig: CapsHarness;
  before(async () => {
    rig = await openCapsHarness(testPeople('132'));
  });
  beforeEach(async () => {
    await rig.clear();
    // Their words say "4 msgs/month"; here the number of a day is looked at.
    const varies = { en: 'msg frequency varies', es: 'varía', fr: 'varie' };
    const deals = programUnderCaps('deals');
    const topics = deals.topics.map((topic) => ({ ...topic, frequency: varies }));
    rig.programs = [{ ...deals, frequency: varies, topics }, ...rig.programs.slice(1)];
  });
  after(() => rig.close());

  const after3 = async (hoursAgo = [20, 10, 5]): Promise<OpenContact> => {
    const holder = await rig.addPerson();
    for (const hours of hoursAgo) await rig.addSent(holder, hours);
    return holder;
  };
  const hoursFromNow = (date: Date | undefined): number => ((date?.getTime() ?? 0) - Date.now()) / HOUR_MS;

  it('let the third message of a day leave, hold the fourth back until the window frees, and let it leave then', async () => {
    const holder = await after3([20, 5]);
    const [third, fourth] = [await rig.plan(holder, { dueAt: new Date(1) }), await rig.plan(holder)];
    await rig.serve();
    expect(rig.handedOver).to.have.length(1);
    const left = rig.handedOver[0] === third ? fourth : third;
    await rig.serve(new Date(Date.now() + 6000));
    const held = await rig.row(left);
    expect([held.state, held.open, held.owner]).to.deep.equal(['planned', true, null]);
    expect(held.cappedBy).to.deep.include({ by: 'overall', count: 3, hours: 24 });
    expect(hoursFromNow(held.cappedBy?.frees)).to.be.closeTo(4, 0.01);
    expect(held.dueAt).to.deep.equal(held.cappedBy?.frees);
    expect(deliverySentence(held, new Date())).to.match(/^Waits .* had 3 in 24 h over all programs/);
    await rig.serve(new Date(held.dueAt.getTime() - 1));
    expect(rig.handedOver).to.have.length(1);
    await rig.serve(held.dueAt);
    expect(rig.handedOver).to.deep.equal([rig.handedOver[0], left]);
    expect((await rig.row(left)).state).to.equal('accepted');
  });

  const counts: [DeliveryState, boolean][] = [
    ['accepted', true],
    ['sent', true],
    ['delivered', true],
    ['undelivered', true],
    ['unknown', true],
    ['failed', false],
    ['skipped', false],
    ['canceled', false],
    ['expired', false],
    ['planned', false],
  ];
  for (const [state, does] of counts) {
    it(`${does ? 'count' : 'do not count'} messages that are ${state}`, async () => {
      const holder = await after3([20, 10]);
      await rig.addSent(holder, 5, { state, dueAt: new Date('2100-01-01') });
      const id = await rig.plan(holder);
      await rig.serve();
      expect(rig.handedOver).to.deep.equal(does ? [] : [id]);
    });
  }

  it('count a claim of a process that died, and messages of unknown outcome', async () => {
    const holder = await after3([20, 10]);
    await rig.addSent(holder, 0, { state: 'sending', open: true, owner: 'the dead' });
    const id = await rig.plan(holder);
    await rig.serve();
    const waits = await rig.row(id);
    expect([waits.state, waits.cappedBy, rig.handedOver]).to.deep.equal(['planned', undefined, []]);
    expect(waits.dueAt.getTime() - Date.now()).to.be.within(0, 5500);
    await rig.store.deliveries.updateOne({ owner: 'the dead' }, { $set: { state: 'unknown' } });
    await rig.serve(waits.dueAt);
    expect((await rig.row(id)).cappedBy).to.deep.include({ by: 'overall' });
  });

  it('count no replies, prompts or transactional messages over all programs', async () => {
    const holder = await rig.addPerson();
    for (const of of ['reply', 'help', 'prompt', 'opt-out-confirmation', 'transactional'] as const)
      await rig.addSent(holder, 1, { class: of });
    const id = await rig.plan(holder);
    await rig.serve();
    expect(rig.handedOver).to.deep.equal([id]);
  });

  it('neither bind nor count tests to staff', async () => {
    const [full, two] = [await after3(), await after3([20, 10])];
    await rig.addSent(two, 1, { test: true });
    const ids = [await rig.plan(full, { test: true }), await rig.plan(two)];
    await rig.serve();
    expect(rig.handedOver).to.have.members(ids);
  });

  it('bind no reply, however much marketing there was', async () => {
    const holder = await after3();
    const answers = { sid: 'SM1', receivedAt: new Date() };
    const id = await rig.plan(holder, { class: 'help', lane: '0-answers', answers });
    await rig.serve();
    expect(rig.handedOver).to.deep.equal([id]);
  });

  it('skip a message that is not to wait, or could not wait so long, with the reason and the cap', async () => {
    const [a, b] = [await after3(), await after3()];
    const skipped = await rig.plan(a, { ifCapped: 'skip' });
    const late = await rig.plan(b, { validUntil: new Date(Date.now() + HOUR_MS) });
    await rig.serve();
    for (const id of [skipped, late]) {
      const row = await rig.row(id);
      expect([row.state, row.open, row.decision?.reasons]).to.deep.equal(['skipped', undefined, ['capped']]);
      expect(row.cappedBy).to.deep.include({ by: 'overall', count: 3 });
      expect(deliverySentence(row, new Date())).to.match(/^Not sent: .* 3 in 24 h over all programs/);
    }
  });

  it('bind by law where a program allows more, in every place where a person may be', async () => {
    rig.programs = [
      { ...(rig.programs[0] as (typeof rig.programs)[0]), overallCap: { count: 9, hours: 24 } },
    ];
    const place = { ...EMPTY_PROFILE.place, country: 'US', zip: '10001', state: 'NY' };
    const [inNewYork, inFlorida] = [await after3(), await after3()];
    const ids = new Map<OpenContact, string>();
    for (const [holder, state, zip] of [
      [inNewYork, 'NY', '10001'],
      [inFlorida, 'FL', '33101'],
    ] as const) {
      const profile = { ...EMPTY_PROFILE, place: { ...place, state, zip } };
      await rig.store.contacts.updateOne({ _id: holder.id }, { $set: { profile } });
      ids.set(holder, await rig.plan(holder));
    }
    await rig.serve();
    expect(rig.handedOver).to.deep.equal([ids.get(inNewYork)]);
    expect((await rig.row(ids.get(inFlorida) ?? '')).cappedBy).to.deep.include({
      by: 'state',
      source: 'Fla. Stat. 501.616(6)(b)',
    });
  });

  it('bind by the frequency that a person accepted, whatever the program promises now', async () => {
    const [early, late] = [await after3([100]), await after3([100])];
    for (const [holder, version] of [
      [early, 1],
      [late, 2],
    ] as const) {
      const basis = { disclosure: { touchpoint: 'sms-prompt.en', version } };
      await rig.store.contacts.updateOne(
        { _id: holder.id },
        { $set: { 'subscriptions.0.basis': basis as never } },
      );
    }
    rig.promised = (program, shown) => ({
      frequencies: program === 'deals' && shown.version === 1 ? [{ count: 1, days: 30 }] : [],
      topics: ['deals'],
    });
    const [held, goes] = [await rig.plan(early), await rig.plan(late)];
    await rig.serve();
    expect(rig.handedOver).to.deep.equal([goes]);
    expect((await rig.row(held)).cappedBy).to.deep.include({ by: 'promise', count: 1, hours: 720 });
  });

  it('bind by the frequency that a person accepted on another number while that number is theirs', async () => {
    const ids: string[] = [];
    for (const current of [true, false]) {
      const [first, other] = [await after3([100]), await rig.addPerson()];
      const both = { _id: { $in: [first.id, other.id] } };
      await rig.store.contacts.updateMany(both, { $set: { personId: `p_${first.id.slice(2)}` } });
      const words = { 'subscriptions.0.basis': { disclosure: { touchpoint: 'sms-prompt.en', version: 1 } } };
      await rig.store.contacts.updateOne({ _id: other.id }, { $set: { current, ...words } as never });
      ids.push(await rig.plan(first));
    }
    rig.promised = () => ({ frequencies: [{ count: 1, days: 30 }], topics: ['deals'] });
    await rig.serve();
    expect(rig.handedOver).to.deep.equal(ids.slice(1));
  });

  it('bind by the accepted frequency for the topics it named, also when a JOIN turns on others now', async () => {
    const [deals, ...others] = rig.programs;
    if (deals === undefined) throw new Error('there is no program');
    const joinTopics = deals.topics.flatMap(({ id }) => (id === 'deals' ? [] : [id]));
    rig.programs = [{ ...deals, languages: ['en'], joinTopics }, ...others];
    const holder = await after3([100]);
    const basis = { disclosure: { touchpoint: 'sms-prompt.en', version: 1 } };
    await rig.store.contacts.updateOne(
      { _id: holder.id },
      { $set: { 'subscriptions.0.basis': basis as never } },
    );
    rig.promised = () => ({ frequencies: [{ count: 1, days: 30 }], topics: ['deals'] });
    const held = await rig.plan(holder);
    await rig.serve();
    expect(rig.handedOver).to.deep.equal([]);
    expect((await rig.row(held)).cappedBy).to.deep.include({ by: 'promise', count: 1, hours: 720 });
  });

  it('bind what has not left when they are changed during a campaign, and free it within a day', async () => {
    const [deals] = rig.programs;
    if (deals === undefined) throw new Error('there is no program');
    const say = (overallCap: { count: number; hours: number }): void => {
      rig.programs = [{ ...deals, overallCap }];
    };
    const holder = await after3([5]);
    const id = await rig.plan(holder, { lane: '2-flies' });
    say({ count: 1, hours: 240 });
    await rig.serve();
    const held = await rig.row(id);
    expect([held.cappedBy?.count, rig.handedOver]).to.deep.equal([1, []]);
    expect([hoursFromNow(held.cappedBy?.frees), hoursFromNow(held.dueAt)].map(Math.round)).to.deep.equal([
      235, 24,
    ]);
    say({ count: 2, hours: 240 });
    await rig.serve(held.dueAt);
    expect(rig.handedOver).to.deep.equal([id]);
    expect((await rig.row(id)).state).to.equal('accepted');
  });

  it('count a row that was put back when a receipt says that it left', async () => {
    const holder = await after3([20, 10]);
    await rig.addSent(holder, 5, { state: 'planned', dueAt: new Date('2100-01-01'), epoch: 1 });
    const row = await rig.store.deliveries.findOne({ state: 'planned' });
    const told = { delivery: row?._id ?? '', epoch: 1, carrierSid: 'SM9', error: null, doneDate: null };
    const receipt = receiptOf(told, { ...told, status: 'delivered', at: new Date() });
    if (receipt === null) throw new Error('it says nothing');
    await applyReceipts(rig.store, [receipt]);
    await rig.plan(holder);
    await rig.serve();
    expect(rig.handedOver).to.deep.equal([]);
  });
});
