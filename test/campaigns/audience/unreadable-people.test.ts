import { expect } from 'chai';
import { messageContext } from '../../../src/campaigns/content.ts';
import { costOfCampaign } from '../../../src/campaigns/cost.ts';
import { editCampaign, rerenderMessages } from '../../../src/campaigns/editing.ts';
import { changeState } from '../../../src/campaigns/lifecycle.ts';
import { previewWhen } from '../../../src/campaigns/schedule-preview.ts';
import { messagesFor } from '../../../src/campaigns/worker/batch.ts';

import { writeDraft } from '../../../src/store/campaigns/campaigns.ts';
import type { ContactDoc } from '../../../src/store/contacts/contacts.ts';
import { type CampaignHarness, startCampaignHarness } from '../campaign-harness.ts';
import { draftToEveryone } from '../draft-to-everyone.ts';

const MARS = { state: 'NY', zip: '10001', zone: 'Mars/Olympus' };
const TEN = { date: '2026-12-01', minutes: 600, missed: 'skip' as const };

describe('a person whose stored data a process cannot read', () => {
  let harness: CampaignHarness;
  let lost: string;
  let found: string[];
  let told: unknown[] = [];
  before(async () => {
    harness = await startCampaignHarness('154');
    harness.setClock('2026-11-30T20:00:00Z');
    lost = await harness.addPerson();
    found = [await harness.addPerson(), await harness.addPerson()].sort();
    for (const context of harness.contexts)
      context.log.error = (about: { contact?: string; people?: number }, line: string) =>
        told.push([about.contact ?? about.people, line]);
  });
  after(() => harness.stop());
  beforeEach(() => {
    told = [];
  });
  afterEach(async () => {
    await harness.stopPlanning();
    await harness.store.contacts.deleteOne({ _id: lost });
    await harness.store.campaigns.deleteMany({});
    await harness.store.deliveries.deleteMany({});
    lost = await harness.addPerson();
  });

  const lose = (how: object) => harness.store.contacts.updateOne({ _id: lost }, [how]);
  const LOST: [string, () => Promise<unknown>][] = [
    ['whose consents are none', () => lose({ $set: { subscriptions: 'none' } })],
    ['who was asked nothing that can be read', () => lose({ $unset: 'prompts' })],
    ['in a zone that it does not know', () => lose({ $set: { 'profile.place': MARS } })],
  ];
  const NAMED = [
    'a contact cannot be read although its keys are here',
    'this process cannot decrypt some people of a campaign; they do not get the campaign',
  ];

  for (const [who, break_] of LOST) {
    it(`keeps nothing from the others and is logged: ${who}`, async () => {
      await harness.startDraft('local', { local: TEN });
      await break_();
      const rows = await harness.planUntilComplete('local');
      await harness.stopPlanning();
      expect([...rows.keys()].sort()).to.deep.equal(found);
      expect(told).to.deep.equal([
        [lost, NAMED[0]],
        [1, NAMED[1]],
      ]);
    });

    it(`hides neither times nor costs of the campaign: ${who}`, async () => {
      const segment = { kind: 'everyone' as const };
      const campaign = await writeDraft(harness.store, draftToEveryone('asked', { segment }), harness.now());
      if (campaign === null) throw new Error('nothing was saved');
      await break_();
      const [context] = harness.contexts;
      const frozen = (await harness.startDraft('frozen')).frozen;
      const program = context.catalog.current().book.programs.find(({ id }) => id === 'deals');
      const topic = program?.topics.find(({ id }) => id === 'deals');
      if (frozen === null || program === undefined || topic === undefined)
        throw new Error('it is not seeded');
      const order = { at: null, local: TEN, spreadMs: 0, repeat: null, deadline: null };
      const plan = { campaign, program, topic, template: frozen.template, variants: {}, segment, order };
      const { people, placed, refused } = await previewWhen(context, plan);
      expect([people.people, placed.length, [...refused]]).to.deep.equal([3, 2, [['unreadable', 1]]]);
      const { estimate } = await costOfCampaign(context, campaign);
      expect(estimate?.people.people).to.equal(2);
    });
  }

  it('keeps nothing from the other number of the same person', async () => {
    const [first = ''] = found;
    await harness.store.contacts.updateMany({ _id: { $in: [first, lost] } }, { $set: { personId: 'p_one' } });
    await harness.startDraft('several');
    await lose({ $set: { subscriptions: 'none' } });
    const rows = await harness.planUntilComplete('several');
    await harness.store.contacts.updateOne({ _id: first }, { $unset: { personId: '' } });
    expect(rows.get(first)?.state).to.equal('planned');
  });

  it('gets no new text after an edit, and the others do not wait for it', async () => {
    await harness.startDraft('edited');
    await harness.planUntilComplete('edited');
    await harness.stopPlanning();
    await changeState(harness.contexts[0], 'edited', 'pause');
    const deadline = new Date('2026-12-05T12:00:00Z');
    await editCampaign(harness.contexts[0], 'edited', {
      words: false,
      deadline,
      by: 'a key',
      note: 'an end',
    });
    await lose({ $unset: 'prompts' });
    await rerenderMessages(harness.contexts[0], await harness.find('edited'), () => true);
    expect((await harness.find('edited')).stale).to.equal(false);
    const row = await harness.store.deliveries.findOne({ contact: lost });
    expect([row?.state, row?.decision?.reasons]).to.deep.equal(['skipped', ['no-text']]);
  });

  it('is not blamed when nobody at all can be read', async () => {
    const campaign = await harness.startDraft('all');
    const [stored] = await harness.store.contacts.find({ _id: lost }).toArray();
    if (stored === undefined) throw new Error('nobody is there');
    const many = Array.from({ length: 25 }, () => ({ ...stored, prompts: null }));
    const [context] = harness.contexts;
    const asked = (some: readonly object[]) =>
      messageContext(context, campaign)
        .then((going) => messagesFor(context, going, some as ContactDoc[]))
        .then(
          (drafts) => drafts.length,
          (error: Error) => error.name,
        );
    expect(await asked(many)).to.equal('TypeError');
    expect(await asked(many.slice(0, 3))).to.equal(0);
  });
});
