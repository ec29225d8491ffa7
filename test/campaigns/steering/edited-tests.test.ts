import { expect } from 'chai';
import { editCampaign, rerenderMessages } from '../../../src/campaigns/editing.ts';
import { chooseWinner } from '../../../src/campaigns/experiment.ts';
import { changeState, resumeCampaign } from '../../../src/campaigns/lifecycle.ts';
import { asRefusal } from '../../../src/consent/command-refused.ts';
import type { Split } from '../../../src/domain/campaigns/experiment.ts';
import type { CampaignDoc } from '../../../src/store/campaigns/campaign-document.ts';
import { findMessageTemplate, writeMessageTemplate } from '../../../src/store/templates/templates.ts';
import { idThatFills } from '../crew.ts';
import { startTimeRig, type TimeRig } from '../time-rig.ts';

const SPLIT: Split = {
  variants: [
    { id: 'a', template: 'brief', share: 50 },
    { id: 'b', template: 'wordy', share: 50 },
  ],
  holdout: 0,
  test: { share: 50, waitMinutes: 1440, by: 'reply' },
};
const PEOPLE = 24;

describe('an edit of a campaign whose variants are tested first', () => {
  let rig: TimeRig;
  let people: string[];
  before(async () => {
    rig = await startTimeRig('151');
    rig.at('2026-12-01T12:00:00Z');
    people = await Promise.all(Array.from({ length: PEOPLE }, () => rig.someone()));
    for (const id of ['brief', 'wordy']) await words(id, `{brand}: ${id}`);
  });
  after(() => rig.stop());
  afterEach(async () => {
    await rig.store.campaigns.deleteMany({});
    await rig.store.deliveries.deleteMany({});
  });

  const words = async (id: string, en: string) => {
    const template = { _id: id, program: 'deals', texts: { en } };
    await writeMessageTemplate(rig.store, await findMessageTemplate(rig.store, id), template, rig.now());
  };
  /** Its testers have their rows, its winner is not chosen. */
  const tested = async (): Promise<string> => {
    const id = idThatFills(SPLIT, people, ['a', 'b', null]);
    await rig.start(id, {}, { split: SPLIT });
    await rig.planned(id);
    await rig.rest();
    return id;
  };
  const change = (id: string, $set: Partial<CampaignDoc>) =>
    rig.store.campaigns.updateOne({ _id: id }, { $set });
  const edit = (id: string, order: { words: boolean; deadline?: Date }) =>
    editCampaign(rig.contexts[0], id, { ...order, by: 'a key', note: 'other' }).catch(asRefusal);

  const drawn = async (campaign: string) => {
    const rows = await rig.store.deliveries.find({ campaign }).toArray();
    return rows.map(({ contact, variant, template }) => [contact, variant, template]).sort();
  };

  it('ends no test before its winner', async () => {
    const id = await tested();
    await change(id, { plannedAt: rig.now() });
    await changeState(rig.contexts[0], id, 'pause');
    const early = await edit(id, { words: false, deadline: new Date('2026-12-02T12:00:00Z') });
    expect(early).to.deep.include({
      message: 'Its A/B test would still be running then. Set a later deadline.',
      field: 'deadline',
    });
    const late = await edit(id, { words: false, deadline: new Date('2026-12-02T12:00:01Z') });
    expect(late).to.deep.include({ state: 'paused' });
  });

  it('is needed where it was paused for so long that its deadline would end it', async () => {
    const id = await tested();
    await change(id, { plannedAt: rig.now(), deadline: new Date('2026-12-02T12:00:00Z') });
    await changeState(rig.contexts[0], id, 'pause');
    const resume = () => resumeCampaign(rig.contexts[0], id, { by: 'a key', note: null }).catch(asRefusal);
    expect(await resume())
      .to.have.property('message')
      .that.matches(
        /^Its deadline comes before its test ends, .* POST \/campaigns\/\{id\}\/edit, and resume the campaign\.$/,
      );
    await edit(id, { words: false, deadline: new Date('2026-12-02T12:00:01Z') });
    await rerenderMessages(rig.contexts[0], await rig.find(id), () => true);
    expect(await resume()).to.deep.include({ state: 'sending', awaitsWinner: true });
  });

  it('is needed where it had to wait for so long that its deadline would end it', async () => {
    rig.at('2026-12-01T12:00:00Z');
    const id = idThatFills(SPLIT, people, ['a', 'b', null]);
    const order = { at: new Date('2026-12-01T13:00:00Z'), deadline: new Date('2026-12-02T14:00:00Z') };
    await rig.start(id, order, { split: SPLIT });
    rig.at('2026-12-01T14:00:00Z');
    await rig.paused(id);
    await rig.rest();
    expect((await rig.find(id)).halted?.why).to.match(/^Its deadline comes before its test is over, /);
    expect(await rig.store.deliveries.countDocuments({ campaign: id })).to.equal(0);
    const late = await edit(id, { words: false, deadline: new Date('2026-12-02T14:00:01Z') });
    expect(late).to.deep.include({ state: 'paused' });
    rig.at('2026-12-01T12:00:00Z');
  });

  const expired = (id: string) =>
    rig.store.deliveries.updateMany(
      { campaign: id },
      { $set: { state: 'expired' }, $unset: { open: '' as const } },
    );

  it('helps none that nobody got: it has no winner, and goes on neither by itself nor by a resume', async () => {
    const id = await tested();
    await expired(id);
    await chooseWinner(rig.contexts[0], await rig.find(id));
    const { state, halted, winner, plannedAt } = await rig.find(id);
    expect([state, winner, plannedAt]).to.deep.equal(['paused', undefined, undefined]);
    expect(halted?.why).to.match(
      /^Nobody got a message of its test, .* Cancel the campaign, and draft another/,
    );
    const resume = () => resumeCampaign(rig.contexts[0], id, { by: 'a key', note: null }).catch(asRefusal);
    expect(await resume()).to.have.property('message', halted?.why);
    // Not that a later deadline would help.
    await change(id, { deadline: new Date('2026-12-01T11:00:00Z') });
    expect(await resume()).to.have.property('message', halted?.why);
  });

  it('is not what one needs whose messages are put off: resumed, it waits for them anew', async () => {
    const id = await tested();
    await change(id, { plannedAt: new Date('2026-11-30T12:00:00Z') });
    await chooseWinner(rig.contexts[0], await rig.find(id));
    const { state, halted, winner } = await rig.find(id);
    expect([state, winner]).to.deep.equal(['paused', undefined]);
    expect(halted?.why).to.match(
      /^Nobody has got a message of its test yet, .* Resume the campaign to keep waiting/,
    );
    await resumeCampaign(rig.contexts[0], id, { by: 'a key', note: null });
    await chooseWinner(rig.contexts[0], await rig.find(id));
    const after = await rig.find(id);
    expect([after.state, after.winner, after.plannedAt]).to.deep.equal(['sending', undefined, undefined]);
  });

  it('is not asked for where nobody waits for the winner: it ends by itself', async () => {
    const id = await tested();
    await expired(id);
    const test = { share: 100, waitMinutes: 1440, by: 'reply' };
    await change(id, { split: { ...SPLIT, test }, plannedAt: new Date('2026-11-30T12:00:00Z') });
    await chooseWinner(rig.contexts[0], await rig.find(id));
    expect(await rig.find(id)).to.deep.include({ state: 'sending', awaitsWinner: false });
  });

  it('leaves those of the test their own variant once the winner is chosen', async () => {
    const id = await tested();
    const before = await drawn(id);
    const winner = { variant: 'a', at: rig.now(), tallies: [] };
    await change(id, { winner, awaitsWinner: false });
    await changeState(rig.contexts[0], id, 'pause');
    await edit(id, { words: false, deadline: new Date('2026-12-05T12:00:00Z') });
    await rerenderMessages(rig.contexts[0], await rig.find(id), () => true);
    expect(await drawn(id)).to.deep.equal(before);
    expect(new Set(before.map(([, variant]) => variant))).to.deep.equal(new Set(['a', 'b']));
  });

  it('keeps its words while its test runs, and may have new ones once its winner is chosen', async () => {
    const id = await tested();
    await changeState(rig.contexts[0], id, 'pause');
    await words('brief', '{brand}: other words');
    const no =
      'Its A/B test is running and compares the wordings that people have seen. Wait for the winner, or cancel the campaign.';
    expect(await edit(id, { words: true })).to.deep.include({ message: no, field: 'words' });
    await change(id, { winner: { variant: 'a', at: rig.now(), tallies: [] }, awaitsWinner: false });
    expect(await edit(id, { words: true })).to.deep.include({ state: 'paused', edition: 1 });
  });
});
