import { expect } from 'chai';
import { putCampaign } from '../../../src/api/campaigns.ts';
import type { Problem } from '../../../src/api/http/problems.ts';
import { draftResend } from '../../../src/campaigns/resend.ts';
import type { AppContext } from '../../../src/consent/app-context.ts';
import { asRefusal } from '../../../src/consent/command-refused.ts';
import { campaignIdFault, journeyStream, laneOf } from '../../../src/domain/sending/lanes.ts';
import { type ClosedWatch, watchPausedLanes } from '../../../src/sending/paused-lanes.ts';
import type { Store } from '../../../src/store/store.ts';
import { until } from '../../support/gateway.ts';
import { spied } from '../../support/spied.ts';
import { type CampaignHarness, startCampaignHarness } from '../campaign-harness.ts';

const lane = (stream: string) => laneOf('marketing', stream);

describe('the lanes of paused campaigns and journeys', () => {
  let harness: CampaignHarness;
  let watch: ClosedWatch | null = null;
  const errors: unknown[] = [];
  before(async () => {
    harness = await startCampaignHarness('139');
    await harness.addPerson();
    harness.setClock(new Date().toISOString());
  });
  after(() => harness.stop());
  afterEach(async () => {
    await watch?.stop();
    watch = null;
    errors.length = 0;
    await harness.store.campaigns.deleteMany({});
    await harness.store.journeys.deleteMany({});
    await harness.store.deliveries.deleteMany({});
  });

  const watched = async (
    context: Pick<AppContext, 'store' | 'monotonic'>,
    mostMs?: number,
  ): Promise<ClosedWatch> => {
    watch = await watchPausedLanes(context, (error) => errors.push(error), mostMs);
    return watch;
  };
  const move = (_id: string, state: 'paused' | 'sending') =>
    harness.store.campaigns.updateOne({ _id }, { $set: { state } });

  it('close while the planner is busy with another campaign, and open on resumption', async () => {
    await harness.startDraft('slow');
    await harness.startDraft('other');
    const [context] = harness.contexts;
    let asked = 0;
    let goOn = (): void => undefined;
    const goneOn = new Promise<void>((done) => {
      goOn = done;
    });
    const refresh = (): Promise<void> => {
      asked += 1;
      return goneOn;
    };
    const planner = harness.startPlanner({ ...context, catalog: { ...context.catalog, refresh } }, (error) =>
      errors.push(error),
    );
    try {
      const closed = await watched({ ...context, monotonic: () => 0 });
      await until('the planner is at work', async () => asked === 1);
      expect(closed.has(lane('other'))).to.equal(false);
      await move('other', 'paused');
      await until('the lane of the other campaign is closed', async () => closed.has(lane('other')));
      await move('other', 'sending');
      await until('the lane of the other campaign is open', async () => !closed.has(lane('other')));
      expect(errors).to.deep.equal([]);
    } finally {
      goOn();
      await planner.stop();
    }
  });

  it('include those of journeys, paused or stopped', async () => {
    const journey = { name: 'one', program: 'deals', version: 1, plan: 'p', moveBelow: 0, startedAt: null };
    const at = { sweep: null, pausedBy: null, createdAt: harness.now(), updatedAt: harness.now() };
    const states = ['draft', 'running', 'paused', 'stopped'] as const;
    await harness.store.journeys.insertMany(
      states.map((state) => ({ _id: state, state, ...journey, ...at })),
    );
    const closed = await watched({ ...harness.contexts[0], monotonic: () => 0 });
    const shut = states.filter((state) => closed.has(lane(journeyStream(state))));
    expect(shut).to.deep.equal(['paused', 'stopped']);
  });

  it('are distinct: no campaign can get an id that shares a lane', async () => {
    const [context] = harness.contexts;
    await harness.startDraft('over');
    await harness.store.campaigns.updateOne({ _id: 'over' }, { $set: { state: 'finished' } });
    const body = { name: 'x', program: 'deals', topic: 'deals', template: 'offer', capped: 'defer' };
    const call = { context, key: { id: 'a key' }, body: { ...body, segment: { kind: 'everyone' } } };
    for (const id of ['single', 'journey']) {
      const why = campaignIdFault(id);
      const put = await putCampaign({ ...call, params: { id } } as never).catch(
        (error: Problem) => error.extras,
      );
      expect(put).to.deep.equal({ errors: [{ field: 'id', message: why }] });
      const draft = { id, unknownToo: false, variant: null, by: 'a key' };
      const missed = await draftResend(context, 'over', draft).catch(asRefusal);
      expect(missed).to.deep.include({ field: 'id', message: why });
      expect(await harness.store.campaigns.findOne({ _id: id })).to.equal(null);
    }
  });

  it('are read while offers are picked, and at rest only when somebody asks', async () => {
    let passed = 0;
    const looks = { rested: 0, picked: 0 };
    const counting = (whose: keyof typeof looks) => ({
      store: {
        ...harness.store,
        campaigns: spied(harness.store.campaigns, 'find', () => {
          looks[whose] += 1;
        }),
      },
      monotonic: () => passed,
    });
    await harness.startDraft('some');
    const closed = await watched(counting('rested'));
    const picking = await watchPausedLanes(counting('picked'), (error) => errors.push(error));
    passed = 3_600_000;
    await until(
      'the picking worker has read the paused lanes',
      async () => !picking.has(lane('some')) && looks.picked > 4,
    );
    await picking.stop();
    expect(looks.rested).to.equal(1);
    await move('some', 'paused');
    await Promise.all([closed.known(), closed.known()]);
    expect(looks.rested).to.equal(2);
    expect(closed.known()).to.equal(null);
    expect(closed.has(lane('some'))).to.equal(true);
    expect(closed.has(lane('other'))).to.equal(false);
    await until('the timer has read the paused lanes', async () => looks.rested > 3);
    expect(errors).to.deep.equal([]);
  });

  it('are valid from the end of a slow read, so that a worker with replies gets to its offers', async () => {
    let passed = 0;
    const campaigns = spied(harness.store.campaigns, 'find', () => {
      passed += 600;
    });
    const closed = await watched({ store: { ...harness.store, campaigns }, monotonic: () => passed });
    passed = 3_600_000;
    await closed.known();
    expect(closed.known()).to.equal(null);
    expect(closed.has(lane('some'))).to.equal(false);
  });

  it('are read again after a read that never ended', async () => {
    let passed = 0;
    let hangs = false;
    const endless = { find: () => ({ toArray: () => new Promise<never>(() => undefined) }) };
    const store = {
      ...harness.store,
      get journeys() {
        return hangs ? (endless as unknown as Store['journeys']) : harness.store.journeys;
      },
    };
    const closed = await watched({ store, monotonic: () => passed }, 100);
    hangs = true;
    passed = 3_600_000;
    await until(
      'the failed read of paused lanes is logged',
      async () => closed.has(lane('any')) && errors.length > 0,
    );
    hangs = false;
    await until('the paused lanes are read again', async () => !closed.has(lane('any')));
  });

  it('close for everything that may be paused when the last read is older than a second, and for nothing else', async () => {
    let passed = 0;
    let away = false;
    let asked = 0;
    const campaigns = spied(harness.store.campaigns, 'find', () => {
      asked += 1;
      if (away) throw new Error('no primary');
    });
    const store = { ...harness.store, campaigns };
    const closed = await watched({ store, monotonic: () => passed });
    const shut = () =>
      [
        lane('any'),
        lane(journeyStream('any')),
        laneOf('marketing'),
        laneOf('transactional'),
        laneOf('reply'),
      ].map((lane) => closed.has(lane));
    away = true;
    const since = asked;
    await until(
      'a read of paused lanes has failed',
      async () => !closed.has(lane('any')) && asked > since + 1,
    );
    passed = 999;
    expect(shut()).to.deep.equal([false, false, false, false, false]);
    passed = 1000;
    expect(shut()).to.deep.equal([true, true, false, false, false]);
    expect(errors).not.to.have.length(0);
    away = false;
    await until('the paused lanes are read again', async () => !closed.has(lane('any')));
    expect(shut()).to.deep.equal([false, false, false, false, false]);
  });
});
