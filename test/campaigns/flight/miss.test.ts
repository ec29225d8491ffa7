import { expect } from 'chai';
import { putCampaign } from '../../../src/api/campaigns.ts';
import type { Problem } from '../../../src/api/http/problems.ts';
import { approveCampaign } from '../../../src/campaigns/approval.ts';
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
import { spied } from '../../support/spied.ts';
import { idThatFills } from '../crew.ts';
import { draftToEveryone } from '../draft-to-everyone.ts';
import { startTimeRig, type TimeRig } from '../time-rig.ts';

const SPLIT: Split = {
  variants: [
    { id: 'short', template: 'brief', share: 50 },
    { id: 'long', template: 'wordy', share: 50 },
  ],
  holdout: 0,
  test: null,
};

describe('the draft for those who missed a campaign', () => {
  let rig: TimeRig;
  before(async () => {
    rig = await startTimeRig('135');
    rig.at('2026-12-01T12:00:00Z');
  });
  after(() => rig.stop());
  const over = async (id: string, more: Partial<CampaignDoc> = {}) => {
    await writeDraft(rig.store, draftToEveryone(id), rig.now());
    await rig.store.campaigns.updateOne({ _id: id }, { $set: { state: 'finished', ...more } });
  };
  const miss = (of: string, variant: string | null = null) =>
    draftResend(rig.contexts[0], of, { id: `${of}-again`, unknownToo: false, variant, by: 'a key' }).catch(
      (error: unknown) => {
        if (!(error instanceof CommandRefused)) throw error;
        return [error.field, error.message];
      },
    );

  it('keeps what becomes of whom a cap keeps back', async () => {
    await over('capped', { capped: 'skip' });
    expect(await miss('capped')).to.deep.include({ template: 'offer', capped: 'skip' });
  });

  it('of a test has the words of its winner', async () => {
    const test = { share: 20, waitMinutes: 60, by: 'click' };
    const winner = { variant: 'long', at: rig.now(), tallies: [] };
    await over('tested', { split: { ...SPLIT, test }, winner });
    expect(await miss('tested')).to.deep.include({ template: 'wordy' });
  });

  it('of another split asks which words, and has nothing of those that were sent to nobody', async () => {
    await over('halves', { split: SPLIT });
    const which = 'The campaign was sent in several variants. Name one in "variant": short, long.';
    expect(await miss('halves')).to.deep.equal(['variant', which]);
    expect(await miss('halves', 'odd')).to.deep.equal([
      'variant',
      'It has no such variant. It has: short, long.',
    ]);
    expect(await rig.store.campaigns.findOne({ _id: 'halves-again' })).to.equal(null);
    expect(await miss('halves', 'short')).to.deep.include({ template: 'brief' });
  });

  it('says who is not meant where the campaign was canceled', async () => {
    await over('stopped', { state: 'canceled' });
    expect(await miss('stopped')).to.deep.include({ state: 'draft' });
    const order = { at: null, deadline: null, local: null, spreadMs: 0, repeat: null, everyone: true };
    const start = () =>
      startCampaign(rig.contexts[0], 'stopped-again', { ...order, by: 'a key' }).catch(String);
    expect(await start()).to.contain(
      'Nobody is left who missed it. People who had not yet got "stopped" when it was canceled do not count as missed. To reach them, draft another campaign for its segment and leave out {"kind": "sent", "campaign": "stopped"}, which are the people who got it or may have got it. For messages with an unknown outcome: POST /campaigns/stopped/missed with "include_unknown".',
    );
    await rig.store.campaigns.updateOne({ _id: 'stopped' }, { $set: { split: { ...SPLIT, holdout: 20 } } });
    expect(await start()).to.contain(
      'the people who got it or may have got it. The holdout group of "stopped" gets that campaign, too: read the results of "stopped" first. For messages',
    );
  });

  it('is for whom an edit came too late too', async () => {
    const someone = await rig.someone();
    await rig.start('late', { deadline: new Date('2026-12-02T12:00:00Z') });
    await rig.planned('late');
    await changeState(rig.contexts[0], 'late', 'pause');
    const sooner = { words: false, deadline: new Date('2026-12-01T13:00:00Z'), by: 'a key', note: 'sooner' };
    await editCampaign(rig.contexts[0], 'late', sooner);
    rig.at('2026-12-01T13:00:01Z');
    await rerenderMessages(rig.contexts[0], await rig.find('late'), () => true);
    const row = (await rig.planned('late')).get(someone);
    expect([row?.state, row?.open, row?.decision?.reasons]).to.deep.equal([
      'expired',
      undefined,
      ['too-late'],
    ]);
    const missed = { of: 'late', unknownToo: false };
    expect([...(await missedAmong(rig.store, missed, 'late-again', [someone]))]).to.deep.equal([someone]);
  });

  it('is started, shown and saved also where its segment speaks of what is there no more', async () => {
    const someone = await rig.someone();
    await rig.start('spring');
    await rig.planned('spring');
    await rig.rest();
    await rig.store.deliveries.updateMany({ campaign: 'spring' }, { $set: { state: 'expired' } });
    const segment = {
      kind: 'subscription' as const,
      program: 'deals',
      state: 'subscribed' as const,
      topics: ['gone'],
    };
    const over = { $set: { state: 'finished' as const, segment } };
    await rig.store.campaigns.updateOne({ _id: 'spring' }, over);
    const draft = await miss('spring');
    if (Array.isArray(draft) || draft === null) throw new Error('nothing was drafted');
    const [context] = rig.contexts;
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
    expect((await costOfCampaign(context, draft)).estimate?.people).to.be.greaterThan(0);
    expect((await approveCampaign(context, draft._id, 'another key'))?.approval?.by).to.equal('another key');
    const order = { at: null, deadline: null, local: null, spreadMs: 0, repeat: null, everyone: false };
    const saved = await rig.find(draft._id);
    expect(await previewStart(context, saved, order)).to.equal(null);
    await startCampaign(context, draft._id, { ...order, by: 'a key' });
    expect((await rig.planned(draft._id)).get(someone)?.state).to.equal('planned');
  });

  it('is for nobody whose deadline was moved while their rows were to be ended', async () => {
    rig.at('2026-12-02T12:00:00Z');
    const [context] = rig.contexts;
    const someone = await rig.someone();
    await rig.start('moved', { deadline: new Date('2026-12-02T13:00:00Z') });
    await rig.planned('moved');
    await rig.rest();
    await changeState(context, 'moved', 'pause');
    // As where some of its people are still to be planned: for these a deadline that passed is moved.
    await rig.store.campaigns.updateOne({ _id: 'moved' }, { $set: { 'plan.complete': false } });
    rig.at('2026-12-02T13:00:00Z');
    const longer = { words: false, deadline: new Date('2026-12-03T12:00:00Z'), by: 'a key', note: 'longer' };
    const deliveries = spied(rig.store.deliveries, 'updateMany', async (first) => {
      if ((first as { campaign?: string }).campaign !== 'moved') return;
      await editCampaign(context, 'moved', longer);
      await rerenderMessages(context, await rig.find('moved'), () => true);
      await resumeCampaign(context, 'moved', { by: 'a key', note: null });
    });
    expect(await expireLate({ ...rig.store, deliveries }, rig.now())).to.equal(0);
    const row = await rig.store.deliveries.findOne({ campaign: 'moved', contact: someone });
    expect([row?.state, row?.validUntil]).to.deep.equal(['planned', longer.deadline]);
    await rig.store.campaigns.updateOne({ _id: 'moved' }, { $set: { 'plan.complete': true } });
    expect(await expireLate(rig.store, longer.deadline)).to.be.greaterThan(0);
  });

  it('is refused while another is open, also where two are asked for at the same moment', async () => {
    await over('twice');
    const draft = (id: string) =>
      draftResend(rig.contexts[0], 'twice', { id, unknownToo: false, variant: null, by: 'a key' }).then(
        (made) => made?._id ?? null,
        (error: unknown) => asRefusal(error).message,
      );
    const both = await Promise.all([draft('one'), draft('other')]);
    const open = both.includes('one') ? 'one' : 'other';
    const no = `The campaign "${open}" already goes to the people who missed "twice". Wait until it has ended, or cancel it.`;
    expect(both).to.have.members([open, no]);
    for (const state of ['scheduled', 'sending', 'paused'] as const) {
      await rig.store.campaigns.updateOne({ _id: open }, { $set: { state } });
      expect(await draft('third')).to.equal(no);
    }
    expect(await draft('twice')).to.equal(no);
    await changeState(rig.contexts[0], open, 'cancel');
    expect(await draft('twice')).to.equal('A campaign with this id exists. Choose another id.');
    expect(await draft('third')).to.equal('third');
  });

  it('is refused of a resend: another of the original reaches who missed both', async () => {
    const someone = await rig.someone();
    await rig.start('first');
    await rig.planned('first');
    await rig.rest();
    const end = async (id: string) => {
      await rig.store.deliveries.updateMany({ campaign: id }, { $set: { state: 'expired' } });
      await rig.store.campaigns.updateOne({ _id: id }, { $set: { state: 'finished' } });
    };
    await end('first');
    expect(await miss('first')).to.deep.include({ missed: { of: 'first', unknownToo: false } });
    await rig.start('first-again');
    await rig.planned('first-again');
    await rig.rest();
    await end('first-again');
    expect(await miss('first-again')).to.deep.equal([
      null,
      'It is a resend itself. Draft another resend of "first" for the people whom neither reached: POST /campaigns/first/missed.',
    ]);
    await draftResend(rig.contexts[0], 'first', {
      id: 'third-try',
      unknownToo: false,
      variant: null,
      by: 'a key',
    });
    await rig.start('third-try');
    expect((await rig.planned('third-try')).get(someone)?.state).to.equal('planned');
    await rig.rest();
  });

  it('of one that was not split takes no variant', async () => {
    await over('whole');
    expect(await miss('whole', 'short')).to.deep.equal([
      'variant',
      'The campaign was not split. Leave "variant" out.',
    ]);
  });

  it('is for whom a test expired in a pause; those who wait for its winner get it by a later deadline', async () => {
    rig.at('2026-12-03T12:00:00Z');
    const [context] = rig.contexts;
    const people = await Promise.all(Array.from({ length: 16 }, () => rig.someone()));
    const variants = ['a', 'b'].map((id) => ({ id, template: 'offer', share: 50 }));
    const split: Split = { variants, holdout: 0, test: { share: 50, waitMinutes: 60, by: 'reply' } };
    const id = idThatFills(split, people, ['a', 'b', null]);
    await rig.start(id, { deadline: new Date('2026-12-03T15:00:00Z') }, { split });
    const [got = '', ...testers] = (await rig.planned(id)).keys();
    await rig.rest();
    const delivered = { $set: { state: 'delivered' as const }, $unset: { open: '' as const } };
    await rig.store.deliveries.updateOne({ campaign: id, contact: got }, delivered);
    await changeState(context, id, 'pause');
    rig.at('2026-12-03T15:00:00Z');
    await expireLate(rig.store, rig.now());
    const waiting = people.find((one) => one !== got && !testers.includes(one)) ?? '';
    const why = async () => (await whyOf(context, await rig.find(id), waiting)).sentence;
    const resume = () => resumeCampaign(context, id, { by: 'a key', note: null }).catch(asRefusal);
    expect(await why()).to.match(
      /^Not sent: the deadline of the campaign passed .* later deadline and resumed\.$/,
    );
    expect(String(await resume())).to.contain('Set a later deadline, POST /campaigns/{id}/edit');
    const longer = { words: false, deadline: new Date('2026-12-04T12:00:00Z'), by: 'a key', note: 'longer' };
    await editCampaign(context, id, longer);
    expect(await why()).to.equal('Waits: the campaign is paused.');
    await rerenderMessages(context, await rig.find(id), () => true);
    expect(await resume()).to.deep.include({ state: 'sending' });
    await chooseWinner(context, await rig.find(id));
    rig.at('2026-12-03T16:00:00Z');
    await chooseWinner(context, await rig.find(id));
    const rows = await rig.planned(id);
    await rig.rest();
    for (const one of people) {
      const ended = one === got ? 'delivered' : 'expired';
      expect(rows.get(one)?.state).to.equal(one === got || testers.includes(one) ? ended : 'planned');
    }
    expect(rows.get(waiting)?.variant).to.equal(rows.get(got)?.variant);
    const missed = await missedAmong(rig.store, { of: id, unknownToo: false }, 'again', people);
    expect([...missed]).to.have.members(people.filter((one) => testers.includes(one)));
  });
});

const EVERYONE = { kind: 'everyone' } as const;
