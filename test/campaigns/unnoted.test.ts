import { expect } from 'chai';
import { noteCampaigns } from '../../src/campaigns/flight/note-campaigns.ts';
import { makeDueRuns } from '../../src/campaigns/flight/repeat.ts';
import { steerCampaign } from '../../src/campaigns/steer.ts';
import type { Tree } from '../../src/domain/segments/tree.ts';
import { writeDraft } from '../../src/store/campaigns/campaigns.ts';
import { sweepCanceled } from '../../src/store/campaigns/plan.ts';
import { until } from '../support/gateway.ts';
import { startTimeRig, type TimeRig } from './time-rig.ts';

const without = (...ids: string[]): Tree => ({
  kind: 'none',
  of: ids.map((campaign) => ({ kind: 'sent' as const, campaign })),
});

describe('a campaign whose segment asks who got another', () => {
  let rig: TimeRig;
  let people: string[] = [];
  before(async () => {
    rig = await startTimeRig('163');
    rig.at('2026-12-01T14:00:00Z');
    people = [await rig.someone(), await rig.someone()];
  });
  after(() => rig.stop());
  afterEach(async () => {
    await rig.rest();
    await rig.store.campaigns.deleteMany({});
    await rig.store.deliveries.deleteMany({});
    await rig.store.contacts.updateMany({}, { $unset: { sends: '' } });
  });

  const only = (at: number): Tree => ({ kind: 'contact', oneOf: [people[at] ?? ''] });
  const leave = (campaign: string) =>
    rig.store.deliveries.updateMany(
      { campaign, state: 'planned' },
      { $set: { state: 'accepted', acceptedAt: rig.now() }, $unset: { open: '' } },
    );
  /** As while it is planned by a process that stands still. */
  const unplanned = (id: string, complete = false) =>
    rig.store.campaigns.updateOne(
      { _id: id },
      { $set: { 'plan.complete': complete, 'plan.leaseUntil': complete ? null : new Date('2027-01-01') } },
    );
  const note = () => noteCampaigns(rig.desks[0]);
  const rested = async (id: string, why: RegExp) => {
    // A planner is at work from the first plan on.
    await rig.planned('beside');
    await until(`${id} waits, since ${why}`, async () => why.test((await rig.find(id)).halted?.why ?? ''));
    expect((await rig.find(id)).state).to.equal('sending');
  };
  const beside = () => rig.start('beside', {}, { segment: only(0) });
  const startsOf = (id: string, order: object, segment: Tree) => rig.start(id, order, { segment });

  it('begins once that one is over and noted, and leaves out who got it', async () => {
    rig.at('2026-12-01T14:00:00Z');
    await beside();
    await startsOf('first', {}, only(0));
    await rig.planned('first');
    await startsOf('rest', { at: new Date('2026-12-01T14:10:00Z') }, without('first'));
    rig.at('2026-12-01T14:10:00Z');
    await rested('rest', /^Its segment asks who got "first", .* still being sent\. It goes on by itself/);
    expect(await rig.store.deliveries.countDocuments({ campaign: 'rest' })).to.equal(0);
    await leave('first');
    await until('the end of the first', async () => (await rig.find('first')).state === 'finished');
    rig.at('2026-12-01T14:10:31Z');
    await rested('rest', /what that one sent is being noted/);
    await note();
    rig.at('2026-12-01T14:11:02Z');
    expect([...(await rig.planned('rest')).keys()]).to.deep.equal([people[1]]);
    expect(await rig.find('rest')).to.deep.include({ halted: null });
  });

  it('begins after a cancel of that one only when what a worker held has come to an end', async () => {
    rig.at('2026-12-01T15:00:00Z');
    await beside();
    await startsOf('first', {}, only(0));
    await rig.planned('first');
    await rig.rest();
    await rig.store.deliveries.updateOne({ campaign: 'first' }, { $set: { state: 'sending' } });
    await startsOf('rest', { at: new Date('2026-12-01T15:01:00Z') }, without('first'));
    await steerCampaign(rig.desks[0], 'first', 'cancel');
    rig.at('2026-12-01T15:01:00Z');
    await rested('rest', /what that one sent is being noted/);
    await rig.rest();
    const sweep = () =>
      sweepCanceled(rig.store, rig.now(), (_campaign, error) => {
        throw error;
      });
    await sweep();
    expect(await note()).to.deep.equal([]);
    await rig.store.deliveries.updateOne(
      { campaign: 'first' },
      { $set: { state: 'accepted', acceptedAt: rig.now() }, $unset: { open: '' } },
    );
    await sweep();
    expect(await note()).to.deep.equal(['first']);
    rig.at('2026-12-01T15:02:00Z');
    expect([...(await rig.planned('rest')).keys()]).to.deep.equal([people[1]]);
  });

  it('waits half-way too, where that one began meanwhile', async () => {
    rig.at('2026-12-01T16:00:00Z');
    await beside();
    await startsOf('first', {}, only(0));
    await rig.planned('first');
    await rig.rest();
    await startsOf('rest', { at: new Date('2026-12-01T16:01:00Z') }, without('first'));
    // As after a first slice with nobody in it.
    await rig.store.campaigns.updateOne({ _id: 'rest' }, { $set: { 'plan.cursor': 'c' } });
    rig.at('2026-12-01T16:01:00Z');
    await rested('rest', /still being sent/);
    expect((await rig.find('rest')).plan.cursor).to.equal('c');
    await steerCampaign(rig.desks[0], 'first', 'pause');
    rig.at('2026-12-01T16:01:31Z');
    await rested('rest', /that one is paused/);
  });

  it('says so where whoever’s hour passes meanwhile is left out', async () => {
    rig.at('2026-12-01T19:59:00Z');
    await beside();
    await startsOf('first', {}, only(0));
    await rig.planned('first');
    await rig.rest();
    await unplanned('first');
    const local = { date: '2026-12-02', minutes: 600, missed: 'skip' as const };
    await startsOf('rest', { local }, without('first'));
    rig.at('2026-12-01T20:00:10Z');
    await rested(
      'rest',
      /once it is\. Whoever's hour passes by more than 15 minutes until then is left out\.$/,
    );
  });

  it('goes to nobody past its deadline, whoever got that one', async () => {
    rig.at('2026-12-01T17:00:00Z');
    await startsOf('first', {}, only(0));
    await rig.planned('first');
    await rig.rest();
    const late = { at: new Date('2026-12-01T17:01:00Z'), deadline: new Date('2026-12-01T17:02:00Z') };
    await startsOf('rest', late, without('first'));
    rig.at('2026-12-01T17:02:01Z');
    const states = [...(await rig.planned('rest')).values()].map(({ state }) => state);
    expect(states).to.deep.equal(['expired', 'expired']);
  });

  it('of two that leave each other out, at the same time, reaches nobody twice', async () => {
    rig.at('2026-12-01T18:00:00Z');
    await beside();
    const draft = { name: 'one', program: 'deals', topic: 'deals', template: 'offer' };
    await writeDraft(rig.store, { _id: 'b', ...draft, segment: { kind: 'everyone' } }, rig.now());
    const at = new Date('2026-12-01T18:01:00Z');
    await startsOf('a', { at }, without('b'));
    await startsOf('b', { at }, without('a'));
    rig.at('2026-12-01T18:01:00Z');
    expect((await rig.planned('a')).size).to.equal(2);
    await rested('b', /who got "a"/);
    await leave('a');
    await until('the end of the first', async () => (await rig.find('a')).state === 'finished');
    await note();
    rig.at('2026-12-01T18:02:00Z');
    expect((await rig.planned('b')).size).to.equal(0);
  });

  it('of two that leave each other out goes on where the other, resumed, had its turn before', async () => {
    rig.at('2026-12-04T14:00:00Z');
    await beside();
    const draft = { name: 'one', program: 'deals', topic: 'deals', template: 'offer' };
    await writeDraft(rig.store, { _id: 'b', ...draft, segment: { kind: 'everyone' } }, rig.now());
    await startsOf('a', { at: new Date('2026-12-04T14:01:00Z') }, without('b'));
    await startsOf('b', { at: new Date('2026-12-04T14:02:00Z') }, without('a'));
    await steerCampaign(rig.desks[0], 'a', 'pause');
    // As after a first slice with nobody in it.
    await rig.store.campaigns.updateOne({ _id: 'b' }, { $set: { 'plan.cursor': 'c' } });
    await steerCampaign(rig.desks[0], 'a', 'resume');
    rig.at('2026-12-04T14:02:00Z');
    expect((await rig.planned('b')).size).to.equal(2);
    await rested('a', /who got "b"/);
  });

  it('of three that leave each other out in a ring goes on with one of them', async () => {
    rig.at('2026-12-05T14:00:00Z');
    await beside();
    const draft = { name: 'one', program: 'deals', topic: 'deals', template: 'offer' };
    for (const id of ['b', 'c'])
      await writeDraft(rig.store, { _id: id, ...draft, segment: { kind: 'everyone' } }, rig.now());
    const at = new Date('2026-12-05T14:01:00Z');
    await startsOf('a', { at }, without('b'));
    await startsOf('b', { at }, without('c'));
    await startsOf('c', { at }, without('a'));
    rig.at('2026-12-05T14:01:00Z');
    await rested('c', /who got "a"/);
    await rig.planned('b');
  });

  it('and names none waits for what was over before its own time, and for nothing that flies', async () => {
    rig.at('2026-12-01T20:00:00Z');
    await startsOf('first', {}, only(0));
    await rig.planned('first');
    await leave('first');
    await until('the end of the first', async () => (await rig.find('first')).state === 'finished');
    rig.at('2026-12-01T20:00:10Z');
    const any: Tree = { kind: 'none', of: [{ kind: 'sent' }] };
    const refused = await startsOf('rest', {}, any).catch(({ message }: Error) => message);
    expect(refused).to.match(/^Its segment asks who got "first", .* Try again then\.$/);
    await startsOf('flies', {}, only(0));
    await rig.planned('flies');
    await note();
    await startsOf('rest', {}, any);
    expect([...(await rig.planned('rest')).keys()]).to.deep.equal([people[1]]);
  });

  it('of a recurrence that leaves out who got a run of it waits for the run before', async () => {
    rig.at('2026-12-01T19:00:00Z');
    await beside();
    const draft = { name: 'one', program: 'deals', topic: 'deals', template: 'offer' };
    await writeDraft(rig.store, { _id: 'daily', ...draft, segment: { kind: 'everyone' } }, rig.now());
    const repeat = { cron: '0 10 * * *', until: null, validMs: null };
    await startsOf('daily', { repeat }, { kind: 'all', of: [only(0), without('daily')] });
    const [first, second] = ['daily.2612021500', 'daily.2612031500'];
    rig.at('2026-12-02T15:00:01Z');
    await makeDueRuns(rig.desks[0]);
    expect((await rig.planned(first)).size).to.equal(1);
    rig.at('2026-12-03T15:00:01Z');
    await makeDueRuns(rig.desks[0]);
    await rested(second, new RegExp(`who got "${first}"`));
    await leave(first);
    await until('the end of the first', async () => (await rig.find(first)).state === 'finished');
    await note();
    rig.at('2026-12-03T15:01:00Z');
    expect((await rig.planned(second)).size).to.equal(0);
  });
});
