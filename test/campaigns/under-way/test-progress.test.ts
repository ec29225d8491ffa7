import { expect } from 'chai';
import { previewCampaign } from '../../../src/campaigns/campaign-preview.ts';
import { costOfCampaign } from '../../../src/campaigns/cost.ts';
import { progressOf } from '../../../src/campaigns/progress.ts';
import { groupOf, type Split } from '../../../src/domain/campaigns/experiment.ts';
import { notePlanned, noteWinner } from '../../../src/store/campaigns/monitoring.ts';
import { type CampaignHarness, startCampaignHarness } from '../campaign-harness.ts';
import { idThatFills } from '../marketer.ts';

const PEOPLE = 24;

describe('the progress of a campaign that waits for the winner of its test', () => {
  let harness: CampaignHarness;
  before(async () => {
    harness = await startCampaignHarness('158');
    harness.setClock('2026-12-01T14:00:00Z');
  });
  after(() => harness.stop());
  afterEach(async () => {
    for (const all of [harness.store.campaigns, harness.store.deliveries]) await all.deleteMany({});
  });

  it('counts everybody and not the test alone', async () => {
    const [context] = harness.contexts;
    const people = await Promise.all(Array.from({ length: PEOPLE }, () => harness.addPerson()));
    const variants = ['a', 'b'].map((id) => ({ id, template: 'offer', share: 50 }));
    const split: Split = { variants, holdout: 0, test: { share: 40, waitMinutes: 60, by: 'reply' } };
    const id = idThatFills(split, people, ['a', 'b', null]);
    await harness.startDraft(id, {}, { split });
    const told = async () => {
      const campaign = await harness.find(id);
      const { planComplete } = await progressOf(context, campaign);
      const { estimate, ahead } = await costOfCampaign(context, campaign);
      return [planComplete, estimate?.people.people ?? null, estimate?.parts.sum ?? null, ahead?.parts];
    };
    expect(await told()).to.deep.equal([false, PEOPLE, PEOPLE, 0]);
    const tested = (await harness.planUntilComplete(id)).size;
    await harness.stopPlanning();
    const waiting = PEOPLE - tested;
    expect(await told()).to.deep.equal([false, waiting, waiting, tested]);
    await noteWinner(harness.store, id, { variant: 'a', at: harness.now(), tallies: [] });
    // This looks like a campaign whose audience a second person must approve first.
    expect(await told()).to.deep.equal([false, waiting, waiting, tested]);
    await harness.planUntilComplete(id);
    expect(await told()).to.deep.equal([true, null, null, PEOPLE]);
  });

  it('previews the others for the end of a wait that has begun', async () => {
    const [context] = harness.contexts;
    const people = await Promise.all(
      Array.from({ length: PEOPLE }, () => harness.addPerson({ state: 'UT' })),
    );
    const variants = ['a', 'b'].map((id) => ({ id, template: 'offer', share: 50 }));
    const split: Split = { variants, holdout: 0, test: { share: 40, waitMinutes: 60, by: 'reply' } };
    const id = idThatFills(split, people, ['a', 'b', null]);
    await harness.startDraft(id, {}, { split, segment: { kind: 'state', oneOf: ['UT'] } });
    const tested = (await harness.planUntilComplete(id)).size;
    await harness.stopPlanning();
    const sent = { $set: { state: 'delivered' as const }, $unset: { open: '' as const } };
    await harness.store.deliveries.updateMany({ campaign: id }, sent);
    // The last message of the test left over an hour after the start.
    await notePlanned(harness.store, id, new Date('2026-12-01T15:10:00Z'));
    const start = { at: null, local: null, spreadMs: 0, deadline: null, repeat: null, everyone: false };
    const seen = await previewCampaign(context, {
      actor: { kind: 'key', id: 'a key' },
      id,
      start,
      saysHow: false,
    });
    if (seen?.kind !== 'previewed') throw new Error('nothing was previewed');
    const { placed, hadTurn } = seen.timing;
    expect([placed.length, hadTurn]).to.deep.equal([PEOPLE - tested, tested]);
    expect(placed.reduce((first, { at }) => Math.min(first, at?.getTime() ?? 0), Number.MAX_VALUE)).to.equal(
      Date.parse('2026-12-01T16:10:00Z'),
    );
  });

  it('counts no held-out person who came later among those who wait for the winner', async () => {
    const [context] = harness.contexts;
    const people = await Promise.all(
      Array.from({ length: PEOPLE }, () => harness.addPerson({ state: 'OH' })),
    );
    const variants = ['a', 'b'].map((id) => ({ id, template: 'offer', share: 50 }));
    const split: Split = { variants, holdout: 30, test: { share: 40, waitMinutes: 60, by: 'reply' } };
    const id = idThatFills(split, people, ['a', 'b', 'holdout', null]);
    const live = (some: string[], state: string) =>
      harness.store.contacts.updateMany({ _id: { $in: some } }, { $set: { 'profile.place.state': state } });
    const groups = people.map((person) => groupOf(split, null, { campaign: id, person }));
    const tried = groups.indexOf('a');
    const late = people.filter((_, at) => groups[at] !== null && at !== tried);
    await live(late, 'NV');
    await harness.startDraft(id, {}, { split, segment: { kind: 'state', oneOf: ['OH'] } });
    await harness.planUntilComplete(id);
    await harness.stopPlanning();
    await live(late, 'OH');
    const { estimate } = await costOfCampaign(context, await harness.find(id));
    const waiting = groups.filter((group) => group === null).length;
    expect([estimate?.people.people, estimate?.parts.sum]).to.deep.equal([waiting, waiting]);
  });
});
