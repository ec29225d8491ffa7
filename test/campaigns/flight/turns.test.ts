import { expect } from 'chai';
import { changeState } from '../../../src/campaigns/lifecycle.ts';
import type { AppContext } from '../../../src/consent/app-context.ts';
import { sweepCanceled } from '../../../src/store/campaigns/ending.ts';
import { until } from '../../support/gateway.ts';
import { spied } from '../../support/spied.ts';
import { startTimeRig, type TimeRig } from '../time-rig.ts';

/** Of a plan of three slices. */
const PEOPLE = 1100;
const fail = (_campaign: string, error: unknown): void => {
  throw error;
};
const START = '2026-12-01T14:59:00.000Z';
const RUN = 'daily.2612011500';

describe('the turns of campaigns that are planned at once', () => {
  let rig: TimeRig;
  before(async () => {
    rig = await startTimeRig('137');
    await rig.many(PEOPLE);
    rig.at(START);
  });
  after(() => rig.stop());
  afterEach(async () => {
    await rig.store.campaigns.deleteMany({});
    await rig.store.deliveries.deleteMany({});
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
    until('the plans', async () => {
      const done = { _id: { $in: ids }, 'plan.complete': true };
      return (await rig.store.campaigns.countDocuments(done)) === ids.length;
    });
  /** Whose rows were written, slice by slice. */
  const written = async (): Promise<string[]> => {
    const rows = await rig.store.deliveries.find({}, { hint: { $natural: 1 } }).toArray();
    const whose = rows.map(({ campaign = '' }) => campaign);
    return whose.filter((id, at) => id !== whose[at - 1]);
  };

  it('come in the order of how long each has waited, one at once after the other, and runs are made meanwhile', async () => {
    await rig.start('daily', { repeat: { cron: '0 10 * * *', until: null, validMs: null } });
    await rig.start('first');
    await rig.start('other', { at: new Date('2026-12-01T14:59:01.000Z') });
    const { context, rests } = timed(hurried(rig.contexts[1]));
    const flight = rig.fly(context);
    await planned(['first', 'other', RUN]);
    await flight.stop();
    // The run's time comes with the third turn.
    const turns = ['first', 'other', 'first', RUN, 'other', 'first', RUN, 'other', RUN];
    expect(await written()).to.deep.equal(turns);
    expect(await rig.store.deliveries.countDocuments()).to.equal(3 * PEOPLE);
    // Between turns there is no rest.
    expect(rests.length).to.be.at.least(turns.length - 1);
    expect(Math.min(...rests)).to.be.lessThan(400);
  });

  it('that end after a cancel leave no row planned, however long their planner stood still', async () => {
    await rig.start('gone');
    const { store } = rig;
    let slices = 0;
    // Canceled, swept, and done with, before what was read of it is written.
    const deliveries = spied(store.deliveries, 'bulkWrite', async () => {
      slices += 1;
      await changeState(rig.contexts[0], 'gone', 'cancel');
      await sweepCanceled(store, new Date(new Date(START).getTime() + 3_600_000), fail);
      expect((await rig.find('gone')).plan.leaseUntil).to.equal(null);
    });
    const flight = rig.fly({ ...rig.contexts[1], store: { ...store, deliveries } });
    await until('a slice', async () => slices > 0);
    await flight.stop();
    const rows = await store.deliveries.find({ campaign: 'gone' }).toArray();
    expect(rows).not.to.have.length(0);
    expect([...new Set(rows.map(({ state, open }) => `${state} ${open}`))]).to.deep.equal([
      'canceled undefined',
    ]);
  });

  it('that stood still over a cancel write nothing, so that nothing is left where they die then', async () => {
    await rig.start('gone');
    const { store } = rig;
    let canceled = false;
    // Canceled, swept, and done with, after the planner took it up.
    const { catalog } = rig.contexts[1];
    const refresh = async () => {
      await changeState(rig.contexts[0], 'gone', 'cancel');
      await sweepCanceled(store, new Date(new Date(START).getTime() + 3_600_000), fail);
      canceled = true;
    };
    const failures: string[] = [];
    const campaigns = spied(store.campaigns, 'updateOne', () => {
      if (canceled) throw new Error('the process is dying');
    });
    const flight = rig.fly(
      { ...rig.contexts[1], catalog: { ...catalog, refresh }, store: { ...store, campaigns } },
      (error) => failures.push((error as Error).message),
    );
    await until('its end', async () => failures.length > 0);
    await flight.stop();
    expect(failures[0]).to.equal('the process is dying');
    expect(await store.deliveries.countDocuments({ campaign: 'gone' })).to.equal(0);
  });

  it('of two processes give nobody a second row, and count each once', async () => {
    for (const id of ['first', 'other']) await rig.start(id);
    const flights = rig.contexts.map((context) => rig.fly(hurried(context)));
    await planned(['first', 'other']);
    for (const flight of flights) await flight.stop();
    for (const id of ['first', 'other']) {
      expect((await rig.find(id)).plan).to.deep.include({ people: PEOPLE, leaseUntil: null });
      expect(await rig.store.deliveries.countDocuments({ campaign: id })).to.equal(PEOPLE);
    }
  });

  it('come also where a recurrence, or what is left of a canceled campaign, fails each time', async () => {
    for (const id of ['broken', 'daily'])
      await rig.start(id, { repeat: { cron: '0 10 * * *', until: null, validMs: null } });
    const lost = { 'repeat.zone': 'Mars/Olympus', 'repeat.nextAt': new Date(START) };
    await rig.store.campaigns.updateOne({ _id: 'broken' }, { $set: lost });
    await rig.store.campaigns.updateOne({ _id: 'daily' }, { $set: { 'repeat.nextAt': new Date(START) } });
    for (const id of ['gone', 'other']) {
      await rig.start(id);
      const swept = { state: 'canceled' as const, 'plan.leaseUntil': new Date(START) };
      await rig.store.campaigns.updateOne({ _id: id }, { $set: swept });
    }
    const deliveries = spied(rig.store.deliveries, 'updateMany', (filter) => {
      if ((filter as { campaign?: string }).campaign === 'gone') throw new Error('it takes too long');
    });
    const told = new Set<string>();
    const error = ({ campaign = '' }: { campaign?: string }, line: string) =>
      told.add(`${campaign}: ${line}`);
    const [, context] = rig.contexts;
    const flight = rig.fly({
      ...context,
      log: { ...context.log, error },
      store: { ...rig.store, deliveries },
    });
    await until('the run', async () => (await rig.store.campaigns.findOne({ runOf: 'daily' })) !== null);
    await planned([(await rig.store.campaigns.findOne({ runOf: 'daily' }))?._id ?? '']);
    await flight.stop();
    expect([...told].sort()).to.deep.equal([
      'broken: a recurrence could not be checked; it is checked again',
      'gone: the open messages of a canceled campaign could not be canceled; the scheduler tries again',
    ]);
    expect((await rig.find('other')).plan.leaseUntil).to.equal(null);
  });

  it('that are told to end after a cancel leave its second sweep to be done', async () => {
    await rig.start('gone');
    const { catalog } = rig.contexts[1];
    let ended: Promise<void> | null = null;
    const refresh = async () => {
      await changeState(rig.contexts[0], 'gone', 'cancel');
      ended = flight.stop();
    };
    const flight = rig.fly({ ...rig.contexts[1], catalog: { ...catalog, refresh } });
    await until('its end', async () => ended !== null);
    await ended;
    expect((await rig.find('gone')).plan.leaseUntil).to.be.instanceOf(Date);
  });
});
