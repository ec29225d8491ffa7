import { expect } from 'chai';
import { editCampaign, rerenderMessages } from '../../../src/campaigns/editing.ts';
import { chooseWinner } from '../../../src/campaigns/experiment.ts';
import { changeState, resumeCampaign } from '../../../src/campaigns/lifecycle.ts';
import { asRefusal } from '../../../src/consent/command-refused.ts';
import type { Split } from '../../../src/domain/campaigns/experiment.ts';
import type { CampaignDoc } from '../../../src/store/campaigns/campaign-document.ts';
import { findMessageTemplate, writeMessageTemplate } from '../../../src/store/templates/templates.ts';
import { type CampaignHarness, startCampaignHarness } from '../campaign-harness.ts';
import { idThatFills } from '../marketer.ts';

const SPLIT: Split = {
  variants: [
    { id: 'a', template: 'brief', share: 50 },
    { id: 'b', template: 'wordy', share: 50 },
  ],
  holdout: 0,
  test: { share: 50, waitMinutes: 1440, by: 'reply' },
};
const PEOPLE = 24;

describe('an edit of a campaign that tests its variants first', () => {
  let harness: CampaignHarness;
  let people: string[];
  before(async () => {
    harness = await startCampaignHarness('151');
    harness.setClock('2026-12-01T12:00:00Z');
    people = await Promise.all(Array.from({ length: PEOPLE }, () => harness.addPerson()));
    for (const id of ['brief', 'wordy']) await words(id, `{brand}: ${id}`);
  });
  after(() => harness.stop());
  afterEach(async () => {
    await harness.store.campaigns.deleteMany({});
    await harness.store.deliveries.deleteMany({});
  });

  const words = async (id: string, en: string) => {
    const template = { _id: id, program: 'deals', texts: { en } };
    await writeMessageTemplate(
      harness.store,
      await findMessageTemplate(harness.store, id),
      template,
      harness.now(),
    );
  };
  /** A campaign whose test is planned and whose winner is not chosen. */
  const tested = async (): Promise<string> => {
    const id = idThatFills(SPLIT, people, ['a', 'b', null]);
    await harness.startDraft(id, {}, { split: SPLIT });
    await harness.planUntilComplete(id);
    await harness.stopPlanning();
    return id;
  };
  const change = (id: string, $set: Partial<CampaignDoc>) =>
    harness.store.campaigns.updateOne({ _id: id }, { $set });
  const edit = (id: string, order: { words: boolean; deadline?: Date }) =>
    editCampaign(harness.contexts[0], id, { ...order, by: 'a key', note: 'other' }).catch(asRefusal);

  const drawn = async (campaign: string) => {
    const rows = await harness.store.deliveries.find({ campaign }).toArray();
    return rows.map(({ contact, variant, template }) => [contact, variant, template]).sort();
  };

  it('cannot end a test before its winner', async () => {
    const id = await tested();
    await change(id, { plannedAt: harness.now() });
    await changeState(harness.contexts[0], id, 'pause');
    const early = await edit(id, { words: false, deadline: new Date('2026-12-02T12:00:00Z') });
    expect(early).to.deep.include({
      message: 'Its A/B test would still be running then. Set a later deadline.',
      field: 'deadline',
    });
    const late = await edit(id, { words: false, deadline: new Date('2026-12-02T12:00:01Z') });
    expect(late).to.deep.include({ state: 'paused' });
  });

  it('is needed when a long pause would let its deadline end the test', async () => {
    const id = await tested();
    await change(id, { plannedAt: harness.now(), deadline: new Date('2026-12-02T12:00:00Z') });
    await changeState(harness.contexts[0], id, 'pause');
    const resume = () =>
      resumeCampaign(harness.contexts[0], id, { by: 'a key', note: null }).catch(asRefusal);
    expect(await resume())
      .to.have.property('message')
      .that.matches(
        /^Its deadline comes before its test ends, .* POST \/campaigns\/\{id\}\/edit, and resume the campaign\.$/,
      );
    await edit(id, { words: false, deadline: new Date('2026-12-02T12:00:01Z') });
    await rerenderMessages(harness.contexts[0], await harness.find(id), () => true);
    expect(await resume()).to.deep.include({ state: 'sending', awaitsWinner: true });
  });

  it('is needed when a long wait would let its deadline end the test', async () => {
    harness.setClock('2026-12-01T12:00:00Z');
    const id = idThatFills(SPLIT, people, ['a', 'b', null]);
    const order = { at: new Date('2026-12-01T13:00:00Z'), deadline: new Date('2026-12-02T14:00:00Z') };
    await harness.startDraft(id, order, { split: SPLIT });
    harness.setClock('2026-12-01T14:00:00Z');
    await harness.planUntilPaused(id);
    await harness.stopPlanning();
    expect((await harness.find(id)).halted?.why).to.match(/^Its deadline comes before its test ends, /);
    expect(await harness.store.deliveries.countDocuments({ campaign: id })).to.equal(0);
    const late = await edit(id, { words: false, deadline: new Date('2026-12-02T14:00:01Z') });
    expect(late).to.deep.include({ state: 'paused' });
    harness.setClock('2026-12-01T12:00:00Z');
  });

  const expired = (id: string) =>
    harness.store.deliveries.updateMany(
      { campaign: id },
      { $set: { state: 'expired' }, $unset: { open: '' as const } },
    );

  it('does not help a test that reached nobody, which has no winner and does not go on', async () => {
    const id = await tested();
    await expired(id);
    await chooseWinner(harness.contexts[0], await harness.find(id));
    const { state, halted, winner, plannedAt } = await harness.find(id);
    expect([state, winner, plannedAt]).to.deep.equal(['paused', undefined, undefined]);
    expect(halted?.why).to.match(
      /^Nobody got a message of its test, .* Cancel the campaign, and draft another/,
    );
    const resume = () =>
      resumeCampaign(harness.contexts[0], id, { by: 'a key', note: null }).catch(asRefusal);
    expect(await resume()).to.have.property('message', halted?.why);
    // Not that a later deadline would help.
    await change(id, { deadline: new Date('2026-12-01T11:00:00Z') });
    expect(await resume()).to.have.property('message', halted?.why);
  });

  it('is not needed when messages are postponed: after a resumption the test waits for them again', async () => {
    const id = await tested();
    await change(id, { plannedAt: new Date('2026-11-30T12:00:00Z') });
    await chooseWinner(harness.contexts[0], await harness.find(id));
    const { state, halted, winner } = await harness.find(id);
    expect([state, winner]).to.deep.equal(['paused', undefined]);
    expect(halted?.why).to.match(
      /^Nobody has got a message of its test yet, .* Resume the campaign to keep waiting/,
    );
    await resumeCampaign(harness.contexts[0], id, { by: 'a key', note: null });
    await chooseWinner(harness.contexts[0], await harness.find(id));
    const after = await harness.find(id);
    expect([after.state, after.winner, after.plannedAt]).to.deep.equal(['sending', undefined, undefined]);
  });

  it('is not needed when nobody waits for the winner: the campaign ends by itself', async () => {
    const id = await tested();
    await expired(id);
    const test = { share: 100, waitMinutes: 1440, by: 'reply' };
    await change(id, { split: { ...SPLIT, test }, plannedAt: new Date('2026-11-30T12:00:00Z') });
    await chooseWinner(harness.contexts[0], await harness.find(id));
    expect(await harness.find(id)).to.deep.include({ state: 'sending', awaitsWinner: false });
  });

  it('keeps the variant of those in the test once the winner is chosen', async () => {
    const id = await tested();
    const before = await drawn(id);
    const winner = { variant: 'a', at: harness.now(), tallies: [] };
    await change(id, { winner, awaitsWinner: false });
    await changeState(harness.contexts[0], id, 'pause');
    await edit(id, { words: false, deadline: new Date('2026-12-05T12:00:00Z') });
    await rerenderMessages(harness.contexts[0], await harness.find(id), () => true);
    expect(await drawn(id)).to.deep.equal(before);
    expect(new Set(before.map(([, variant]) => variant))).to.deep.equal(new Set(['a', 'b']));
  });

  it('cannot change the words during the test, but once the winner is chosen', async () => {
    const id = await tested();
    await changeState(harness.contexts[0], id, 'pause');
    await words('brief', '{brand}: other words');
    const no =
      'Its A/B test is running and compares the wordings that people have seen. Wait for the winner, or cancel the campaign.';
    expect(await edit(id, { words: true })).to.deep.include({ message: no, field: 'words' });
    await change(id, { winner: { variant: 'a', at: harness.now(), tallies: [] }, awaitsWinner: false });
    expect(await edit(id, { words: true })).to.deep.include({ state: 'paused', edition: 1 });
  });
});
