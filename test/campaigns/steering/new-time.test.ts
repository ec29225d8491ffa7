import { expect } from 'chai';
import { editCampaign } from '../../../src/campaigns/editing.ts';
import { changeState, resumeCampaign } from '../../../src/campaigns/lifecycle.ts';
import { CommandRefused } from '../../../src/consent/command-refused.ts';
import { claimForPlanning } from '../../../src/store/campaigns/planning.ts';
import { type CampaignHarness, startCampaignHarness } from '../campaign-harness.ts';

describe('a campaign that waits for its time', () => {
  let harness: CampaignHarness;
  before(async () => {
    harness = await startCampaignHarness('148');
    harness.setClock('2026-12-01T14:00:00Z');
    await harness.addPerson();
  });
  after(() => harness.stop());

  const moveTo = (id: string, at: string) =>
    editCampaign(harness.contexts[0], id, {
      words: false,
      at: new Date(at),
      by: 'a key',
      note: 'later',
    }).catch((error: unknown) => {
      if (!(error instanceof CommandRefused)) throw error;
      return [error.field, error.message.split(':')[0]];
    });
  const resume = (id: string) => resumeCampaign(harness.contexts[0], id, { by: 'a key', note: null });

  it('gets another time and then goes to everyone who is a contact by then', async () => {
    await harness.startDraft('moved', { at: new Date('2026-12-01T15:00:00Z') });
    await changeState(harness.contexts[0], 'moved', 'pause');
    const to = new Date('2026-12-02T15:00:00Z');
    const edited = await moveTo('moved', '2026-12-02T15:00:00Z');
    expect(edited).to.deep.include({ state: 'paused', startAt: to });
    expect((await harness.find('moved')).edits?.at(-1)?.what).to.deep.equal(['at: 2026-12-02T15:00:00.000Z']);
    await resume('moved');
    harness.setClock('2026-12-01T15:00:10Z');
    expect(await claimForPlanning(harness.store, harness.now())).to.equal(null);
    await harness.addPerson();
    harness.setClock('2026-12-02T15:00:10Z');
    expect((await harness.planUntilComplete('moved')).size).to.equal(2);
  });

  it('is resumed right after it got an earlier time, and then goes at that time', async () => {
    await harness.startDraft('sooner', { at: new Date('2026-12-09T15:00:00Z') });
    await changeState(harness.contexts[0], 'sooner', 'pause');
    expect(await moveTo('sooner', '2026-12-03T12:00:00Z')).to.deep.include({ state: 'paused' });
    expect(await resume('sooner')).to.deep.include({ state: 'scheduled' });
    harness.setClock('2026-12-03T11:59:50Z');
    expect(await claimForPlanning(harness.store, harness.now())).to.equal(null);
    harness.setClock('2026-12-03T12:00:01Z');
    expect((await harness.planUntilComplete('sooner')).size).to.equal(2);
    await harness.stopPlanning();
  });

  it('gets no other time once it has begun or a planner may be at it', async () => {
    await harness.startDraft('begun', { at: new Date('2026-12-03T15:00:00Z') });
    harness.setClock('2026-12-03T15:00:10Z');
    await harness.planUntilComplete('begun');
    await changeState(harness.contexts[0], 'begun', 'pause');
    expect(await moveTo('begun', '2026-12-04T15:00:00Z')).to.deep.equal(['at', 'The campaign has begun']);
    await harness.startDraft('claimed', { at: new Date('2026-12-05T15:00:00Z') });
    await changeState(harness.contexts[0], 'claimed', 'pause');
    const leased = (until: string | null) =>
      harness.store.campaigns.updateOne(
        { _id: 'claimed' },
        { $set: { 'plan.leaseUntil': until === null ? null : new Date(until) } },
      );
    await leased('2026-12-03T15:00:30Z');
    expect(await moveTo('claimed', '2026-12-06T15:00:00Z')).to.deep.equal([
      'at',
      'A worker is still planning it. Try again in a moment.',
    ]);
    await leased(null);
    const { _id: _, ...row } = [...(await harness.planUntilComplete('begun')).values()][0] ?? {};
    await harness.store.deliveries.insertOne({ ...row, _id: 'left', campaign: 'claimed' } as never);
    expect(await moveTo('claimed', '2026-12-06T15:00:00Z')).to.deep.equal(['at', 'The campaign has begun']);
    await harness.store.deliveries.deleteOne({ _id: 'left' });
    expect(await moveTo('claimed', '2026-12-06T15:00:00Z')).to.deep.include({ state: 'paused' });
  });
});
