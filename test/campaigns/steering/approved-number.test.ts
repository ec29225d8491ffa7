import { expect } from 'chai';
import { MongoServerError } from 'mongodb';
import { approveCampaign } from '../../../src/campaigns/approval.ts';
import { editCampaign } from '../../../src/campaigns/editing.ts';
import { changeState, resumeCampaign } from '../../../src/campaigns/lifecycle.ts';
import { previewStart, type Start, startCampaign } from '../../../src/campaigns/start.ts';
import { CommandRefused } from '../../../src/consent/command-refused.ts';
import type { Split } from '../../../src/domain/campaigns/experiment.ts';
import type { Tree } from '../../../src/domain/segments/tree.ts';
import type { CampaignDoc } from '../../../src/store/campaigns/campaign-document.ts';
import { readCampaignRules, writeCampaignRules, writeDraft } from '../../../src/store/campaigns/campaigns.ts';
import { noteWinner } from '../../../src/store/campaigns/monitoring.ts';
import { findMessageTemplate, writeMessageTemplate } from '../../../src/store/templates/templates.ts';
import { spied } from '../../support/spied.ts';
import { type CampaignHarness, startCampaignHarness } from '../campaign-harness.ts';
import { draftToEveryone } from '../draft-to-everyone.ts';
import { idThatFills } from '../marketer.ts';

const ORDER = { at: null, deadline: null, local: null, spreadMs: 0, repeat: null, everyone: true };
const IN_OHIO: Tree = { kind: 'state', oneOf: ['OH'] };
const SOME = 20;

describe('a campaign that more people can get than were approved', () => {
  let harness: CampaignHarness;
  let later: string[];
  before(async () => {
    harness = await startCampaignHarness('147');
  });
  after(() => harness.stop());
  beforeEach(async () => {
    harness.setClock('2026-12-01T14:00:00Z');
    await harness.stopPlanning();
    await harness.store.contacts.deleteMany({});
    for (let at = 0; at < SOME; at += 1) await harness.addPerson({ state: 'OH' });
    later = [];
    for (let at = 0; at < 5; at += 1) later.push(await harness.addPerson({ state: 'NV' }));
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
  /** More people come to its segment, whom it may go to: they are known already, and move there. */
  const more = () =>
    harness.store.contacts.updateMany({ _id: { $in: later } }, { $set: { 'profile.place.state': 'OH' } });
  const said = (moved: Promise<unknown>) =>
    moved.then(
      () => null,
      (error: unknown) => {
        if (error instanceof CommandRefused) return error.message;
        throw error;
      },
    );
  const start = (id: string, order: Partial<Start> = {}, draft = {}) =>
    harness.startDraft(id, order, { segment: IN_OHIO, ...draft });
  const resume = (id: string) => said(resumeCampaign(harness.contexts[0], id, { by: 'a key', note: null }));
  const approve = (id: string, by = 'another key') => approveCampaign(harness.contexts[0], id, by);
  const planned = (campaign: string) =>
    harness.store.deliveries.countDocuments({ campaign, state: 'planned' });
  const alone = new RegExp(
    `^It reached ${SOME} people, which is as many as it may go to without a second person\\. More can get it now\\.`,
  );

  it('is paused when as many messages are planned as may be without approval, and goes on with one', async () => {
    await limit(SOME);
    await start('grown', { at: new Date('2026-12-01T15:00:00Z') });
    await more();
    harness.setClock('2026-12-01T15:00:10Z');
    await harness.planUntilPaused('grown');
    expect((await harness.find('grown')).halted?.why).to.match(alone);
    expect(await planned('grown')).to.equal(SOME);
    expect(await resume('grown')).to.match(alone);
    expect(await said(approve('grown', 'a key'))).to.match(
      /^The key that asked for the approval cannot approve\./,
    );
    expect((await approve('grown'))?.approval?.people).to.equal(SOME + later.length);
    expect(await resume('grown')).to.equal(null);
    await harness.planUntilComplete('grown');
    expect(await planned('grown')).to.equal(SOME + later.length);
  });

  it('is not paused when nobody is left beyond that number', async () => {
    await limit(SOME);
    await start('whole');
    await harness.planUntilComplete('whole');
    expect(await harness.find('whole')).to.deep.include({ state: 'sending' });
    expect(await planned('whole')).to.equal(SOME);
  });

  it('counts only planned messages, not people whom it skips', async () => {
    await limit(SOME + 2);
    await start('skips', { at: new Date('2026-12-01T15:00:00Z') });
    await more();
    const some = await harness.store.contacts.find({ 'profile.place.state': 'OH' }).limit(3).toArray();
    await harness.store.contacts.updateMany(
      { _id: { $in: some.map(({ _id }) => _id) } },
      { $set: { subscriptions: [] } },
    );
    harness.setClock('2026-12-01T15:00:10Z');
    expect((await harness.planUntilComplete('skips')).size).to.equal(SOME + later.length);
    expect(await planned('skips')).to.equal(SOME + 2);
  });

  it('reaches as many as were approved and a tenth more, and nobody beyond', async () => {
    await limit(1);
    await writeDraft(harness.store, draftToEveryone('approved', { segment: IN_OHIO }), harness.now());
    expect((await approve('approved'))?.approval?.people).to.equal(SOME);
    const at = new Date('2026-12-01T15:00:00Z');
    await startCampaign(harness.contexts[0], 'approved', { ...ORDER, at, by: 'a key' });
    await more();
    harness.setClock('2026-12-01T15:00:10Z');
    await harness.planUntilPaused('approved');
    expect((await harness.find('approved')).halted?.why).to.match(
      new RegExp(`^It reached the ${SOME + 2} people it was approved for\\.`),
    );
    expect(await planned('approved')).to.equal(SOME + 2);
  });

  it('is paused by the next process when one died over its last slice', async () => {
    await limit(SOME);
    await start('died', { at: new Date('2026-12-01T15:00:00Z') });
    await more();
    await harness.store.campaigns.updateOne({ _id: 'died' }, { $set: { 'plan.planned': SOME } });
    harness.setClock('2026-12-01T15:00:10Z');
    await harness.planUntilPaused('died');
    expect(await planned('died')).to.equal(0);
  });

  it('counts on from its test to those who waited for the winner', async () => {
    await limit(SOME);
    const variants = ['a', 'b'].map((id) => ({ id, template: 'offer', share: 50 }));
    const split: Split = { variants, holdout: 0, test: { share: 30, waitMinutes: 600, by: 'reply' } };
    const people = await harness.store.contacts.find({ 'profile.place.state': 'OH' }).toArray();
    const id = idThatFills(
      split,
      people.map(({ _id }) => _id),
      ['a', 'b', null],
    );
    await start(id, {}, { split });
    await harness.planUntilComplete(id);
    await more();
    await noteWinner(harness.store, id, { variant: 'a', at: harness.now(), tallies: [] });
    await harness.planUntilPaused(id);
    expect(await planned(id)).to.equal(SOME);
  });

  it('needs a new approval for new words, and counts nobody for it', async () => {
    await limit(SOME - 1);
    await writeDraft(harness.store, draftToEveryone('worded', { segment: IN_OHIO }), harness.now());
    await approve('worded');
    await startCampaign(harness.contexts[0], 'worded', { ...ORDER, by: 'a key' });
    await harness.planUntilComplete('worded');
    await harness.stopPlanning();
    await changeState(harness.contexts[0], 'worded', 'pause');
    const before = await findMessageTemplate(harness.store, 'offer');
    const texts = { en: '{brand}: another offer' };
    await writeMessageTemplate(
      harness.store,
      before,
      { _id: 'offer', program: 'deals', texts },
      harness.now(),
    );
    await editCampaign(harness.contexts[0], 'worded', { words: true, by: 'a key', note: 'new words' });
    await harness.store.campaigns.updateOne({ _id: 'worded' }, { $set: { stale: false } });
    const contacts = spied(harness.store.contacts, 'countDocuments', () => {
      throw new Error('nobody is to be counted');
    });
    const context = { ...harness.contexts[0], store: { ...harness.store, contacts } };
    const again = () => said(resumeCampaign(context, 'worded', { by: 'a key', note: null }));
    expect(await again()).to.match(/^The campaign was changed since it was approved\./);
    expect((await approveCampaign(context, 'worded', 'another key'))?.approval?.people).to.equal(SOME);
    expect(await again()).to.equal(null);
  });

  it('is said to be uncounted by a preview of its start after five seconds', async () => {
    await limit(1000);
    const draft = { _id: 'draft', name: 'draft', program: 'deals', topic: 'deals', template: 'offer' };
    await start('look', { at: new Date('2026-12-31T15:00:00Z') });
    const campaign: CampaignDoc = { ...(await harness.find('look')), ...draft, state: 'draft', frozen: null };
    const contacts = spied(harness.store.contacts, 'countDocuments', () => {
      throw new MongoServerError({ message: 'operation exceeded time limit', code: 50 });
    });
    const context = { ...harness.contexts[0], store: { ...harness.store, contacts } };
    expect(await previewStart(context, campaign, ORDER)).to.match(
      /^Its people could not be counted in 5 seconds.* is unknown whether the campaign can be started\. A start counts for 25 seconds\.$/,
    );
    expect(await previewStart(harness.contexts[0], campaign, ORDER)).to.equal(null);
  });
});
