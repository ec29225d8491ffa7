import { expect } from 'chai';
import { putCampaign } from '../../../src/api/campaigns.ts';
import type { Problem } from '../../../src/api/http/problems.ts';
import { approveCampaign } from '../../../src/campaigns/approval.ts';
import { showCampaign } from '../../../src/campaigns/campaigns.ts';
import { costOfCampaign } from '../../../src/campaigns/cost.ts';
import { editCampaign, rerenderMessages } from '../../../src/campaigns/editing.ts';
import { chooseWinner } from '../../../src/campaigns/experiment.ts';
import { whyOf } from '../../../src/campaigns/explanation.ts';
import { changeState, resumeCampaign } from '../../../src/campaigns/lifecycle.ts';
import { draftResend } from '../../../src/campaigns/resend.ts';
import { previewStart, startCampaign } from '../../../src/campaigns/start.ts';
import { asRefusal, CommandRefused } from '../../../src/consent/command-refused.ts';
import type { Split } from '../../../src/domain/campaigns/experiment.ts';
import type { CampaignDoc } from '../../../src/store/campaigns/campaign-document.ts';
import { writeDraft } from '../../../src/store/campaigns/campaigns.ts';
import { expireLate } from '../../../src/store/campaigns/ending.ts';
import { missedAmong } from '../../../src/store/campaigns/resend.ts';
import type { Store } from '../../../src/store/store.ts';
import { spied } from '../../support/spied.ts';
import { type CampaignHarness, startCampaignHarness } from '../campaign-harness.ts';
import { draftToEveryone } from '../draft-to-everyone.ts';
import { idThatFills } from '../marketer.ts';

const SPLIT: Split = {
  variants: [
    { id: 'short', template: 'brief', share: 50 },
    { id: 'long', template: 'wordy', share: 50 },
  ],
  holdout: 0,
  test: null,
};

describe('the draft of a resend', () => {
  let harness: CampaignHarness;
  before(async () => {
    harness = await startCampaignHarness('135');
    harness.setClock('2026-12-01T12:00:00Z');
  });
  after(() => harness.stop());
  const over = async (id: string, more: Partial<CampaignDoc> = {}) => {
    await writeDraft(harness.store, draftToEveryone(id), harness.now());
    await harness.store.campaigns.updateOne({ _id: id }, { $set: { state: 'finished', ...more } });
  };
  const miss = (of: string, variant: string | null = null) =>
    draftResend(harness.contexts[0], of, {
      id: `${of}-again`,
      unknownToo: false,
      variant,
      by: 'a key',
    }).catch((error: unknown) => {
      if (!(error instanceof CommandRefused)) throw error;
      return [error.field, error.message];
    });

  it('keeps what happens to people whom a cap keeps back', async () => {
    await over('capped', { capped: 'skip' });
    expect(await miss('capped')).to.deep.include({ template: 'offer', capped: 'skip' });
  });

  it('is shown as for the people who missed the original, whether or not anybody did', async () => {
    await over('reached', { name: 'Spring coats' });
    await miss('reached');
    const shown = await showCampaign(harness.contexts[0], 'reached-again');
    expect(shown?.audience).to.equal('Everyone who missed the campaign “Spring coats” (everyone).');
  });

  it("has the words of the test's winner", async () => {
    const test = { share: 20, waitMinutes: 60, by: 'click' };
    const winner = { variant: 'long', at: harness.now(), tallies: [] };
    await over('tested', { split: { ...SPLIT, test }, winner });
    expect(await miss('tested')).to.deep.include({ template: 'wordy' });
  });

  it('asks for the variant of a campaign with several, and saves nothing before', async () => {
    await over('halves', { split: SPLIT });
    const which = 'The campaign was sent in several variants. Name one in "variant": short, long.';
    expect(await miss('halves')).to.deep.equal(['variant', which]);
    expect(await miss('halves', 'odd')).to.deep.equal([
      'variant',
      'The campaign has no such variant. It has: short, long.',
    ]);
    expect(await harness.store.campaigns.findOne({ _id: 'halves-again' })).to.equal(null);
    expect(await miss('halves', 'short')).to.deep.include({ template: 'brief' });
  });

  it('says who is not in it when the campaign was canceled', async () => {
    await over('stopped', { state: 'canceled' });
    expect(await miss('stopped')).to.deep.include({ state: 'draft' });
    const order = { at: null, deadline: null, local: null, spreadMs: 0, repeat: null, everyone: true };
    const start = () =>
      startCampaign(harness.contexts[0], 'stopped-again', { ...order, by: 'a key' }).catch(String);
    expect(await start()).to.contain(
      'Nobody is left who missed it. People who had not yet got "stopped" when it was canceled do not count as missed. To reach them, draft another campaign for its segment and leave out {"kind": "sent", "campaign": "stopped"}, which are the people who got it or may have got it. For messages with an unknown outcome: POST /campaigns/stopped/missed with "include_unknown".',
    );
    await harness.store.campaigns.updateOne(
      { _id: 'stopped' },
      { $set: { split: { ...SPLIT, holdout: 20 } } },
    );
    expect(await start()).to.contain(
      'the people who got it or may have got it. The holdout group of "stopped" gets that campaign, too: read the results of "stopped" first. For messages',
    );
  });

  it('includes those who were skipped because an edit came too late', async () => {
    const someone = await harness.addPerson();
    await harness.startDraft('late', { deadline: new Date('2026-12-02T12:00:00Z') });
    await harness.planUntilComplete('late');
    await changeState(harness.contexts[0], 'late', 'pause');
    const sooner = { words: false, deadline: new Date('2026-12-01T13:00:00Z'), by: 'a key', note: 'sooner' };
    await editCampaign(harness.contexts[0], 'late', sooner);
    harness.setClock('2026-12-01T13:00:01Z');
    await rerenderMessages(harness.contexts[0], await harness.find('late'), () => true);
    const row = (await harness.planUntilComplete('late')).get(someone);
    expect([row?.state, row?.open, row?.decision?.reasons]).to.deep.equal([
      'expired',
      undefined,
      ['too-late'],
    ]);
    const missed = { of: 'late', unknownToo: false };
    expect([...(await missedAmong(harness.store, missed, 'late-again', [someone]))]).to.deep.equal([someone]);
  });

  it('is started, shown and saved although its segment names something that no longer exists', async () => {
    const someone = await harness.addPerson();
    await harness.startDraft('spring');
    await harness.planUntilComplete('spring');
    await harness.stopPlanning();
    await harness.store.deliveries.updateMany({ campaign: 'spring' }, { $set: { state: 'expired' } });
    const segment = {
      kind: 'subscription' as const,
      program: 'deals',
      state: 'subscribed' as const,
      topics: ['gone'],
    };
    const over = { $set: { state: 'finished' as const, segment } };
    await harness.store.campaigns.updateOne({ _id: 'spring' }, over);
    const draft = await miss('spring');
    if (Array.isArray(draft) || draft === null) throw new Error('nothing was drafted');
    const [context] = harness.contexts;
    const body = {
      name: 'again',
      program: 'deals',
      topic: 'deals',
      template: 'offer',
      capped: 'defer',
      segment,
    };
    const put = (of: object) =>
      putCampaign({
        context,
        key: { id: 'a key' },
        params: { id: draft._id },
        body: { ...body, ...of },
      } as never);
    expect(await put({})).to.deep.include({ name: 'again', state: 'draft' });
    const other = await put({ segment: EVERYONE }).catch((error: Problem) => error.extras);
    expect(JSON.stringify(other)).to.contain('its segment stays as it was');
    expect((await costOfCampaign(context, draft)).estimate?.people.people).to.be.greaterThan(0);
    expect((await approveCampaign(context, draft._id, 'another key'))?.approval?.by).to.equal('another key');
    const order = { at: null, deadline: null, local: null, spreadMs: 0, repeat: null, everyone: false };
    const saved = await harness.find(draft._id);
    expect(await previewStart(context, saved, order)).to.equal(null);
    await startCampaign(context, draft._id, { ...order, by: 'a key' });
    expect((await harness.planUntilComplete(draft._id)).get(someone)?.state).to.equal('planned');
  });

  it('excludes people whose deadline was moved while their rows were to expire', async () => {
    harness.setClock('2026-12-02T12:00:00Z');
    const [context] = harness.contexts;
    const someone = await harness.addPerson();
    await harness.startDraft('moved', { deadline: new Date('2026-12-02T13:00:00Z') });
    await harness.planUntilComplete('moved');
    await harness.stopPlanning();
    await changeState(context, 'moved', 'pause');
    // This looks as if some people were still to be planned. Their deadline may still be moved.
    await harness.store.campaigns.updateOne({ _id: 'moved' }, { $set: { 'plan.complete': false } });
    harness.setClock('2026-12-02T13:00:00Z');
    const longer = { words: false, deadline: new Date('2026-12-03T12:00:00Z'), by: 'a key', note: 'longer' };
    const deliveries = spied(harness.store.deliveries, 'updateMany', async (first) => {
      if ((first as { campaign?: string }).campaign !== 'moved') return;
      await editCampaign(context, 'moved', longer);
      await rerenderMessages(context, await harness.find('moved'), () => true);
      await resumeCampaign(context, 'moved', { by: 'a key', note: null });
    });
    const watched: Store = { ...harness.store, deliveries };
    expect(await expireLate(watched, harness.now())).to.equal(0);
    const row = await harness.store.deliveries.findOne({ campaign: 'moved', contact: someone });
    expect([row?.state, row?.validUntil]).to.deep.equal(['planned', longer.deadline]);
    await harness.store.campaigns.updateOne({ _id: 'moved' }, { $set: { 'plan.complete': true } });
    expect(await expireLate(harness.store, longer.deadline)).to.be.greaterThan(0);
  });

  it('is refused while another is open, also when two are requested at the same moment', async () => {
    await over('twice');
    const draft = (id: string) =>
      draftResend(harness.contexts[0], 'twice', { id, unknownToo: false, variant: null, by: 'a key' }).then(
        (made) => made?._id ?? null,
        (error: unknown) => asRefusal(error).message,
      );
    const both = await Promise.all([draft('one'), draft('other')]);
    const open = both.includes('one') ? 'one' : 'other';
    const no = `The campaign "${open}" already goes to the people who missed "twice". Wait until it has ended, or cancel it.`;
    expect(both).to.have.members([open, no]);
    for (const state of ['scheduled', 'sending', 'paused'] as const) {
      await harness.store.campaigns.updateOne({ _id: open }, { $set: { state } });
      expect(await draft('third')).to.equal(no);
    }
    expect(await draft('twice')).to.equal(no);
    await changeState(harness.contexts[0], open, 'cancel');
    expect(await draft('twice')).to.equal('A campaign with this id exists. Choose another id.');
    expect(await draft('third')).to.equal('third');
  });

  it('is refused for a resend: another of the original reaches those who missed both', async () => {
    const someone = await harness.addPerson();
    await harness.startDraft('first');
    await harness.planUntilComplete('first');
    await harness.stopPlanning();
    const end = async (id: string) => {
      await harness.store.deliveries.updateMany({ campaign: id }, { $set: { state: 'expired' } });
      await harness.store.campaigns.updateOne({ _id: id }, { $set: { state: 'finished' } });
    };
    await end('first');
    expect(await miss('first')).to.deep.include({ missed: { of: 'first', unknownToo: false } });
    await harness.startDraft('first-again');
    await harness.planUntilComplete('first-again');
    await harness.stopPlanning();
    await end('first-again');
    expect(await miss('first-again')).to.deep.equal([
      null,
      'It is a resend itself. Draft another resend of "first" for the people whom neither reached: POST /campaigns/first/missed.',
    ]);
    await draftResend(harness.contexts[0], 'first', {
      id: 'third-try',
      unknownToo: false,
      variant: null,
      by: 'a key',
    });
    await harness.startDraft('third-try');
    expect((await harness.planUntilComplete('third-try')).get(someone)?.state).to.equal('planned');
    await harness.stopPlanning();
  });

  it('takes no variant when the campaign was not split', async () => {
    await over('whole');
    expect(await miss('whole', 'short')).to.deep.equal([
      'variant',
      'The campaign was not split. Leave "variant" out.',
    ]);
  });

  it('includes those whose test message expired in a pause, and not those who wait for the winner', async () => {
    harness.setClock('2026-12-03T12:00:00Z');
    const [context] = harness.contexts;
    const people = await Promise.all(Array.from({ length: 16 }, () => harness.addPerson()));
    const variants = ['a', 'b'].map((id) => ({ id, template: 'offer', share: 50 }));
    const split: Split = { variants, holdout: 0, test: { share: 50, waitMinutes: 60, by: 'reply' } };
    const id = idThatFills(split, people, ['a', 'b', null]);
    await harness.startDraft(id, { deadline: new Date('2026-12-03T15:00:00Z') }, { split });
    const [got = '', ...testers] = (await harness.planUntilComplete(id)).keys();
    await harness.stopPlanning();
    const delivered = { $set: { state: 'delivered' as const }, $unset: { open: '' as const } };
    await harness.store.deliveries.updateOne({ campaign: id, contact: got }, delivered);
    await changeState(context, id, 'pause');
    harness.setClock('2026-12-03T15:00:00Z');
    await expireLate(harness.store, harness.now());
    const waiting = people.find((person) => person !== got && !testers.includes(person)) ?? '';
    const why = async () => (await whyOf(context, await harness.find(id), waiting)).sentence;
    const resume = () => resumeCampaign(context, id, { by: 'a key', note: null }).catch(asRefusal);
    expect(await why()).to.match(
      /^Not sent: the deadline of the campaign passed .* later deadline and resumed\.$/,
    );
    expect(String(await resume())).to.contain('Set a later deadline, POST /campaigns/{id}/edit');
    const longer = { words: false, deadline: new Date('2026-12-04T12:00:00Z'), by: 'a key', note: 'longer' };
    await editCampaign(context, id, longer);
    expect(await why()).to.equal('Waits: the campaign is paused.');
    await rerenderMessages(context, await harness.find(id), () => true);
    expect(await resume()).to.deep.include({ state: 'sending' });
    await chooseWinner(context, await harness.find(id));
    harness.setClock('2026-12-03T16:00:00Z');
    await chooseWinner(context, await harness.find(id));
    const rows = await harness.planUntilComplete(id);
    await harness.stopPlanning();
    for (const person of people) {
      const ended = person === got ? 'delivered' : 'expired';
      expect(rows.get(person)?.state).to.equal(
        person === got || testers.includes(person) ? ended : 'planned',
      );
    }
    expect(rows.get(waiting)?.variant).to.equal(rows.get(got)?.variant);
    const missed = await missedAmong(harness.store, { of: id, unknownToo: false }, 'again', people);
    expect([...missed]).to.have.members(people.filter((person) => testers.includes(person)));
  });
});

const EVERYONE = { kind: 'everyone' } as const;
