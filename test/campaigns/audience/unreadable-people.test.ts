import { expect } from 'chai';
import { messageContext } from '../../../src/campaigns/content.ts';
import { costOfCampaign } from '../../../src/campaigns/cost.ts';
import { editCampaign, rerenderMessages } from '../../../src/campaigns/editing.ts';
import { changeState } from '../../../src/campaigns/lifecycle.ts';
import { previewWhen } from '../../../src/campaigns/schedule-preview.ts';
import { draftMessages } from '../../../src/campaigns/worker/batch.ts';

import { writeDraft } from '../../../src/store/campaigns/campaigns.ts';
import type { ContactDoc } from '../../../src/store/contacts/contacts.ts';
import { draftToEveryone } from '../draft-to-everyone.ts';
import { startTimeRig, type TimeRig } from '../time-rig.ts';

const MARS = { state: 'NY', zip: '10001', zone: 'Mars/Olympus' };
const TEN = { date: '2026-12-01', minutes: 600, missed: 'skip' as const };

describe('somebody whom a process cannot read, for another reason than keys', () => {
  let rig: TimeRig;
  let lost: string;
  let found: string[];
  let told: unknown[] = [];
  before(async () => {
    rig = await startTimeRig('154');
    rig.at('2026-11-30T20:00:00Z');
    lost = await rig.someone();
    found = [await rig.someone(), await rig.someone()].sort();
    for (const context of rig.contexts)
      context.log.error = (about: { contact?: string; people?: number }, line: string) =>
        told.push([about.contact ?? about.people, line]);
  });
  after(() => rig.stop());
  beforeEach(() => {
    told = [];
  });
  afterEach(async () => {
    await rig.rest();
    await rig.store.contacts.deleteOne({ _id: lost });
    await rig.store.campaigns.deleteMany({});
    await rig.store.deliveries.deleteMany({});
    lost = await rig.someone();
  });

  const lose = (how: object) => rig.store.contacts.updateOne({ _id: lost }, [how]);
  const LOST: [string, () => Promise<unknown>][] = [
    ['whose consents are none', () => lose({ $set: { subscriptions: 'none' } })],
    ['who was asked nothing that can be read', () => lose({ $unset: 'prompts' })],
    ['in a zone that it does not know', () => lose({ $set: { 'profile.place': MARS } })],
  ];
  const NAMED = [
    'a person cannot be read, for another reason than keys',
    'this process cannot decrypt some people of a campaign; they do not get the campaign',
  ];

  for (const [who, break_] of LOST) {
    it(`keeps nothing from the others, and is told of: ${who}`, async () => {
      await rig.start('local', { local: TEN });
      await break_();
      const rows = await rig.planned('local');
      await rig.rest();
      expect([...rows.keys()].sort()).to.deep.equal(found);
      expect(told).to.deep.equal([
        [lost, NAMED[0]],
        [1, NAMED[1]],
      ]);
    });

    it(`keeps neither when nor what it costs from who asks: ${who}`, async () => {
      const segment = { kind: 'everyone' as const };
      const campaign = await writeDraft(rig.store, draftToEveryone('asked', { segment }), rig.now());
      if (campaign === null) throw new Error('nothing was saved');
      await break_();
      const [context] = rig.contexts;
      const frozen = (await rig.start('frozen')).frozen;
      const program = context.catalog.current().book.programs.find(({ id }) => id === 'deals');
      const topic = program?.topics.find(({ id }) => id === 'deals');
      if (frozen === null || program === undefined || topic === undefined)
        throw new Error('it is not seeded');
      const order = { at: null, local: TEN, spreadMs: 0, repeat: null, deadline: null };
      const plan = { campaign, program, topic, template: frozen.template, variants: {}, segment, order };
      const { people, placed } = await previewWhen(context, plan);
      expect([people, placed.length]).to.deep.equal([3, 2]);
      const { estimate } = await costOfCampaign(context, campaign);
      expect(estimate?.people).to.equal(3);
    });
  }

  it('that is one of several numbers of a person keeps nothing from the other', async () => {
    const [one = ''] = found;
    await rig.store.contacts.updateMany({ _id: { $in: [one, lost] } }, { $set: { personId: 'p_one' } });
    await rig.start('several');
    await lose({ $set: { subscriptions: 'none' } });
    const rows = await rig.planned('several');
    await rig.store.contacts.updateOne({ _id: one }, { $unset: { personId: '' } });
    expect(rows.get(one)?.state).to.equal('planned');
  });

  it('has no text after an edit, which the others wait for no longer', async () => {
    await rig.start('edited');
    await rig.planned('edited');
    await rig.rest();
    await changeState(rig.contexts[0], 'edited', 'pause');
    const deadline = new Date('2026-12-05T12:00:00Z');
    await editCampaign(rig.contexts[0], 'edited', { words: false, deadline, by: 'a key', note: 'an end' });
    await lose({ $unset: 'prompts' });
    await rerenderMessages(rig.contexts[0], await rig.find('edited'), () => true);
    expect((await rig.find('edited')).stale).to.equal(false);
    const row = await rig.store.deliveries.findOne({ contact: lost });
    expect([row?.state, row?.decision?.reasons]).to.deep.equal(['skipped', ['no-text']]);
  });

  it('are many of whom none can be read: then it says so, and takes it for no fault of theirs', async () => {
    const campaign = await rig.start('all');
    const [stored] = await rig.store.contacts.find({ _id: lost }).toArray();
    if (stored === undefined) throw new Error('nobody is there');
    const many = Array.from({ length: 25 }, () => ({ ...stored, prompts: null }));
    const [context] = rig.contexts;
    const asked = (some: readonly object[]) =>
      messageContext(context, campaign)
        .then((going) => draftMessages(context, going, some as ContactDoc[]))
        .then(
          (drafts) => drafts.length,
          (error: Error) => error.name,
        );
    expect(await asked(many)).to.equal('TypeError');
    expect(await asked(many.slice(0, 3))).to.equal(0);
  });
});
