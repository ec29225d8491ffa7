import { expect } from 'chai';
import { messageContext } from '../../../src/campaigns/content.ts';
import { editCampaign, rerenderMessages } from '../../../src/campaigns/editing.ts';
import { changeState } from '../../../src/campaigns/lifecycle.ts';
import { planBatch } from '../../../src/campaigns/worker/batch.ts';
import { claimBatch } from '../../../src/sending/claim-batch.ts';
import { insertMessages } from '../../../src/store/campaigns/messages.ts';
import { noteWinner } from '../../../src/store/campaigns/monitoring.ts';
import {
  claimForPlanning,
  completeBatch,
  renewPlanningLease,
} from '../../../src/store/campaigns/planning.ts';
import { dispatchDeps } from '../../sending/dispatch-deps.ts';
import { until } from '../../support/gateway.ts';
import { type CampaignHarness, startCampaignHarness } from '../campaign-harness.ts';

const BEGUN = '2026-12-01T12:00:00Z';
const LEASE_OVER = '2026-12-01T12:00:30Z';

describe('a process that stood still while it planned a campaign', () => {
  let harness: CampaignHarness;
  before(async () => {
    harness = await startCampaignHarness('155');
    harness.setClock(BEGUN);
    await harness.addPerson();
  });
  after(() => harness.stop());
  beforeEach(() => harness.setClock(BEGUN));

  /** Paused, edited, written anew and resumed; another process has it now. */
  const edited = async (id: string): Promise<void> => {
    const [, context] = harness.contexts;
    await changeState(context, id, 'pause');
    const order = { words: false, deadline: new Date('2026-12-05T12:00:00Z'), by: 'a key', note: 'an end' };
    await editCampaign(context, id, order);
    harness.setClock(LEASE_OVER);
    await rerenderMessages(context, await harness.find(id), () => true);
    expect((await harness.find(id)).stale).to.equal(false);
    await changeState(context, id, 'resume');
    expect((await claimForPlanning(harness.store, harness.now()))?._id).to.equal(id);
  };

  it('writes nothing with the words of before an edit, though nobody planned on since', async () => {
    await harness.startDraft('sale');
    const [{ catalog, ...context }] = harness.contexts;
    let turns = 0;
    const refresh = async (): Promise<void> => {
      turns += 1;
      if (turns === 1) await edited('sale');
      else await catalog.refresh();
    };
    const told: string[] = [];
    const log = { ...context.log, warn: (_about: object, line: string) => told.push(line) };
    const planner = harness.startPlanner({ ...context, log, catalog: { ...catalog, refresh } });
    await until(
      'the slow planner has ended',
      async () => told.length > 0 || (await harness.find('sale')).plan.complete,
    );
    harness.setClock('2026-12-01T12:01:00Z');
    await until('the campaign is planned', async () => (await harness.find('sale')).plan.complete);
    await planner.stop();
    const rows = await harness.store.deliveries.find({ campaign: 'sale' }).toArray();
    expect(rows.map(({ edition }) => edition)).to.deep.equal([1]);
  });

  it('leaves stale rows after an edit, which nobody sends and the next planner writes anew', async () => {
    await harness.startDraft('late');
    const [context] = harness.contexts;
    const claimed = await claimForPlanning(harness.store, harness.now());
    if (claimed === null) throw new Error('nothing was claimed');
    const slice = await planBatch(context, await messageContext(context, claimed), async () => true);
    await edited('late');
    await insertMessages(harness.store, slice?.rows ?? []);
    const row = async () => harness.store.deliveries.findOne({ campaign: 'late' });
    const round = async () => {
      const { index = '' } = (await harness.store.contacts.findOne({})) ?? {};
      const deps = { ...dispatchDeps(harness.store, context), indexOf: () => index, now: harness.now };
      return claimBatch(deps, [(await row())?._id ?? '']);
    };
    // Offers may leave at this hour.
    harness.setClock('2026-12-01T18:00:00Z');
    expect((await round()).ready).to.deep.equal([]);
    expect([(await row())?.state, (await row())?.edition]).to.deep.equal(['planned', undefined]);
    await harness.planUntilComplete('late');
    expect([(await row())?.state, (await row())?.edition]).to.deep.equal(['planned', 1]);
    await harness.stopPlanning();
    await harness.store.deliveries.updateMany({ campaign: 'late' }, { $unset: { edition: '' } });
    expect((await round()).ready, 'nobody plans it any more').to.deep.equal([]);
    expect((await row())?.state).to.equal('expired');
  });

  it('changes nothing in what is planned anew for the winner of a test', async () => {
    await harness.startDraft('test');
    const claimed = await claimForPlanning(harness.store, harness.now());
    if (claimed === null) throw new Error('nothing was claimed');
    const done = { awaitsWinner: true, 'plan.complete': true };
    await harness.store.campaigns.updateOne({ _id: 'test' }, { $set: done });
    expect(
      await noteWinner(harness.store, 'test', { variant: 'a', at: harness.now(), tallies: [] }),
    ).to.equal(true);
    const slice = { to: 'c_z', complete: false, people: 1, planned: 1, yields: false };
    expect(await renewPlanningLease(harness.store, claimed, harness.now())).to.equal(false);
    expect(await completeBatch(harness.store, claimed, slice, harness.now())).to.equal(false);
    const again = await claimForPlanning(harness.store, harness.now());
    if (again === null) throw new Error('nothing was claimed again');
    expect(await renewPlanningLease(harness.store, again, harness.now())).to.equal(true);
    expect(await completeBatch(harness.store, again, slice, harness.now())).to.equal(true);
  });
});
