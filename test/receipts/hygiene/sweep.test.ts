import { expect } from 'chai';
import { recordNumberFinding } from '../../../src/consent/maintenance/number-findings.ts';
import type { Sweep } from '../../../src/receipts/bounce-sweep.ts';
import { sweepAll, sweepBounces } from '../../../src/receipts/bounce-sweep.ts';
import { removedNumbers } from '../../../src/reports/cleanup-report.ts';
import { readBudget } from '../../../src/store/contacts/verification.ts';
import { failuresAfter } from '../../../src/store/senders/bounces.ts';
import { type BounceHarness, daysAgo, NOW, openBounceHarness } from './bounce-harness.ts';
import { contextThatDiesAt } from './context-that-dies.ts';

const FREE = { most: Number.POSITIVE_INFINITY, goOn: () => true };
const NOTHING: Omit<Sweep, 'judged'> = { ended: 0, suppressed: 0, restored: 0 };

describe('the bounce sweep', () => {
  let ground: BounceHarness;
  before(async () => {
    ground = await openBounceHarness({ lookup: true });
  });
  const clear = async (): Promise<void> => {
    const { store } = ground.gateway;
    for (const name of ['contacts', 'deliveries', 'suppressions', 'consentEvents', 'incidents'] as const) {
      await store.db.collection(name).deleteMany({});
    }
    await store.marks.deleteMany({ _id: /^(bounce|error classes)/ });
  };
  beforeEach(clear);
  after(() => ground.close());

  const sweep = async (how = sweepBounces, most = FREE.most) => {
    const { judged: _, ...swept } = await how(ground.context, { ...FREE, most });
    return swept;
  };
  const someoneWith = async (words: string): Promise<string> => {
    const contact = await ground.addPerson();
    await ground.addMessages(contact, words);
    return contact;
  };

  it('ends consent, suppresses or does nothing, each number by its own messages', async () => {
    const rows: [words: string, standing: string][] = [
      ['3 30005', 'ended gone, suppressed all'],
      ['3 21614', 'ended not-mobile, suppressed all'],
      ['20 30003, 12 30003, 3 30008', 'subscribed, suppressed all'],
      ['20 30006, 12 30006, 3 30006', 'subscribed, suppressed sender:28555'],
      ['20 30003, 12 ok, 6 30003, 3 30003', 'subscribed'],
      ['20 30007, 12 30034, 6 30017, 3 39999', 'subscribed'],
      ['3 30005, 2 ok', 'subscribed'],
    ];
    const people = [];
    for (const [words] of rows) people.push(await someoneWith(words));
    expect(await sweep()).to.deep.equal({ ended: 2, suppressed: 2, restored: 0 });
    const standing = await Promise.all(people.map(ground.standing));
    expect(standing).to.deep.equal(rows.map(([, expected]) => expected));
  });

  it('writes nothing the second time, also over all numbers or in another order', async () => {
    for (const words of ['3 30005', '20 30003, 12 30003, 3 30008', '20 30006, 12 30006, 3 30006'])
      await someoneWith(words);
    await sweep();
    const before = await ground.written();
    expect([await sweep(), await sweep(sweepAll), await sweep(sweepAll)]).to.deep.equal([
      ...[NOTHING, NOTHING, NOTHING],
    ]);
    await ground.gateway.store.marks.deleteMany({ _id: /^bounce/ });
    expect(await sweep()).to.deep.equal(NOTHING);
    expect(await ground.written()).to.equal(before);
  });

  it('closes a number to the one sender that cannot reach it, until that sender can', async () => {
    const [tollFree, ours] = ['+18005550100', '28555'];
    const contact = await ground.addPerson();
    await ground.addMessages(contact, '20 21612, 12 21612, 6 21612', { sender: tollFree });
    await ground.addMessages(contact, '20 ok, 12 ok, 6 ok, 3 ok', { sender: ours });
    expect(await sweep()).to.deep.equal({ ...NOTHING, suppressed: 1 });
    expect(await sweep(sweepAll)).to.deep.equal(NOTHING);
    expect(await ground.standing(contact)).to.equal(`subscribed, suppressed sender:${tollFree}`);
    await ground.addMessages(contact, '2 ok', { sender: tollFree });
    expect(await sweep(sweepAll)).to.deep.equal({ ...NOTHING, restored: 1 });
    expect(await ground.standing(contact)).to.equal('subscribed');
  });

  it('waits an hour before it believes a failure, and finds late failures at night', async () => {
    const fresh = await someoneWith('0.02 30005');
    const late = await ground.addPerson();
    const both = await someoneWith('4 30003, 0.02 30005');
    await sweep();
    await ground.addMessages(late, '5 30005');
    expect(await sweep()).to.deep.equal(NOTHING);
    expect(await sweep(sweepAll)).to.deep.equal({ ...NOTHING, ended: 1 });
    const standing = await Promise.all([fresh, both, late].map(ground.standing));
    expect(standing).to.deep.equal(['subscribed', 'subscribed', 'ended gone, suppressed all']);
  });

  it('looks a line up once a week when it may take no texts, and ends consent when it takes none', async () => {
    const line = { kind: 'line', type: 'landline', carrier: 'Copper' };
    await ground.gateway.sim('PUT', '/sim/behaviours', [
      { match: { prefix: '+1305' }, on: 'lookup', effect: line },
    ]);
    const [landline, mobile] = [await ground.addPerson('305'), await ground.addPerson('212')];
    for (const contact of [landline, mobile]) await ground.addMessages(contact, '3 30006');
    expect(await sweep()).to.deep.equal({ ...NOTHING, ended: 1 });
    expect([await ground.standing(landline), await ground.standing(mobile)]).to.deep.equal([
      ...['ended not-mobile, suppressed all', 'subscribed'],
    ]);
    const found = await ground.gateway.store.contacts.findOne({ _id: landline });
    expect(found?.verified).to.include({ line: 'landline', carrier: 'Copper' });
    const asked = () => ground.gateway.store.numberFacts.countDocuments({});
    const before = await asked();
    await ground.gateway.store.contacts.updateOne({ _id: mobile }, { $unset: { verified: 1 } });
    expect(await sweep(sweepAll)).to.deep.equal(NOTHING);
    expect(await asked()).to.equal(before);
  });

  it('gets an answer for each of many numbers when Lookup is slow', async () => {
    const { store, sim } = ground.gateway;
    const slow = { match: { prefix: '+1917' }, on: 'lookup', effect: { kind: 'delay', ms: 1000 } };
    await sim('PUT', '/sim/behaviours', [slow]);
    for (let at = 0; at < 40; at += 1) await ground.addMessages(await ground.addPerson('917'), '3 30006');
    const before = (await readBudget(store))?.used ?? 0;
    expect(await sweep()).to.deep.equal(NOTHING);
    expect(await store.contacts.countDocuments({ verified: { $exists: true } })).to.equal(40);
    expect((await readBudget(store))?.used).to.equal(before + 40);
  });

  it('ends no consent that was given after the failure', async () => {
    const contact = await someoneWith('3 30005');
    const { store } = ground.gateway;
    const since = daysAgo(2);
    const state = 'subscribed' as const;
    const other = {
      program: 'stylist',
      state,
      since,
      topics: ['looks'],
      purposes: ['marketing'],
      basis: null,
    };
    await store.contacts.updateOne({ _id: contact }, { $push: { subscriptions: other } });
    await sweep();
    expect(await ground.standing(contact)).to.equal('subscribed, ended gone, suppressed all');
    const found = await store.contacts.findOne({ _id: contact });
    expect(found?.subscriptions.map(({ program, state }) => `${program} ${state}`).sort()).to.deep.equal([
      ...['deals expired', 'stylist subscribed'],
    ]);
  });

  it('believes a text that came in after the failure', async () => {
    const contact = await someoneWith('3 30005');
    await ground.gateway.store.contacts.updateOne({ _id: contact }, { $set: { repliedAt: daysAgo(2) } });
    expect(await sweep()).to.deep.equal(NOTHING);
  });

  it('lifts a suppression once a message arrived, and leaves consent as it was', async () => {
    const contact = await someoneWith('20 30003, 12 30003, 5 30003');
    await sweep();
    expect(await ground.standing(contact)).to.contain('suppressed');
    await ground.addMessages(contact, '4 ok');
    expect(await sweep(sweepAll)).to.deep.equal({ ...NOTHING, restored: 1 });
    expect(await ground.standing(contact)).to.equal('subscribed');
    expect(await sweep(sweepAll)).to.deep.equal(NOTHING);
  });

  it('does not suppress again by failures that a text has lifted', async () => {
    const contact = await someoneWith('20 30003, 12 30003, 5 30003');
    await sweep();
    await recordNumberFinding(ground.context, {
      ...{ kind: 'restore', contact, source: 'a text from it came in', at: daysAgo(1) },
      ...{ job: 'test', rules: 'test-1', receipts: [] },
    });
    expect(await ground.standing(contact)).to.equal('subscribed');
    expect(await sweep(sweepAll)).to.deep.equal(NOTHING);
  });

  it('stops at the next number when the job is told to stop, and goes on there in the next run', async () => {
    // The first look for incidents goes back for two months.
    await sweep();
    const people = ['3 30005', '4 30005', '5 30005'];
    for (const words of people) await someoneWith(words);
    const asked = async (most: number) => {
      let times = 0;
      const goOn = (): boolean => {
        times += 1;
        return times <= most;
      };
      return { ...(await sweepAll(ground.context, { ...FREE, goOn })), times };
    };
    const { times, ended } = await asked(Number.POSITIVE_INFINITY);
    expect(ended).to.equal(people.length);
    expect((await asked(times - people.length)).judged).to.equal(1);
    expect((await asked(Number.POSITIVE_INFINITY)).judged).to.equal(2);
  });

  it('leaves the next holder of a number alone', async () => {
    const contact = await someoneWith('3 30005');
    const { store } = ground.gateway;
    await store.contacts.updateOne({ _id: contact }, { $set: { current: false, rev: 0 } });
    expect(await sweep()).to.deep.equal(NOTHING);
    expect(await store.suppressions.countDocuments({})).to.equal(0);
  });

  it('names in the ledger the receipts and the rule by which a number left', async () => {
    const contact = await someoneWith('20 30003, 12 30003, 5 30008');
    await sweep();
    const page = { from: daysAgo(1), to: new Date(NOW.getTime() + 1), after: null, limit: 5 };
    const [removed] = await removedNumbers(ground.context, page);
    expect(removed).to.include({ contact, what: 'suppressed', reason: 'messages failed on 3 days of 30' });
    expect(removed?.evidence?.receipts.map(({ code }) => code)).to.deep.equal(['30003', '30003', '30008']);
  });

  for (const how of [sweepBounces, sweepAll]) {
    it(`ends alike in slices, and when it is cut off at any step and run again: ${how.name}`, async () => {
      const words = ['3 30005', '20 30003, 12 30003, 5 30003', '8 30005, 4 30003', '3 30006', '9 21211'];
      const end = async (how: () => Promise<unknown>): Promise<string[]> => {
        await clear();
        const people = [];
        for (const each of words) people.push(await someoneWith(each));
        await how();
        return Promise.all(people.map(ground.standing));
      };
      const whole = await end(() => sweep(how));
      const sliced = await end(async () => {
        for (let run = 0; run < 4; run += 1) await sweep(how, 3);
      });
      expect(sliced).to.deep.equal(whole);
      const broken = await end(async () => {
        for (let step = 0; ; step += 1) {
          const done = await how(contextThatDiesAt(ground.context, step), FREE).then(
            () => true,
            () => false,
          );
          if (done) return expect(step).to.be.greaterThan(10);
        }
      });
      expect(broken).to.deep.equal(whole);
      expect(await sweep(sweepAll)).to.deep.equal(NOTHING);
    });
  }

  it('reads failures from their index alone', async () => {
    await someoneWith('20 30003, 12 30003, 5 30003, 4 ok');
    const { store } = ground.gateway;
    await store.db.command({ profile: 2 });
    const found = await failuresAfter(store, { at: daysAgo(15), id: '' }, { until: NOW, limit: 10 });
    await store.db.command({ profile: 0 });
    const seen = await store.db.collection('system.profile').findOne({ ns: /deliveries$/, nreturned: 2 });
    await store.db.collection('system.profile').drop();
    expect(found).to.have.length(2);
    expect(seen?.docsExamined).to.equal(0);
  });
});
