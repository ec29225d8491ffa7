import { expect } from 'chai';
import { approveCampaign } from '../../../src/campaigns/approve.ts';
import { noteCampaigns } from '../../../src/campaigns/flight/note-campaigns.ts';
import { makeDueRuns } from '../../../src/campaigns/flight/repeat.ts';
import { Refused } from '../../../src/campaigns/refused.ts';
import { resumeCampaign } from '../../../src/campaigns/resume.ts';
import { startCampaign, steerCampaign } from '../../../src/campaigns/steer.ts';
import type { Split } from '../../../src/domain/campaigns/split.ts';
import type { Tree } from '../../../src/domain/segments/tree.ts';
import { writeDraft } from '../../../src/store/campaigns/campaigns.ts';
import { readCampaignRules, writeCampaignRules } from '../../../src/store/campaigns/rules.ts';
import { noteWinner } from '../../../src/store/campaigns/winner.ts';
import { until } from '../../support/gateway.ts';
import { idThatFills } from '../crew.ts';
import { draftToEveryone } from '../draft-to-everyone.ts';
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
    await writeDraft(rig.store, draftToEveryone('approved'), rig.now());
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

  const SOME = 16;
  const IN_OHIO: Tree = { kind: 'state', oneOf: ['OH'] };
  /** So many people of it, and `more`, as many who come to it: they are known already, and move there. */
  const ohioans = async () => {
    const ids = await Promise.all(Array.from({ length: SOME }, () => rig.someone({ state: 'OH' })));
    const later = await Promise.all(Array.from({ length: SOME }, () => rig.someone({ state: 'NV' })));
    await rig.store.contacts.updateMany(
      { _id: { $nin: [...ids, ...later] } },
      { $set: { 'profile.place.state': 'NV' } },
    );
    const { breaker } = await readCampaignRules(rig.store);
    await writeCampaignRules(rig.store, { approvalOver: SOME, breaker }, rig.now());
    const more = () =>
      rig.store.contacts.updateMany({ _id: { $in: later } }, { $set: { 'profile.place.state': 'OH' } });
    return { ids, more };
  };
  const twice = new RegExp(
    `^It would go to ${2 * SOME} people; above ${SOME} a second person must approve it`,
  );
  const messages = (campaign: string) => rig.store.deliveries.countDocuments({ campaign });

  it('is counted again before the winner of its test goes to everybody else', async () => {
    rig.at('2026-12-25T17:00:00Z');
    const { ids, more } = await ohioans();
    const variants = ['a', 'b'].map((id) => ({ id, template: 'offer', share: 50 }));
    const split: Split = { variants, holdout: 0, test: { share: 30, waitMinutes: 600, by: 'reply' } };
    const id = idThatFills(split, ids, ['a', 'b', null]);
    await rig.start(id, {}, { split, segment: IN_OHIO });
    const tested = (await rig.planned(id)).size;
    await more();
    await noteWinner(rig.store, id, { variant: 'a', at: rig.now(), tallies: [] });
    await rig.paused(id);
    expect((await rig.find(id)).halted?.why).to.match(twice);
    expect(await messages(id)).to.equal(tested);
    expect(await resume(id)).to.match(twice);
    expect(await approve(id, 'another key')).to.equal(null);
    expect(await resume(id)).to.equal(null);
    await rig.planned(id);
    expect(await messages(id)).to.be.above(SOME);
  });

  it('is counted again by a resume where it was paused before all were planned', async () => {
    rig.at('2026-12-25T18:00:00Z');
    const { more } = await ohioans();
    await rig.start('half', {}, { segment: IN_OHIO });
    const [first = ''] = [...(await rig.planned('half')).keys()].sort();
    await rig.rest();
    await steerCampaign(rig.desks[0], 'half', 'pause');
    // As where it was paused after its first slice.
    const begun = { 'plan.cursor': first, 'plan.complete': false };
    await rig.store.campaigns.updateOne({ _id: 'half' }, { $set: begun });
    expect(await resume('half')).to.equal(null);
    await steerCampaign(rig.desks[0], 'half', 'pause');
    await more();
    expect(await resume('half')).to.match(twice);
    expect(await approve('half', 'another key')).to.equal(null);
    expect(await resume('half')).to.equal(null);
    await rig.planned('half');
    expect(await messages('half')).to.be.above(SOME);
  });

  for (const [which, day, cursor] of [
    ['', '26', null],
    [', also half-way', '27', 'c_!'],
  ] as const) {
    it(`is counted once who it follows is known, though nobody fitted when it was resumed after its time${which}`, async () => {
      const [first, follows] = [`first-${day}`, `follows-${day}`];
      rig.at(`2026-12-${day}T14:00:00Z`);
      await rig.start(first, { at: new Date(`2026-12-${day}T14:00:01Z`) });
      rig.at(`2026-12-${day}T14:00:10Z`);
      await rig.planned(first);
      const { breaker } = await readCampaignRules(rig.store);
      await writeCampaignRules(rig.store, { approvalOver: people - 1, breaker }, rig.now());
      const segment = { kind: 'sent', campaign: first } as const;
      await rig.start(follows, { at: new Date(`2026-12-${day}T15:00:00Z`) }, { segment });
      await steerCampaign(rig.desks[0], follows, 'pause');
      await rig.store.campaigns.updateOne({ _id: follows }, { $set: { 'plan.cursor': cursor } });
      rig.at(`2026-12-${day}T15:10:00Z`);
      expect(await resume(follows)).to.equal(null);
      const waits = async () => /still being sent/.test((await rig.find(follows)).halted?.why ?? '');
      await until('its wait', waits);
      await rig.store.deliveries.updateMany(
        { campaign: first },
        { $set: { state: 'accepted', acceptedAt: rig.now() }, $unset: { open: '' } },
      );
      await until('the end of the first', async () => (await rig.find(first)).state === 'finished');
      await noteCampaigns(rig.desks[0]);
      rig.at(`2026-12-${day}T15:11:00Z`);
      await rig.paused(follows);
      expect((await rig.find(follows)).halted?.why).to.match(
        new RegExp(
          `^It would go to ${people} people; above ${people - 1} a second person must approve it\\.`,
        ),
      );
      expect(await approve(follows, 'another key')).to.equal(null);
      expect(await resume(follows)).to.equal(null);
      expect((await rig.planned(follows)).size).to.equal(people);
    });
  }
});
