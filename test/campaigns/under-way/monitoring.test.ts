import { expect } from 'chai';
import { MongoServerError } from 'mongodb';
import { monitorPoller } from '../../../src/campaigns/worker/monitor.ts';
import type { AppContext } from '../../../src/consent/app-context.ts';
import { editPaused } from '../../../src/store/campaigns/editing.ts';
import type { DeliveryDoc } from '../../../src/store/deliveries/delivery.ts';
import { bareRow } from '../../receipts/rows.ts';
import { until } from '../../support/gateway.ts';
import { spied } from '../../support/spied.ts';
import { type CampaignHarness, startCampaignHarness } from '../campaign-harness.ts';
import { pollAlone } from '../poll-alone.ts';

/** Rows that are written anew at a time. */
const SLICE = 200;
const ROWS = 5 * SLICE;

describe('campaigns that are looked after at the same time', () => {
  let harness: CampaignHarness;
  before(async () => {
    harness = await startCampaignHarness('138');
    await harness.addPerson();
    harness.setClock(new Date().toISOString());
  });
  after(() => harness.stop());
  afterEach(async () => {
    expect(errors.splice(0)).to.deep.equal([]);
    await harness.store.campaigns.deleteMany({});
    await harness.store.deliveries.deleteMany({});
  });

  /** A context by whose clock every slice and every poll takes ten seconds. */
  const hurried = (over: Partial<AppContext> = {}): AppContext => {
    let passed = 0;
    const monotonic = (): number => {
      passed += 10_000;
      return passed;
    };
    return { ...harness.contexts[0], now: () => new Date(), monotonic, ...over };
  };
  const errors: unknown[] = [];
  const tend = (context: AppContext) => pollAlone(monitorPoller(context, (error) => errors.push(error)));
  const rows = (campaign: string, count: number, over: Partial<DeliveryDoc>) =>
    harness.store.deliveries.insertMany(
      Array.from({ length: count }, (_, at) =>
        bareRow({ campaign, contact: `c_${campaign}${String(at).padStart(4, '0')}`, ...over }),
      ),
    );
  /** A campaign that was paused and edited. Its people are gone, so its rows end as skipped. */
  const edited = async (): Promise<void> => {
    await harness.startDraft('edited');
    await rows('edited', ROWS, { state: 'planned' });
    const over = { state: 'paused' as const, edition: 1, stale: true, 'plan.complete': true };
    await harness.store.campaigns.updateOne({ _id: 'edited' }, { $set: over });
  };
  /** A campaign with so many failures that it must be paused. */
  const failing = async (id: string): Promise<void> => {
    await harness.startDraft(id);
    const decision = { allowed: true as const, reasons: [], at: new Date() };
    await rows(id, 100, { state: 'failed', error: '30003', decision });
    await harness.store.campaigns.updateOne(
      { _id: id },
      { $set: { state: 'sending', 'plan.complete': true } },
    );
  };
  const older = () => harness.store.deliveries.countDocuments({ campaign: 'edited', state: 'planned' });
  const paused = (id: string) =>
    until(
      'the breaker has paused the campaign',
      async () => (await harness.store.campaigns.findOne({ _id: id }))?.state === 'paused',
    );
  const restOf = async (id: string): Promise<number> =>
    ((await harness.find(id)).tendedUntil?.getTime() ?? 0) - Date.now();

  it('are judged while the messages of another are written anew, which goes on where it stopped', async () => {
    await edited();
    const left: Promise<number>[] = [];
    const log = { ...harness.contexts[0].log, warn: () => left.push(older()) };
    let slices = 0;
    const deliveries = spied(harness.store.deliveries, 'bulkWrite', async () => {
      slices += 1;
      if (slices === 1) await failing('flying');
    });
    const tending = tend(hurried({ log, store: { ...harness.store, deliveries } }));
    await paused('flying');
    await tending.stop();
    expect(await left[0]).to.be.within(1, ROWS - SLICE);
    // The next process goes on soon.
    expect(await restOf('edited')).to.be.at.most(500);
    const { rewrittenTo } = await harness.find('edited');
    expect(rewrittenTo).to.equal(`c_edited${String(ROWS - (await older()) - 1).padStart(4, '0')}`);
    // This row was claimed, and was put back behind the others.
    await rows('edited', 1, { state: 'planned' });
    const heir = tend(hurried());
    await until(
      'the edited messages are written anew',
      async () => (await harness.find('edited')).stale === false,
    );
    await heir.stop();
    expect(await older()).to.equal(0);
    expect(await harness.find('edited')).not.to.have.property('rewrittenTo');
  });

  it('are written anew at once when they were edited meanwhile', async () => {
    await edited();
    const { store } = harness;
    await store.campaigns.updateOne({ _id: 'edited' }, { $set: { state: 'sending', stale: false } });
    let edits = 0;
    const editOnce = (edition: number) => async (): Promise<void> => {
      if (edits >= edition - 1) return;
      edits = edition - 1;
      await store.campaigns.updateOne({ _id: 'edited' }, { $set: { state: 'paused' } });
      const edit = { edition, by: 'a key', at: new Date(), what: [], note: 'again' };
      await editPaused(store, await harness.find('edited'), edit, { stale: true });
    };
    const deliveries = spied(
      spied(store.deliveries, 'countDocuments', editOnce(2)),
      'bulkWrite',
      editOnce(3),
    );
    const tending = tend(hurried({ store: { ...store, deliveries } }));
    await until(
      'the messages are written anew after the second edit',
      async () => edits === 2 && (await harness.find('edited')).stale === false,
    );
    await tending.stop();
    expect([(await harness.find('edited')).edition, await older()]).to.deep.equal([3, 0]);
  });

  it('are paused when their topic is gone and messages of it still wait', async () => {
    const change = { state: 'sending' as const, topic: 'flash', 'plan.complete': true };
    // The last has a message of unknown outcome, which may still be put back: it waits then, and not before.
    const leaseUntil = new Date(Date.now() + 3_600_000);
    for (const [id, row] of [
      ['waits', { state: 'planned' }],
      ['left', { state: 'delivered' }],
      ['lost', { state: 'unknown', leaseUntil }],
    ] as const) {
      await harness.startDraft(id);
      await rows(id, 1, row);
      await harness.store.campaigns.updateOne({ _id: id }, { $set: change });
    }
    const silent = hurried({ log: { ...harness.contexts[0].log, error: () => undefined } });
    const tending = tend(silent);
    await paused('waits');
    for (const id of ['left', 'lost'])
      await until(`campaign ${id} is tended`, async () => (await harness.find(id)).tendedUntil !== undefined);
    await tending.stop();
    expect([(await harness.find('left')).state, (await harness.find('lost')).state]).to.deep.equal([
      'sending',
      'sending',
    ]);
    await harness.store.deliveries.updateOne({ campaign: 'lost' }, { $set: { state: 'planned' } });
    await harness.store.campaigns.updateOne({ _id: 'lost' }, { $unset: { tendedUntil: '' } });
    const heir = tend(silent);
    await paused('lost');
    await heir.stop();
    expect((await harness.find('waits')).halted?.why).to.match(
      /^Its program no longer has the topic "flash"\./,
    );
  });

  it('are judged again at once after a winner was chosen, which goes to everybody', async () => {
    const variants = ['a', 'b'].map((id) => ({ id, template: 'offer', share: 50 }));
    const split = { variants, holdout: 0, test: { share: 50, waitMinutes: 1, by: 'reply' } };
    await harness.startDraft('won', {}, { split });
    const decision = { allowed: true as const, reasons: [], at: new Date() };
    await rows('won', 4, { state: 'delivered', variant: 'a', decision });
    const waited = {
      state: 'sending' as const,
      'plan.complete': true,
      plannedAt: new Date(Date.now() - 90_000),
    };
    await harness.store.campaigns.updateOne({ _id: 'won' }, { $set: waited });
    const stopped: Promise<void>[] = [];
    const log = { ...harness.contexts[0].log, info: () => stopped.push(tends.stop()) };
    const tends = tend(hurried({ log }));
    await until('the process has stopped after the winner was chosen', async () => stopped.length > 0);
    await Promise.all(stopped);
    expect((await harness.find('won')).winner?.variant).to.equal('a');
    expect(await restOf('won')).to.be.at.most(500);
  });

  it('rest when their figures took too long, are logged once, and let others have their turn', async () => {
    await failing('large');
    await failing('other');
    const tooLong = new MongoServerError({ message: 'operation exceeded time limit', code: 50 });
    const deliveries = spied(harness.store.deliveries, 'aggregate', (stages) => {
      if (JSON.stringify(stages).includes('"large"')) throw tooLong;
    });
    const told: unknown[] = [];
    const log = { ...harness.contexts[0].log, warn: (fields: object) => told.push(fields) };
    let passes = 0;
    const campaigns = spied(harness.store.campaigns, 'find', () => {
      passes += 1;
    });
    const tending = tend(hurried({ log, store: { ...harness.store, deliveries, campaigns } }));
    await paused('other');
    const before = passes;
    await until('three more passes are done', async () => passes >= before + 3);
    await tending.stop();
    expect(told).to.have.length(2);
    expect(told).to.deep.include({ campaign: 'large' });
    expect((await harness.find('large')).state).to.equal('sending');
    // Five times what it took.
    expect(await restOf('large')).to.be.within(40_000, 50_000);
  });
});
