import { expect } from 'chai';
import { approveCampaign } from '../../../src/campaigns/approve.ts';
import { noteCampaigns } from '../../../src/campaigns/flight/note-campaigns.ts';
import { makeDueRuns } from '../../../src/campaigns/flight/repeat.ts';
import { Refused } from '../../../src/campaigns/refused.ts';
import { resumeCampaign } from '../../../src/campaigns/resume.ts';
import { startCampaign, steerCampaign } from '../../../src/campaigns/steer.ts';
import { writeDraft } from '../../../src/store/campaigns/campaigns.ts';
import { readCampaignRules, writeCampaignRules } from '../../../src/store/campaigns/rules.ts';
import { until } from '../../support/gateway.ts';
import { startTimeRig, type TimeRig } from '../time-rig.ts';

describe('a campaign whose people became more than go without a second person', () => {
  let rig: TimeRig;
  let people: number;
  before(async () => {
    rig = await startTimeRig('147');
    rig.at('2026-12-01T14:00:00Z');
  });
  after(() => rig.stop());
  beforeEach(async () => {
    await rig.someone();
    people = await rig.store.contacts.countDocuments();
    const { breaker } = await readCampaignRules(rig.store);
    await writeCampaignRules(rig.store, { approvalOver: people, breaker }, rig.now());
  });

  const said = (moved: Promise<unknown>) =>
    moved.then(
      () => null,
      (error: unknown) => {
        if (error instanceof Refused) return error.message;
        throw error;
      },
    );
  const resume = (id: string) => said(resumeCampaign(rig.desks[0], id, { by: 'a key', note: null }));
  const approve = (id: string, by: string) => said(approveCampaign(rig.desks[0], id, by));
  const tooMany = () =>
    new RegExp(`^It would go to ${people + 1} people; above ${people} a second person must approve it\\.`);

  it('is paused when its time comes, says why, and goes on once they approved', async () => {
    rig.at('2026-12-01T14:00:00Z');
    await rig.start('later', { at: new Date('2026-12-22T14:00:00Z') });
    rig.at('2026-12-20T14:00:00Z');
    await rig.someone();
    rig.at('2026-12-22T14:00:10Z');
    await rig.paused('later');
    expect((await rig.find('later')).halted?.why).to.match(tooMany());
    expect(await rig.store.deliveries.countDocuments({ campaign: 'later' })).to.equal(0);
    expect(await resume('later')).to.match(tooMany());
    expect(await approve('later', 'another key')).to.equal(null);
    expect(await resume('later')).to.equal(null);
    expect((await rig.planned('later')).size).to.equal(people + 1);
  });

  it('is not resumed before its time either, where they came while it was paused', async () => {
    rig.at('2026-12-23T14:00:00Z');
    await rig.start('held', { at: new Date('2026-12-24T14:00:00Z') });
    await steerCampaign(rig.desks[0], 'held', 'pause');
    await rig.someone();
    expect(await resume('held')).to.match(tooMany());
    expect(await approve('held', 'another key')).to.equal(null);
    expect(await resume('held')).to.equal(null);
    rig.at('2026-12-24T14:00:10Z');
    expect((await rig.planned('held')).size).to.equal(people + 1);
  });

  for (const [whose, id, order] of [
    ['it', 'started', { at: new Date('2026-12-24T14:20:00Z') }],
    ['its recurrence', 'repeated', { repeat: { cron: '20 9 * * *', until: null, validMs: null } }],
  ] as const) {
    it(`is not approved by whoever started ${whose}, who need not have written or asked for it`, async () => {
      rig.at('2026-12-24T14:10:00Z');
      await rig.start(id, { ...order, by: 'the starter' });
      const asked = { by: 'the writer', at: rig.now() };
      await rig.store.campaigns.updateOne({ _id: id }, { $set: { savedBy: 'the writer', asked } });
      await rig.someone();
      rig.at('2026-12-24T14:20:10Z');
      const one = id === 'started' ? id : `${id}.2612241420`;
      await makeDueRuns(rig.desks[0]);
      await rig.paused(one);
      expect(await approve(one, 'the starter')).to.match(/^The key that asked cannot approve\./);
      expect(await approve(one, 'the writer')).to.equal(null);
      expect(await resume(one)).to.equal(null);
      expect((await rig.planned(one)).size).to.equal(people + 1);
      if (one !== id) await steerCampaign(rig.desks[0], id, 'cancel');
    });
  }

  it('goes at its time as it was approved, where it did not grow', async () => {
    rig.at('2026-12-24T16:00:00Z');
    const { breaker } = await readCampaignRules(rig.store);
    await writeCampaignRules(rig.store, { approvalOver: people - 1, breaker }, rig.now());
    const draft = { _id: 'approved', name: 'approved', program: 'deals', topic: 'deals', template: 'offer' };
    await writeDraft(rig.store, { ...draft, segment: { kind: 'everyone' } }, rig.now());
    expect(await approve('approved', 'another key')).to.equal(null);
    const at = new Date('2026-12-25T12:00:00Z');
    const order = { at, deadline: null, local: null, spreadMs: 0, repeat: null };
    await startCampaign(rig.desks[0], 'approved', { ...order, everyone: true, by: 'a key' });
    rig.at('2026-12-25T12:00:10Z');
    expect((await rig.planned('approved')).size).to.equal(people);
  });

  it('goes on where they came once it had begun: whoever came later is not of it', async () => {
    rig.at('2026-12-25T14:00:00Z');
    await rig.start('begun', { at: new Date('2026-12-25T15:00:00Z') });
    rig.at('2026-12-25T15:00:10Z');
    await rig.planned('begun');
    await steerCampaign(rig.desks[0], 'begun', 'pause');
    rig.at('2026-12-25T16:00:00Z');
    await rig.someone();
    expect(await approve('begun', 'another key')).to.match(/Only a draft can be approved/);
    expect(await resume('begun')).to.equal(null);
  });

  it('is counted once who it follows is known, though nobody fitted when it was resumed after its time', async () => {
    rig.at('2026-12-26T14:00:00Z');
    await rig.start('first', { at: new Date('2026-12-26T14:00:01Z') });
    rig.at('2026-12-26T14:00:10Z');
    await rig.planned('first');
    const { breaker } = await readCampaignRules(rig.store);
    await writeCampaignRules(rig.store, { approvalOver: people - 1, breaker }, rig.now());
    const segment = { kind: 'sent', campaign: 'first' } as const;
    await rig.start('follows', { at: new Date('2026-12-26T15:00:00Z') }, { segment });
    await steerCampaign(rig.desks[0], 'follows', 'pause');
    rig.at('2026-12-26T15:10:00Z');
    expect(await resume('follows')).to.equal(null);
    const waits = async () => /still being sent/.test((await rig.find('follows')).halted?.why ?? '');
    await until('its wait', waits);
    await rig.store.deliveries.updateMany(
      { campaign: 'first' },
      { $set: { state: 'accepted', acceptedAt: rig.now() }, $unset: { open: '' } },
    );
    await until('the end of the first', async () => (await rig.find('first')).state === 'finished');
    await noteCampaigns(rig.desks[0]);
    rig.at('2026-12-26T15:11:00Z');
    await rig.paused('follows');
    expect((await rig.find('follows')).halted?.why).to.match(
      new RegExp(`^It would go to ${people} people; above ${people - 1} a second person must approve it\\.`),
    );
    expect(await approve('follows', 'another key')).to.equal(null);
    expect(await resume('follows')).to.equal(null);
    expect((await rig.planned('follows')).size).to.equal(people);
  });
});
