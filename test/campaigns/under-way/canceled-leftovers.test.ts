import { expect } from 'chai';
import { recordSendHistory } from '../../../src/campaigns/send-history.ts';
import type { AppContext } from '../../../src/consent/app-context.ts';
import { laneOf } from '../../../src/domain/sending/lanes.ts';
import { claimBatch } from '../../../src/sending/claim-batch.ts';
import { type CampaignDoc, NO_PLAN } from '../../../src/store/campaigns/campaign-document.ts';
import { finishCampaigns, pausedLanes, sweepCanceled } from '../../../src/store/campaigns/ending.ts';
import type { DeliveryDoc } from '../../../src/store/deliveries/delivery.ts';
import type { Store } from '../../../src/store/store.ts';
import { dispatchDeps } from '../../sending/dispatch-deps.ts';
import { addSubscriber, plannedFor, testPeople } from '../../support/people.ts';
import { closeTestStore, openTestStore } from '../../support/test-store.ts';

const HOUR = 3_600_000;
const ENDED = new Date('2026-03-01T12:00:00.000Z');
const LAST_PASS = new Date(ENDED.getTime() + 73 * HOUR);
/** A time at which offers may leave. */
const NOON = new Date('2026-03-02T18:00:00.000Z');
/** The end of a lease by the database's clock, which decides how long a row may be put back. */
const LEASED = new Date(Date.now() + HOUR);

describe('rows that a worker left behind in a canceled campaign', () => {
  let store: Store;
  before(async () => {
    ({ store } = await openTestStore());
  });
  beforeEach(async () => {
    for (const collection of [store.deliveries, store.campaigns]) await collection.deleteMany({});
  });
  after(() => closeTestStore(store));

  const note = () => recordSendHistory({ store, now: () => LAST_PASS } as AppContext);
  const over = async (_id: string, more: Partial<CampaignDoc>, row: Partial<DeliveryDoc>) => {
    const campaign = { _id, plan: NO_PLAN, endedAt: ENDED, passes: 3, ...more };
    await store.campaigns.insertOne(campaign as Partial<CampaignDoc> as CampaignDoc);
    const delivery = { _id, contact: 'c', campaign: _id, open: true, ...row };
    await store.deliveries.insertOne(delivery as Partial<DeliveryDoc> as DeliveryDoc);
  };
  const stateOf = async (id: string) => (await store.deliveries.findOne({ _id: id }))?.state;
  const closed = async () => [...(await pausedLanes(store))];

  it('are canceled before its lane opens again, while rows of a finished campaign stay', async () => {
    await over('stopped', { state: 'canceled' }, { state: 'planned' });
    await over('ended', { state: 'finished' }, { state: 'planned' });
    expect((await note()).sort()).to.deep.equal(['ended', 'stopped']);
    expect(await closed()).to.deep.equal([]);
    expect([await stateOf('stopped'), await stateOf('ended')]).to.deep.equal(['canceled', 'planned']);
  });

  const mayComeBack: [what: string, row: Partial<DeliveryDoc>][] = [
    ['leaves', { state: 'sending' }],
    ['may be put back', { state: 'unknown', leaseUntil: LEASED }],
  ];
  for (const [what, row] of mayComeBack) {
    it(`keep its lane closed while one ${what}, and are canceled afterwards`, async () => {
      await over('stopped', { state: 'canceled' }, row);
      expect(await note()).to.deep.equal([]);
      expect(await closed()).to.deep.equal([laneOf('marketing', 'stopped')]);
      await store.deliveries.updateOne({ _id: 'stopped' }, { $set: { state: 'planned' } });
      expect(await note()).to.deep.equal(['stopped']);
      expect(await stateOf('stopped')).to.equal('canceled');
    });

    it(`are swept again while one ${what}`, async () => {
      const plan = { ...NO_PLAN, leaseUntil: ENDED };
      await over('stopped', { state: 'canceled', plan }, row);
      const sweep = async () => {
        await sweepCanceled(store, ENDED, (_id, error) => expect.fail(String(error)));
        return (await store.campaigns.findOne({ _id: 'stopped' }))?.plan.leaseUntil;
      };
      expect(await sweep()).to.deep.equal(ENDED);
      await store.deliveries.updateOne({ _id: 'stopped' }, { $set: { state: 'planned' } });
      expect(await sweep()).to.equal(null);
      expect(await stateOf('stopped')).to.equal('canceled');
    });

    it(`keep a campaign under way from its end while one ${what}`, async () => {
      await over('flies', { state: 'sending', plan: { ...NO_PLAN, complete: true } }, row);
      expect(await finishCampaigns(store, ENDED)).to.deep.equal([]);
      await store.deliveries.updateOne({ _id: 'flies' }, { $set: { state: 'unknown', leaseUntil: ENDED } });
      expect(await finishCampaigns(store, ENDED)).to.deep.equal(['flies']);
    });
  }

  it('need no more sweeps once nobody may put one back', async () => {
    const lost = { state: 'unknown', leaseUntil: ENDED } as const;
    await over('stopped', { state: 'canceled', passes: 0 }, lost);
    expect(await note()).to.deep.equal(['stopped']);
    expect(await stateOf('stopped')).to.equal('unknown');
  });

  const keptBack: [what: string, more: Partial<CampaignDoc>, left: number][] = [
    ['was paused after it was picked', { state: 'paused' }, 0],
    ['was canceled after it was picked', { state: 'canceled' }, 0],
    ['was canceled so long ago that its lane is closed no more', { state: 'canceled', passes: 4 }, 0],
    ['is under way', { state: 'sending' }, 1],
  ];
  for (const [what, more, left] of keptBack) {
    it(`are ${left === 0 ? 'not claimed' : 'claimed'} when their campaign ${what}`, async () => {
      const people = testPeople('176');
      const row = plannedFor(await addSubscriber(store, people), { campaign: 'stopped' });
      await over('stopped', more, row);
      const { ready } = await claimBatch(dispatchDeps(store, people, { now: () => NOON }), [row._id]);
      expect(ready).to.have.length(left);
      expect(await stateOf(row._id)).to.equal(left === 0 ? 'planned' : 'sending');
      if (more.state === 'canceled' && more.passes === undefined) {
        expect(await note()).to.deep.equal(['stopped']);
        expect(await stateOf(row._id)).to.equal('canceled');
      }
    });
  }
});
