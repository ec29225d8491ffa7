import { expect } from 'chai';
import { costOfCampaign } from '../../../src/campaigns/cost.ts';
import { progressOf } from '../../../src/campaigns/progress.ts';
import { groupOf, type Split } from '../../../src/domain/campaigns/experiment.ts';
import { noteWinner } from '../../../src/store/campaigns/monitoring.ts';
import { type CampaignHarness, startCampaignHarness } from '../campaign-harness.ts';
import { idThatFills } from '../marketer.ts';

const PEOPLE = 24;

describe('the progress of a campaign that waits for the winner of its test', () => {
  let rig: CampaignHarness;
  before(async () => {
    rig = await startCampaignHarness('158');
    rig.setClock('2026-12-01T14:00:00Z');
  });
  after(() => rig.stop());
  afterEach(async () => {
    for (const all of [rig.store.campaigns, rig.store.deliveries]) await all.deleteMany({});
  });

  it('counts everybody and not the test alone', async () => {
    const [context] = rig.contexts;
    const people = await Promise.all(Array.from({ length: PEOPLE }, () => rig.addPerson()));
    const variants = ['a', 'b'].map((id) => ({ id, template: 'offer', share: 50 }));
    const split: Split = { variants, holdout: 0, test: { share: 40, waitMinutes: 60, by: 'reply' } };
    const id = idThatFills(split, people, ['a', 'b', null]);
    await rig.startDraft(id, {}, { split });
    const told = async () => {
      const campaign = await rig.find(id);
      const { planComplete } = await progressOf(context, campaign);
      const { estimate, ahead } = await costOfCampaign(context, campaign);
      return [planComplete, estimate?.people ?? null, estimate?.parts ?? null, ahead?.parts];
    };
    expect(await told()).to.deep.equal([false, PEOPLE, PEOPLE, 0]);
    const tested = (await rig.planUntilComplete(id)).size;
    await rig.stopPlanning();
    const waiting = PEOPLE - tested;
    expect(await told()).to.deep.equal([false, waiting, waiting, tested]);
    await noteWinner(rig.store, id, { variant: 'a', at: rig.now(), tallies: [] });
    // As where a second person has to see first who it goes to.
    expect(await told()).to.deep.equal([false, waiting, waiting, tested]);
    await rig.planUntilComplete(id);
    expect(await told()).to.deep.equal([true, null, null, PEOPLE]);
  });

  it('counts no held-out person who came later among those who wait for the winner', async () => {
    const [context] = rig.contexts;
    const people = await Promise.all(Array.from({ length: PEOPLE }, () => rig.addPerson({ state: 'OH' })));
    const variants = ['a', 'b'].map((id) => ({ id, template: 'offer', share: 50 }));
    const split: Split = { variants, holdout: 30, test: { share: 40, waitMinutes: 60, by: 'reply' } };
    const id = idThatFills(split, people, ['a', 'b', 'holdout', null]);
    const live = (some: string[], state: string) =>
      rig.store.contacts.updateMany({ _id: { $in: some } }, { $set: { 'profile.place.state': state } });
    const groups = people.map((person) => groupOf(split, null, { campaign: id, person }));
    const tried = groups.indexOf('a');
    const late = people.filter((_, at) => groups[at] !== null && at !== tried);
    await live(late, 'NV');
    await rig.startDraft(id, {}, { split, segment: { kind: 'state', oneOf: ['OH'] } });
    await rig.planUntilComplete(id);
    await rig.stopPlanning();
    await live(late, 'OH');
    const { estimate } = await costOfCampaign(context, await rig.find(id));
    const waiting = groups.filter((group) => group === null).length;
    expect([estimate?.people, estimate?.parts]).to.deep.equal([waiting, waiting]);
  });
});
