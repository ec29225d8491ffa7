import { expect } from 'chai';
import { editCampaign, rerenderMessages } from '../../../src/campaigns/editing.ts';
import { changeState, resumeCampaign } from '../../../src/campaigns/lifecycle.ts';
import { CommandRefused } from '../../../src/consent/command-refused.ts';
import { claimForPlanning } from '../../../src/store/campaigns/planning.ts';
import { startTimeRig, type TimeRig } from '../time-rig.ts';

describe('a campaign that waits for its time', () => {
  let rig: TimeRig;
  before(async () => {
    rig = await startTimeRig('148');
    rig.at('2026-12-01T14:00:00Z');
    await rig.someone();
  });
  after(() => rig.stop());

  const moveTo = (id: string, at: string) =>
    editCampaign(rig.contexts[0], id, { words: false, at: new Date(at), by: 'a key', note: 'later' }).catch(
      (error: unknown) => {
        if (!(error instanceof CommandRefused)) throw error;
        return [error.field, error.message.split(':')[0]];
      },
    );
  const resume = async (id: string) => {
    await rerenderMessages(rig.contexts[0], await rig.find(id), () => true);
    await resumeCampaign(rig.contexts[0], id, { by: 'a key', note: null });
  };

  it('gets another, and goes then, to whoever is a contact by then', async () => {
    await rig.start('moved', { at: new Date('2026-12-01T15:00:00Z') });
    await changeState(rig.contexts[0], 'moved', 'pause');
    const to = new Date('2026-12-02T15:00:00Z');
    const edited = await moveTo('moved', '2026-12-02T15:00:00Z');
    expect(edited).to.deep.include({ state: 'paused', startAt: to });
    expect((await rig.find('moved')).edits?.at(-1)?.what).to.deep.equal(['at: 2026-12-02T15:00:00.000Z']);
    await resume('moved');
    rig.at('2026-12-01T15:00:10Z');
    expect(await claimForPlanning(rig.store, rig.now())).to.equal(null);
    await rig.someone();
    rig.at('2026-12-02T15:00:10Z');
    expect((await rig.planned('moved')).size).to.equal(2);
  });

  it('gets none once it has begun, or a planner may be at it', async () => {
    await rig.start('begun', { at: new Date('2026-12-03T15:00:00Z') });
    rig.at('2026-12-03T15:00:10Z');
    await rig.planned('begun');
    await changeState(rig.contexts[0], 'begun', 'pause');
    expect(await moveTo('begun', '2026-12-04T15:00:00Z')).to.deep.equal(['at', 'It has begun']);
    await rig.start('claimed', { at: new Date('2026-12-05T15:00:00Z') });
    await changeState(rig.contexts[0], 'claimed', 'pause');
    const leased = (until: string | null) =>
      rig.store.campaigns.updateOne(
        { _id: 'claimed' },
        { $set: { 'plan.leaseUntil': until === null ? null : new Date(until) } },
      );
    await leased('2026-12-03T15:00:30Z');
    expect(await moveTo('claimed', '2026-12-06T15:00:00Z')).to.deep.equal([
      'at',
      'A worker is still planning it. Try again in a moment.',
    ]);
    await leased(null);
    const { _id: _, ...row } = [...(await rig.planned('begun')).values()][0] ?? {};
    await rig.store.deliveries.insertOne({ ...row, _id: 'left', campaign: 'claimed' } as never);
    expect(await moveTo('claimed', '2026-12-06T15:00:00Z')).to.deep.equal(['at', 'It has begun']);
    await rig.store.deliveries.deleteOne({ _id: 'left' });
    expect(await moveTo('claimed', '2026-12-06T15:00:00Z')).to.deep.include({ state: 'paused' });
  });
});
