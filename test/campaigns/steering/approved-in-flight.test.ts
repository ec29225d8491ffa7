import { expect } from 'chai';
import { MongoServerError } from 'mongodb';
import { approveCampaign } from '../../../src/campaigns/approval.ts';
import { previewCampaign } from '../../../src/campaigns/campaign-preview.ts';
import { resumeCampaign } from '../../../src/campaigns/lifecycle.ts';
import { draftResend } from '../../../src/campaigns/resend.ts';
import { startCampaign } from '../../../src/campaigns/start.ts';
import type { AppContext } from '../../../src/consent/app-context.ts';
import { readCampaignRules, writeCampaignRules } from '../../../src/store/campaigns/campaigns.ts';
import { spied } from '../../support/spied.ts';
import { type CampaignHarness, startCampaignHarness } from '../campaign-harness.ts';

const PEOPLE = 300;
/** People who have a message when the campaign pauses. */
const PLANNED = 150;
/** The most people whom a preview places here. */
const MOST = 60;
const ORDER = { at: null, deadline: null, local: null, spreadMs: 0, repeat: null, everyone: true };
const AT = new Date('2026-12-01T15:00:00Z');

describe('a paused campaign with more people than a preview places', () => {
  let harness: CampaignHarness;
  let context: AppContext;
  before(async () => {
    harness = await startCampaignHarness('148');
    context = { ...harness.contexts[0], mostPlaced: MOST };
    harness.setClock('2026-12-01T14:00:00Z');
    await harness.addPeople(PEOPLE);
  });
  after(() => harness.stop());
  beforeEach(async () => {
    await harness.stopPlanning();
    harness.setClock('2026-12-01T14:00:00Z');
    await limit(null);
  });
  afterEach(async () => {
    await harness.stopPlanning();
    await harness.store.campaigns.deleteMany({});
    await harness.store.deliveries.deleteMany({});
  });

  const limit = async (approvalOver: number | null) => {
    const { breaker } = await readCampaignRules(harness.store);
    await writeCampaignRules(harness.store, { approvalOver, breaker }, harness.now());
  };
  const planned = (campaign: string) =>
    harness.store.deliveries.countDocuments({ campaign, state: 'planned' });
  const planHalf = async (id: string) => {
    await limit(PLANNED);
    harness.setClock('2026-12-01T15:00:10Z');
    await harness.planUntilPaused(id);
    expect(await planned(id)).to.equal(PLANNED);
  };
  /** Drafts and starts a resend to everybody: all have missed the campaign `first`. */
  const startResend = async (id: string) => {
    await harness.startDraft('first');
    await harness.planUntilComplete('first');
    await harness.stopPlanning();
    const expired = { $set: { state: 'expired' as const }, $unset: { open: '' as const } };
    await harness.store.deliveries.updateMany({ campaign: 'first' }, expired);
    await harness.store.campaigns.updateOne({ _id: 'first' }, { $set: { state: 'finished' } });
    await draftResend(context, 'first', { id, unknownToo: false, variant: null, by: 'a key' });
    await startCampaign(context, id, { ...ORDER, at: AT, by: 'a key' });
  };
  const starts = {
    'for a segment': (id: string) => harness.startDraft(id, { at: AT }).then(() => undefined),
    'a resend': startResend,
  };
  /** A process in which the database never counts an audience in time. */
  const slow = (): AppContext => {
    const contacts = spied(harness.store.contacts, 'aggregate', (pipeline) => {
      if (JSON.stringify(pipeline).includes('"$group"'))
        throw new MongoServerError({ message: 'operation exceeded time limit', code: 50 });
    });
    return { ...context, store: { ...context.store, contacts } };
  };

  const approves = async (id: string, by: AppContext) => {
    const approval = (await approveCampaign(by, id, 'another key'))?.approval;
    expect([approval?.people, approval?.atMost ?? PEOPLE]).to.deep.equal([PEOPLE, PEOPLE]);
    await resumeCampaign(context, id, { by: 'a key', note: null });
    await harness.planUntilComplete(id);
    expect(await planned(id)).to.equal(PEOPLE);
  };

  for (const [what, start] of Object.entries(starts)) {
    it(`is approved for everybody who has a message or is still to get one, where it is ${what}`, async () => {
      await start('half');
      await planHalf('half');
      await approves('half', context);
    });

    it(`is previewed by people from the whole range, of whom only some are done, where it is ${what}`, async () => {
      await start('half');
      await planHalf('half');
      await sendPlanned('half');
      await expectSomeDone(context, 'half', MOST);
    });
  }

  it('is approved for everybody where its people can only be estimated', async () => {
    await starts['for a segment']('half');
    await planHalf('half');
    await approves('half', slow());
  });

  it('is previewed by people from the whole range where they can only be estimated', async () => {
    await starts['for a segment']('half');
    await planHalf('half');
    await sendPlanned('half');
    // Three from each of sixteen stretches.
    await expectSomeDone(slow(), 'half', 48);
  });

  const sendPlanned = async (campaign: string) => {
    const sent = { $set: { state: 'delivered' as const }, $unset: { open: '' as const } };
    await harness.store.deliveries.updateMany({ campaign, state: 'planned' }, sent);
  };

  /** Half of the people are done, and so is about half of a sample: far from none and far from all. */
  const expectSomeDone = async (by: AppContext, id: string, judged: number) => {
    const asked = { actor: { kind: 'key' as const, id: 'a key' }, id, start: ORDER, saysHow: false };
    const seen = await previewCampaign(by, asked);
    if (seen?.kind !== 'previewed') throw new Error('nothing was previewed');
    const { timing } = seen;
    expect([timing.people.people, timing.judged]).to.deep.equal([PEOPLE, judged]);
    expect(timing.hadTurn).to.be.within(judged / 6, (judged * 5) / 6);
    expect(timing.placed.length).to.equal(judged - timing.hadTurn);
  };
});
