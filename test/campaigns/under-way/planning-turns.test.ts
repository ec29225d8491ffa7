import { expect } from 'chai';
import { changeState } from '../../../src/campaigns/lifecycle.ts';
import type { AppContext } from '../../../src/consent/app-context.ts';
import { sweepCanceled } from '../../../src/store/campaigns/ending.ts';
import { until } from '../../support/gateway.ts';
import { spied } from '../../support/spied.ts';
import { type CampaignHarness, startCampaignHarness } from '../campaign-harness.ts';

/** The number of people in a plan of three slices. */
const PEOPLE = 1100;
const fail = (_campaign: string, error: unknown): void => {
  throw error;
};
const START = '2026-12-01T14:59:00.000Z';
const RUN = 'daily.2612011500';

describe('campaigns that are planned at the same time', () => {
  let harness: CampaignHarness;
  before(async () => {
    harness = await startCampaignHarness('137');
    await harness.addPeople(PEOPLE);
    harness.setClock(START);
  });
  after(() => harness.stop());
  afterEach(async () => {
    await harness.store.campaigns.deleteMany({});
    await harness.store.deliveries.deleteMany({});
  });

  /** On a clock by which every slice takes longer than a turn. */
  const hurried = (context: AppContext): AppContext => {
    let passed = 0;
    const deliveries = spied(context.store.deliveries, 'bulkWrite', () => {
      passed += 20_000;
    });
    return {
      ...context,
      store: { ...context.store, deliveries },
      now: () => new Date(new Date(START).getTime() + passed),
      monotonic: () => passed,
    };
  };
  /** The same; from each slice that it notes to the next campaign that it asks for, ms. */
  const timed = (context: AppContext): { context: AppContext; rests: number[] } => {
    const rests: number[] = [];
    let noted: number | null = null;
    const noting = spied(context.store.campaigns, 'updateOne', (filter) => {
      if (Object.hasOwn(filter as object, 'plan.cursor')) noted = performance.now();
    });
    const campaigns = spied(noting, 'findOneAndUpdate', (filter) => {
      if (noted === null || !Object.hasOwn(filter as object, 'repeat')) return;
      rests.push(performance.now() - noted);
      noted = null;
    });
    return { context: { ...context, store: { ...context.store, campaigns } }, rests };
  };
  const planned = (ids: string[]) =>
    until('the campaigns are planned', async () => {
      const done = { _id: { $in: ids }, 'plan.complete': true };
      return (await harness.store.campaigns.countDocuments(done)) === ids.length;
    });
  /** The campaigns of the written rows, slice by slice. */
  const written = async (): Promise<string[]> => {
    const rows = await harness.store.deliveries.find({}, { hint: { $natural: 1 } }).toArray();
    const whose = rows.map(({ campaign = '' }) => campaign);
    return whose.filter((id, at) => id !== whose[at - 1]);
  };

  it('take turns by how long each has waited, without a rest between, while runs are made', async () => {
    await harness.startDraft('daily', { repeat: { cron: '0 10 * * *', until: null, validMs: null } });
    await harness.startDraft('first');
    await harness.startDraft('other', { at: new Date('2026-12-01T14:59:01.000Z') });
    const { context, rests } = timed(hurried(harness.contexts[1]));
    const planner = harness.startPlanner(context);
    await planned(['first', 'other', RUN]);
    await planner.stop();
    // The run's time comes with the third turn.
    const turns = ['first', 'other', 'first', RUN, 'other', 'first', RUN, 'other', RUN];
    expect(await written()).to.deep.equal(turns);
    expect(await harness.store.deliveries.countDocuments()).to.equal(3 * PEOPLE);
    // Between turns there is no rest.
    expect(rests.length).to.be.at.least(turns.length - 1);
    expect(Math.min(...rests)).to.be.lessThan(400);
  });

  it('leave no planned row after a cancel, however long their planner stood still', async () => {
    await harness.startDraft('gone');
    const { store } = harness;
    let slices = 0;
    // Canceled, swept, and done with, before what was read of it is written.
    const deliveries = spied(store.deliveries, 'bulkWrite', async () => {
      slices += 1;
      await changeState(harness.contexts[0], 'gone', 'cancel');
      await sweepCanceled(store, new Date(new Date(START).getTime() + 3_600_000), fail);
      expect((await harness.find('gone')).plan.leaseUntil).to.equal(null);
    });
    const planner = harness.startPlanner({ ...harness.contexts[1], store: { ...store, deliveries } });
    await until('the planner writes a slice', async () => slices > 0);
    await planner.stop();
    const rows = await store.deliveries.find({ campaign: 'gone' }).toArray();
    expect(rows).not.to.have.length(0);
    expect([...new Set(rows.map(({ state, open }) => `${state} ${open}`))]).to.deep.equal([
      'canceled undefined',
    ]);
  });

  it('write nothing when their planner stood still over a cancel, so that its death leaves nothing', async () => {
    await harness.startDraft('gone');
    const { store } = harness;
    let canceled = false;
    // Canceled, swept, and done with, after the planner took it up.
    const { catalog } = harness.contexts[1];
    const refresh = async () => {
      await changeState(harness.contexts[0], 'gone', 'cancel');
      await sweepCanceled(store, new Date(new Date(START).getTime() + 3_600_000), fail);
      canceled = true;
    };
    const failures: string[] = [];
    const campaigns = spied(store.campaigns, 'updateOne', () => {
      if (canceled) throw new Error('the process is dying');
    });
    const planner = harness.startPlanner(
      { ...harness.contexts[1], catalog: { ...catalog, refresh }, store: { ...store, campaigns } },
      (error) => failures.push((error as Error).message),
    );
    await until('the planner has failed', async () => failures.length > 0);
    await planner.stop();
    expect(failures[0]).to.equal('the process is dying');
    expect(await store.deliveries.countDocuments({ campaign: 'gone' })).to.equal(0);
  });

  it('give nobody a second row when two processes plan, and count each person once', async () => {
    for (const id of ['first', 'other']) await harness.startDraft(id);
    const planners = harness.contexts.map((context) => harness.startPlanner(hurried(context)));
    await planned(['first', 'other']);
    for (const planner of planners) await planner.stop();
    for (const id of ['first', 'other']) {
      expect((await harness.find(id)).plan).to.deep.include({ people: PEOPLE, leaseUntil: null });
      expect(await harness.store.deliveries.countDocuments({ campaign: id })).to.equal(PEOPLE);
    }
  });

  it('take their turns although a recurrence or the rest of a canceled campaign fails each time', async () => {
    for (const id of ['broken', 'daily'])
      await harness.startDraft(id, { repeat: { cron: '0 10 * * *', until: null, validMs: null } });
    const lost = { 'repeat.zone': 'Mars/Olympus', 'repeat.nextAt': new Date(START) };
    await harness.store.campaigns.updateOne({ _id: 'broken' }, { $set: lost });
    await harness.store.campaigns.updateOne({ _id: 'daily' }, { $set: { 'repeat.nextAt': new Date(START) } });
    for (const id of ['gone', 'other']) {
      await harness.startDraft(id);
      const swept = { state: 'canceled' as const, 'plan.leaseUntil': new Date(START) };
      await harness.store.campaigns.updateOne({ _id: id }, { $set: swept });
    }
    const deliveries = spied(harness.store.deliveries, 'updateMany', (filter) => {
      if ((filter as { campaign?: string }).campaign === 'gone') throw new Error('it takes too long');
    });
    const told = new Set<string>();
    const error = ({ campaign = '' }: { campaign?: string }, line: string) =>
      told.add(`${campaign}: ${line}`);
    const [, context] = harness.contexts;
    const planner = harness.startPlanner({
      ...context,
      log: { ...context.log, error },
      store: { ...harness.store, deliveries },
    });
    await until(
      'the run of the recurrence is made',
      async () => (await harness.store.campaigns.findOne({ runOf: 'daily' })) !== null,
    );
    await planned([(await harness.store.campaigns.findOne({ runOf: 'daily' }))?._id ?? '']);
    await planner.stop();
    expect([...told].sort()).to.deep.equal([
      'broken: a recurrence could not be checked; it is checked again',
      'gone: the open messages of a canceled campaign could not be canceled; the scheduler tries again',
    ]);
    expect((await harness.find('other')).plan.leaseUntil).to.equal(null);
  });

  it('leave the second sweep after a cancel to the next process when the planner is stopped', async () => {
    await harness.startDraft('gone');
    const { catalog } = harness.contexts[1];
    let ended: Promise<void> | null = null;
    const refresh = async () => {
      await changeState(harness.contexts[0], 'gone', 'cancel');
      ended = planner.stop();
    };
    const planner = harness.startPlanner({ ...harness.contexts[1], catalog: { ...catalog, refresh } });
    await until('the planner is told to stop', async () => ended !== null);
    await ended;
    expect((await harness.find('gone')).plan.leaseUntil).to.be.instanceOf(Date);
  });
});
