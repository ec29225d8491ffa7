import { expect } from 'chai';
import { editCampaign, rerenderMessages } from '../../../src/campaigns/editing.ts';
import { changeState } from '../../../src/campaigns/lifecycle.ts';
import { progressOf } from '../../../src/campaigns/progress.ts';
import { noteLateStart } from '../../../src/campaigns/worker/planner.ts';
import type { Local } from '../../../src/domain/campaigns/schedule.ts';
import { expireLate, finishCampaigns } from '../../../src/store/campaigns/ending.ts';
import { startTimeRig, type TimeRig } from '../time-rig.ts';

const EAST = { state: 'NY', zip: '10001', zone: 'America/New_York' };
const WEST = { state: 'CA', zip: '90001', zone: 'America/Los_Angeles' };
const ten = (over: Partial<Local> = {}): Local => ({
  date: '2026-12-01',
  minutes: 600,
  missed: 'skip',
  ...over,
});

describe('rows of a campaign that is placed in time', () => {
  let rig: TimeRig;
  let east: string;
  let west: string;
  let nowhere: string;
  before(async () => {
    rig = await startTimeRig('131');
    [east, west, nowhere] = [await rig.someone(EAST), await rig.someone(WEST), await rig.someone()];
  });
  after(() => rig.stop());
  const dues = async (id: string): Promise<(string | undefined)[]> => {
    const rows = await rig.planned(id);
    return [east, west, nowhere].map((one) => rows.get(one)?.dueAt.toISOString());
  };

  it('are due at a time of each person’s own clock, and are planned before it has come anywhere', async () => {
    rig.at('2026-11-30T12:00:00Z');
    const started = await rig.start('local', { local: ten() });
    expect(started.startAt).to.deep.equal(new Date('2026-11-30T20:00:00Z'));
    rig.at('2026-11-30T20:00:00Z');
    // Anywhere in the US: not before ten in Honolulu.
    expect(await dues('local')).to.deep.equal([15, 18, 15].map((hour) => `2026-12-01T${hour}:00:00.000Z`));
  });

  it('leave out whose hour has passed, with the reason, or reach them at once', async () => {
    rig.at('2026-12-01T16:00:00Z');
    await rig.start('skip', { local: ten() });
    await rig.start('send', { local: ten({ missed: 'send' }) });
    const [skip, send] = [await rig.planned('skip'), await rig.planned('send')];
    const state = (id: string) => [skip.get(id)?.state, skip.get(id)?.decision?.reasons];
    expect([state(east), state(west)]).to.deep.equal([
      ['skipped', ['hour-passed']],
      ['planned', undefined],
    ]);
    expect(send.get(east)?.state).to.equal('planned');
    expect(send.get(east)?.dueAt.toISOString()).to.equal('2026-12-01T15:00:00.000Z');
  });

  it('are spread, and one that is planned again is due as before', async () => {
    rig.at('2026-12-01T16:00:00Z');
    await rig.start('spread', { spreadMs: 7_200_000 });
    const before = await dues('spread');
    expect(new Set(before).size).to.equal(3);
    for (const due of before) expect(due).to.match(/^2026-12-01T1[67]:/);
    rig.at('2026-12-01T16:40:00Z');
    await rig.store.deliveries.deleteMany({ campaign: 'spread', contact: { $ne: east } });
    const undone = { 'plan.complete': false, 'plan.cursor': null };
    await rig.store.campaigns.updateOne({ _id: 'spread' }, { $set: undone });
    expect(await dues('spread')).to.deep.equal(before);
  });

  it('are spread from when it went, where that was late, and no longer than to its deadline', async () => {
    for (const [id, deadline, hours] of [
      ['waited', null, /^2026-12-02T(19:[345]|20:|21:[012])/],
      ['hurried', new Date('2026-12-02T20:00:00Z'), /^2026-12-02T19:[345]/],
    ] as const) {
      rig.at('2026-12-02T16:00:00Z');
      await rig.start(id, { at: new Date('2026-12-02T17:00:00Z'), spreadMs: 7_200_000, deadline });
      rig.at('2026-12-02T19:30:00Z');
      const before = await dues(id);
      expect(new Set(before).size).to.equal(3);
      for (const due of before) expect(due).to.match(hours);
      expect(await rig.find(id)).to.deep.include({ wentAt: rig.now() });
      rig.at('2026-12-02T19:40:00Z');
      await rig.store.deliveries.deleteMany({ campaign: id, contact: { $ne: east } });
      const undone = { 'plan.complete': false, 'plan.cursor': null };
      await rig.store.campaigns.updateOne({ _id: id }, { $set: undone });
      expect(await dues(id)).to.deep.equal(before);
    }
  });

  it('are spread from its time where it was moved to one after it was to go', async () => {
    rig.at('2026-12-03T16:00:00Z');
    await rig.start('moved', { at: new Date('2026-12-03T17:00:00Z'), spreadMs: 7_200_000 });
    await rig.store.campaigns.updateOne(
      { _id: 'moved' },
      { $set: { wentAt: new Date('2026-12-03T16:59:00Z') } },
    );
    rig.at('2026-12-03T17:00:00Z');
    for (const due of await dues('moved')) expect(due).to.match(/^2026-12-03T1[78]:/);
    expect(await rig.find('moved')).to.deep.include({ wentAt: new Date('2026-12-03T16:59:00Z') });
  });

  it('are spread from when it was resumed, where it was paused as it was to go late, before its first row', async () => {
    await rig.rest();
    rig.at('2026-12-04T16:00:00Z');
    await rig.start('held', { at: new Date('2026-12-04T17:00:00Z'), spreadMs: 7_200_000 });
    rig.at('2026-12-04T18:00:00Z');
    await noteLateStart(rig.contexts[0], await rig.find('held'));
    expect(await rig.find('held')).to.deep.include({ wentAt: rig.now() });
    await changeState(rig.contexts[0], 'held', 'pause');
    rig.at('2026-12-05T17:00:00Z');
    await changeState(rig.contexts[0], 'held', 'resume');
    rig.at('2026-12-05T17:00:01Z');
    const due = await dues('held');
    expect(new Set(due).size).to.equal(3);
    for (const one of due) expect(one).to.match(/^2026-12-05T1[78]:/);
    expect(await rig.find('held')).to.deep.include({ wentAt: rig.now() });
  });

  it('are spread from when it is planned at last, where whoever planned it died before its first row', async () => {
    await rig.rest();
    rig.at('2026-12-06T16:00:00Z');
    await rig.start('died', { at: new Date('2026-12-06T17:00:00Z'), spreadMs: 7_200_000 });
    rig.at('2026-12-06T18:00:00Z');
    await noteLateStart(rig.contexts[0], await rig.find('died'));
    rig.at('2026-12-06T18:00:59Z');
    const { wentAt } = await noteLateStart(rig.contexts[1], await rig.find('died'));
    expect(wentAt).to.deep.equal(new Date('2026-12-06T18:00:00Z'));
    rig.at('2026-12-07T17:00:00Z');
    const due = await dues('died');
    expect(new Set(due).size).to.equal(3);
    for (const one of due) expect(one).to.match(/^2026-12-07T1[78]:/);
  });

  it('are spread anew from when the winner of a test was chosen', async () => {
    rig.at('2026-12-01T16:00:00Z');
    await rig.start('won', { at: new Date('2026-12-01T17:00:00Z'), spreadMs: 7_200_000 });
    const variants = ['a', 'b'].map((id) => ({ id, template: 'offer', share: 50 }));
    const split = { variants, holdout: 0, test: { share: 0, waitMinutes: 60, by: 'click' } };
    const winner = { variant: 'b', at: new Date('2026-12-01T20:00:00Z'), tallies: [] };
    await rig.store.campaigns.updateOne({ _id: 'won' }, { $set: { split, winner } });
    rig.at('2026-12-01T20:00:00Z');
    const after = await dues('won');
    expect(new Set(after).size).to.equal(3);
    for (const due of after) expect(due).to.match(/^2026-12-01T2[01]:/);
  });

  it('that come after the deadline wait for it as all others do, and leave by a later one', async () => {
    rig.at('2026-12-01T16:00:00Z');
    const deadline = new Date('2026-12-01T17:00:00Z');
    await rig.start('later', { local: ten({ missed: 'send' }), deadline });
    await rig.planned('later');
    const [context] = rig.contexts;
    const { doneAt, later } = await progressOf(context, await rig.find('later'));
    expect([doneAt, later], 'nothing of it leaves after its deadline').to.deep.equal([deadline, 1]);
    await changeState(context, 'later', 'pause');
    const until = new Date('2026-12-01T20:00:00Z');
    await editCampaign(context, 'later', { words: false, deadline: until, by: 'a key', note: 'longer' });
    await rig.rest();
    rig.at('2026-12-01T16:59:00Z');
    await rerenderMessages(context, await rig.find('later'), () => true);
    await changeState(context, 'later', 'resume');
    expect(await expireLate(rig.store, deadline)).to.equal(0);
    const row = await rig.store.deliveries.findOne({ campaign: 'later', contact: west });
    expect([row?.state, row?.validUntil, row?.dueAt]).to.deep.equal([
      ...['planned', until],
      new Date('2026-12-01T18:00:00Z'),
    ]);
    expect(await expireLate(rig.store, until)).to.equal(3);
    expect(await finishCampaigns(rig.store, until)).to.include('later');
  });

  it('end as expired when the deadline comes, though it is paused', async () => {
    rig.at('2026-12-01T16:00:00Z');
    const deadline = new Date('2026-12-01T17:00:00Z');
    await rig.start('deadline', { local: ten({ missed: 'send' }), deadline });
    const rows = await rig.planned('deadline');
    expect([rows.get(east)?.state, rows.get(west)?.state]).to.deep.equal(['planned', 'planned']);
    await changeState(rig.contexts[0], 'deadline', 'pause');
    expect(await expireLate(rig.store, new Date('2026-12-01T16:59:00Z'))).to.equal(0);
    expect(await expireLate(rig.store, deadline)).to.equal(3);
    for (const contact of [east, west]) {
      const late = await rig.store.deliveries.findOne({ campaign: 'deadline', contact });
      expect([late?.state, late?.decision?.reasons, late?.open]).to.deep.equal([
        'expired',
        ['too-late'],
        undefined,
      ]);
    }
    rig.at('2026-12-01T17:00:00Z');
    const resumed = await changeState(rig.contexts[0], 'deadline', 'resume').catch(
      (error: Error) => error.message,
    );
    expect(resumed).to.match(/deadline has passed/);
    const order = { words: false, deadline: new Date('2026-12-01T20:00:00Z'), by: 'a key', note: 'later' };
    const edited = await editCampaign(rig.contexts[0], 'deadline', order).catch(
      (error: Error) => error.message,
    );
    expect(edited).to.match(/^The deadline has passed, and the messages that waited then have expired/);
  });
});
