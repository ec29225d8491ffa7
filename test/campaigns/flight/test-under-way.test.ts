import { expect } from 'chai';
import { costOfCampaign } from '../../../src/campaigns/cost.ts';
import { progressOf } from '../../../src/campaigns/progress.ts';
import type { Split } from '../../../src/domain/campaigns/split.ts';
import { noteWinner } from '../../../src/store/campaigns/winner.ts';
import { idThatFills } from '../crew.ts';
import { startTimeRig, type TimeRig } from '../time-rig.ts';

const PEOPLE = 24;

describe('what is told of a campaign while its test waits for a winner', () => {
  let rig: TimeRig;
  before(async () => {
    rig = await startTimeRig('158');
    rig.at('2026-12-01T14:00:00Z');
  });
  after(() => rig.stop());

  it('speaks of everybody, not of the test alone', async () => {
    const [desk] = rig.desks;
    const people = await Promise.all(Array.from({ length: PEOPLE }, () => rig.someone()));
    const variants = ['a', 'b'].map((id) => ({ id, template: 'offer', share: 50 }));
    const split: Split = { variants, holdout: 0, test: { share: 40, waitMinutes: 60, by: 'reply' } };
    const id = idThatFills(split, people, ['a', 'b', null]);
    await rig.start(id, {}, { split });
    const told = async () => {
      const campaign = await rig.find(id);
      const { planComplete } = await progressOf(desk, campaign);
      const { estimate, ahead } = await costOfCampaign(desk, campaign);
      return [planComplete, estimate?.people ?? null, estimate?.parts ?? null, ahead?.parts];
    };
    expect(await told()).to.deep.equal([false, PEOPLE, PEOPLE, 0]);
    const tested = (await rig.planned(id)).size;
    await rig.rest();
    const waiting = PEOPLE - tested;
    expect(await told()).to.deep.equal([false, waiting, waiting, tested]);
    await noteWinner(rig.store, id, { variant: 'a', at: rig.now(), tallies: [] });
    await rig.planned(id);
    expect(await told()).to.deep.equal([true, null, null, PEOPLE]);
  });
});
