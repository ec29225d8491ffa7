import { expect } from 'chai';
import type { Flight } from '../../../src/campaigns/flight/fly.ts';
import type { Desk } from '../../../src/consent/desk.ts';
import { beginRound } from '../../../src/sending/round.ts';
import { claimPlan } from '../../../src/store/campaigns/plan-lease.ts';
import { SERVED_BESIDE } from '../../../src/store/campaigns/same-root.ts';
import { dispatchDeps } from '../../sending/dispatch-rig.ts';
import { until } from '../../support/gateway.ts';
import { spied } from '../../support/spied.ts';
import { startTimeRig, type TimeRig } from '../time-rig.ts';

const PEOPLE = 20;
const MISSED = { of: 'spring', root: 'spring', unknownToo: false };

describe('two campaigns that make up for the same one', () => {
  let rig: TimeRig;
  before(async () => {
    rig = await startTimeRig('152');
    rig.at('2026-12-01T12:00:00Z');
    await rig.many(PEOPLE);
    await rig.start('spring');
    await rig.planned('spring');
    await rig.rest();
    await rig.store.deliveries.updateMany({ campaign: 'spring' }, { $set: { state: 'expired' } });
    await rig.store.campaigns.updateOne({ _id: 'spring' }, { $set: { state: 'finished' } });
  });
  after(() => rig.stop());
  beforeEach(async () => {
    rig.at('2026-12-01T12:00:00Z');
    for (const id of ['again', 'more']) await rig.start(id, {}, { missed: MISSED });
  });
  afterEach(async () => {
    const these = { $in: ['again', 'more'] };
    await rig.store.campaigns.deleteMany({ _id: these });
    await rig.store.deliveries.deleteMany({ campaign: these });
  });

  /** Its clock goes on by itself, so many ms ahead of the test's. */
  const moving = (desk: Desk, ahead = 0): Desk => {
    const began = performance.now() - ahead;
    return { ...desk, now: () => new Date(rig.now().getTime() + performance.now() - began) };
  };
  const complete = async (id: string) => (await rig.find(id)).plan.complete;
  /** As if so long had passed by the database's clock. */
  const endTurn = (_id: string) =>
    rig.store.campaigns.updateOne({ _id }, { $set: { 'plan.turnUntil': new Date(Date.now() - 1) } });
  const planned = (campaign: string) => rig.store.deliveries.countDocuments({ campaign, state: 'planned' });

  it('are planned one after the other: nobody gets both', async () => {
    // Another process is at it, and has written nothing yet.
    const leaseUntil = new Date('2026-12-01T12:00:10Z');
    const turn = { 'plan.leaseUntil': leaseUntil, 'plan.turnUntil': new Date(Date.now() + 600_000) };
    await rig.store.campaigns.updateOne({ _id: 'again' }, { $set: { state: 'sending', ...turn } });
    const flight = rig.fly(rig.desks[1]);
    await until(
      'a look',
      async () => (await rig.find('more')).restsUntil != null || (await complete('more')),
    );
    expect(await planned('more')).to.equal(0);
    await endTurn('again');
    rig.at('2026-12-01T12:00:11Z');
    await until('the plans', async () => (await complete('again')) && (await complete('more')));
    await flight.stop();
    expect((await planned('again')) + (await planned('more'))).to.equal(PEOPLE);
  });

  it('reach everybody once where two processes take them up at the same moment', async () => {
    const flights = rig.desks.map((desk) => rig.fly(moving(desk)));
    await until('the plans', async () => (await complete('again')) && (await complete('more')));
    for (const flight of flights) await flight.stop();
    const rows = await rig.store.deliveries.find({ campaign: { $in: ['again', 'more'] } }).toArray();
    expect(new Set(rows.map(({ contact }) => contact)).size).to.equal(PEOPLE);
    expect(rows).to.have.length(PEOPLE);
  });

  /** A process of which something happens before it writes its first rows, which nothing keeps it from any more. */
  const writing = (desk: Desk, happens: () => unknown): Desk => {
    let writes = 0;
    const deliveries = spied(rig.store.deliveries, 'bulkWrite', () => {
      writes += 1;
      return writes === 1 ? happens() : null;
    });
    return { ...desk, store: { ...rig.store, deliveries } };
  };

  it('reach everybody once where another, half a minute ahead of the one that plans, comes in between', async () => {
    const [behind, right] = rig.desks;
    rig.at('2026-12-01T12:01:00Z');
    const flights: Flight[] = [];
    const looked = async () => {
      const both = [await rig.find('again'), await rig.find('more')];
      return both.some(({ restsUntil, plan }) => restsUntil != null || plan.complete);
    };
    const first = writing(moving(behind, -30_000), async () => {
      flights.push(rig.fly(moving(right)));
      await until('the look of the other', looked);
    });
    flights.push(rig.fly(first));
    await until('the plans', async () => (await complete('again')) && (await complete('more')));
    for (const flight of flights) await flight.stop();
    expect(flights).to.have.length(2);
    // None that was ended again either.
    const campaign = { $in: ['again', 'more'] };
    expect(await rig.store.deliveries.countDocuments({ campaign })).to.equal(PEOPLE);
  });

  it('reach everybody once where a process stood still over its rows, and another had its turn then', async () => {
    let [mine, next] = ['', ''];
    const first = writing(rig.desks[0], async () => {
      [mine, next] =
        (await rig.find('again')).plan.owner === undefined ? ['more', 'again'] : ['again', 'more'];
      await endTurn(mine);
      const other = rig.fly(rig.desks[1]);
      await until('the plan of the other', () => complete(next));
      await other.stop();
    });
    const flight = rig.fly(first);
    const ended = () => rig.store.deliveries.countDocuments({ campaign: mine, state: 'canceled' });
    await until('the end of its rows', async () => (await ended()) === PEOPLE);
    rig.at('2026-12-01T12:00:30Z');
    await until('the plans', async () => (await complete('again')) && (await complete('more')));
    await flight.stop();
    expect([await planned(mine), await planned(next)]).to.deep.equal([0, PEOPLE]);
    const row = await rig.store.deliveries.findOne({ campaign: mine });
    expect([row?.error, row?.open]).to.deep.equal([SERVED_BESIDE, undefined]);
  });

  /** What a worker finds of a row that it picks by day. */
  const picked = async (campaign: string) => {
    const row = await rig.store.deliveries.findOne({ campaign, state: 'planned' });
    const index = (await rig.store.contacts.findOne({ _id: row?.contact ?? '' }))?.index ?? '';
    const day = new Date('2026-12-01T18:00:00Z');
    const deps = dispatchDeps(rig.store, rig.desks[1], { indexOf: () => index, now: () => day });
    return (await beginRound(deps, [row?._id ?? ''])).ready.length;
  };

  /** A process that stands still over its first rows while the other campaign has its turn. `written`: what happens once they are there. */
  const late = (written: (mine: string) => Promise<unknown>) => {
    const so = { mine: '', next: '' };
    let writes = 0;
    const first = writing(rig.desks[0], async () => {
      [so.mine, so.next] =
        (await rig.find('again')).plan.owner === undefined ? ['more', 'again'] : ['again', 'more'];
      await endTurn(so.mine);
      const other = rig.fly(rig.desks[1]);
      await until('the plan of the other', () => complete(so.next));
      await other.stop();
      writes = 1;
    });
    const campaigns = spied(rig.store.campaigns, 'updateOne', async (of) => {
      // Who tends it writes at the same moment, and not its plan.
      if (writes !== 1 || !Object.hasOwn(of as object, 'plan.cursor')) return;
      if ((await planned(so.mine)) === 0) return;
      writes = 2;
      await written(so.mine);
    });
    return { so, desk: { ...first, store: { ...first.store, campaigns } } };
  };

  it('lets nothing leave of a slice that is not noted, which may be one of a turn that is over', async () => {
    const found: number[] = [];
    const { so, desk } = late(async (mine) => found.push(await picked(mine)));
    const flight = rig.fly(desk);
    const ended = () => rig.store.deliveries.countDocuments({ campaign: so.mine, state: 'canceled' });
    await until('the end of its rows', async () => (await ended()) === PEOPLE);
    await flight.stop();
    expect(found).to.deep.equal([0]);
    expect(await picked(so.next), 'of what is noted').to.equal(1);
  });

  it('ends what a process wrote so and died over before another slice is noted', async () => {
    const { so, desk } = late(() => Promise.reject(new Error('it died')));
    const died: unknown[] = [];
    const flight = rig.fly(desk, (error) => died.push(error));
    await until('its death', async () => died.length > 0);
    await flight.stop();
    expect(await planned(so.mine)).to.equal(PEOPLE);
    rig.at('2026-12-01T12:00:30Z');
    const next = rig.fly(rig.desks[1]);
    await until('the plan', () => complete(so.mine));
    await next.stop();
    expect([await planned(so.mine), await planned(so.next)]).to.deep.equal([0, PEOPLE]);
  });

  describe('of which a process stands still over a slice', () => {
    beforeEach(() => rig.store.campaigns.deleteOne({ _id: 'more' }));

    /** A process of which something happens after it takes up its first turn, and again as it writes that slice. */
    const standing = (taken: () => unknown, writing: () => unknown = () => undefined) => {
      let turns = 0;
      const { catalog, log } = rig.desks[1];
      const written: number[] = [];
      const told: string[] = [];
      const refresh = async (): Promise<void> => {
        turns += 1;
        if (turns === 1) await taken();
      };
      const deliveries = spied(rig.store.deliveries, 'bulkWrite', () => written.push(turns));
      const suppressions = spied(rig.store.suppressions, 'find', () => (turns === 1 ? writing() : null));
      const store = { ...rig.store, deliveries, suppressions };
      const warn = (_about: object, line: string) => told.push(line);
      const desk = { ...rig.desks[1], catalog: { ...catalog, refresh }, log: { ...log, warn }, store };
      return { desk, written, told };
    };

    it('are not planned by it once its lease was over, and it says so', async () => {
      const { desk, written, told } = standing(async () => {
        rig.at('2026-12-01T12:00:30Z');
        await endTurn('again');
      });
      const flight = rig.fly(desk);
      await until('the plan', () => complete('again'));
      await flight.stop();
      expect(written).to.deep.equal([2]);
      expect(told.join()).to.match(/^people of a campaign were read, and nothing of them written: /);
      expect(told).to.have.length(1);
    });

    it('are not planned by it either once another has claimed them since', async () => {
      const { desk, written, told } = standing(async () => {
        rig.at('2026-12-01T12:00:30Z');
        expect((await claimPlan(rig.store, rig.now()))?._id).to.equal('again');
      });
      const flight = rig.fly(desk);
      await until('its end', async () => told.length > 0 || written.length > 0);
      expect(written).to.deep.equal([]);
      rig.at('2026-12-01T12:01:00Z');
      await until('the plan', () => complete('again'));
      await flight.stop();
      expect(await planned('again')).to.equal(PEOPLE);
    });

    it('are planned by it where neither reading people nor writing their rows took longer than the lease', async () => {
      const { desk, written, told } = standing(
        () => rig.at('2026-12-01T12:00:15Z'),
        () => rig.at('2026-12-01T12:00:30Z'),
      );
      const flight = rig.fly(desk);
      await until('the plan', () => complete('again'));
      await flight.stop();
      expect(rig.now()).to.deep.equal(new Date('2026-12-01T12:00:30Z'));
      expect([written, told]).to.deep.equal([[1], []]);
    });
  });
});
