import { expect } from 'chai';
import { sweepAll } from '../../../src/receipts/bounce-sweep.ts';
import { writeClassedCode } from '../../../src/store/senders/error-codes.ts';
import { incidentId } from '../../../src/store/senders/incidents.ts';
import { type BounceHarness, daysAgo, NOW, openBounceHarness } from './bounce-harness.ts';

const FREE = { most: Number.POSITIVE_INFINITY, goOn: () => true };
const NOTHING = { ended: 0, suppressed: 0, restored: 0 };

describe('a suppression whose failures turn out not to count', () => {
  let ground: BounceHarness;
  before(async () => {
    ground = await openBounceHarness();
  });
  beforeEach(async () => {
    const { store } = ground.gateway;
    for (const name of ['contacts', 'deliveries', 'suppressions', 'consentEvents', 'incidents'] as const) {
      await store.db.collection(name).deleteMany({});
    }
    await store.marks.deleteMany({ _id: /^(bounce|error classes)/ });
  });
  after(() => ground.close());

  const closed = async (words: string): Promise<string> => {
    const contact = await ground.addPerson();
    await ground.addMessages(contact, words);
    await sweepAll(ground.context, FREE);
    expect(await ground.standing(contact)).to.contain('suppressed all');
    return contact;
  };
  const arrives = (contact: string, days: number) =>
    ground.gateway.store.deliveries.updateMany(
      { contact, createdAt: daysAgo(days) },
      { $set: { state: 'delivered' }, $unset: { error: '' } },
    );
  /** Runs two nights. The first one restores so many suppressions or does these things, and the second nothing. */
  const night = async (contact: string, done: number | Partial<typeof NOTHING>): Promise<string> => {
    const counts = typeof done === 'number' ? { restored: done } : done;
    expect(await sweepAll(ground.context, FREE)).to.include({ ...NOTHING, ...counts });
    expect(await sweepAll(ground.context, FREE)).to.include(NOTHING);
    return ground.standing(contact);
  };

  it('is lifted when one of three messages was delivered, and stands when other failures suffice', async () => {
    const contact = await closed('5 30003, 4 30003, 3 30003');
    await arrives(contact, 5);
    expect(await night(contact, 1)).to.equal('subscribed');
    const events = await ground.gateway.store.consentEvents.find({ contact }).sort({ seq: 1 }).toArray();
    const reason = 'a failure that it rested on does not count';
    expect(events.at(-1)).to.include({ kind: 'number-restored', scope: 'all', reason });

    const other = await closed('6 30003, 5 30003, 4 30003, 3 30003');
    await arrives(other, 6);
    expect(await night(other, 0)).to.equal('subscribed, suppressed all');
  });

  it('is lifted when an hour became an incident later, and stands again when that is dismissed', async () => {
    const contact = await closed('5 30003, 4 30003, 2.5 30003');
    const [of, key, hour] = ['reach', 'sender 28555', daysAgo(4)] as const;
    const row = { of, key, hour, ended: 9, failed: 9, numbers: 9, usual: 0.04, codes: [] };
    const _id = incidentId(of, key, hour);
    const { incidents } = ground.gateway.store;
    await incidents.insertOne({ _id, ...row });
    expect(await night(contact, 1)).to.equal('subscribed');
    await incidents.updateOne({ _id }, { $set: { dismissed: { by: 'key:1', at: NOW, note: 'x' } } });
    expect(await night(contact, { suppressed: 1 })).to.equal('subscribed, suppressed all');
    await incidents.deleteOne({ _id });
    expect(await night(contact, 0)).to.equal('subscribed, suppressed all');
  });

  it('stands again when other failures of that time turn up, and not once its holder has texted', async () => {
    const contact = await closed('5 30003, 4 30003, 3 30003');
    await arrives(contact, 5);
    expect(await night(contact, 1)).to.equal('subscribed');
    await ground.addMessages(contact, '4.6 30003');
    expect(await night(contact, { suppressed: 1 })).to.equal('subscribed, suppressed all');
    await arrives(contact, 4.6);
    expect(await night(contact, 1)).to.equal('subscribed');
    await ground.gateway.store.contacts.updateOne({ _id: contact }, { $set: { repliedAt: daysAgo(2) } });
    await ground.addMessages(contact, '4.55 30003');
    expect(await night(contact, 0)).to.equal('subscribed');
  });

  it('stands when Lookup said that the number takes no texts, unless something has proved it since', async () => {
    const contact = await closed('5 30003, 4 30003, 3 30003');
    const say = (line: 'landline' | 'mobile', days: number) => {
      const verified = {
        ...{ at: daysAgo(days), source: 'twilio-lookup' as const, valid: true, line, untold: null },
        ...{ carrier: null, run: null },
      };
      return ground.gateway.store.contacts.updateOne({ _id: contact }, { $set: { verified } });
    };
    await arrives(contact, 4);
    await say('landline', 1);
    expect(await night(contact, 0)).to.equal('subscribed, suppressed all');
    await ground.addMessages(contact, '2 ok');
    expect(await night(contact, 0), 'it arrived before the answer').to.equal('subscribed, suppressed all');
    await say('landline', 2.5);
    expect(await night(contact, 1)).to.equal('subscribed');
  });

  it('is lifted when Lookup said that the number takes texts', async () => {
    const contact = await closed('5 30003, 4 30003, 3 30003');
    await arrives(contact, 4);
    const verified = {
      ...{ at: daysAgo(1), source: 'twilio-lookup' as const, valid: true, line: 'mobile' as const },
      ...{ untold: null, carrier: null, run: null },
    };
    await ground.gateway.store.contacts.updateOne({ _id: contact }, { $set: { verified } });
    expect(await night(contact, 1)).to.equal('subscribed');
  });

  it('is lifted when an error code is classified anew, for all that rested on it', async () => {
    const classed = (as: 'unreachable' | 'network') =>
      writeClassedCode(ground.gateway.store, '39999', { class: as, note: 'x', by: 'key:1', at: NOW });
    await classed('unreachable');
    const contact = await closed('5 39999, 4 39999, 3 39999');
    await classed('network');
    expect(await night(contact, 1)).to.equal('subscribed');
  });

  /** A night whose time is over when it has read a page of all closed numbers. */
  const sweepToOnePage = () => {
    const { suppressions: kept } = ground.context.store;
    let pages = 0;
    const find = (...asked: Parameters<typeof kept.find>) => {
      if (asked[1]?.hint === 'rare-kinds') pages += 1;
      return kept.find(...asked);
    };
    const suppressions = Object.assign(Object.create(kept), { find });
    const context = { ...ground.context, store: { ...ground.context.store, suppressions } };
    return sweepAll(context, { ...FREE, goOn: () => pages === 0 });
  };

  it('is lifted on the following night when the time was over among many', async () => {
    const { store } = ground.gateway;
    const others = Array.from({ length: 1000 }, (_, at) => ({
      // The first in the order of ids.
      ...{ _id: store.objectId(String(at).padStart(24, '0')) },
      ...{ index: `nobody ${at}`, scope: 'all' as const, kind: 'hygiene' as const, generation: 1, lifts: {} },
      ...{ since: daysAgo(3), until: null, source: 'x', witnesses: ['gone'] },
    }));
    await store.suppressions.insertMany(others);
    const contact = await closed('5 30003, 4 30003, 3 30003');
    for (const days of [5, 4, 3]) await arrives(contact, days);
    expect(await sweepToOnePage()).to.include({ restored: 0 });
    expect(await sweepToOnePage()).to.include({ restored: 1 });
    expect(await ground.standing(contact)).to.equal('subscribed');
  });

  it('is lifted when a number that was said not to exist got the message, and its consent stays ended', async () => {
    const contact = await closed('3 30005');
    await arrives(contact, 3);
    await ground.gateway.store.deliveries.updateMany({ contact }, { $set: { finalAt: daysAgo(3) } });
    expect(await night(contact, 1)).to.equal('ended gone');
  });
});
