import { expect } from 'chai';
import { approveCampaign } from '../../../src/campaigns/approval.ts';
import { programAndTopic } from '../../../src/campaigns/content.ts';
import { changeState } from '../../../src/campaigns/lifecycle.ts';
import { previewWhen } from '../../../src/campaigns/schedule-preview.ts';
import { makeDueRuns } from '../../../src/campaigns/worker/scheduler.ts';
import type { Repeat } from '../../../src/domain/campaigns/recurrence.ts';
import { readCampaignRules, writeCampaignRules } from '../../../src/store/campaigns/campaigns.ts';
import { type CampaignHarness, startCampaignHarness } from '../campaign-harness.ts';

const DAILY: Repeat = { cron: '0 10 * * *', until: null, validMs: null };

describe('a recurrence', () => {
  let harness: CampaignHarness;
  before(async () => {
    harness = await startCampaignHarness('132');
    await harness.addPerson();
  });
  after(() => harness.stop());
  const runs = async (id: string) =>
    (await harness.store.campaigns.find({ runOf: id }).sort({ _id: 1 }).toArray()).map((run) => run._id);
  const look = () => Promise.all([0, 1, 0, 1].map((which) => makeDueRuns(harness.contexts[which as 0 | 1])));
  const move = (id: string, how: 'pause' | 'resume' | 'cancel') =>
    changeState(harness.contexts[0], id, how).catch((error: Error) => error.message);

  it('makes one run at each time when two processes look at once, and none before', async () => {
    harness.setClock('2026-12-01T12:00:00Z');
    await harness.startDraft('daily', { repeat: DAILY });
    await look();
    expect(await runs('daily')).to.deep.equal([]);
    harness.setClock('2026-12-01T15:00:01Z');
    await look();
    expect(await runs('daily')).to.deep.equal(['daily.2612011500']);
    const { repeat, state } = await harness.find('daily');
    expect([state, repeat?.runs, repeat?.missed]).to.deep.equal(['scheduled', 1, 0]);
    expect(repeat?.nextAt).to.deep.equal(new Date('2026-12-02T15:00:00Z'));
    expect((await harness.find('daily.2612011500')).startAt).to.deep.equal(new Date('2026-12-01T15:00:00Z'));
  });

  it('reaches in each run whoever fits then, and is never planned itself', async () => {
    const first = await harness.planUntilComplete('daily.2612011500');
    await harness.addPerson();
    harness.setClock('2026-12-02T15:00:00Z');
    await look();
    const second = await harness.planUntilComplete('daily.2612021500');
    expect([first.size, second.size]).to.deep.equal([1, 2]);
    const ids = [...first.values(), ...second.values()].map((row) => row._id);
    expect(new Set(ids).size).to.equal(3);
    expect(await harness.store.deliveries.countDocuments({ campaign: 'daily' })).to.equal(0);
  });

  it('makes the last of the runs that were missed while nothing ran, and reports the others', async () => {
    harness.setClock('2026-12-05T20:00:00Z');
    await look();
    expect((await runs('daily')).slice(2)).to.deep.equal(['daily.2612051500']);
    const { repeat } = await harness.find('daily');
    expect([repeat?.runs, repeat?.missed, repeat?.lastRun]).to.deep.equal([3, 2, 'daily.2612051500']);
    // Late: spread and local hours count from when it is made.
    expect((await harness.find('daily.2612051500')).startAt).to.deep.equal(new Date('2026-12-05T20:00:00Z'));
  });

  it('makes no runs while it is paused, and does not make up for them when it is resumed', async () => {
    await move('daily', 'pause');
    expect((await harness.find('daily.2612051500')).state).to.equal('paused');
    harness.setClock('2026-12-08T12:00:00Z');
    await look();
    expect(await runs('daily')).to.have.length(3);
    await move('daily', 'resume');
    await move('daily.2612051500', 'resume');
    expect((await harness.find('daily.2612051500')).state).to.be.oneOf(['scheduled', 'sending']);
    await look();
    const { repeat } = await harness.find('daily');
    expect([repeat?.runs, repeat?.missed]).to.deep.equal([3, 4]);
    expect(repeat?.nextAt).to.deep.equal(new Date('2026-12-08T15:00:00Z'));
  });

  it('cancels its runs with itself, whatever races the cancel, and may be canceled again', async () => {
    harness.setClock('2026-12-08T15:00:00Z');
    await Promise.all([look(), move('daily', 'cancel'), look()]);
    await look();
    const states = await harness.store.campaigns.distinct('state', { runOf: 'daily' });
    expect(states.filter((state) => state !== 'finished')).to.deep.equal(['canceled']);
    expect(await move('daily', 'cancel')).to.deep.include({ state: 'canceled', openRuns: [] });
    harness.setClock('2026-12-09T15:00:00Z');
    const before = await runs('daily');
    await look();
    expect(await runs('daily')).to.deep.equal(before);
  });

  it('ends with the run of its last time, and each run is valid for as long as was ordered', async () => {
    harness.setClock('2026-12-09T12:00:00Z');
    const until = new Date('2026-12-10T15:00:00Z');
    await harness.startDraft('once', { repeat: { ...DAILY, until, validMs: 3_600_000 } });
    harness.setClock('2026-12-09T15:00:00Z');
    await look();
    expect((await harness.find('once')).state).to.equal('scheduled');
    expect((await harness.find('once.2612091500')).deadline).to.deep.equal(new Date('2026-12-09T16:00:00Z'));
    await move('once.2612091500', 'cancel');
    await look();
    expect((await harness.find('once')).state).to.equal('finished');
  });

  it('cannot be resumed when its last time passed in the pause', async () => {
    harness.setClock('2026-12-11T12:00:00Z');
    await harness.startDraft('over', { repeat: { ...DAILY, until: new Date('2026-12-12T00:00:00Z') } });
    await move('over', 'pause');
    harness.setClock('2026-12-12T12:00:00Z');
    expect(await move('over', 'resume')).to.match(/Its last time has passed/);
    expect((await harness.find('over')).state).to.equal('paused');
  });

  it('pauses each run whose audience grew beyond the approved number until a second person approves', async () => {
    harness.setClock('2026-12-12T14:00:00Z');
    const { breaker } = await readCampaignRules(harness.store);
    const people = await harness.store.contacts.countDocuments();
    await harness.startDraft('grown', { repeat: DAILY });
    await writeCampaignRules(harness.store, { approvalOver: people, breaker }, harness.now());
    await harness.addPerson();
    harness.setClock('2026-12-12T15:00:00Z');
    await look();
    const run = 'grown.2612121500';
    await harness.planUntilPaused(run);
    expect((await harness.find(run)).halted?.why).to.match(/as many as it may go to without a second person/);
    expect(await harness.store.deliveries.countDocuments({ campaign: run })).to.equal(people);
    expect(await move(run, 'resume')).to.match(/as many as it may go to without a second person/);
    await approveCampaign(harness.contexts[0], run, 'another key');
    await move(run, 'resume');
    expect((await harness.planUntilComplete(run)).size).to.equal(people + 1);
    expect((await harness.find(run)).halted).to.equal(null);
    await writeCampaignRules(harness.store, { approvalOver: null, breaker }, harness.now());
    await move('grown', 'cancel');
  });

  it('is shown in the zone that its runs use, also when its program has moved to another', async () => {
    harness.setClock('2026-12-13T12:00:00Z');
    const started = await harness.startDraft('moved', { repeat: DAILY });
    const { repeat, frozen } = started;
    const about = programAndTopic(harness.contexts[0], started);
    if (repeat === undefined || frozen === null || about === null) throw new Error('it was not started');
    const order = { at: null, local: null, spreadMs: 0, deadline: null, repeat };
    const { topic, program: before } = about;
    const program = { ...before, zone: 'America/Los_Angeles' };
    const { template, segment } = frozen;
    const plan = { campaign: started, program, topic, template, variants: {}, segment, order };
    expect((await previewWhen(harness.contexts[0], plan)).start).to.deep.equal(repeat.nextAt);
    const { repeat: _, ...draft } = started;
    const other = new Date('2026-12-13T18:00:00Z');
    expect((await previewWhen(harness.contexts[0], { ...plan, campaign: draft })).start).to.deep.equal(other);
    await move('moved', 'cancel');
  });

  it('makes no run that would no longer be valid', async () => {
    harness.setClock('2026-12-13T12:00:00Z');
    await harness.startDraft('stale', { repeat: { ...DAILY, validMs: 3_600_000 } });
    harness.setClock('2026-12-13T16:00:00Z');
    await look();
    expect(await runs('stale')).to.deep.equal([]);
    expect((await harness.find('stale')).repeat?.missed).to.equal(1);
  });
});
