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
  let harness: CapsHarness;
  before(async () => {
    harness = await openCapsHarness(testPeople('132'));
  });
  beforeEach(async () => {
    await harness.clear();
    // The programs promise "4 msgs/month", and these tests are about the daily cap.
    const varies = { en: 'msg frequency varies', es: 'varía', fr: 'varie' };
    const deals = programUnderCaps('deals');
    const topics = deals.topics.map((topic) => ({ ...topic, frequency: varies }));
    harness.programs = [{ ...deals, frequency: varies, topics }, ...harness.programs.slice(1)];
  });
  after(() => harness.close());

  const after3 = async (hoursAgo = [20, 10, 5]): Promise<OpenContact> => {
    const holder = await harness.addPerson();
    for (const hours of hoursAgo) await harness.addSent(holder, hours);
    return holder;
  };
  const hoursFromNow = (date: Date | undefined): number => ((date?.getTime() ?? 0) - Date.now()) / HOUR_MS;

  it('let the third message of a day leave, hold the fourth back until the window frees, and let it leave then', async () => {
    const holder = await after3([20, 5]);
    const [third, fourth] = [await harness.plan(holder, { dueAt: new Date(1) }), await harness.plan(holder)];
    await harness.serve();
    expect(harness.handedOver).to.have.length(1);
    const left = harness.handedOver[0] === third ? fourth : third;
    await harness.serve(new Date(Date.now() + 6000));
    const held = await harness.row(left);
    expect([held.state, held.open, held.owner]).to.deep.equal(['planned', true, null]);
    expect(held.cappedBy).to.deep.include({ by: 'overall', count: 3, hours: 24 });
    expect(hoursFromNow(held.cappedBy?.frees)).to.be.closeTo(4, 0.01);
    expect(held.dueAt).to.deep.equal(held.cappedBy?.frees);
    expect(deliverySentence(held, new Date())).to.match(/^Waits .* had 3 messages in 24 h over all programs/);
    await harness.serve(new Date(held.dueAt.getTime() - 1));
    expect(harness.handedOver).to.have.length(1);
    await harness.serve(held.dueAt);
    expect(harness.handedOver).to.deep.equal([harness.handedOver[0], left]);
    expect((await harness.row(left)).state).to.equal('accepted');
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
      await harness.addSent(holder, 5, { state, dueAt: new Date('2100-01-01') });
      const id = await harness.plan(holder);
      await harness.serve();
      expect(harness.handedOver).to.deep.equal(does ? [] : [id]);
    });
  }

  it('count a claim of a process that died, and messages of unknown outcome', async () => {
    const holder = await after3([20, 10]);
    await harness.addSent(holder, 0, { state: 'sending', open: true, owner: 'the dead' });
    const id = await harness.plan(holder);
    const asked = Date.now();
    await harness.serve();
    const waits = await harness.row(id);
    expect([waits.state, waits.cappedBy, harness.handedOver]).to.deep.equal(['planned', undefined, []]);
    expect(waits.dueAt.getTime()).to.be.within(asked, Date.now() + 5500);
    await harness.store.deliveries.updateOne({ owner: 'the dead' }, { $set: { state: 'unknown' } });
    await harness.serve(waits.dueAt);
    expect((await harness.row(id)).cappedBy).to.deep.include({ by: 'overall' });
  });

  it('count no replies, prompts or transactional messages over all programs', async () => {
    const holder = await harness.addPerson();
    for (const of of ['reply', 'help', 'prompt', 'opt-out-confirmation', 'transactional'] as const)
      await harness.addSent(holder, 1, { class: of });
    const id = await harness.plan(holder);
    await harness.serve();
    expect(harness.handedOver).to.deep.equal([id]);
  });

  it('neither bind nor count tests to staff', async () => {
    const [full, two] = [await after3(), await after3([20, 10])];
    await harness.addSent(two, 1, { test: true });
    const ids = [await harness.plan(full, { test: true }), await harness.plan(two)];
    await harness.serve();
    expect(harness.handedOver).to.have.members(ids);
  });

  it('bind no reply, however much marketing there was', async () => {
    const holder = await after3();
    const answers = { sid: 'SM1', receivedAt: new Date() };
    const id = await harness.plan(holder, { class: 'help', lane: '0-answers', answers });
    await harness.serve();
    expect(harness.handedOver).to.deep.equal([id]);
  });

  it('skip a message that is not to wait, or could not wait so long, with the reason and the cap', async () => {
    const [a, b] = [await after3(), await after3()];
    const skipped = await harness.plan(a, { ifCapped: 'skip' });
    const late = await harness.plan(b, { validUntil: new Date(Date.now() + HOUR_MS) });
    await harness.serve();
    for (const id of [skipped, late]) {
      const row = await harness.row(id);
      expect([row.state, row.open, row.decision?.reasons]).to.deep.equal(['skipped', undefined, ['capped']]);
      expect(row.cappedBy).to.deep.include({ by: 'overall', count: 3 });
      expect(deliverySentence(row, new Date())).to.match(
        /^Not sent: .* 3 messages in 24 h over all programs/,
      );
    }
  });

  it('bind by law where a program allows more, in every place where a person may be', async () => {
    harness.programs = [
      { ...(harness.programs[0] as (typeof harness.programs)[0]), overallCap: { count: 9, hours: 24 } },
    ];
    const place = { ...EMPTY_PROFILE.place, country: 'US', zip: '10001', state: 'NY' };
    const [inNewYork, inFlorida] = [await after3(), await after3()];
    const ids = new Map<OpenContact, string>();
    for (const [holder, state, zip] of [
      [inNewYork, 'NY', '10001'],
      [inFlorida, 'FL', '33101'],
    ] as const) {
      const profile = { ...EMPTY_PROFILE, place: { ...place, state, zip } };
      await harness.store.contacts.updateOne({ _id: holder.id }, { $set: { profile } });
      ids.set(holder, await harness.plan(holder));
    }
    await harness.serve();
    expect(harness.handedOver).to.deep.equal([ids.get(inNewYork)]);
    expect((await harness.row(ids.get(inFlorida) ?? '')).cappedBy).to.deep.include({
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
      await harness.store.contacts.updateOne(
        { _id: holder.id },
        { $set: { 'subscriptions.0.basis': basis as never } },
      );
    }
    harness.promised = (program, shown) => ({
      frequencies: program === 'deals' && shown.version === 1 ? [{ count: 1, days: 30 }] : [],
      topics: ['deals'],
    });
    const [held, goes] = [await harness.plan(early), await harness.plan(late)];
    await harness.serve();
    expect(harness.handedOver).to.deep.equal([goes]);
    expect((await harness.row(held)).cappedBy).to.deep.include({ by: 'promise', count: 1, hours: 720 });
  });

  it('bind by the frequency that a person accepted on another number while that number is theirs', async () => {
    const ids: string[] = [];
    for (const current of [true, false]) {
      const [first, other] = [await after3([100]), await harness.addPerson()];
      const both = { _id: { $in: [first.id, other.id] } };
      await harness.store.contacts.updateMany(both, { $set: { personId: `p_${first.id.slice(2)}` } });
      const words = { 'subscriptions.0.basis': { disclosure: { touchpoint: 'sms-prompt.en', version: 1 } } };
      await harness.store.contacts.updateOne({ _id: other.id }, { $set: { current, ...words } as never });
      ids.push(await harness.plan(first));
    }
    harness.promised = () => ({ frequencies: [{ count: 1, days: 30 }], topics: ['deals'] });
    await harness.serve();
    expect(harness.handedOver).to.deep.equal(ids.slice(1));
  });

  it('bind by the accepted frequency for the topics it named, also when a JOIN turns on others now', async () => {
    const [deals, ...others] = harness.programs;
    if (deals === undefined) throw new Error('there is no program');
    const joinTopics = deals.topics.flatMap(({ id }) => (id === 'deals' ? [] : [id]));
    harness.programs = [{ ...deals, languages: ['en'], joinTopics }, ...others];
    const holder = await after3([100]);
    const basis = { disclosure: { touchpoint: 'sms-prompt.en', version: 1 } };
    await harness.store.contacts.updateOne(
      { _id: holder.id },
      { $set: { 'subscriptions.0.basis': basis as never } },
    );
    harness.promised = () => ({ frequencies: [{ count: 1, days: 30 }], topics: ['deals'] });
    const held = await harness.plan(holder);
    await harness.serve();
    expect(harness.handedOver).to.deep.equal([]);
    expect((await harness.row(held)).cappedBy).to.deep.include({ by: 'promise', count: 1, hours: 720 });
  });

  it('bind what has not left when they are changed during a campaign, and free it within a day', async () => {
    const [deals] = harness.programs;
    if (deals === undefined) throw new Error('there is no program');
    const say = (overallCap: { count: number; hours: number }): void => {
      harness.programs = [{ ...deals, overallCap }];
    };
    const holder = await after3([5]);
    const id = await harness.plan(holder, { lane: '2-flies' });
    say({ count: 1, hours: 240 });
    await harness.serve();
    const held = await harness.row(id);
    expect([held.cappedBy?.count, harness.handedOver]).to.deep.equal([1, []]);
    expect([hoursFromNow(held.cappedBy?.frees), hoursFromNow(held.dueAt)].map(Math.round)).to.deep.equal([
      235, 24,
    ]);
    say({ count: 2, hours: 240 });
    await harness.serve(held.dueAt);
    expect(harness.handedOver).to.deep.equal([id]);
    expect((await harness.row(id)).state).to.equal('accepted');
  });

  it('count a row that was put back when a receipt says that it left', async () => {
    const holder = await after3([20, 10]);
    await harness.addSent(holder, 5, { state: 'planned', dueAt: new Date('2100-01-01'), epoch: 1 });
    const row = await harness.store.deliveries.findOne({ state: 'planned' });
    const told = { delivery: row?._id ?? '', epoch: 1, carrierSid: 'SM9', error: null, doneDate: null };
    const receipt = receiptOf(told, { ...told, status: 'delivered', at: new Date() });
    if (receipt === null) throw new Error('it says nothing');
    await applyReceipts(harness.store, [receipt]);
    await harness.plan(holder);
    await harness.serve();
    expect(harness.handedOver).to.deep.equal([]);
  });
});
