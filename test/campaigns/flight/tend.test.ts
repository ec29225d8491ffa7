import { expect } from 'chai';
import { MongoServerError } from 'mongodb';
import { monitorPoller } from '../../../src/campaigns/worker/monitor.ts';
import type { AppContext } from '../../../src/consent/app-context.ts';
import { editPaused } from '../../../src/store/campaigns/editing.ts';
import type { DeliveryDoc } from '../../../src/store/deliveries/delivery.ts';
import { bareRow } from '../../receipts/rows.ts';
import { until } from '../../support/gateway.ts';
import { spied } from '../../support/spied.ts';
import { lookAlone } from '../look-alone.ts';
import { startTimeRig, type TimeRig } from '../time-rig.ts';

/** Rows that are written anew at a time. */
const SLICE = 200;
const ROWS = 5 * SLICE;

describe('campaigns that are tended at once', () => {
  let rig: TimeRig;
  before(async () => {
    rig = await startTimeRig('138');
    await rig.someone();
    rig.at(new Date().toISOString());
  });
  after(() => rig.stop());
  afterEach(async () => {
    expect(errors.splice(0)).to.deep.equal([]);
    await rig.store.campaigns.deleteMany({});
    await rig.store.deliveries.deleteMany({});
  });

  /** By whose clock every slice, and every look, takes ten seconds. */
  const hurried = (over: Partial<AppContext> = {}): AppContext => {
    let passed = 0;
    const monotonic = (): number => {
      passed += 10_000;
      return passed;
    };
    return { ...rig.contexts[0], now: () => new Date(), monotonic, ...over };
  };
  const errors: unknown[] = [];
  const tend = (context: AppContext) => lookAlone(monitorPoller(context, (error) => errors.push(error)));
  const rows = (campaign: string, count: number, over: Partial<DeliveryDoc>) =>
    rig.store.deliveries.insertMany(
      Array.from({ length: count }, (_, at) =>
        bareRow({ campaign, contact: `c_${campaign}${String(at).padStart(4, '0')}`, ...over }),
      ),
    );
  /** One that was paused and edited; its people are gone, so that its rows end as skipped. */
  const edited = async (): Promise<void> => {
    await rig.start('edited');
    await rows('edited', ROWS, { state: 'planned' });
    const over = { state: 'paused' as const, edition: 1, stale: true, 'plan.complete': true };
    await rig.store.campaigns.updateOne({ _id: 'edited' }, { $set: over });
  };
  /** One of which so much failed that it must be paused. */
  const failing = async (id: string): Promise<void> => {
    await rig.start(id);
    const decision = { allowed: true as const, reasons: [], at: new Date() };
    await rows(id, 100, { state: 'failed', error: '30003', decision });
    await rig.store.campaigns.updateOne({ _id: id }, { $set: { state: 'sending', 'plan.complete': true } });
  };
  const older = () => rig.store.deliveries.countDocuments({ campaign: 'edited', state: 'planned' });
  const paused = (id: string) =>
    until('the breaker', async () => (await rig.store.campaigns.findOne({ _id: id }))?.state === 'paused');
  const restOf = async (id: string): Promise<number> =>
    ((await rig.find(id)).tendedUntil?.getTime() ?? 0) - Date.now();

  it('are watched while rows of another are written anew, and these go on where they broke off', async () => {
    await edited();
    const left: Promise<number>[] = [];
    const log = { ...rig.contexts[0].log, warn: () => left.push(older()) };
    let slices = 0;
    const deliveries = spied(rig.store.deliveries, 'bulkWrite', async () => {
      slices += 1;
      if (slices === 1) await failing('flying');
    });
    const tending = tend(hurried({ log, store: { ...rig.store, deliveries } }));
    await paused('flying');
    await tending.stop();
    expect(await left[0]).to.be.within(1, ROWS - SLICE);
    // Whoever is there next goes on soon.
    expect(await restOf('edited')).to.be.at.most(500);
    const { rewrittenTo } = await rig.find('edited');
    expect(rewrittenTo).to.equal(`c_edited${String(ROWS - (await older()) - 1).padStart(4, '0')}`);
    // One that was flagged, and put back behind them.
    await rows('edited', 1, { state: 'planned' });
    const heir = tend(hurried());
    await until('the rows', async () => (await rig.find('edited')).stale === false);
    await heir.stop();
    expect(await older()).to.equal(0);
    expect(await rig.find('edited')).not.to.have.property('rewrittenTo');
  });

  it('are written anew at once where they were edited while they were watched, or written anew', async () => {
    await edited();
    const { store } = rig;
    await store.campaigns.updateOne({ _id: 'edited' }, { $set: { state: 'sending', stale: false } });
    let edits = 0;
    const editOnce = (edition: number) => async (): Promise<void> => {
      if (edits >= edition - 1) return;
      edits = edition - 1;
      await store.campaigns.updateOne({ _id: 'edited' }, { $set: { state: 'paused' } });
      const edit = { edition, by: 'a key', at: new Date(), what: [], note: 'again' };
      await editPaused(store, await rig.find('edited'), edit, {});
    };
    const deliveries = spied(
      spied(store.deliveries, 'countDocuments', editOnce(2)),
      'bulkWrite',
      editOnce(3),
    );
    const tending = tend(hurried({ store: { ...store, deliveries } }));
    await until('the rows', async () => edits === 2 && (await rig.find('edited')).stale === false);
    await tending.stop();
    expect([(await rig.find('edited')).edition, await older()]).to.deep.equal([3, 0]);
  });

  it('are paused where their topic is gone and messages of it still wait', async () => {
    const change = { state: 'sending' as const, topic: 'flash', 'plan.complete': true };
    // The last has a message of unknown outcome, which may still be put back: it waits then, and not before.
    const leaseUntil = new Date(Date.now() + 3_600_000);
    for (const [id, row] of [
      ['waits', { state: 'planned' }],
      ['left', { state: 'delivered' }],
      ['lost', { state: 'unknown', leaseUntil }],
    ] as const) {
      await rig.start(id);
      await rows(id, 1, row);
      await rig.store.campaigns.updateOne({ _id: id }, { $set: change });
    }
    const silent = hurried({ log: { ...rig.contexts[0].log, error: () => undefined } });
    const tending = tend(silent);
    await paused('waits');
    for (const id of ['left', 'lost'])
      await until(id, async () => (await rig.find(id)).tendedUntil !== undefined);
    await tending.stop();
    expect([(await rig.find('left')).state, (await rig.find('lost')).state]).to.deep.equal([
      'sending',
      'sending',
    ]);
    await rig.store.deliveries.updateOne({ campaign: 'lost' }, { $set: { state: 'planned' } });
    await rig.store.campaigns.updateOne({ _id: 'lost' }, { $unset: { tendedUntil: '' } });
    const heir = tend(silent);
    await paused('lost');
    await heir.stop();
    expect((await rig.find('waits')).halted?.why).to.match(/^Its program no longer has the topic "flash"\./);
  });

  it('are watched at once again where a winner was chosen, which goes to everybody now', async () => {
    const variants = ['a', 'b'].map((id) => ({ id, template: 'offer', share: 50 }));
    const split = { variants, holdout: 0, test: { share: 50, waitMinutes: 1, by: 'reply' } };
    await rig.start('won', {}, { split });
    const decision = { allowed: true as const, reasons: [], at: new Date() };
    await rows('won', 4, { state: 'delivered', variant: 'a', decision });
    const waited = {
      state: 'sending' as const,
      'plan.complete': true,
      plannedAt: new Date(Date.now() - 90_000),
    };
    await rig.store.campaigns.updateOne({ _id: 'won' }, { $set: waited });
    const stopped: Promise<void>[] = [];
    const log = { ...rig.contexts[0].log, info: () => stopped.push(tends.stop()) };
    const tends = tend(hurried({ log }));
    await until('its winner', async () => stopped.length > 0);
    await Promise.all(stopped);
    expect((await rig.find('won')).winner?.variant).to.equal('a');
    expect(await restOf('won')).to.be.at.most(500);
  });

  it('have their rest where their figures took too long, are told of once, and leave others their turn', async () => {
    await failing('large');
    await failing('other');
    const tooLong = new MongoServerError({ message: 'operation exceeded time limit', code: 50 });
    const deliveries = spied(rig.store.deliveries, 'aggregate', (stages) => {
      if (JSON.stringify(stages).includes('"large"')) throw tooLong;
    });
    const told: unknown[] = [];
    const log = { ...rig.contexts[0].log, warn: (fields: object) => told.push(fields) };
    let passes = 0;
    const campaigns = spied(rig.store.campaigns, 'find', () => {
      passes += 1;
    });
    const tending = tend(hurried({ log, store: { ...rig.store, deliveries, campaigns } }));
    await paused('other');
    const before = passes;
    await until('more passes', async () => passes >= before + 3);
    await tending.stop();
    expect(told).to.have.length(2);
    expect(told).to.deep.include({ campaign: 'large' });
    expect((await rig.find('large')).state).to.equal('sending');
    // Five times what it took.
    expect(await restOf('large')).to.be.within(40_000, 50_000);
  });
});
