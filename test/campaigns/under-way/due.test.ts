import { expect } from 'chai';
import { editCampaign, rerenderMessages } from '../../../src/campaigns/editing.ts';
import { changeState } from '../../../src/campaigns/lifecycle.ts';
import { progressOf } from '../../../src/campaigns/progress.ts';
import { noteLateStart } from '../../../src/campaigns/worker/planner.ts';
import type { Local } from '../../../src/domain/campaigns/schedule.ts';
import { expireLate, finishCampaigns } from '../../../src/store/campaigns/ending.ts';
import { type CampaignHarness, startCampaignHarness } from '../campaign-harness.ts';

const EAST = { state: 'NY', zip: '10001', zone: 'America/New_York' };
const WEST = { state: 'CA', zip: '90001', zone: 'America/Los_Angeles' };
const ten = (over: Partial<Local> = {}): Local => ({
  date: '2026-12-01',
  minutes: 600,
  missed: 'skip',
  ...over,
});

describe('rows of a campaign with a time of day or a spread', () => {
  let harness: CampaignHarness;
  let east: string;
  let west: string;
  let nowhere: string;
  before(async () => {
    harness = await startCampaignHarness('131');
    [east, west, nowhere] = [
      await harness.addPerson(EAST),
      await harness.addPerson(WEST),
      await harness.addPerson(),
    ];
  });
  after(() => harness.stop());
  const dues = async (id: string): Promise<(string | undefined)[]> => {
    const rows = await harness.planUntilComplete(id);
    return [east, west, nowhere].map((person) => rows.get(person)?.dueAt.toISOString());
  };

  it('are due at the local time of each person, and are planned before it has come anywhere', async () => {
    harness.setClock('2026-11-30T12:00:00Z');
    const started = await harness.startDraft('local', { local: ten() });
    expect(started.startAt).to.deep.equal(new Date('2026-11-30T20:00:00Z'));
    harness.setClock('2026-11-30T20:00:00Z');
    // Anywhere in the US: not before ten in Honolulu.
    expect(await dues('local')).to.deep.equal([15, 18, 15].map((hour) => `2026-12-01T${hour}:00:00.000Z`));
  });

  it('skip people whose hour has passed with that reason, or reach them at once', async () => {
    harness.setClock('2026-12-01T16:00:00Z');
    await harness.startDraft('skip', { local: ten() });
    await harness.startDraft('send', { local: ten({ missed: 'send' }) });
    const [skip, send] = [await harness.planUntilComplete('skip'), await harness.planUntilComplete('send')];
    const state = (id: string) => [skip.get(id)?.state, skip.get(id)?.decision?.reasons];
    expect([state(east), state(west)]).to.deep.equal([
      ['skipped', ['hour-passed']],
      ['planned', undefined],
    ]);
    expect(send.get(east)?.state).to.equal('planned');
    expect(send.get(east)?.dueAt.toISOString()).to.equal('2026-12-01T15:00:00.000Z');
  });

  it('are spread, and have the same due time when they are planned again', async () => {
    harness.setClock('2026-12-01T16:00:00Z');
    await harness.startDraft('spread', { spreadMs: 7_200_000 });
    const before = await dues('spread');
    expect(new Set(before).size).to.equal(3);
    for (const due of before) expect(due).to.match(/^2026-12-01T1[67]:/);
    harness.setClock('2026-12-01T16:40:00Z');
    await harness.store.deliveries.deleteMany({ campaign: 'spread', contact: { $ne: east } });
    const undone = { 'plan.complete': false, 'plan.cursor': null };
    await harness.store.campaigns.updateOne({ _id: 'spread' }, { $set: undone });
    expect(await dues('spread')).to.deep.equal(before);
  });

  it('are spread from the late start of the campaign, and no longer than to its deadline', async () => {
    for (const [id, deadline, hours] of [
      ['waited', null, /^2026-12-02T(19:[345]|20:|21:[012])/],
      ['hurried', new Date('2026-12-02T20:00:00Z'), /^2026-12-02T19:[345]/],
    ] as const) {
      harness.setClock('2026-12-02T16:00:00Z');
      await harness.startDraft(id, { at: new Date('2026-12-02T17:00:00Z'), spreadMs: 7_200_000, deadline });
      harness.setClock('2026-12-02T19:30:00Z');
      const before = await dues(id);
      expect(new Set(before).size).to.equal(3);
      for (const due of before) expect(due).to.match(hours);
      expect(await harness.find(id)).to.deep.include({ wentAt: harness.now() });
      harness.setClock('2026-12-02T19:40:00Z');
      await harness.store.deliveries.deleteMany({ campaign: id, contact: { $ne: east } });
      const undone = { 'plan.complete': false, 'plan.cursor': null };
      await harness.store.campaigns.updateOne({ _id: id }, { $set: undone });
      expect(await dues(id)).to.deep.equal(before);
    }
  });

  it('are spread from the new time of a campaign that was moved after it was due', async () => {
    harness.setClock('2026-12-03T16:00:00Z');
    await harness.startDraft('moved', { at: new Date('2026-12-03T17:00:00Z'), spreadMs: 7_200_000 });
    await harness.store.campaigns.updateOne(
      { _id: 'moved' },
      { $set: { wentAt: new Date('2026-12-03T16:59:00Z') } },
    );
    harness.setClock('2026-12-03T17:00:00Z');
    for (const due of await dues('moved')) expect(due).to.match(/^2026-12-03T1[78]:/);
    expect(await harness.find('moved')).to.deep.include({ wentAt: new Date('2026-12-03T16:59:00Z') });
  });

  it('are spread from the resumption of a campaign that was paused as it was to start late', async () => {
    await harness.stopPlanning();
    harness.setClock('2026-12-04T16:00:00Z');
    await harness.startDraft('held', { at: new Date('2026-12-04T17:00:00Z'), spreadMs: 7_200_000 });
    harness.setClock('2026-12-04T18:00:00Z');
    await noteLateStart(harness.contexts[0], await harness.find('held'));
    expect(await harness.find('held')).to.deep.include({ wentAt: harness.now() });
    await changeState(harness.contexts[0], 'held', 'pause');
    harness.setClock('2026-12-05T17:00:00Z');
    await changeState(harness.contexts[0], 'held', 'resume');
    harness.setClock('2026-12-05T17:00:01Z');
    const due = await dues('held');
    expect(new Set(due).size).to.equal(3);
    for (const time of due) expect(time).to.match(/^2026-12-05T1[78]:/);
    expect(await harness.find('held')).to.deep.include({ wentAt: harness.now() });
  });

  it('are spread from the time of planning when the first planner died before its first row', async () => {
    await harness.stopPlanning();
    harness.setClock('2026-12-06T16:00:00Z');
    await harness.startDraft('died', { at: new Date('2026-12-06T17:00:00Z'), spreadMs: 7_200_000 });
    harness.setClock('2026-12-06T18:00:00Z');
    await noteLateStart(harness.contexts[0], await harness.find('died'));
    harness.setClock('2026-12-06T18:00:59Z');
    const { wentAt } = await noteLateStart(harness.contexts[1], await harness.find('died'));
    expect(wentAt).to.deep.equal(new Date('2026-12-06T18:00:00Z'));
    harness.setClock('2026-12-07T17:00:00Z');
    const due = await dues('died');
    expect(new Set(due).size).to.equal(3);
    for (const time of due) expect(time).to.match(/^2026-12-07T1[78]:/);
  });

  it('are spread anew from the time at which the winner of a test was chosen', async () => {
    harness.setClock('2026-12-01T16:00:00Z');
    await harness.startDraft('won', { at: new Date('2026-12-01T17:00:00Z'), spreadMs: 7_200_000 });
    const variants = ['a', 'b'].map((id) => ({ id, template: 'offer', share: 50 }));
    const split = { variants, holdout: 0, test: { share: 0, waitMinutes: 60, by: 'click' } };
    const winner = { variant: 'b', at: new Date('2026-12-01T20:00:00Z'), tallies: [] };
    await harness.store.campaigns.updateOne({ _id: 'won' }, { $set: { split, winner } });
    harness.setClock('2026-12-01T20:00:00Z');
    const after = await dues('won');
    expect(new Set(after).size).to.equal(3);
    for (const due of after) expect(due).to.match(/^2026-12-01T2[01]:/);
  });

  it('wait for a deadline that comes before them, and leave by a later one', async () => {
    harness.setClock('2026-12-01T16:00:00Z');
    const deadline = new Date('2026-12-01T17:00:00Z');
    await harness.startDraft('later', { local: ten({ missed: 'send' }), deadline });
    await harness.planUntilComplete('later');
    const [context] = harness.contexts;
    const { doneAt, later } = await progressOf(context, await harness.find('later'));
    expect([doneAt, later], 'nothing of it leaves after its deadline').to.deep.equal([deadline, 1]);
    await changeState(context, 'later', 'pause');
    const until = new Date('2026-12-01T20:00:00Z');
    await editCampaign(context, 'later', { words: false, deadline: until, by: 'a key', note: 'longer' });
    await harness.stopPlanning();
    harness.setClock('2026-12-01T16:59:00Z');
    await rerenderMessages(context, await harness.find('later'), () => true);
    await changeState(context, 'later', 'resume');
    expect(await expireLate(harness.store, deadline)).to.equal(0);
    const row = await harness.store.deliveries.findOne({ campaign: 'later', contact: west });
    expect([row?.state, row?.validUntil, row?.dueAt]).to.deep.equal([
      ...['planned', until],
      new Date('2026-12-01T18:00:00Z'),
    ]);
    expect(await expireLate(harness.store, until)).to.equal(3);
    expect(await finishCampaigns(harness.store, until)).to.include('later');
  });

  it('expire at the deadline although the campaign is paused', async () => {
    harness.setClock('2026-12-01T16:00:00Z');
    const deadline = new Date('2026-12-01T17:00:00Z');
    await harness.startDraft('deadline', { local: ten({ missed: 'send' }), deadline });
    const rows = await harness.planUntilComplete('deadline');
    expect([rows.get(east)?.state, rows.get(west)?.state]).to.deep.equal(['planned', 'planned']);
    await changeState(harness.contexts[0], 'deadline', 'pause');
    expect(await expireLate(harness.store, new Date('2026-12-01T16:59:00Z'))).to.equal(0);
    expect(await expireLate(harness.store, deadline)).to.equal(3);
    for (const contact of [east, west]) {
      const late = await harness.store.deliveries.findOne({ campaign: 'deadline', contact });
      expect([late?.state, late?.decision?.reasons, late?.open]).to.deep.equal([
        'expired',
        ['too-late'],
        undefined,
      ]);
    }
    harness.setClock('2026-12-01T17:00:00Z');
    const resumed = await changeState(harness.contexts[0], 'deadline', 'resume').catch(
      (error: Error) => error.message,
    );
    expect(resumed).to.match(/deadline has passed/);
    const order = { words: false, deadline: new Date('2026-12-01T20:00:00Z'), by: 'a key', note: 'later' };
    const edited = await editCampaign(harness.contexts[0], 'deadline', order).catch(
      (error: Error) => error.message,
    );
    expect(edited).to.match(/^The deadline has passed, and the messages that waited then have expired/);
  });
});
