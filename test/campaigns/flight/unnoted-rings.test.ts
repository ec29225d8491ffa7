import { expect } from 'chai';
import { makeDueRuns } from '../../../src/campaigns/flight/repeat.ts';
import { steerCampaign } from '../../../src/campaigns/steer.ts';
import { type AskingRig, startAskingRig, without } from './asking-rig.ts';

describe('campaigns whose segments ask about each other', () => {
  let rig: AskingRig;
  before(async () => {
    rig = await startAskingRig('164');
  });
  after(() => rig.stop());
  afterEach(() => rig.clear());

  it('reach nobody twice: two of the same time that leave each other out', async () => {
    rig.at('2026-12-01T18:00:00Z');
    await rig.beside();
    await rig.drafts('b');
    const at = new Date('2026-12-01T18:01:00Z');
    await rig.startsOf('a', { at }, without('b'));
    await rig.startsOf('b', { at }, without('a'));
    rig.at('2026-12-01T18:01:00Z');
    expect((await rig.planned('a')).size).to.equal(2);
    rig.at('2026-12-01T18:02:00Z');
    expect((await rig.planned('b')).size).to.equal(0);
  });

  it('do not wait for each other where the later one begins while the earlier is paused', async () => {
    rig.at('2026-12-04T14:00:00Z');
    await rig.beside();
    await rig.drafts('b');
    await rig.startsOf('a', { at: new Date('2026-12-04T14:01:00Z') }, without('b'));
    await rig.startsOf('b', { at: new Date('2026-12-04T14:02:00Z') }, without('a'));
    await steerCampaign(rig.desks[0], 'a', 'pause');
    // As after a first slice with nobody in it.
    await rig.store.campaigns.updateOne({ _id: 'b' }, { $set: { 'plan.cursor': 'c' } });
    await steerCampaign(rig.desks[0], 'a', 'resume');
    rig.at('2026-12-04T14:02:00Z');
    expect((await rig.planned('b')).size).to.equal(2);
    rig.at('2026-12-04T14:02:31Z');
    expect((await rig.planned('a')).size).to.equal(0);
  });

  it('do not wait for each other in a ring of three', async () => {
    rig.at('2026-12-05T14:00:00Z');
    await rig.beside();
    await rig.drafts('b', 'c');
    const at = new Date('2026-12-05T14:01:00Z');
    await rig.startsOf('a', { at }, without('b'));
    await rig.startsOf('b', { at }, without('c'));
    await rig.startsOf('c', { at }, without('a'));
    rig.at('2026-12-05T14:01:00Z');
    await rig.planned('b');
    rig.at('2026-12-05T14:01:31Z');
    await rig.planned('a');
    // Where the second had its turn first it has nobody, and is over at once.
    await rig.rest();
    await rig.note();
    rig.at('2026-12-05T14:02:02Z');
    await rig.planned('c');
  });

  it('are runs of a recurrence: the next waits until the one before is planned whole, and no longer', async () => {
    rig.at('2026-12-01T19:00:00Z');
    await rig.beside();
    await rig.drafts('daily');
    const repeat = { cron: '0 10 * * *', until: null, validMs: null };
    await rig.startsOf('daily', { repeat }, { kind: 'all', of: [rig.only(0), without('daily')] });
    const [first, second] = ['daily.2612021500', 'daily.2612031500'];
    rig.at('2026-12-02T15:00:01Z');
    await makeDueRuns(rig.desks[0]);
    expect((await rig.planned(first)).size).to.equal(1);
    await rig.unplanned(first);
    rig.at('2026-12-03T15:00:01Z');
    await makeDueRuns(rig.desks[0]);
    await rig.rested(second, new RegExp(`who got "${first}"`));
    await rig.unplanned(first, true);
    rig.at('2026-12-03T15:01:00Z');
    expect((await rig.planned(second)).size).to.equal(0);
    expect((await rig.find(first)).state).to.equal('sending');
  });
});
